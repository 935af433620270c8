import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { isRunning, ownIdentity } from '../../../server/hub/identity.ts';
import { LogFile } from '../../../server/hub/logFile.ts';
import { claimFence, fenceOf, highestFence, readOwner, standingOf, updateOwner } from '../../../server/hub/owner.ts';
import { newSocketPath, removeSocket } from '../../../server/hub/socketPath.ts';
import { hubEnvironment } from '../../../server/hub/start.ts';
import { ensureToken, isSameToken } from '../../../server/hub/token.ts';
import { isNewer } from '../../../server/hub/versionOrder.ts';
import { jsonOf, lineOf } from '../../../server/operation/logLine.ts';

const folders: string[] = [];
afterEach(() => {
  for (const each of folders.splice(0)) rmSync(each, { recursive: true, force: true });
});
function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'hearth-unit-'));
  folders.push(made);
  return made;
}

describe('the fence', () => {
  test('of those who saw the same owner one gets the next number; who comes late with an old view gets none', () => {
    const home = folder();
    const first = claimFence(home, undefined);
    expect(first?.fence).toBe(1);
    expect(claimFence(home, undefined)).toBeUndefined();
    const second = claimFence(home, first);
    expect(claimFence(home, first)).toBeUndefined();
    let last = second;
    for (let round = 0; round < 5; round++) last = claimFence(home, last);
    // The number is free again, because it was pruned; the claim is lost all the same, and leaves nothing.
    expect(claimFence(home, first)).toBeUndefined();
    expect(readdirSync(path.join(home, 'owner')).sort()).toEqual(['5', '6', '7']);
    expect(highestFence(home)).toBe(7);
  });

  test('the one who was passed fails its check, also when the home was made anew in between', () => {
    const home = folder();
    const first = claimFence(home, undefined);
    if (first === undefined) throw new Error('not claimed');
    const fence = fenceOf(home, first);
    fence.check();
    updateOwner(home, { ...first, renew: false });
    fence.check();
    rmSync(path.join(home, 'owner'), { recursive: true });
    expect(() => fence.check()).toThrow('superseded');
    claimFence(home, undefined);
    updateOwner(home, { ...first, startTime: 'another' });
    expect(() => fence.check()).toThrow('superseded');
    claimFence(home, readOwner(home));
    expect(() => fence.check()).toThrow('superseded');
  });

  test('what a record on file means', () => {
    const here = ownIdentity();
    const owner = { ...here, fence: 1, since: 0, released: false };
    expect(standingOf(undefined)).toBe('free');
    expect(standingOf(owner)).toBe('held');
    expect(standingOf({ ...owner, released: true })).toBe('free');
    expect(standingOf({ ...owner, startTime: '1' })).toBe('free');
    expect(standingOf({ ...owner, pid: 0 })).toBe('free');
    expect(standingOf({ ...owner, bootId: 'x', pidNamespace: 'y' })).toBe('free');
    expect(standingOf({ ...owner, pidNamespace: 'y' })).toBe('elsewhere');
    expect(standingOf({ ...owner, pidNamespace: 'y', released: true })).toBe('free');
    expect(standingOf({ ...owner, bootId: 'x', machine: 'y' })).toBe('elsewhere');
    expect(standingOf({ ...owner, bootId: 'x', machine: 'y', released: true })).toBe('elsewhere');
    // The name of a machine changes with the network it is in.
    expect(standingOf({ ...owner, host: 'renamed' })).toBe('held');
    // Without a machine id the name is all there is.
    const nameless = { ...here, machine: '', bootId: 'x' };
    expect(standingOf({ ...owner, machine: '' }, nameless)).toBe('free');
    expect(standingOf({ ...owner, machine: '', host: 'renamed' }, nameless)).toBe('elsewhere');
  });

  test('a process is known by its pid and start time', () => {
    const own = ownIdentity();
    expect(isRunning(own)).toBe(true);
    expect(isRunning({ ...own, startTime: `${own.startTime}0` })).toBe(false);
    expect(isRunning({ ...own, pid: 4_194_304 })).toBe(false);
  });
});

test('versions are ordered as semantic versioning says', () => {
  const ordered = ['0.0.9', '0.1.0-beta.2', '0.1.0-beta.10', '0.1.0', '0.1.1', '0.10.0', '1.0.0'];
  for (const [index, version] of ordered.entries()) {
    for (const [other, than] of ordered.entries()) expect(isNewer(version, than), `${version} > ${than}`).toBe(index > other);
  }
});

test('the log is three files, the newest without a number', () => {
  const home = folder();
  const log = new LogFile(home, 1000);
  for (let number = 0; number < 100; number++) log.write(jsonOf(lineOf(0, 'info', 'a line', { number, id: 'x', method: 'work/list' })));
  log.close();
  expect(readdirSync(path.join(home, 'log')).sort()).toEqual(['hub.log', 'hub.log.1', 'hub.log.2']);
  for (const name of readdirSync(path.join(home, 'log'))) expect(statSync(path.join(home, 'log', name)).size).toBeLessThan(1200);
  const lines = readFileSync(path.join(home, 'log', 'hub.log.1'), 'utf8')
    .trimEnd()
    .split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
    ...{ time: '1970-01-01T00:00:00.000Z', level: 'info', domain: 'work', text: 'a line', correlation: 'x' },
    fields: { number: expect.any(Number), method: 'work/list' },
  });
});

test('the socket is in a folder of its own under the first usable place with a short path', () => {
  const runtime = folder();
  const made = newSocketPath({ XDG_RUNTIME_DIR: runtime });
  expect(path.dirname(path.dirname(made))).toBe(runtime);
  expect(statSync(path.dirname(made)).mode & 0o777).toBe(0o700);
  removeSocket(made);
  expect(readdirSync(runtime)).toEqual([]);
  const long = newSocketPath({ XDG_RUNTIME_DIR: path.join(runtime, 'x'.repeat(90)) });
  expect(Buffer.byteLength(long)).toBeLessThan(100);
  removeSocket(long);
  // Nothing else is ever removed.
  removeSocket(path.join(runtime, 'hub'));
  expect(statSync(runtime).isDirectory()).toBe(true);
});

test('the token stays while it is private, and is made anew when others could have read it', () => {
  const home = folder();
  const token = ensureToken(home);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(ensureToken(home)).toBe(token);
  expect(isSameToken(token, token)).toBe(true);
  expect(isSameToken(`${token.slice(1)}x`, token)).toBe(false);
  expect(isSameToken('', token)).toBe(false);

  chmodSync(path.join(home, 'token'), 0o640);
  expect(ensureToken(home)).not.toBe(token);
  expect(statSync(path.join(home, 'token')).mode & 0o777).toBe(0o600);
});

test('the hub inherits what git and docker need, and nothing of VS Code, of its starter, or secret', () => {
  const kept = {
    PATH: '/bin',
    HOME: '/h',
    LANG: 'C',
    SSH_AUTH_SOCK: '/s',
    DOCKER_HOST: 'x',
    XDG_RUNTIME_DIR: '/r',
    GIT_CONFIG_GLOBAL: '/g',
    HTTPS_PROXY: 'p',
  };
  const dropped = {
    VSCODE_PID: '1',
    ELECTRON_RUN_AS_NODE: '1',
    NODE_OPTIONS: '--inspect',
    NODE_CHANNEL_FD: '3',
    GIT_DIR: '/x',
    GIT_INDEX_FILE: 'x',
    GITHUB_TOKEN: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    DB_PASSWORD: 'x',
    npm_config_x: 'x',
    SHLVL: '1',
  };
  expect(hubEnvironment({ ...kept, ...dropped })).toEqual(kept);
});
