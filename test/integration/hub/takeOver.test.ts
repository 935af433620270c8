// One owner at a time: a silent hub is replaced, and the one that was silent never answers again.
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-languageserver/node';
import { hubStatus, stopHub } from '../../../server/hub/inspect.ts';
import { challengeVariable } from '../../../server/hub/start.ts';
import { gone, hello, ping, status, stop } from '../../../server/protocol/hub.ts';
import { ensure, list } from '../../../server/protocol/project.ts';
import { protocolVersion } from '../../../server/protocol/session.ts';
import { startHubProcess } from '../../faults/support/hubs.ts';
import { HubHome } from '../../support/hub.ts';
import { isAlive, until } from '../../support/processes.ts';
import { createRepository } from '../../support/repositories/repository.ts';

const disposables: { dispose(): unknown }[] = [];
afterEach(async () => {
  for (const each of disposables.splice(0)) await each.dispose();
});

/** Ten seconds of silence are less here, but more than a hub that starts on a busy machine is silent. */
function home(silence = 6000): HubHome {
  const made = new HubHome({ HEARTH_HUB_SILENCE_MS: String(silence) });
  disposables.push(made);
  return made;
}

function repository(): string {
  const made = createRepository();
  disposables.push(made);
  made.commit('One');
  return made.root;
}

test('a stopped owner is replaced while a window waits for its answer; resumed, it ends without a word', async () => {
  const place = home();
  const window = await place.window();
  const why: string[] = [];
  window.onNotification(gone, (params) => why.push(params.why));
  const { project } = await window.send(ensure, { repository: repository() });
  const { pid } = place.owner();
  process.kill(pid, 'SIGSTOP');
  const { projects } = await window.send(list, {});
  expect(projects.map(({ id }) => id)).toEqual([project.id]);
  expect(place.owner()).toMatchObject({ fence: 2, released: false });
  expect(place.owner().pid).not.toBe(pid);
  expect(why).toEqual(['lost']);
  expect(isAlive(pid)).toBe(true);

  process.kill(pid, 'SIGCONT');
  await until(() => !isAlive(pid));
  expect(place.logLines()).toContainEqual(expect.objectContaining({ text: 'ended', fields: { why: 'superseded' } }));
  // It has not touched what is the new one's.
  expect(place.hubFile()).toMatchObject({ fence: 2, pid: place.owner().pid });
  expect(existsSync(place.hubFile().socket)).toBe(true);
  expect((await window.send(ping, {})).fence).toBe(2);
});

test('a new client replaces it too', async () => {
  const place = home();
  await place.rpc('project/list');
  process.kill(place.owner().pid, 'SIGSTOP');
  const found = JSON.parse((await place.cli(['hub', 'status', '--json'])).stdout);
  expect(found).toMatchObject({ state: 'silent', owner: { pid: place.owner().pid, released: false } });
  const refused = await place.cli(['hub', 'stop']);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^hearth: The hub \(process \d+\) does not answer\. /) });
  expect(await place.rpc('hub/ping')).toMatchObject({ fence: 2 });
});

test('one that ends while it is asked how it is, or to end, has ended', async () => {
  for (const [ask, answer] of [
    [hubStatus, { state: 'stopped' }],
    [stopHub, { stopped: true }],
  ] as const) {
    const place = home();
    await place.rpc('hub/ping');
    const { pid } = place.owner();
    process.kill(pid, 'SIGSTOP');
    const asked = ask(place.path, new AbortController().signal);
    await place.kill();
    expect(await asked).toMatchObject(answer);
  }
});

test('an owner that answers again before the time is up stays', async () => {
  const place = home(60_000);
  const window = await place.window();
  await window.send(ping, {});
  const { pid } = place.owner();
  process.kill(pid, 'SIGSTOP');
  const asked = window.send(list, {});
  await new Promise((resolve) => setTimeout(resolve, 1500));
  process.kill(pid, 'SIGCONT');
  expect(await asked).toEqual({ projects: [] });
  expect(place.owner()).toMatchObject({ fence: 1, pid });
});

test('a hub that was started against a silent owner and comes when that one was stopped ends', async () => {
  const place = home();
  await place.rpc('project/list');
  expect((await place.cli(['hub', 'stop'])).stdout).toBe('Stopped.\n');
  const late = startHubProcess(place.path, { [challengeVariable]: '1' });
  expect(await late.report).toEqual({ state: 'another' });
  expect(await late.ended).toMatchObject({ code: 0, errors: '' });
  expect(JSON.parse((await place.cli(['hub', 'status', '--json'])).stdout)).toMatchObject({ state: 'stopped', owner: { fence: 1 } });
  // Killed, it has to be replaced.
  await place.rpc('hub/ping');
  await place.kill();
  const next = startHubProcess(place.path, { [challengeVariable]: '2' });
  expect(await next.report).toEqual({ state: 'listening' });
  expect(place.owner()).toMatchObject({ fence: 3, pid: next.pid });
});

test('what the stopped owner had read but not answered is never acknowledged by it, and done once by the next', async () => {
  const place = home();
  const window = await place.window();
  await window.send(ping, {});
  const root = repository();
  for (let round = 1; round <= 3; round++) {
    const { pid } = place.owner();
    const asked = window.send(ensure, { repository: root });
    process.kill(pid, 'SIGSTOP');
    await asked;
    process.kill(pid, 'SIGCONT');
  }
  const { projects } = await window.send(list, {});
  expect(projects).toHaveLength(1);
});

test('two hubs that both believe to be the owner: the older one hangs up on whoever asks it', async () => {
  const place = home();
  await place.rpc('project/list');
  const { socket, token, pid } = { ...place.hubFile(), token: readFileSync(path.join(place.path, 'token'), 'utf8').trim() };
  const line = connect(socket);
  const connection = createMessageConnection(new SocketMessageReader(line), new SocketMessageWriter(line));
  connection.listen();
  const greeting = { token, protocol: protocolVersion, version: '0.0.1', client: 'test', pid: process.pid, trusted: true };
  await connection.sendRequest(hello.method, greeting);
  process.kill(pid, 'SIGSTOP');
  expect(await place.rpc('hub/ping')).toMatchObject({ fence: 2 });
  const answer = connection.sendRequest(ping.method, {}).then(
    () => 'answered',
    () => 'hung up',
  );
  connection.onClose(() => connection.dispose());
  process.kill(pid, 'SIGCONT');
  expect(await answer).toBe('hung up');
});

test('two windows whose hub is stopped both go on with the same new one', async () => {
  const place = home();
  const windows = await Promise.all([place.window(), place.window(), place.window()]);
  await Promise.all(windows.map((each) => each.send(ping, {})));
  const { pid } = place.owner();
  process.kill(pid, 'SIGSTOP');
  const answers = await Promise.all(windows.map((each) => each.send(ping, {})));
  expect(new Set(answers.map((each) => each.pid)).size).toBe(1);
  expect(answers[0]?.pid).not.toBe(pid);
  process.kill(pid, 'SIGKILL');
  const [first] = windows;
  expect(await first?.send(stop, {})).toEqual({ stopped: true });
  expect(await first?.send(status, {})).toMatchObject({ state: 'stopped', owner: { released: true } });
});
