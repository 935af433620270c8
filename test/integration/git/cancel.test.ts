// A request that is cancelled: its git is gone before the reply, nothing waits, nothing stays behind.
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runGit, setGitPath } from '../../../server/git/process.ts';
import * as git from '../../../server/protocol/git.ts';
import { info } from '../../../server/protocol/session.ts';
import { isAlive, slowGit, until } from '../../support/processes.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let repository: Repository;
beforeAll(() => {
  repository = createRepository();
  repository.write('a.txt', 'one\n');
  repository.commit('One');
  repository.write('a.txt', 'two\n');
  repository.commit('Two');
});
afterAll(() => repository.dispose());

describe.each(['hang', 'hang with a helper', 'drip'] as const)('a git that does %s', (how) => {
  let server: TestServer;
  let slow: ReturnType<typeof slowGit>;
  beforeAll(async () => {
    slow = slowGit(how);
    server = await startServer({ gitPath: slow.program });
  });
  afterAll(async () => {
    await server.close();
    rmSync(slow.folder, { recursive: true });
  });

  const log = (revision: string, signal?: AbortSignal) =>
    server.send(git.log, { repository: repository.root, revision }, { ...(signal === undefined ? {} : { signal }), onPartial: () => {} });

  test('is gone before the reply', async () => {
    const controller = new AbortController();
    const reply = log('slow', controller.signal);
    const pids = await until(() => slow.pids().length >= (how === 'hang with a helper' ? 2 : 1) && slow.pids());
    expect(pids.map(isAlive)).not.toContain(false);
    let alive: boolean[] | undefined;
    const looked = reply.catch((error) => {
      alive = pids.map(isAlive);
      return error;
    });
    controller.abort();
    expect(await looked).toMatchObject({ code: -32800, data: { reason: 'cancelled' } });
    expect(alive?.includes(true)).toBe(false);
  });

  test('200 requests, each of which cancels the one before, leave no queue and no process', async () => {
    let last = new AbortController();
    const replies: Promise<unknown>[] = [];
    for (let number = 0; number < 200; number++) {
      last.abort();
      last = new AbortController();
      replies.push(log('slow', last.signal).catch((error) => error.data?.reason));
    }
    await until(() => slow.pids().length > 1);
    last.abort();
    expect(new Set(await Promise.all(replies))).toEqual(new Set(['cancelled']));
    expect(slow.pids().filter(isAlive)).toEqual([]);
    expect((await server.send(info, {})).processes.running).toBe(0);
    expect(await log('HEAD')).toEqual({ more: false });
  });

  test('more requests than slots: cancelling those that wait starts nothing', async () => {
    const running = Array.from({ length: 6 }, () => new AbortController());
    const before = slow.pids().length;
    const helpers = how === 'hang with a helper' ? 2 : 1;
    const replies = running.map((each) => log('slow', each.signal).catch((error) => error.data?.reason));
    await until(() => slow.pids().length >= before + 6 * helpers);
    const waiting = Array.from({ length: 20 }, () => new AbortController());
    const waited = waiting.map((each) => log('slow', each.signal).catch((error) => error.data?.reason));
    await server.send(info, {});
    for (const each of waiting) each.abort();
    expect(new Set(await Promise.all(waited))).toEqual(new Set(['cancelled']));
    expect(slow.pids().length).toBe(before + 6 * helpers);
    for (const each of running) each.abort();
    expect(new Set(await Promise.all(replies))).toEqual(new Set(['cancelled']));
    expect(slow.pids().filter(isAlive)).toEqual([]);
  });
});

describe('deadline', () => {
  let slow: ReturnType<typeof slowGit>;
  afterEach(() => {
    setGitPath(undefined);
    rmSync(slow.folder, { recursive: true });
  });

  test('a git that says nothing is stopped, with what it started', async () => {
    slow = slowGit('hang with a helper');
    setGitPath(slow.program);
    await expect(runGit(['log', 'slow'], { cwd: repository.root, silence: 300 })).rejects.toMatchObject({ reason: 'timeout' });
    expect(slow.pids().length).toBe(2);
    expect(slow.pids().filter(isAlive)).toEqual([]);
  });

  test('a git that keeps talking is not', async () => {
    slow = slowGit('drip');
    setGitPath(slow.program);
    const controller = new AbortController();
    const reply = runGit(['log', 'slow'], { cwd: repository.root, silence: 1000, signal: controller.signal });
    const outcome = reply.catch((error) => error.reason);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(slow.pids().map(isAlive)).toEqual([true]);
    controller.abort();
    expect(await outcome).toBe('cancelled');
  });
});

test('equal questions about a commit in flight share one process', async () => {
  const server = await startServer();
  const { root } = repository;
  const ask = () => server.send(git.commitCard, { repository: root, commit: repository.head(), file: { path: 'a.txt' }, line: 1 });
  const alone = await ask();
  const before = (await server.send(info, {})).processes.started;
  await ask();
  const single = (await server.send(info, {})).processes.started - before;
  const cards = await Promise.all(Array.from({ length: 20 }, ask));
  const together = (await server.send(info, {})).processes.started - before - single;
  expect(new Set(cards.map((card) => JSON.stringify(card)))).toEqual(new Set([JSON.stringify(alone)]));
  // Each still reads the remotes for itself; log and change are shared by those that came while it ran.
  expect(together).toBeLessThan(20 * single);
  await server.close();
});
