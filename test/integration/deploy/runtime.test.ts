// Output, resources, a terminal, start and stop of what is live: real containers, through the handlers of the hub.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Keys } from '../../../server/environment/index.ts';
import { store as storeVariable } from '../../../server/environment/storedVariables.ts';
import { control, disk, logs, type OutputLine, shell, shellInput, stats } from '../../../server/protocol/runtime.ts';
import { Session } from '../../../server/rpc/session.ts';
import { describeDocker } from '../../support/docker.ts';
import { until } from '../../support/processes.ts';
import { type ReleaseWorld, releaseWorld, webCommand } from '../../support/releaseWorld.ts';
import { runtimeOf } from '../../support/runtimeWorld.ts';
import { author } from '../../support/stateStore.ts';

const environment = 'production';
const secret = 'hunter22-horse';
const says = (script: string) => ['/bin/sh', '-c', `${script}\n${webCommand.at(-1)}`];
const decoded = (out: readonly string[]) => out.map((piece) => Buffer.from(piece, 'base64').toString('utf8')).join('');
const texts = (lines: readonly OutputLine[]) => lines.map(({ text }) => text);

describeDocker('what runs', () => {
  let world: ReleaseWorld;
  let ask: ReturnType<typeof runtimeOf>;

  beforeAll(async () => {
    world = await releaseWorld();
    ask = runtimeOf(world);
    const key = { project: world.project, environment, service: '' };
    await world.store.write(author, (transaction) => {
      storeVariable(transaction, new Keys(world.state.home), key, { name: 'TOKEN', value: secret, secret: true });
    });
    // What it says is hostile: colours, a title, HTML, half of a character, one very long line.
    const script = [
      `echo "the token is ${secret}"`,
      String.raw`printf '\033[31mred\033[0m \033]0;title\007<b>\n'`,
      String.raw`printf 'half \303 and nul \0\n' >&2`,
      `head -c 1000000 /dev/zero | tr '\\0' x; echo`,
      'echo "the last line"',
    ].join('\n');
    const service = { command: says(script), secrets: [{ name: 'TOKEN', as: 'variable' as const }] };
    await world.live('web', { service: { ...service, replicas: 2, resources: { memory: 64 * 1024 * 1024, cpus: 0.5, pids: 50 } } });
    await world.live('api', { service: { command: says('echo from api') } });
  });
  afterAll(() => world?.dispose());

  it('tells what containers said, in the order of time, masked and plain', async () => {
    let got: OutputLine[] = [];
    let told: unknown;
    // Both have said all by then.
    await until(async () => {
      got = [];
      told = await ask(logs, { environment, services: ['web'] }, { onPartial: ({ lines: more }) => void got.push(...more) });
      const times = (found: (line: OutputLine) => boolean) => got.filter(found).length;
      return times(({ text }) => text === 'the last line') === 2 && times(({ stream }) => stream === 'stderr') === 2;
    });
    expect(told).toEqual({ lines: got.length, dropped: 0, containers: [expect.stringContaining('web'), expect.stringMatching(/-1$/)] });
    // Two streams of one container may be a millisecond out of order in what the engine kept: that order stays.
    const latest = new Map<string, number>();
    const times = got.map(({ container, time }) => {
      latest.set(container, Math.max(time, latest.get(container) ?? 0));
      return latest.get(container) ?? 0;
    });
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const ofFirst = got.filter(({ container }) => !container.endsWith('-1'));
    // The engine may hear the two streams in another order than they were written to.
    const first = ofFirst.filter(({ stream }) => stream === 'stdout');
    expect(texts(first).slice(0, 2)).toEqual(['the token is ***', 'red <b>']);
    expect(ofFirst.find(({ stream }) => stream === 'stderr')?.text).toBe('half \ufffd and nul ');
    const long = first.find(({ cut }) => cut === true);
    expect(long?.text).toMatch(/^x{12288} … \(987712 more characters\)$/);
    expect(first.at(-1)?.text).toBe('the last line');
  });

  it('tells the last lines, of one stream, that match', async () => {
    const found = async (question: object) => {
      const got: OutputLine[] = [];
      await ask(logs, { environment, services: ['web'], ...question }, { onPartial: ({ lines }) => void got.push(...lines) });
      return got;
    };
    // The engine may have heard the other stream last.
    const last = { tail: 1, stream: 'stdout' };
    expect(texts(await found(last))).toEqual(['the last line', 'the last line']);
    expect(texts(await found({ ...last, search: 'THE', regex: false }))).toEqual([]);
    expect(texts(await found({ ...last, search: 'the' }))).toEqual(['the last line', 'the last line']);
    await expect.poll(async () => texts(await found({ tail: 1, services: ['api'] }))).toEqual(['from api']);
    expect(texts(await found({ search: '^the token', regex: true }))).toEqual(['the token is ***', 'the token is ***']);
    // Nobody finds out a secret by looking for it.
    expect(await found({ search: secret })).toEqual([]);
    expect((await found({ tail: 1, stream: 'stderr' })).map(({ stream }) => stream)).toEqual(['stderr', 'stderr']);
    const [line] = await found(last);
    expect(await found({ since: (line?.time ?? 0) + 60_000 })).toEqual([]);
    await expect(found({ services: ['nobody'] })).rejects.toMatchObject({ reason: 'not-found' });
    await expect(ask(logs, { environment })).rejects.toMatchObject({ reason: 'invalid' });
  });

  it('goes on over a restart, and says each line once', async () => {
    const ended = new AbortController();
    const got: OutputLine[] = [];
    const following = ask(
      logs,
      { environment, services: ['api'], follow: true },
      { signal: ended.signal, onPartial: ({ lines }) => void got.push(...lines) },
    );
    await expect.poll(() => texts(got)).toEqual(['from api']);
    await expect(ask(control, { environment, services: ['api'], action: 'restart' })).rejects.toMatchObject({ reason: 'precondition' });
    await ask(control, { environment, services: ['api'], action: 'restart', confirmed: true });
    await expect.poll(() => texts(got), { timeout: 45_000 }).toEqual(['from api', 'from api']);
    ended.abort();
    await expect(following).rejects.toMatchObject({ reason: 'cancelled' });
    expect((await world.record((await liveId('api')) ?? '')).crashes).toEqual([]);
  });

  it('says what containers use, and may use', async () => {
    const { rows } = await ask(stats, { environment });
    expect(rows.map(({ service, state }) => [service, state])).toEqual([
      ['api', 'running'],
      ['web', 'running'],
      ['web', 'running'],
    ]);
    const web = rows[1];
    expect(web?.limits).toEqual({ cpus: 0.5, memory: 64 * 1024 * 1024, pids: 50 });
    expect(web?.cpu).toBeGreaterThanOrEqual(0);
    expect(web?.memory).toBeGreaterThan(0);
    expect(web?.pids).toBeGreaterThan(0);
    expect(web?.network?.received).toBeGreaterThanOrEqual(0);
    expect(web?.hints).toEqual([]);
    expect(rows[0]?.hints.map(({ code }) => code)).toEqual(['no-limit']);
    const held = await ask(disk, { environment });
    expect(held.images.count).toBeGreaterThan(0);
    expect(held.containers.count).toBe(3);
    expect(held.total).toBeGreaterThan(held.free ?? Number.POSITIVE_INFINITY);
  });

  it('opens a terminal: size, keys that come early, masked output, the exit code', async () => {
    const terminal = 'terminal-0000000001';
    const out: string[] = [];
    const running = ask(shell, { environment, service: 'web', replica: 1, terminal }, { onPartial: ({ output }) => void out.push(output) });
    // The size may come after the keys.
    const keys = `until stty size | grep -q 111; do :; done; stty size; printf '%s%s\\n' hunter22 -horse; exit 3\n`;
    await ask(shellInput, { terminal, input: Buffer.from(keys).toString('base64'), size: { rows: 30, columns: 111 } });
    await expect(ask(shellInput, { terminal, end: true }, { session: new Session(true, 'cli') })).rejects.toMatchObject({
      reason: 'not-found',
    });
    expect(await running).toEqual({ exitCode: 3, container: expect.stringMatching(/web-.*-1$/), masked: 1 });
    expect(decoded(out)).toContain('30 111');
    expect(decoded(out)).toContain('\r\n***\r\n');
    expect(decoded(out)).not.toContain(secret);
    await expect(ask(shellInput, { terminal, end: true })).rejects.toMatchObject({ reason: 'not-found' });
  });

  it('runs a command without a terminal: what is piped in, every byte that comes out', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 256));
    const terminal = 'terminal-0000000002';
    const out: Buffer[] = [];
    const running = ask(
      shell,
      { environment, service: 'api', terminal, tty: false, command: ['cat'] },
      { onPartial: ({ output }) => void out.push(Buffer.from(output, 'base64')) },
    );
    await ask(shellInput, { terminal, input: bytes.toString('base64') });
    await ask(shellInput, { terminal, end: true });
    expect(await running).toMatchObject({ exitCode: 0, masked: 0 });
    expect(Buffer.concat(out).equals(bytes)).toBe(true);
    const missing = { environment, service: 'api', terminal, tty: false, command: ['no-such-program'] };
    expect((await ask(shell, missing, { onPartial: () => {} })).exitCode).toBe(127);
  });

  it('ends what runs in a terminal when its connection is gone', async () => {
    const gone = new AbortController();
    const out: string[] = [];
    const running = ask(
      shell,
      { environment, service: 'api', terminal: 'terminal-0000000003', command: ['/bin/sh', '-c', 'echo begun; trap "" HUP; sleep 4321'] },
      { signal: gone.signal, onPartial: ({ output }) => void out.push(output) },
    );
    await expect.poll(() => decoded(out)).toContain('begun');
    const [container = ''] = world.containers().filter((each) => each.includes('-api-'));
    const processes = () => world.docker.docker('top', container.split(' ')[0] ?? '');
    await expect.poll(processes).toContain('sleep 4321');
    gone.abort();
    await expect(running).rejects.toMatchObject({ reason: 'cancelled' });
    await expect.poll(processes).not.toContain('4321');
  });

  it('stops a service until it is started, whatever the reconciler finds', async () => {
    const id = (await liveId('web')) ?? '';
    const { done } = await ask(control, { environment, services: ['web'], action: 'stop', confirmed: true });
    expect(done).toEqual([{ service: 'web', containers: [expect.any(String), expect.any(String)] }]);
    const states = () =>
      world
        .containers()
        .filter((each) => each.includes('-web-'))
        .map((each) => each.split(' ')[1]);
    expect(states()).toEqual(['exited', 'exited']);
    expect((await world.record(id)).stopped).not.toBeNull();
    expect((await world.run(environment)).actions).toEqual([]);
    // Somebody starts one by hand.
    world.docker.docker(
      'start',
      world
        .containers()
        .find((each) => each.includes('-web-'))
        ?.split(' ')[0] ?? '',
    );
    expect((await world.run(environment)).actions).toMatchObject([{ kind: 'stop', service: 'web', done: true }]);
    await expect(
      ask(shell, { environment, service: 'web', terminal: 'terminal-0000000004' }, { onPartial: () => {} }),
    ).rejects.toMatchObject({
      reason: 'not-found',
    });
    const { rows } = await ask(stats, { environment, services: ['web'] });
    expect(rows[0]).toMatchObject({ state: 'exited', cpu: null, memory: null, started: null });
    world.docker.docker(
      'rm',
      world
        .containers()
        .find((each) => each.includes('-web-'))
        ?.split(' ')[0] ?? '',
    );
    await ask(control, { environment, services: ['web'], action: 'start' });
    expect(states()).toEqual(['running', 'running']);
    expect(await world.record(id)).toMatchObject({ stopped: null, crashes: [] });
    const kinds = await world.store.read((reader) =>
      reader.all<{ kind: string }>('select kind from events where entity_id = ? order by sequence', [id]).map(({ kind }) => kind),
    );
    expect(kinds).toEqual(expect.arrayContaining(['shell', 'stopped', 'started-again']));
  });

  const liveId = (service: string) =>
    world.store.read(
      (reader) => reader.get<{ id: string }>("select id from deployments where state = 'live' and service = ?", [service])?.id,
    );
});
