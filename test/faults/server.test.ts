// The server dies, or whoever started it does: nothing of it stays behind.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as git from '../../server/protocol/git.ts';
import { childrenOf, isAlive, kill, slowGit, until } from '../support/processes.ts';
import { createRepository, type Repository } from '../support/repositories/repository.ts';
import { ensureBuilt, startServer } from '../support/server.ts';

let repository: Repository;
beforeAll(() => {
  repository = createRepository();
  repository.write('a.txt', 'one\n');
  repository.commit('One');
});
afterAll(() => repository.dispose());

test('kill −9: a git that writes, and the one that waits for questions, end by themselves', async () => {
  const slow = slowGit('drip');
  const server = await startServer({ gitPath: slow.program });
  await server.send(git.content, { repository: repository.root, side: { kind: 'commit', revision: 'HEAD' }, file: { path: 'a.txt' } });
  const streaming = server.send(git.log, { repository: repository.root, revision: 'slow' }, { onPartial: () => {} }).catch(() => {});
  await until(() => slow.pids().length > 0);
  const children = childrenOf(server.pid);
  expect(children.length).toBeGreaterThanOrEqual(2);
  process.kill(server.pid, 'SIGKILL');
  await until(() => !children.some(isAlive));
  server.connection.dispose();
  void streaming;
  rmSync(slow.folder, { recursive: true });
});

test.each(['shutdown and exit', 'the pipe closes', 'SIGTERM'])('%s while git hangs: the server ends and takes git with it', async (how) => {
  const slow = slowGit('hang with a helper');
  const server = await startServer({ gitPath: slow.program });
  const exited = new Promise<void>((resolve) => server.process.once('exit', () => resolve()));
  server.send(git.log, { repository: repository.root, revision: 'slow' }).catch(() => {});
  await until(() => slow.helpers().length > 0);
  if (how === 'SIGTERM') server.process.kill('SIGTERM');
  else if (how === 'the pipe closes') server.process.stdin?.end();
  else void server.close();
  await exited;
  await until(() => ![...slow.pids(), ...slow.helpers()].some(isAlive));
  server.connection.dispose();
  rmSync(slow.folder, { recursive: true });
});

test('over IPC: whoever started it dies, and the server ends', async () => {
  ensureBuilt();
  const program = path.resolve(import.meta.dirname, '../../dist/server.js');
  // A parent that starts the server as the shell does, says its pid, and lives until it is killed.
  const script = `const child = require('node:child_process').fork(${JSON.stringify(program)}, ['--node-ipc'], { stdio: 'ignore' }); console.log(child.pid); setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (data) => resolve(Number(String(data)))));
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await until(() => !isAlive(pid));
});

test('kill −9 of the reader of objects: who asks next is answered', async () => {
  const server = await startServer();
  const read = () =>
    server.send(git.content, { repository: repository.root, side: { kind: 'commit', revision: 'HEAD' }, file: { path: 'a.txt' } });
  for (let round = 0; round < 5; round++) {
    expect(await read()).toMatchObject({ kind: 'text', text: 'one\n' });
    const children = childrenOf(server.pid);
    expect(children.length).toBeGreaterThan(0);
    for (const pid of children) kill(pid);
    // Some may be asked of the dying one: they fail with a reason, or are answered; none hangs.
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, read));
    for (const each of outcomes) if (each.status === 'rejected') expect(each.reason.data.reason).toBe('git-failed');
  }
  expect(await read()).toMatchObject({ kind: 'text' });
  await server.close();
});

test('closing the server leaves no child', async () => {
  const server = await startServer();
  await server.send(git.content, { repository: repository.root, side: { kind: 'commit', revision: 'HEAD' }, file: { path: 'a.txt' } });
  const children = childrenOf(server.pid);
  expect(children.length).toBeGreaterThan(0);
  await server.close();
  await until(() => !children.some(isAlive));
});
