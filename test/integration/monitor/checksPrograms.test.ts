import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { pingCommand } from '../../../server/monitor/checks/ping.ts';
import { calmLook as lookAt } from '../../support/checks.ts';
import { isAlive } from '../../support/processes.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'hearth-checks-'));
const ownPath = process.env['PATH'];
afterAll(() => {
  process.env['PATH'] = ownPath;
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function program(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('commands', () => {
  const run = (command: string[], settings = {}, around = {}) =>
    lookAt({ kind: 'command', command }, settings, { trusted: true, folder, ...around });

  it('exit code 0 is well; else the last line says why', async () => {
    program('good', 'echo "3 orders"');
    program('bad', 'echo one; echo "no \\033[31mdisk\\033[0m left" >&2; exit 3');
    expect(await run(['./good'])).toMatchObject({ ok: true, found: 'exit code 0 · 9 bytes', phases: [{ name: 'run' }] });
    expect(await run(['./bad'])).toMatchObject({ ok: false, message: 'exit code 3, wanted 0: no disk left' });
    expect(await run(['./bad'], { assert: ['exit in 1..3', 'text contains one'] })).toMatchObject({ ok: true });
    expect(await run(['./good'], { assert: ['text matches /^[4-9] orders/'] })).toMatchObject({ ok: false });
  });

  it('of what it prints 1 MB is read; what could be in the rest is undecided', async () => {
    program('flood', "head -c 2000000 /dev/zero | tr '\\0' x; echo done");
    expect(await run(['./flood'], { assert: ['text contains done'] })).toMatchObject({
      ok: null,
      message: expect.stringContaining('larger than the 1 MB that is read'),
    });
    expect(await run(['./flood'], { assert: ['text contains xxx', 'exit == 0'] })).toMatchObject({ ok: true });
    expect(await run(['./flood'], { assert: ['text contains done', 'exit == 1'] })).toMatchObject({ ok: false });
  });

  it('arguments are no shell, standard input is empty, and the environment is the user’s', async () => {
    program('say', 'cat; printf "%s|" "$@"; printf "%s %s %s" "$PWD" "$HEARTH_HOME" "$ELECTRON_RUN_AS_NODE"');
    process.env['ELECTRON_RUN_AS_NODE'] = '1';
    const text = `$(touch hacked)|-x|;|${folder}  `;
    expect(await run(['./say', '$(touch hacked)', '-x', ';'], { assert: [`text == ${JSON.stringify(text)}`] })).toMatchObject({
      ok: true,
      message: null,
    });
    delete process.env['ELECTRON_RUN_AS_NODE'];
  });

  it('one that does not end is stopped, with all it has started', async () => {
    program('long', 'sleep 60 & echo $! > child; echo $$ > parent; wait');
    // Long enough to have begun on a loaded machine.
    const seen = await run(['./long'], { timeout: 7000 });
    expect(seen).toMatchObject({ ok: false, message: 'the command did not end within 7 s and was stopped', milliseconds: null });
    const pids = ['child', 'parent'].map((name) => Number(readFileSync(path.join(folder, name), 'utf8')));
    await expect.poll(() => pids.some(isAlive)).toBe(false);
  });

  it('cancelled: it is gone before the promise settles', async () => {
    program('long', 'echo $$ > parent; exec sleep 60');
    rmSync(path.join(folder, 'parent'), { force: true });
    const controller = new AbortController();
    const look = run(['./long'], {}, { signal: controller.signal });
    const pid = () => Number(readFileSync(path.join(folder, 'parent'), 'utf8'));
    await expect.poll(() => pid() > 0).toBe(true);
    controller.abort();
    await expect(look).rejects.toMatchObject({ reason: 'cancelled' });
    expect(isAlive(pid())).toBe(false);
  });

  it('what it leaves running in the background does not hold it', async () => {
    program('leaves', 'sleep 20 & echo $! > child; echo done');
    const seen = await run(['./leaves'], { assert: ['text contains done'] });
    expect(seen).toMatchObject({ ok: true });
    process.kill(Number(readFileSync(path.join(folder, 'child'), 'utf8')));
  });

  it('ended by a signal is not well; what cannot be started, is not trusted or has no folder says nothing', async () => {
    program('dies', 'kill -SEGV $$');
    writeFileSync(path.join(folder, 'plain'), 'x');
    expect(await run(['./dies'])).toMatchObject({ ok: false, message: 'ended by SIGSEGV' });
    expect(await run(['./missing'])).toMatchObject({ ok: null, message: 'the command ./missing is not there' });
    expect(await run(['./plain'])).toMatchObject({ ok: null, message: 'the command ./plain may not be run' });
    expect(await run(['./good'], {}, { trusted: false })).toMatchObject({ ok: null, message: expect.stringContaining('trusted') });
    expect(await run(['./good'], {}, { folder: undefined })).toMatchObject({ ok: null });
  });
});

describe('ping', () => {
  const ping = (host: string, settings = {}) => lookAt({ kind: 'ping', host }, settings);
  const fake = (text: string) => program('ping', `echo "$LC_ALL $*" > "${folder}/asked"\n${text}`);
  const asked = () => readFileSync(path.join(folder, 'asked'), 'utf8').trim();

  beforeEach(() => {
    process.env['PATH'] = `${folder}:${ownPath}`;
  });

  it('is asked in English, for one answer of an address', async () => {
    fake('echo "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.042 ms"');
    const seen = await ping('localhost', { timeout: 30_000 });
    expect(seen).toMatchObject({ ok: true, found: expect.stringMatching(/^(127\.0\.0\.1|::1) answers in 0 ms$/) });
    expect(asked()).toMatch(/^C -n (-6 )?-c 1 -w 30 (127\.0\.0\.1|::1)$/);
    await ping('[::1]');
    expect(asked()).toBe('C -n -6 -c 1 -w 10 ::1');
  });

  it('no answer is down, and no sign that our own network is there', async () => {
    fake('echo "1 packets transmitted, 0 received, 100% packet loss"; exit 1');
    expect(await ping('192.0.2.1')).toMatchObject({
      ok: false,
      message: '192.0.2.1 does not answer to ping',
      reached: false,
    });
    fake('echo "ping: connect: Network is unreachable" >&2; exit 2');
    expect(await ping('192.0.2.1')).toMatchObject({ ok: false, reached: false });
    fake('exec sleep 30');
    expect(await ping('192.0.2.1', { timeout: 300 })).toMatchObject({ ok: false, message: 'no answer within 300 ms', reached: false });
  });

  it.each(['ping: socket: Operation not permitted', 'ping: permission denied (are you root?)', 'ping: Lacking privilege for icmp socket.'])(
    'ICMP that is not available is never down: %s',
    async (text) => {
      // Some say so with the code of "nobody has answered".
      fake(`echo "${text}" >&2; exit 1`);
      const seen = await ping('192.0.2.1');
      expect(seen).toMatchObject({ ok: null, milliseconds: null, message: expect.stringContaining('ICMP is not available') });
    },
  );

  it('an error nobody knows says nothing either', async () => {
    fake('echo "ping: invalid option" >&2; exit 2');
    expect(await ping('192.0.2.1')).toMatchObject({ ok: null });
  });

  it('other systems are asked in their way', () => {
    expect(pingCommand('192.0.2.1', 4, 1500, 'win32')).toEqual(['ping', '-n', '1', '-w', '1500', '192.0.2.1']);
    expect(pingCommand('192.0.2.1', 4, 1500, 'darwin')).toEqual(['ping', '-n', '-c', '1', '-t', '1', '192.0.2.1']);
    expect(pingCommand('::1', 6, 1500, 'darwin')).toEqual(['ping6', '-n', '-c', '1', '::1']);
  });
});

describe('what the hub knows itself', () => {
  it.each([
    ['healthy', true],
    ['down', false],
    ['pending', null],
    ['unknown', null],
    ['unobserved', null],
    ['maintenance', null],
  ] as const)('a deployed service that is %s', async (state, ok) => {
    const seen = await lookAt({ kind: 'docker' }, {}, { deployed: () => ({ state, since: 1, message: 'exited with code 1' }) });
    expect(seen).toMatchObject({ ok, found: state, message: ok === true ? null : 'exited with code 1' });
  });

  it('one that is not deployed, and a push monitor, are not looked at', async () => {
    expect(await lookAt({ kind: 'docker' })).toMatchObject({ ok: null, message: 'the service is not deployed' });
    expect(await lookAt({ kind: 'push' })).toMatchObject({ ok: null, milliseconds: null });
  });
});
