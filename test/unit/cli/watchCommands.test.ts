// What `hearth monitor`, `hearth notify` and `hearth services shell` make of what they are given, before and behind what the hub does.
import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import type { Command, CommandContext } from '../../../server/cli/command.ts';
import { monitorCommands } from '../../../server/cli/monitor.ts';
import { notifyCommands } from '../../../server/cli/notify.ts';
import { serviceShellCommand } from '../../../server/cli/serviceShell.ts';
import type { ParamsOf, ResultOf } from '../../../server/protocol/message.ts';
import { push } from '../../../server/protocol/monitor.ts';
import type { listChannels } from '../../../server/protocol/notify.ts';

type Given = Partial<Pick<CommandContext, 'args' | 'rest' | 'options' | 'json'>>;

/** Runs a command of those; `answer` is what every request is answered with. */
async function run(commands: readonly Command[], verb: string, given: Given, answer: unknown) {
  const [sent, out, error]: [unknown[], string[], string[]] = [[], [], []];
  const output = {
    style: (_: unknown, text: string) => text,
    write: async (text: string | Uint8Array) => void out.push(Buffer.from(text).toString()),
    line: async (text: string) => void out.push(`${text}\n`),
    json: async (value: unknown) => void out.push(JSON.stringify(value)),
    error: (text: string) => void error.push(text),
  };
  const context = {
    ...{ args: [], rest: [], options: {}, json: false, output, ...given },
    locate: async () => ({ repository: '/r', path: '' }),
    send: async (_: unknown, params: unknown) => {
      sent.push(params);
      return answer;
    },
  } as unknown as CommandContext;
  const code = await commands.find((each) => each.verb === verb)?.run(context);
  return { code, sent, out: out.join(''), error };
}

type Channel = ResultOf<typeof listChannels>['channels'][number];

test('a channel whose other side wants to be left alone is listed with how long it rests', async () => {
  const channel: Channel = {
    ...{ name: 'ops', kind: 'discord', target: 'the address in HOOK', on: ['down'], missing: [] },
    ...{ breaker: { state: 'closed', failures: 0, until: null }, waiting: 1, dead: 0, lastSent: null, lastError: 'HTTP 429' },
  };
  const listed = async (breaker: Channel['breaker']) =>
    (await run(notifyCommands, 'list', {}, { channels: [{ ...channel, breaker }] })).out;
  expect(await listed(channel.breaker)).not.toContain('rests');
  expect(await listed({ ...channel.breaker, until: Date.now() + 3_600_000 })).toMatch(
    /^ {2}the other side has asked for it: it rests for .+ more$/m,
  );
  expect(await listed({ state: 'open', failures: 5, until: Date.now() + 60_000 })).toMatch(
    /^ {2}5 failures in a row: it rests for .+ more$/m,
  );
  expect(await listed({ state: 'half-open', failures: 5, until: null })).toMatch(
    /^ {2}5 failures in a row: the next message tries again$/m,
  );
});

test('a monitor that is kept is tested as it is: what would change the look is refused, not passed over', async () => {
  const look = { ok: true, milliseconds: 1, message: null, found: 'HTTP 200', phases: [], assertions: [], certificate: null };
  const tested = (given: Given) => run(monitorCommands, 'test', { args: ['home'], ...given }, look);
  const changes: Given[] = [
    { options: { assert: ['time < 1ms'] } },
    { options: { timeout: '5s' } },
    { options: { keyword: 'Shop' } },
    { options: { inverted: true } },
    { options: { environment: 'production' } },
    { options: { method: 'HEAD' } },
    { rest: ['bin/check'] },
  ];
  for (const given of changes) {
    await expect(tested(given)).rejects.toMatchObject({ reason: 'invalid', message: 'A monitor that is kept is tested as it is.' });
  }
  await expect(tested({ options: { timeout: '5s', assert: ['time < 1ms'] } })).rejects.toMatchObject({
    hint: 'Leave out --timeout, --assert; or name an address instead of the monitor.',
  });
  expect(await tested({ options: { repo: '.', inverted: false } })).toMatchObject({
    code: 0,
    sent: [{ repository: '/r', monitor: 'home' }],
  });
  const address = await run(monitorCommands, 'test', { args: ['https://shop.example.test/'], options: { timeout: '5s' } }, look);
  expect(address.sent).toMatchObject([{ check: { kind: 'http' }, settings: { timeout: 5000 } }]);
});

test('however long what a job says, its call is not lost', async () => {
  const { sent } = await run(
    monitorCommands,
    'push',
    { args: ['backup'], options: { failed: true, message: 'x'.repeat(130_000) } },
    { state: 'down' },
  );
  const [params] = sent as ParamsOf<typeof push>[];
  expect(params).toMatchObject({ monitor: 'backup', ok: false, message: expect.stringMatching(/^x+$/) });
  expect(push.params.safeParse({ ...params, repository: '/r' }).success).toBe(true);
});

test('output of a shell in which secrets were masked is said to be so where it may go to a file', async () => {
  const said = async (masked: number | undefined, given: Given = {}) => {
    const stdin = vi.spyOn(process, 'stdin', 'get').mockReturnValue(new PassThrough() as unknown as typeof process.stdin);
    try {
      return await run(
        [serviceShellCommand],
        'shell',
        { args: ['production', 'db'], rest: ['pg_dump'], ...given },
        { exitCode: 4, container: 'shop-db', masked },
      );
    } finally {
      stdin.mockRestore();
    }
  };
  expect(await said(0)).toMatchObject({ code: 4, error: [] });
  // A hub of an earlier version does not say it.
  expect(await said(undefined)).toMatchObject({ code: 4, error: [] });
  expect(await said(1)).toMatchObject({
    code: 4,
    error: [expect.stringMatching(/^A stored secret was masked as \*\*\*: .*`docker exec shop-db …`/)],
  });
  const json = await said(3, { json: true });
  expect(JSON.parse(json.out)).toEqual({ container: 'shop-db', exitCode: 4, output: '', masked: 3 });
  expect(json.error).toEqual([expect.stringMatching(/^Stored secrets were 3 times masked/)]);
});
