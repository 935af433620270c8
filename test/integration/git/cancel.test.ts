// A request that is cancelled: its git is gone before the reply, nothing waits, nothing stays behind.
import { rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
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

  /** Calls that hang by now, each with its helper. */
  const started = () => (how === 'hang with a helper' ? Math.min(slow.pids().length, slow.helpers().length) : slow.pids().length);

  test('is gone before the reply', async () => {
    const controller = new AbortController();
    const reply = log('slow', controller.signal);
    const pids = await until(() => started() >= 1 && slow.pids());
    expect(pids.map(isAlive)).not.toContain(false);
    let alive: boolean[] | undefined;
    const looked = reply.catch((error) => {
      alive = pids.map(isAlive);
      return error;
    });
    controller.abort();
    expect(await looked).toMatchObject({ code: -32800, data: { reason: 'cancelled' } });
    expect(alive?.includes(true)).toBe(false);
    await until(() => !slow.helpers().some(isAlive));
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
    await until(() => !slow.helpers().some(isAlive));
    expect((await server.send(info, {})).processes.running).toBe(0);
    expect(await log('HEAD')).toEqual({ more: false });
  });

  test('more requests than slots: cancelling those that wait starts nothing', async () => {
    const running = Array.from({ length: 6 }, () => new AbortController());
    const before = started();
    const pids = slow.pids().length;
    const replies = running.map((each) => log('slow', each.signal).catch((error) => error.data?.reason));
    await until(() => started() >= before + 6);
    const waiting = Array.from({ length: 20 }, () => new AbortController());
    const waited = waiting.map((each) => log('slow', each.signal).catch((error) => error.data?.reason));
    await server.send(info, {});
    for (const each of waiting) each.abort();
    expect(new Set(await Promise.all(waited))).toEqual(new Set(['cancelled']));
    expect(slow.pids().length).toBe(pids + 6);
    for (const each of running) each.abort();
    expect(new Set(await Promise.all(replies))).toEqual(new Set(['cancelled']));
    expect(slow.pids().filter(isAlive)).toEqual([]);
    await until(() => !slow.helpers().some(isAlive));
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
    // On a busy machine it may be stopped before it has started its helper: then it is given more time.
    for (let silence = 300; slow.helpers().length === 0; silence *= 4) {
      await expect(runGit(['log', 'slow'], { cwd: repository.root, silence })).rejects.toMatchObject({ reason: 'timeout' });
    }
    expect(slow.helpers()).toHaveLength(1);
    expect(slow.pids().filter(isAlive)).toEqual([]);
    await until(() => !slow.helpers().some(isAlive));
  });

  test('a git that keeps talking is not', async () => {
    slow = slowGit('drip');
    setGitPath(slow.program);
    const controller = new AbortController();
    const reply = runGit(['log', 'slow'], { cwd: repository.root, silence: 8000, signal: controller.signal });
    const outcome = reply.catch((error) => error.reason);
    await until(() => slow.pids().length > 0);
    await new Promise((resolve) => setTimeout(resolve, 8500));
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

test('200 rapid cursor moves over an open document leave no queue and no process, and the last one is right', async () => {
  const server = await startServer();
  const lines = Array.from({ length: 300 }, (_, number) => `line ${number}`);
  using long = createRepository();
  for (let number = 0; number < 20; number++) {
    long.write('long.txt', `${lines.with(number * 10, `changed ${number}`).join('\n')}\n`);
    long.commit(`Commit ${number}`);
  }
  const uri = pathToFileURL(long.path('long.txt')).href;
  server.openDocument(uri, `unsaved\n${lines.with(190, 'changed 19').join('\n')}\n`);
  let last = new AbortController();
  const replies: Promise<unknown>[] = [];
  for (let move = 0; move < 200; move++) {
    last.abort();
    last = new AbortController();
    const line = (move % 300) + 1;
    replies.push(
      server.send(git.documentBlame, { uri, lines: { start: line, end: line } }, { signal: last.signal }).then(
        ({ state }) => state,
        (error) => error.data?.reason ?? error.code,
      ),
    );
  }
  const outcomes = await Promise.all(replies);
  expect(outcomes.slice(0, -1).filter((each) => !['cancelled', 'blamed', -32800].includes(each as never))).toEqual([]);
  expect(outcomes.at(-1)).toBe('blamed');
  const answer = await server.send(git.documentBlame, { uri, lines: { start: 192, end: 192 } });
  expect(answer.state === 'blamed' && answer.runs?.commit[0]).toBe(long.head());
  // What stays is the one reader of objects, until it has been idle for a while.
  await until(async () => (await server.send(info, {})).processes.running <= 1);
  await server.close();
});
