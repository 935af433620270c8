// Old and new Hearth side by side, and the command that terminals find.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-languageserver/node';
import { writeLauncher } from '../../../server/hub/launcher.ts';
import { gone, hello, ping } from '../../../server/protocol/hub.ts';
import { ensure, list } from '../../../server/protocol/project.ts';
import { HubHome, otherVersion } from '../../support/hub.ts';
import { until } from '../../support/processes.ts';
import { createRepository } from '../../support/repositories/repository.ts';

const disposables: { dispose(): unknown }[] = [];
afterEach(async () => {
  for (const each of disposables.splice(0)) await each.dispose();
});

function home(): HubHome {
  const made = new HubHome();
  disposables.push(made);
  return made;
}

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'hearth-version-'));
  disposables.push({ dispose: () => rmSync(made, { recursive: true, force: true }) });
  return made;
}

function run(place: HubHome, program: string, ...args: string[]) {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', env: { ...process.env, ...place.env }, cwd: place.root });
}

describe('two versions', () => {
  test('a newer one asks the hub to end and starts its own; the older window goes on with that', async () => {
    const place = home();
    const window = await place.window();
    const repository = createRepository();
    disposables.push(repository);
    repository.commit('One');
    const { project } = await window.send(ensure, { repository: repository.root });
    const told = new Promise((resolve) => window.onNotification(gone, ({ why }) => resolve(why)));
    const newer = otherVersion(folder(), '99.0.0');
    const facts = JSON.parse(run(place, newer.cli, 'rpc', 'hub/ping').stdout);
    expect(facts).toMatchObject({ version: '99.0.0', fence: 2 });
    expect(await told).toBe('upgrade');
    // The older one does not ask the newer to end.
    expect(await window.send(ping, {})).toMatchObject({ version: '99.0.0', pid: facts.pid });
    expect((await window.send(list, {})).projects).toEqual([project]);
    expect(place.owners()[0]).toMatchObject({ fence: 1, released: true });
  });

  test('a window of an older protocol is told to reload', async () => {
    const place = home();
    const newer = otherVersion(folder(), '99.0.0', 2);
    expect(run(place, newer.cli, 'rpc', 'hub/ping').status).toBe(0);
    const window = await place.window();
    const told = new Promise((resolve) => window.onNotification(gone, ({ why }) => resolve(why)));
    const failure = await window.send(list, {}).catch((error) => error);
    expect(failure).toMatchObject({
      message: 'This window runs an older Hearth than the hub (99.0.0).',
      data: { reason: 'precondition', hint: 'Reload the window.' },
    });
    expect(await told).toBe('reload-needed');
    expect(place.owners()).toHaveLength(1);
  });

  test('a hub lets in a newer client that says more of itself than it understands', async () => {
    const place = home();
    await place.rpc('hub/ping');
    const socket = connect(place.hubFile().socket);
    const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
    connection.listen();
    const token = readFileSync(path.join(place.path, 'token'), 'utf8').trim();
    const answer = await connection.sendRequest(hello.method, {
      token,
      protocol: 99,
      version: '99.0.0',
      client: 'cli',
      pid: process.pid,
      trusted: true,
      wishes: ['many'],
    });
    expect(answer).toMatchObject({ protocol: 1, fence: 1 });
    connection.dispose();
    socket.destroy();
  });
});

describe('the launcher', () => {
  const cli = path.resolve(import.meta.dirname, '../../../dist/cli.js');

  test('a window writes it; it runs what it names and passes arguments through', async () => {
    const place = home();
    await place.window();
    const launcher = path.join(place.path, 'bin', 'hearth');
    await until(() => existsSync(launcher));
    expect(statSync(launcher).mode & 0o777).toBe(0o755);
    const { stdout, status } = spawnSync(launcher, ['--version'], { encoding: 'utf8', env: { ...process.env, ...place.env } });
    expect({ stdout, status }).toEqual({ stdout: expect.stringMatching(/^hearth \d+\.\d+\.\d+\n$/), status: 0 });
  });

  test('it is not written over a newer one that is there, but over an older, a damaged, and a newer one that is gone', () => {
    const place = folder();
    const file = path.join(place, 'bin', 'hearth');
    const write = (version: string, program = cli) => writeLauncher(place, { version, program, runtime: process.execPath }, 'linux');
    expect(write('1.0.0')).toBe(true);
    expect(write('1.0.0')).toBe(false);
    expect(write('1.1.0')).toBe(true);
    expect(write('1.0.9')).toBe(false);
    expect(write('1.1.0-beta.1')).toBe(false);
    expect(write('2.0.0', path.join(place, 'gone.js'))).toBe(true);
    expect(spawnSync(file, { encoding: 'utf8' })).toMatchObject({
      status: 127,
      stderr: expect.stringMatching(/^hearth: Hearth is not installed[^\n]*\n$/),
    });
    expect(write('1.0.0')).toBe(true);
  });

  test("a path with a quote and blanks is one word in the script, and Windows' percent signs are doubled", () => {
    const place = folder();
    const program = path.join(place, "it's here", 'cli.js');
    writeLauncher(place, { version: '1.0.0', program, runtime: process.execPath }, 'linux');
    expect(readFileSync(path.join(place, 'bin', 'hearth'), 'utf8')).toContain(`program='${place}/it'\\''s here/cli.js'`);
    writeLauncher(place, { version: '1.0.0', program: 'C:\\100%\\cli.js', runtime: 'C:\\code.exe' }, 'win32');
    const batch = readFileSync(path.join(place, 'bin', 'hearth.cmd'), 'utf8');
    expect(batch).toContain('"C:\\code.exe" "C:\\100%%\\cli.js" %*\r\n');
  });
});
