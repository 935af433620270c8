// The window hears when a repository moves; a burst is told of once; what moved away is gone.
import { appendFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Moved, Watchers } from '../../../server/git/watcher.ts';
import * as git from '../../../server/protocol/git.ts';
import type { RepositoryFacts } from '../../../server/protocol/gitTypes.ts';
import { until } from '../../support/processes.ts';
import { linkedWorktree, reftableRepository, repositoryThatMoves, submodule } from '../../support/repositories/hostile.ts';
import { createRepository, type Repository, temporaryFolder } from '../../support/repositories/repository.ts';
import { startServer, type TestServer } from '../../support/server.ts';

interface Told {
  repository: string;
  what: string[];
  head?: { state: string; branch?: string | undefined; commit?: string | undefined } | undefined;
}

let server: TestServer;
const told: Told[] = [];
beforeAll(async () => {
  server = await startServer();
  server.onNotification(git.moved, (params) => told.push(params as Told));
});
afterAll(() => server.close());

/** Opens a folder as the window does, acts, and gives what was told of it until all of `wanted` was named. */
async function toldOf(folder: string, act: () => void, ...wanted: Moved[]): Promise<Told[]> {
  const { repository } = await server.send(git.discover, { path: folder });
  told.length = 0;
  act();
  await until(() => {
    const seen = told.filter((each) => each.repository === repository.root).flatMap(({ what }) => what);
    return wanted.every((each) => seen.includes(each));
  });
  return told.filter((each) => each.repository === repository.root);
}

function small(): Repository {
  const repository = createRepository();
  repository.write('a.txt', 'one\n');
  repository.commit('One');
  return repository;
}

describe('git/moved', () => {
  test('a commit moves HEAD and refs, and says where HEAD is now', async () => {
    using repository = small();
    let id = '';
    const seen = await toldOf(
      repository.root,
      () => {
        repository.write('a.txt', 'two\n');
        id = repository.commit('Two');
      },
      'head',
      'refs',
      'index',
    );
    expect(seen.at(-1)?.head).toEqual({ state: 'branch', branch: 'main', commit: id });
  });

  test('switching branches, detaching, staging, stashing, packing refs, configuring', async () => {
    using repository = small();
    repository.git('branch', 'side');
    expect((await toldOf(repository.root, () => repository.git('checkout', '--quiet', 'side'), 'head')).at(-1)?.head?.branch).toBe('side');
    expect((await toldOf(repository.root, () => repository.git('checkout', '--quiet', '--detach'), 'head')).at(-1)?.head?.state).toBe(
      'detached',
    );
    await toldOf(repository.root, () => repository.git('checkout', '--quiet', 'main'), 'head');
    repository.write('a.txt', 'changed\n');
    await toldOf(repository.root, () => repository.git('add', 'a.txt'), 'index');
    await toldOf(repository.root, () => repository.git('stash', '--quiet'), 'stash');
    await toldOf(repository.root, () => repository.git('pack-refs', '--all'), 'refs');
    await toldOf(repository.root, () => repository.git('config', 'user.name', 'Somebody'), 'config');
  });

  test('what moves right after the answer, however many folders of refs there are', async () => {
    using repository = small();
    // The folder that is listed first is watched last.
    const [last = '', first = ''] = readdirSync(repository.path('.git/refs'));
    for (let number = 0; number < 1500; number++) mkdirSync(repository.path('.git/refs', first, `folder${number}`));
    const id = repository.head();
    await toldOf(repository.root, () => writeFileSync(repository.path('.git/refs', last, 'new'), `${id}\n`), 'refs');
  });

  test('who does not wait for the watches is told of refs when they are set', async () => {
    using repository = small();
    for (let number = 0; number < 1500; number++) mkdirSync(repository.path('.git/refs/heads', `folder${number}`));
    const { repository: facts } = await server.send(git.discover, { path: repository.root });
    const watchers = new Watchers();
    const heard: Moved[] = [];
    watchers.onDidMove((_facts, what) => heard.push(...what));
    watchers.watch(facts);
    await watchers.ready(facts.root, 0);
    expect(heard).toEqual([]);
    await until(() => heard.length > 0);
    expect(heard).toEqual(['refs']);
    watchers.dispose();
  });

  test('a branch in a folder that did not exist, deleted and made again', async () => {
    using repository = small();
    await toldOf(repository.root, () => repository.git('branch', 'deep/er/topic'), 'refs');
    await toldOf(repository.root, () => repository.git('branch', '-D', 'deep/er/topic'), 'refs');
    await toldOf(repository.root, () => repository.git('branch', 'deep/er/topic'), 'refs');
    await toldOf(
      repository.root,
      () => repository.git('update-ref', 'refs/heads/deep/er/topic', repository.git('commit-tree', '-m', 'x', 'HEAD^{tree}')),
      'refs',
    );
  });

  test('a linked worktree hears of its own HEAD and of shared refs', async () => {
    using state = linkedWorktree();
    await toldOf(state.root, () => state.repository.git('-C', state.root, 'checkout', '--quiet', '--detach'), 'head');
    await toldOf(state.root, () => state.repository.git('-C', state.root, 'tag', 'new-tag'), 'refs');
  });

  test('a submodule is a repository of its own', async () => {
    using state = submodule();
    const folder = state.repository.git('ls-files', '--stage').match(/^160000 [0-9a-f]+ 0\t(.*)$/m)?.[1] ?? '';
    const inside = path.join(state.repository.root, folder);
    const { repository } = await server.send(git.discover, { path: inside });
    expect(repository).toMatchObject({ root: inside, kind: 'submodule', superproject: state.repository.root });
    await toldOf(inside, () => state.repository.git('-C', inside, 'tag', 'in-module'), 'refs');
  });

  test('a burst is told of once, and a burst without end now and then', async () => {
    using repository = small();
    const id = repository.head();
    let took = 0;
    const seen = await toldOf(
      repository.root,
      () => {
        // By one process: on a busy machine thirty of them are no burst.
        const lines = Array.from({ length: 30 }, (_, number) => `create refs/heads/b${number} ${id}\n`);
        const began = performance.now();
        repository.gitBytes(['update-ref', '--stdin'], { input: lines.join('') });
        took = performance.now() - began;
      },
      'refs',
    );
    await new Promise((resolve) => setTimeout(resolve, 400));
    // Where git itself stands still for the quiet time between two refs, the next one begins another burst.
    expect(told.filter((each) => each.repository === repository.root).length).toBeLessThan(5 + took / 120);
    expect(seen.length).toBeGreaterThan(0);
  });

  test.each(['the repository itself', 'a folder above it', 'its .git folder'])('gone: %s is moved away', async (what) => {
    const above = temporaryFolder('above');
    mkdirSync(path.join(above, 'project'));
    const repository = createRepository({ root: path.join(above, 'project') });
    repository.write('a.txt', 'one\n');
    repository.commit('One');
    repository.attach(above);
    repository.attach(`${above}-moved`);
    const from = what === 'a folder above it' ? above : what === 'its .git folder' ? repository.path('.git') : repository.root;
    const to =
      what === 'its .git folder'
        ? repository.path('no-longer-git')
        : what === 'a folder above it'
          ? `${above}-moved`
          : `${above}/elsewhere`;
    await toldOf(repository.root, () => renameSync(from, to), 'gone');
    await expect(server.send(git.log, { repository: repository.root })).rejects.toMatchObject({ data: { reason: 'not-found' } });
    // Moved back, it is read and watched again.
    renameSync(to, from);
    expect((await server.send(git.log, { repository: repository.root })).commits).toHaveLength(1);
    await toldOf(repository.root, () => repository.git('tag', 'back'), 'refs');
    repository.dispose();
  });

  test('another repository under the same name is read and watched from its beginning', async () => {
    using repository = small();
    await toldOf(
      repository.root,
      () => {
        rmSync(repository.path('.git'), { recursive: true });
        repository.git('init', '--quiet', '--initial-branch=anew');
        repository.commit('First again');
      },
      'gone',
    );
    const { repository: facts } = await server.send(git.discover, { path: repository.root });
    expect(facts.head).toMatchObject({ state: 'branch', branch: 'anew' });
    const seen = await toldOf(repository.root, () => repository.git('checkout', '--quiet', '--detach'), 'head');
    expect(seen.at(-1)?.head?.state).toBe('detached');
    await toldOf(repository.root, () => repository.git('read-tree', '--empty'), 'index');
  });

  test('worktrees that come and go, the second one too', async () => {
    using repository = small();
    const [first, second] = ['first', 'second'].map((name) => path.join(repository.attach(temporaryFolder(name)), name));
    await toldOf(repository.root, () => repository.git('worktree', 'add', '--quiet', '--detach', first as string), 'config');
    await toldOf(repository.root, () => repository.git('worktree', 'add', '--quiet', '--detach', second as string), 'config');
    await toldOf(repository.root, () => repository.git('worktree', 'remove', first as string), 'config');
  });

  test('where HEAD was is never told after where it is', async () => {
    using repository = small();
    repository.git('branch', 'side');
    const folder = repository.attach(temporaryFolder('late-git'));
    const late = path.join(folder, 'git');
    // The first question after the mark is there is answered late, with what was true when it was asked. Then the mark is gone.
    const answerLate = `[ -d '${folder}/mark' ] && { said=$(git "$@"); rmdir '${folder}/mark'; sleep 1; echo "$said"; exit; }`;
    writeFileSync(late, `#!/bin/sh\ncase "$*" in *'--verify --quiet HEAD') ${answerLate};; esac\nexec git "$@"\n`, { mode: 0o755 });
    const slow = await startServer({ gitPath: late });
    const heads: (string | undefined)[] = [];
    let configured = false;
    slow.onNotification(git.moved, ({ head, what }) => {
      if (head !== undefined) heads.push(head.commit);
      configured ||= what.includes('config');
    });
    await slow.send(git.discover, { path: repository.root });
    // Where its watches were set late, it asks because of that, before this is told.
    repository.git('config', 'user.name', 'Somebody');
    await until(() => configured);
    mkdirSync(path.join(folder, 'mark'));
    const before = repository.commit('Old news');
    await until(() => !existsSync(path.join(folder, 'mark')));
    const now = repository.commit('News');
    await until(() => heads.includes(before) && heads.includes(now));
    expect(heads.lastIndexOf(before)).toBeLessThan(heads.indexOf(now));
    await slow.close();
  });

  test('a repository opened where it was moved to is read there', async () => {
    using state = repositoryThatMoves();
    await server.send(git.discover, { path: state.root });
    const target = state.moveAway();
    const { repository } = await server.send(git.discover, { path: target });
    expect(repository.root).toBe(target);
    expect((await server.send(git.log, { repository: target })).commits?.length).toBe(2);
  });

  test('the same repository through two roots is watched once', async () => {
    using repository = small();
    repository.write('folder/b.txt', 'b\n');
    repository.commit('B');
    await server.send(git.discover, { path: repository.path('folder') });
    const seen = await toldOf(repository.root, () => repository.git('tag', 'once'), 'refs');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(seen).toHaveLength(1);
  });

  test('facts are fresh after a move', async () => {
    using repository = small();
    await server.send(git.discover, { path: repository.root });
    repository.git('checkout', '--quiet', '-b', 'other');
    expect((await server.send(git.discover, { path: repository.root })).repository.head.branch).toBe('other');
  });
});

describe('reftable', () => {
  test('git that cannot read it: one sentence; the watcher hears its changes all the same', async () => {
    using state = reftableRepository();
    await expect(server.send(git.discover, { path: state.root })).rejects.toMatchObject({ data: { reason: 'unsupported' } });
    const gitDir = path.join(state.root, '.git');
    const facts: RepositoryFacts = {
      root: state.root,
      gitDir,
      commonDir: gitDir,
      objectFormat: 'sha1',
      refFormat: 'reftable',
      kind: 'main',
      shallow: false,
      partialClone: false,
      head: { state: 'unborn' },
    };
    const watchers = new Watchers();
    const heard: Moved[] = [];
    watchers.onDidMove((_facts, what) => heard.push(...what));
    watchers.watch(facts);
    mkdirSync(path.join(gitDir, 'reftable'), { recursive: true });
    const list = path.join(gitDir, 'reftable/tables.list');
    appendFileSync(list, '');
    // As git does: a new table, then the list renamed into place.
    writeFileSync(path.join(gitDir, 'reftable/0x000000000003-0x000000000003-deadbeef.ref'), 'table');
    writeFileSync(`${list}.lock`, '0x000000000003-0x000000000003-deadbeef.ref\n');
    renameSync(`${list}.lock`, list);
    await until(() => heard.includes('refs') && heard.includes('head') && heard.includes('stash'));
    watchers.dispose();
    expect(watchers.roots).toEqual([]);
  });
});

test('a lock that comes and goes is no move', async () => {
  using repository = small();
  // What is told late of its opening is told before this.
  await toldOf(repository.root, () => repository.git('config', 'user.name', 'Somebody'), 'config');
  await new Promise((resolve) => setTimeout(resolve, 300));
  told.length = 0;
  for (const name of ['index.lock', 'HEAD.lock', 'refs/heads/main.lock']) {
    writeFileSync(repository.path('.git', name), '');
    rmSync(repository.path('.git', name));
  }
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(told.filter((each) => each.repository === repository.root)).toEqual([]);
});
