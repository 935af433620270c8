import { afterAll, beforeAll, expect, test } from 'vitest';
import * as git from '../../../server/protocol/git.ts';
import { createRepository, type Repository, temporaryFolder } from '../../support/repositories/repository.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
let repository: Repository;
let worktree: string;

beforeAll(async () => {
  server = await startServer();
  repository = createRepository();
  repository.write('a.txt', 'one\n');
  repository.commit('First');
  repository.git('tag', 'light');
  repository.git('tag', '-a', '-m', 'Annotated\n\nmore', 'v1');
  repository.git('tag', '-m', 'Of a blob', 'blob', 'HEAD:a.txt');
  repository.write('a.txt', 'two\n');
  repository.commit('Second <script>');
  repository.git('remote', 'add', 'origin', 'https://user:secret@host.test/owner/repo.git');
  repository.git('update-ref', 'refs/remotes/origin/main', 'HEAD~1');
  repository.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
  repository.git('config', 'branch.main.remote', 'origin');
  repository.git('config', 'branch.main.merge', 'refs/heads/main');
  repository.git('branch', 'gone-upstream');
  repository.git('config', 'branch.gone-upstream.remote', 'origin');
  repository.git('config', 'branch.gone-upstream.merge', 'refs/heads/deleted');
  repository.git('branch', 'weird,name/(x)');
  worktree = repository.attach(`${temporaryFolder('worktree')}/tree with space`);
  repository.git('worktree', 'add', '--quiet', '-b', 'linked', worktree);
  repository.git('worktree', 'lock', '--reason', 'because', worktree);
  for (const text of ['first stash', 'second stash']) {
    repository.write('a.txt', `${text}\n`);
    repository.git('stash', 'push', '--quiet', '-m', text);
  }
});
afterAll(async () => {
  await server.close();
  repository.dispose();
});

const refs = (limit = 0) => server.send(git.refs, { repository: repository.root, limit });

test('branches, remote branches and tags', async () => {
  const found = await refs();
  const byName = Object.fromEntries(found.refs.map((row) => [row.name, row]));
  expect(Object.keys(byName).sort()).toEqual(
    [
      'refs/heads/gone-upstream',
      'refs/heads/linked',
      'refs/heads/main',
      'refs/heads/weird,name/(x)',
      'refs/remotes/origin/main',
      'refs/tags/light',
      'refs/tags/v1',
    ].sort(),
  );
  expect(found.counts).toEqual({ branch: 4, remote: 1, tag: 2 });
  expect(byName['refs/heads/main']).toMatchObject({
    short: 'main',
    kind: 'branch',
    commit: repository.head(),
    subject: 'Second <script>',
    author: 'Ada Example',
    upstream: 'refs/remotes/origin/main',
    ahead: 1,
    behind: 0,
    worktree: repository.root,
  });
  expect(byName['refs/heads/gone-upstream']).toMatchObject({ upstreamGone: true });
  expect(byName['refs/heads/linked']?.worktree).toBe(worktree);
  expect(byName['refs/tags/v1']).toMatchObject({ kind: 'tag', commit: repository.head('HEAD~1'), subject: 'Annotated' });
  expect(found.head).toEqual({ state: 'branch', branch: 'main', commit: repository.head() });
});

test('a tag of a tag is listed with its commit; a tag of a file is none', async () => {
  using tagged = createRepository();
  tagged.write('a.txt', 'a\n');
  tagged.commit('One');
  tagged.git('tag', '-a', '-m', 'Inner', 'inner');
  tagged.git('tag', '-a', '-m', 'Outer', 'outer', 'inner');
  tagged.git('tag', '-a', '-m', 'Outermost', 'outermost', 'outer');
  tagged.git('tag', '-a', '-m', 'File', 'file', 'HEAD:a.txt');
  tagged.git('tag', '-a', '-m', 'File again', 'file-again', 'file');
  const { refs: found, counts } = await server.send(git.refs, { repository: tagged.root });
  const tags = found.filter(({ kind }) => kind === 'tag');
  expect(tags.map(({ short, commit }) => [short, commit]).sort()).toEqual(
    ['inner', 'outer', 'outermost'].map((name) => [name, tagged.head()]),
  );
  expect(counts.tag).toBe(3);
});

test('remotes without their secrets', async () => {
  expect((await refs()).remotes).toEqual([{ name: 'origin', url: 'https://host.test/owner/repo.git' }]);
});

test('stashes, newest first', async () => {
  const { stashes } = await refs();
  expect(stashes.map(({ index, message, branch, base }) => ({ index, message, branch, base }))).toEqual([
    { index: 0, message: 'On main: second stash', branch: 'main', base: repository.head() },
    { index: 1, message: 'On main: first stash', branch: 'main', base: repository.head() },
  ]);
  expect(stashes.map(({ id }) => id)).toEqual([0, 1].map((index) => repository.head(`stash@{${index}}`)));
});

test('worktrees', async () => {
  expect((await refs()).worktrees).toEqual([
    { root: repository.root, head: repository.head(), branch: 'main', locked: false, prunable: false, current: true },
    { root: worktree, head: repository.head(), branch: 'linked', locked: true, prunable: false, current: false },
  ]);
  const inside = await server.send(git.refs, { repository: worktree });
  expect(inside.worktrees.find(({ current }) => current)?.root).toBe(worktree);
  expect(inside.head.branch).toBe('linked');
});

test('a limit cuts each kind, newest first, and keeps the current branch; counts are of all', async () => {
  const { refs: rows, counts } = await refs(1);
  expect(counts).toEqual({ branch: 4, remote: 1, tag: 2 });
  expect(rows.filter(({ kind }) => kind === 'tag')).toHaveLength(1);
  expect(rows.map(({ name }) => name)).toContain('refs/heads/main');
});

test('19 000 refs are read whole', async () => {
  using large = createRepository();
  large.write('a.txt', 'one\n');
  const id = large.commit('One');
  const names = Array.from({ length: 19_000 }, (_, number) => `refs/${number % 2 === 0 ? 'tags' : 'remotes/origin'}/name-${number}`);
  const lines = names.sort().map((name) => `${id} ${name}\n`);
  large.write('.git/packed-refs', `# pack-refs with: peeled fully-peeled sorted \n${lines.join('')}`);
  const { refs: rows, counts } = await server.send(git.refs, { repository: large.root });
  expect(rows).toHaveLength(19_001);
  expect(counts).toEqual({ branch: 1, remote: 9500, tag: 9500 });
});
