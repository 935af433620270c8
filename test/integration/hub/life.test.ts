// The hub as its clients know it: there when it is needed, one for all of them, gone when it is not, and never in the way of reading git.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import * as git from '../../../server/protocol/git.ts';
import { gone, ping, status, stop } from '../../../server/protocol/hub.ts';
import { ensure, list } from '../../../server/protocol/project.ts';
import { startCli } from '../../support/cli.ts';
import { HubHome } from '../../support/hub.ts';
import { isAlive, until } from '../../support/processes.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';

const disposables: { dispose(): unknown }[] = [];
afterEach(async () => {
  for (const each of disposables.splice(0)) await each.dispose();
});

function home(env: Record<string, string> = {}): HubHome {
  const made = new HubHome(env);
  disposables.push(made);
  return made;
}

function repository(): Repository {
  const made = createRepository();
  disposables.push(made);
  made.write('a.txt', 'one\n');
  made.commit('One');
  return made;
}

describe('when it is needed', () => {
  test('reading git starts none, asking for state starts one, and it serves everybody', async () => {
    const place = home();
    const { root } = repository();
    const first = await place.window();
    await first.send(git.log, { repository: root });
    await first.send(git.blame, { repository: root, file: { path: 'a.txt' } });
    expect(place.owners()).toEqual([]);
    expect(await first.send(status, {})).toEqual({ home: place.path, state: 'stopped' });

    expect(await first.send(list, {})).toEqual({ projects: [] });
    const second = await place.window();
    const { project } = await second.send(ensure, { repository: root });
    expect((await first.send(list, {})).projects).toEqual([project]);
    expect((await place.rpc('project/list'))['projects']).toEqual([project]);
    expect(place.hubs()).toHaveLength(1);
    await expect.poll(() => first.send(status, {})).toMatchObject({ state: 'running', hub: { pid: place.owner().pid, serving: false } });
    const pids = async () => (await first.send(status, {})).hub?.clients.map(({ pid }) => pid).sort();
    await expect.poll(pids).toEqual([first.pid, second.pid].sort());
  });

  test('twenty first calls at once start one', async () => {
    const place = home();
    const answers = await Promise.all(Array.from({ length: 20 }, () => place.rpc<{ pid: number }>('hub/ping')));
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
    expect(place.hubs()).toHaveLength(1);
    expect(place.owners()).toMatchObject([{ fence: 1 }]);
  });

  test('many calls of one window at once share one line', async () => {
    const place = home();
    const window = await place.window();
    const answers = await Promise.all(Array.from({ length: 50 }, () => window.send(ping, {})));
    for (const { clients } of answers) expect(clients).toEqual([expect.objectContaining({ client: 'window', pid: window.pid })]);
  });

  test("its files are its user's alone, and its environment holds no secret of who started it", async () => {
    const place = home({ MY_API_TOKEN: 'secret', VSCODE_IPC_HOOK: '/x', GIT_DIR: '/nowhere' });
    await place.rpc('hub/ping');
    for (const name of ['hub.json', 'token', path.join('log', 'hub.log'), path.join('owner', '1')]) {
      expect(statSync(path.join(place.path, name)).mode & 0o777, name).toBe(0o600);
    }
    for (const folder of [place.path, path.join(place.path, 'owner'), path.dirname(place.hubFile().socket)]) {
      expect(statSync(folder).mode & 0o777, folder).toBe(0o700);
    }
    expect(Buffer.byteLength(place.hubFile().socket)).toBeLessThan(100);
    const environment = readFileSync(`/proc/${place.owner().pid}/environ`, 'utf8');
    expect(environment).toContain('HEARTH_HOME=');
    expect(environment).not.toMatch(/MY_API_TOKEN|VSCODE_IPC_HOOK|GIT_DIR/);
  });

  test('a runtime folder that cannot be written is passed over', async () => {
    const place = home({ XDG_RUNTIME_DIR: '/proc/nowhere' });
    await place.rpc('hub/ping');
    expect(place.hubFile().socket).not.toContain('/proc/');
  });
});

describe('when it is not', () => {
  test('it ends after its last client, leaving nothing behind', async () => {
    const place = home({ HEARTH_HUB_IDLE_MS: '1000' });
    const window = await place.window();
    // On a busy machine the first one may have ended before the window was connected.
    const { pid, fence } = await window.send(ping, {});
    const socket = path.dirname(place.hubFile().socket);
    // Connected is needed, for however long.
    await place.rpc('hub/ping');
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(isAlive(pid)).toBe(true);
    await window.close();
    await until(() => !isAlive(pid));
    expect(place.owner()).toMatchObject({ pid, released: true });
    expect(existsSync(socket)).toBe(false);
    expect(existsSync(path.join(place.path, 'hub.json'))).toBe(false);
    expect(place.logLines()).toContainEqual(expect.objectContaining({ text: 'ending', fields: expect.objectContaining({ why: 'idle' }) }));
    // And comes back.
    const again = await place.window({ HEARTH_HUB_IDLE_MS: '60000' });
    expect((await again.send(ping, {})).fence).toBe(fence + 1);
  });

  test('a window that is closed or crashes does not end it', async () => {
    const place = home();
    const window = await place.window();
    const { pid } = await window.send(ping, {});
    await window.close();
    const other = await place.window();
    await other.send(ping, {});
    other.process.kill('SIGKILL');
    expect((await place.rpc<{ pid: number }>('hub/ping')).pid).toBe(pid);
  });

  test('status and stop start none', async () => {
    const place = home();
    expect(JSON.parse((await place.cli(['hub', 'status', '--json'])).stdout)).toEqual({ home: place.path, state: 'stopped' });
    expect((await place.cli(['hub', 'stop'])).stdout).toBe('No hub runs.\n');
    expect(existsSync(place.path)).toBe(false);
  });

  test('stop ends it, tells its clients, and the next call starts another', async () => {
    const place = home();
    const window = await place.window();
    const { pid } = await window.send(ping, {});
    const told = new Promise((resolve) => window.onNotification(gone, ({ why }) => resolve(why)));
    expect(await window.send(stop, {})).toEqual({ stopped: true });
    expect(isAlive(pid)).toBe(false);
    expect(await told).toBe('stopped');
    expect((await place.cli(['hub', 'status'])).stdout).toMatch(/^Hub +stopped\nLast owner +process \d+ on .*, ended\n/);
    expect((await window.send(ping, {})).fence).toBe(2);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it cleanly', async (signal) => {
    const place = home();
    const { root } = repository();
    await place.rpc('project/ensure', { repository: root });
    const { pid } = place.owner();
    process.kill(pid, signal);
    await until(() => !isAlive(pid));
    expect(place.owner().released).toBe(true);
    expect(readdirSync(path.join(place.path, 'store', 'snapshots'))).toHaveLength(1);
    expect((await place.rpc<{ projects: unknown[] }>('project/list')).projects).toHaveLength(1);
  });

  test('a home that is deleted under it ends it', async () => {
    const place = home();
    await place.rpc('project/list');
    const { pid } = place.owner();
    // It may write a file meanwhile.
    rmSync(place.path, { recursive: true, maxRetries: 10 });
    await until(() => !isAlive(pid));
    expect(existsSync(place.path)).toBe(false);
  });
});

describe('killed', () => {
  test('kill −9: the next call is answered by another hub, and nothing acknowledged is lost', async () => {
    const place = home();
    const window = await place.window();
    const why: string[] = [];
    window.onNotification(gone, (params) => why.push(params.why));
    const known: string[] = [];
    const sockets: string[] = [];
    for (let round = 0; round < 4; round++) {
      const { project } = await window.send(ensure, { repository: repository().root, name: `p${round}` });
      known.push(project.id);
      sockets.push(path.dirname(place.hubFile().socket));
      await place.kill();
      expect((await window.send(list, {})).projects.map(({ id }) => id).sort()).toEqual([...known].sort());
    }
    expect(place.owner().fence).toBe(5);
    expect(sockets.filter((each) => existsSync(each))).toEqual([]);
    expect(why).toEqual(['lost', 'lost', 'lost', 'lost']);
  });

  test('killed while it works: what it did not answer is asked again, and done once', async () => {
    const place = home();
    const window = await place.window();
    await window.send(ping, {});
    for (let round = 0; round < 5; round++) {
      const { root } = repository();
      const asked = Array.from({ length: 8 }, () => window.send(ensure, { repository: root, name: `r${round}` }));
      process.kill(place.owner().pid, 'SIGKILL');
      const answers = await Promise.all(asked);
      expect(new Set(answers.map(({ project }) => project.id)).size).toBe(1);
    }
    expect((await window.send(list, {})).projects.map(({ name }) => name).sort()).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']);
  });

  test('a call that is cancelled while the hub starts is answered as cancelled; the others are answered', async () => {
    const place = home();
    const window = await place.window();
    const controller = new AbortController();
    const cancelled = window.send(ping, {}, { signal: controller.signal });
    const kept = window.send(ping, {});
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ data: { reason: 'cancelled' } });
    expect((await kept).fence).toBe(1);
  });
});

describe('hearth serve', () => {
  test('takes over from a hub that was started on need, says what it does, ends cleanly with Ctrl-C', async () => {
    const place = home({ HEARTH_HUB_IDLE_MS: '1000' });
    const { root } = repository();
    await place.rpc('project/ensure', { repository: root });
    const serving = startCli(['serve'], { env: place.env });
    let printed = '';
    serving.stdout.setEncoding('utf8').on('data', (text) => {
      printed += text;
    });
    await until(() => printed.includes(' ready '));
    const found = async () => JSON.parse((await place.cli(['hub', 'status', '--json'])).stdout);
    await expect.poll(found).toMatchObject({ state: 'running', hub: { pid: serving.pid, serving: true } });
    expect((await place.rpc<{ projects: unknown[] }>('project/list')).projects).toHaveLength(1);
    // No client, and yet it stays.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(serving.exitCode).toBe(null);

    const second = await place.cli(['serve']);
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^hearth: Another `hearth serve` \(process \d+\) serves .* already\./),
    });

    const ended = new Promise((resolve) => serving.once('close', resolve));
    serving.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(printed).toMatch(/^\S+Z info {2}owner version=/);
    expect(printed).toContain(' ended why=signal');
    expect(place.owner()).toMatchObject({ pid: serving.pid, released: true });
  });

  test('`server.js hub --serve` is the same', async () => {
    const place = home();
    mkdirSync(place.path, { mode: 0o700 });
    const program = path.resolve(import.meta.dirname, '../../../dist/server.js');
    const child = spawn(process.execPath, [program, 'hub', '--serve'], { env: { ...process.env, ...place.env }, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await until(() => place.owners().length === 1 && existsSync(path.join(place.path, 'hub.json')));
    expect(await place.rpc('hub/ping')).toMatchObject({ pid: child.pid, serving: true });
    expect((await place.cli(['hub', 'stop'])).stdout).toBe('Stopped.\n');
    expect(await ended).toBe(0);
  });
});
