// What the hub and its clients refuse: each in one sentence that says what to do.
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-languageserver/node';
import * as git from '../../../server/protocol/git.ts';
import { hello, ping } from '../../../server/protocol/hub.ts';
import { list } from '../../../server/protocol/project.ts';
import { info } from '../../../server/protocol/store.ts';
import { HubHome } from '../../support/hub.ts';
import { createRepository } from '../../support/repositories/repository.ts';

const disposables: { dispose(): unknown }[] = [];
afterEach(async () => {
  for (const each of disposables.splice(0)) await each.dispose();
});

function home(env: Record<string, string> = {}): HubHome {
  const made = new HubHome(env);
  disposables.push(made);
  return made;
}

const root = process.getuid?.() === 0;
/** One sentence that says what is wrong, one that says what to do, nothing else. */
const sentences = (first: string) => new RegExp(`^hearth: ${first} [A-Z\`][^\\n]*\\.\\n$`);

describe('at the socket', () => {
  async function strange(place: HubHome, messages: (connection: ReturnType<typeof createMessageConnection>) => Promise<unknown>[]) {
    const socket = connect(place.hubFile().socket);
    const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
    let received = '';
    socket.on('data', (data) => {
      received += String(data);
    });
    connection.onError(() => {});
    connection.listen();
    const closed = new Promise<void>((resolve) => connection.onClose(() => resolve()));
    for (const each of messages(connection)) each.catch(() => {});
    await closed;
    connection.dispose();
    return received;
  }
  const greeting = (token: string) => ({ token, protocol: 1, version: '1.0.0', client: 'test', pid: process.pid, trusted: true });

  test('nothing is answered without the token: not to a wrong one, not to another method first, not after a wrong hello', async () => {
    const place = home();
    await place.rpc('hub/ping');
    const token = readFileSync(path.join(place.path, 'token'), 'utf8').trim();
    for (const wrong of ['', 'x', `${token}x`, token.slice(1), token.toUpperCase()]) {
      expect(await strange(place, (line) => [line.sendRequest(hello.method, greeting(wrong))])).toBe('');
    }
    expect(await strange(place, (line) => [line.sendRequest(ping.method, {})])).toBe('');
    expect(await strange(place, (line) => [line.sendRequest('hub/nonsense', {})])).toBe('');
    expect(await strange(place, (line) => [line.sendRequest(hello.method, 'text'), line.sendRequest(ping.method, {})])).toBe('');
    expect(await strange(place, (line) => [line.sendRequest(hello.method, greeting('no')), line.sendRequest(ping.method, {})])).toBe('');
    // It is none the worse for it.
    expect(await place.rpc('hub/ping')).toMatchObject({ fence: 1 });
  });

  test('a second hello, and no message at all but noise, end the line', async () => {
    const place = home();
    await place.rpc('hub/ping');
    const socket = connect(place.hubFile().socket).on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(await place.rpc('hub/ping')).toMatchObject({ fence: 1 });
  });

  test('unknown methods and parameters are refused as everywhere', async () => {
    const place = home();
    await expect(place.rpc('events/list', { colour: 'red' })).rejects.toThrow('events/list');
  });
});

describe("files that are not this user's alone", () => {
  test.each(['token', 'hub.json'])('%s open to others', async (name) => {
    const place = home();
    await place.rpc('hub/ping');
    chmodSync(path.join(place.path, name), 0o644);
    const { code, stderr } = await place.cli(['project', 'list']);
    expect(stderr).toMatch(sentences(`Other users can open ${place.path}/${name}\\.`));
    expect(code).toBe(1);
  });

  test.runIf(root).each(['token', 'hub.json'])('%s of another user', async (name) => {
    const place = home();
    await place.rpc('hub/ping');
    chownSync(path.join(place.path, name), 12345, 12345);
    expect((await place.cli(['project', 'list'])).stderr).toMatch(sentences(`${place.path}/${name} belongs to another user\\.`));
  });

  test.runIf(root)("the socket's folder of another user, and one open to others", async () => {
    const place = home();
    await place.rpc('hub/ping');
    const folder = path.dirname(place.hubFile().socket);
    chmodSync(folder, 0o755);
    expect((await place.cli(['project', 'list'])).stderr).toMatch(sentences(`Other users can open ${folder}\\.`));
    chmodSync(folder, 0o700);
    chownSync(folder, 12345, 12345);
    expect((await place.cli(['project', 'list'])).stderr).toMatch(sentences(`${folder} belongs to another user\\.`));
    chownSync(folder, 0, 0);
    expect((await place.cli(['project', 'list'])).code).toBe(0);
  });

  test('a link in place of the token', async () => {
    const place = home();
    await place.rpc('hub/ping');
    const token = path.join(place.path, 'token');
    renameSync(token, `${token}.real`);
    symlinkSync(`${token}.real`, token);
    expect((await place.cli(['project', 'list'])).stderr).toMatch(sentences(`${token} is a link\\.`));
  });

  test.runIf(root)('a home of another user, and one that others can write to', async () => {
    const place = home();
    mkdirSync(place.path, { mode: 0o700 });
    chownSync(place.path, 12345, 12345);
    expect((await place.cli(['project', 'list'])).stderr).toMatch(sentences(`${place.path} belongs to another user\\.`));
    chownSync(place.path, 0, 0);
    chmodSync(place.path, 0o777);
    expect((await place.cli(['project', 'list'])).stderr).toMatch(sentences(`Other users can write to ${place.path}\\.`));
    expect(place.owners()).toEqual([]);
    // What a umask of 002 makes of it is no reason to refuse.
    chmodSync(place.path, 0o775);
    expect((await place.cli(['project', 'list'])).code).toBe(0);
    expect(statSync(place.path).mode & 0o777).toBe(0o700);
  });

  test('hub.json that names another process than the owner is not believed', async () => {
    const place = home();
    await place.rpc('hub/ping');
    await place.kill();
    const trap = path.join(place.root, 'trap');
    writeFileSync(path.join(place.path, 'hub.json'), JSON.stringify({ ...place.hubFile(), socket: trap, pid: process.pid }), {
      mode: 0o600,
    });
    expect(await place.rpc('hub/ping')).toMatchObject({ fence: 2 });
  });
});

describe('a home that cannot be used', () => {
  test('it cannot be written: one sentence, and reading git goes on', async () => {
    const place = home();
    writeFileSync(path.join(place.root, 'file'), '');
    expect((await place.cli(['project', 'list'], { HEARTH_HOME: '/proc/hearth' })).stderr).toMatch(
      sentences('Hearth cannot write to its folder /proc/hearth\\.'),
    );
    for (const unusable of [path.join(place.root, 'file', 'home')]) {
      const env = { HEARTH_HOME: unusable };
      const { code, stderr } = await place.cli(['project', 'list'], env);
      expect(stderr).toMatch(sentences(`Hearth cannot write to its folder ${unusable}\\.`));
      expect(code).toBe(1);
      const repository = createRepository();
      disposables.push(repository);
      repository.write('a.txt', 'one\n');
      repository.commit('One');
      const window = await place.window(env);
      expect((await window.send(git.log, { repository: repository.root })).commits).toHaveLength(1);
      await window.send(git.blame, { repository: repository.root, file: { path: 'a.txt' } });
      await expect(window.send(list, {})).rejects.toMatchObject({ data: { reason: 'io' } });
      expect((await window.send(git.log, { repository: repository.root })).commits).toHaveLength(1);
    }
  });

  test.skipIf(root)('a read-only home', async () => {
    const place = home();
    mkdirSync(place.path, { mode: 0o500 });
    expect((await place.cli(['project', 'list'])).stderr).toMatch(sentences(`Hearth cannot write to its folder ${place.path}\\.`));
  });

  test("another machine's: refused, shown, and claimed as moved or as a copy", async () => {
    const place = home();
    const before = await place.rpc('store/info');
    await place.cli(['hub', 'stop']);
    const machine = { host: 'elsewhere', machine: 'f00d', bootId: 'another', since: Date.UTC(2026, 0, 2, 3, 4) };
    for (const released of [true, false]) {
      place.editOwner({ ...machine, released });
      const refused = await place.cli(['project', 'list']);
      const verb = released ? 'was last' : 'is';
      expect(refused.stderr).toMatch(
        sentences(`${place.path} ${verb} used by another machine \\(elsewhere\\) since 2026-01-02 03:04 UTC\\.`),
      );
      expect(refused.code).toBe(1);
      expect(JSON.parse((await place.cli(['hub', 'status', '--json'])).stdout)).toMatchObject({
        state: 'elsewhere',
        owner: { host: 'elsewhere', released },
      });
    }
    expect((await place.cli(['hub', 'claim'])).code).toBe(2);
    const unconfirmed = await place.cli(['hub', 'claim', '--move']);
    expect(unconfirmed).toMatchObject({ code: 1, stderr: expect.stringContaining('--yes') });
    expect((await place.cli(['hub', 'claim', '--move', '--yes'])).code).toBe(0);
    expect(await place.rpc('store/info')).toMatchObject({ ownerId: before['ownerId'] });

    await place.cli(['hub', 'stop']);
    place.editOwner(machine);
    expect((await place.cli(['hub', 'claim', '--copy', '--yes'])).code).toBe(0);
    const copied = await place.rpc('store/info');
    expect(copied['ownerId']).not.toBe(before['ownerId']);
    await place.kill();
    expect(await place.rpc('store/info')).toMatchObject({ ownerId: copied['ownerId'] });
  });

  test('a claim is refused while a hub of this machine runs', async () => {
    const place = home();
    await place.rpc('hub/ping');
    expect((await place.cli(['hub', 'claim', '--move', '--yes'])).stderr).toMatch(
      sentences('A hub of this machine \\(process \\d+\\) uses .* already\\.'),
    );
  });

  test("a copy beside the original: the original's hub is never asked for it, and stays reachable when the copy has its own", async () => {
    const place = home();
    await place.rpc('events/note', { text: 'before' });
    const copy = path.join(place.root, 'copy');
    cpSync(place.path, copy, { recursive: true });
    const env = { HEARTH_HOME: copy };
    expect((await place.cli(['events', 'note', 'x'], env)).stderr).toMatch(
      sentences(`${copy} is a copy of ${place.path}, which a hub of this machine \\(process \\d+\\) uses\\.`),
    );
    expect((await place.cli(['hub', 'claim', '--copy', '--yes'], env)).code).toBe(0);
    expect((await place.cli(['events', 'note', 'in the copy'], env)).code).toBe(0);
    const { ownerId } = JSON.parse((await place.cli(['rpc', 'store/info'], env)).stdout);
    await place.cli(['hub', 'stop'], env);
    expect(ownerId).not.toBe((await place.rpc('store/info'))['ownerId']);
    const { events } = await place.rpc<{ events: { payload: unknown }[] }>('events/list');
    expect(events.map(({ payload }) => payload)).toEqual([{ text: 'before' }]);
    expect(place.hubs()).toHaveLength(1);
  });

  test("a container's, whose processes cannot be seen: refused", async () => {
    const place = home();
    await place.rpc('hub/ping');
    await place.kill();
    place.editOwner({ pidNamespace: 'pid:[1]' });
    expect((await place.cli(['project', 'list'])).stderr).toMatch(
      sentences(`${place.path} is used by a container of this machine \\(.*\\) since .* UTC\\.`),
    );
  });

  test.each([
    ['an earlier boot', { bootId: 'another', pid: process.pid }],
    ['a pid that another process has now', { pid: process.pid, startTime: '1' }],
    ['a file that power was lost in', undefined],
  ])('an owner of %s is dead', async (_what, change) => {
    const place = home();
    await place.rpc('hub/ping');
    await place.kill();
    if (change === undefined) writeFileSync(path.join(place.path, 'owner', '1'), '{"fen');
    else place.editOwner(change);
    expect(await place.rpc('hub/ping')).toMatchObject({ fence: 2 });
  });

  test('owners that were are pruned, and no temporary file is left', async () => {
    const place = home();
    for (let round = 0; round < 5; round++) {
      await place.rpc('hub/ping');
      await place.kill();
    }
    expect(readdirSync(path.join(place.path, 'owner')).sort()).toEqual(['3', '4', '5']);
  });

  test('a store that cannot be opened: every caller is told why, and the hub is gone', async () => {
    const place = home();
    mkdirSync(path.join(place.path, 'store'), { recursive: true });
    writeFileSync(path.join(place.path, 'store', 'journal'), 'a file where a folder should be');
    const window = await place.window();
    for (let round = 0; round < 3; round++) await expect(window.send(info, {})).rejects.toMatchObject({ data: { reason: 'io' } });
  });
});
