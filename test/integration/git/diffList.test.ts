import { chmodSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diffList as listNow } from '../../../server/git/diffList.ts';
import { diffList } from '../../../server/protocol/git.ts';
import type { ChangedFile, Side } from '../../../server/protocol/gitTypes.ts';
import { generatedRepository, sample } from '../../support/repositories/generated.ts';
import { submodule, unmergedIndex } from '../../support/repositories/hostile.ts';
import { invalidUtf8Names, oddNames } from '../../support/repositories/hostileNames.ts';
import { tenThousandChanged } from '../../support/repositories/large.ts';
import { createRepository, Repository } from '../../support/repositories/repository.ts';
import { asNumstat, commit, empty, type Handlers, index, numstat, openHandlers, stash, worktree } from './diffSupport.ts';

let handlers: Handlers;
beforeAll(() => {
  handlers = openHandlers();
});
afterAll(() => handlers.dispose());

const tracked = { untracked: false };

async function list(repository: Repository, from: Side, to: Side, options: object = tracked): Promise<ChangedFile[]> {
  const { files = [], totals } = await handlers.send(diffList, { repository: repository.root, from, to, options });
  expect(totals).toEqual({
    files: files.length,
    additions: files.reduce((sum, { additions }) => sum + additions, 0),
    deletions: files.reduce((sum, { deletions }) => sum + deletions, 0),
  });
  return files;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}\n`).join('');

/** History, staged and unstaged changes, a stash, a side branch: every kind of side differs from every other. */
function everySide(): Repository {
  const repository = createRepository();
  repository.write('kept.txt', numbers(1, 20));
  repository.write('moved.txt', numbers(1, 40));
  repository.write('gone.txt', 'gone\n');
  repository.write('data.bin', Buffer.from([0, 1, 2, 3]));
  repository.write('run.sh', 'echo\n');
  repository.commit('First');
  repository.git('checkout', '--quiet', '-b', 'side');
  repository.write('side.txt', 'side\n');
  repository.commit('Side');
  repository.git('checkout', '--quiet', 'main');
  repository.git('mv', 'moved.txt', 'renamed.txt');
  repository.write('renamed.txt', numbers(1, 41));
  repository.remove('gone.txt');
  repository.write('data.bin', Buffer.from([0, 1, 2, 4]));
  repository.commit('Second');
  repository.git('tag', '-a', '-m', 'tag', 'v1');
  repository.write('kept.txt', numbers(2, 20));
  repository.git('stash', '--quiet');
  repository.write('kept.txt', numbers(1, 22));
  repository.git('add', 'kept.txt');
  repository.write('kept.txt', numbers(1, 25));
  repository.write('renamed.txt', 'all other\n');
  chmodSync(repository.path('run.sh'), 0o755);
  repository.write('new.txt', 'one\ntwo');
  return repository;
}

const pairs: { name: string; from: Side; to: Side; git: string[] }[] = [
  { name: 'commit, commit', from: commit('HEAD~1'), to: commit('HEAD'), git: ['HEAD~1', 'HEAD'] },
  { name: 'branch, tag', from: commit('side'), to: commit('v1'), git: ['side', 'v1'] },
  { name: 'commit, index', from: commit('HEAD'), to: index, git: ['--cached', 'HEAD'] },
  { name: 'index, commit', from: index, to: commit('HEAD~1'), git: ['--cached', '-R', 'HEAD~1'] },
  { name: 'commit, worktree', from: commit('HEAD~1'), to: worktree, git: ['HEAD~1'] },
  { name: 'worktree, commit', from: worktree, to: commit('HEAD~1'), git: ['-R', 'HEAD~1'] },
  { name: 'index, worktree', from: index, to: worktree, git: [] },
  { name: 'worktree, index', from: worktree, to: index, git: ['-R'] },
  { name: 'stash, worktree', from: stash(), to: worktree, git: ['stash@{0}'] },
  { name: 'index, stash', from: index, to: stash(), git: ['--cached', '-R', 'stash@{0}'] },
  { name: 'commit, stash', from: commit('stash@{0}^1'), to: stash(), git: ['stash@{0}^1', 'stash@{0}'] },
  { name: 'merge base, commit', from: { kind: 'mergeBase', a: 'main', b: 'side' }, to: commit('side'), git: ['main...side'] },
  { name: 'empty, commit', from: empty, to: commit('HEAD'), git: ['4b825dc642cb6eb9a060e54bf8d69288fbee4904', 'HEAD'] },
  { name: 'worktree, empty', from: worktree, to: empty, git: ['-R', '4b825dc642cb6eb9a060e54bf8d69288fbee4904'] },
];

test.each(pairs)('$name: the rows of git diff --numstat', async ({ from, to, git }) => {
  using repository = everySide();
  const files = await list(repository, from, to);
  expect(files.length).toBeGreaterThan(0);
  expect(asNumstat(files)).toEqual(numstat(repository, ...git));
});

test('statuses, modes and similarity', async () => {
  using repository = everySide();
  const files = await list(repository, commit('HEAD~1'), worktree);
  const facts = Object.fromEntries(
    files.map(({ path, status, oldMode, newMode, oldPath }) => [path, { status, oldMode, newMode, oldPath }]),
  );
  expect(facts).toEqual({
    'data.bin': { status: 'modified', oldMode: '100644', newMode: '100644', oldPath: undefined },
    'gone.txt': { status: 'deleted', oldMode: '100644', newMode: '000000', oldPath: undefined },
    'kept.txt': { status: 'modified', oldMode: '100644', newMode: '100644', oldPath: undefined },
    'moved.txt': { status: 'deleted', oldMode: '100644', newMode: '000000', oldPath: undefined },
    'renamed.txt': { status: 'added', oldMode: '000000', newMode: '100644', oldPath: undefined },
    'run.sh': { status: 'modified', oldMode: '100644', newMode: '100755', oldPath: undefined },
  });
  const renamed = (await list(repository, commit('HEAD~1'), commit('HEAD'))).find(({ path }) => path === 'renamed.txt');
  expect(renamed).toMatchObject({ status: 'renamed', oldPath: 'moved.txt', additions: 1, deletions: 0 });
  expect(renamed?.similarity).toBeGreaterThan(90);
});

test('untracked files belong to a work-tree side, added or removed', async () => {
  using repository = everySide();
  const row = { path: 'new.txt', status: 'untracked', binary: false };
  expect((await list(repository, index, worktree, {})).at(-1)).toEqual({
    ...row,
    additions: 2,
    deletions: 0,
    oldMode: '000000',
    newMode: '100644',
  });
  expect((await list(repository, worktree, index, {})).at(-1)).toEqual({
    ...row,
    additions: 0,
    deletions: 2,
    oldMode: '100644',
    newMode: '000000',
  });
  expect((await list(repository, commit('HEAD'), index, {})).map(({ status }) => status)).not.toContain('untracked');
});

test('files that were only touched do not show, text or binary, and the index is left alone', async () => {
  using repository = createRepository();
  repository.write('a.txt', 'a\n');
  repository.write('b.bin', Buffer.from([0, 1]));
  repository.commit('First');
  const before = repository.git('ls-files', '--debug');
  for (const name of ['a.txt', 'b.bin']) utimesSync(repository.path(name), new Date(0), new Date(0));
  expect(await list(repository, index, worktree)).toEqual([]);
  expect(await list(repository, commit('HEAD'), worktree)).toEqual([]);
  expect(repository.git('ls-files', '--debug')).toBe(before);
});

test('a file that differs only in ignored white space is no change', async () => {
  using repository = createRepository();
  repository.write('a.txt', 'a  b\nc\n');
  repository.write('b.txt', 'x\n');
  repository.commit('First');
  repository.write('a.txt', 'a b\nc \n');
  repository.write('b.txt', 'y\n');
  repository.commit('Second');
  const names = async (whitespace: string) =>
    (await list(repository, commit('HEAD~1'), commit('HEAD'), { whitespace })).map(({ path }) => path);
  expect(await names('show')).toEqual(['a.txt', 'b.txt']);
  expect(await names('ignore-eol')).toEqual(['a.txt', 'b.txt']);
  expect(await names('ignore-change')).toEqual(['b.txt']);
  expect(await names('ignore-all')).toEqual(['b.txt']);
});

test('copies only when asked, renames unless refused', async () => {
  using repository = createRepository();
  repository.write('a.txt', numbers(1, 50));
  repository.commit('First');
  repository.write('copy.txt', numbers(1, 50));
  repository.write('a.txt', numbers(1, 51));
  repository.git('add', '-A');
  const status = async (options: object) =>
    (await list(repository, commit('HEAD'), index, options)).map((file) => `${file.status} ${file.path}`);
  expect(await status({})).toEqual(['modified a.txt', 'added copy.txt']);
  expect(await status({ copies: true })).toEqual(['modified a.txt', 'copied copy.txt']);
  repository.git('commit', '-qm', 'x');
  repository.git('mv', 'a.txt', 'b.txt');
  expect(await status({})).toEqual(['renamed b.txt']);
  expect(await status({ renames: false })).toEqual(['deleted a.txt', 'added b.txt']);
});

test('odd names are exact', async () => {
  const { repository, files } = oddNames();
  using _ = repository;
  const rows = await list(repository, commit('HEAD~1'), commit('HEAD'));
  expect(rows.map(({ path }) => path).sort()).toEqual(files.map(({ path }) => path).sort());
  expect(asNumstat(rows)).toEqual(numstat(repository, 'HEAD~1', 'HEAD'));
  for (const { path } of files) {
    const { files: one = [] } = await handlers.send(diffList, {
      repository: repository.root,
      from: commit('HEAD~1'),
      to: commit('HEAD'),
      paths: [{ path }],
    });
    expect(one.map((row) => row.path)).toEqual([path]);
  }
});

test('names that are not UTF-8 travel as bytes and can be asked for', async () => {
  const { repository, names, renamed, untracked } = invalidUtf8Names();
  using _ = repository;
  const rows = await list(repository, commit('HEAD~1'), worktree, {});
  const [latin] = names as [Buffer];
  expect(rows.map(({ status, pathBytes }) => `${status} ${pathBytes}`)).toEqual([
    `modified ${latin.toString('base64')}`,
    `renamed ${renamed.to.toString('base64')}`,
    `untracked ${untracked.toString('base64')}`,
  ]);
  expect(rows[1]?.oldPathBytes).toBe(renamed.from.toString('base64'));
  const asked = await handlers.send(diffList, {
    repository: repository.root,
    from: commit('HEAD~1'),
    to: commit('HEAD'),
    paths: [{ pathBytes: latin.toString('base64') }],
  });
  expect(asked.files?.map(({ pathBytes }) => pathBytes)).toEqual([latin.toString('base64')]);
});

test('an unmerged path is one row, whatever it is compared with', async () => {
  using state = unmergedIndex();
  for (const [from, to] of [
    [index, worktree],
    [commit('HEAD'), worktree],
    [commit('HEAD'), index],
    [worktree, commit('HEAD')],
  ] as const) {
    const rows = (await list(state.repository, from, to)).filter(({ path }) => path === state.path);
    expect(
      rows.map(({ status }) => status),
      `${from.kind} ${to.kind}`,
    ).toEqual(['unmerged']);
  }
});

test('a submodule that moved, a file that became a link', async () => {
  using state = submodule();
  const { repository } = state;
  repository.write('link', 'was a file\n');
  repository.git('add', 'link');
  repository.git('commit', '-qm', 'x');
  rmSync(repository.path('link'));
  symlinkSync('target', repository.path('link'));
  const rows = await list(repository, commit('HEAD'), worktree);
  expect(rows.find(({ path }) => path === 'link')).toMatchObject({
    status: 'type',
    oldMode: '100644',
    newMode: '120000',
    additions: 1,
    deletions: 1,
  });
  const modes = (await list(repository, empty, commit('HEAD'))).map(({ newMode }) => newMode);
  expect(modes).toContain('160000');
});

test('HEAD of a branch without commits is the empty tree, also with SHA-256', async () => {
  for (const objectFormat of ['sha1', 'sha256'] as const) {
    using repository = createRepository({ objectFormat });
    repository.write('a.txt', 'a\nb\n');
    repository.git('add', 'a.txt');
    const rows = await list(repository, commit('HEAD'), index);
    expect(rows).toMatchObject([{ path: 'a.txt', status: 'added', additions: 2 }]);
    expect(await list(repository, empty, index)).toEqual(rows);
  }
});

test('the same side twice, and two names of one commit, differ in nothing', async () => {
  using repository = everySide();
  for (const side of [index, worktree, commit('HEAD'), empty, stash()]) expect(await list(repository, side, side)).toEqual([]);
  expect(await list(repository, commit('main'), commit('v1'))).toEqual([]);
});

test('names that stand for nothing are one clear sentence', async () => {
  using repository = everySide();
  const ask = (from: Side) => handlers.send(diffList, { repository: repository.root, from, to: worktree });
  await expect(ask(commit('nowhere'))).rejects.toMatchObject({ reason: 'not-found', message: 'There is no revision "nowhere" here.' });
  await expect(ask(stash(7))).rejects.toMatchObject({ reason: 'not-found', message: 'There is no stash@{7} here.' });
  // Names of the log end git's long-lived helper: whoever asks at the same time must still be answered.
  const [plain, shorter, upstream] = await Promise.allSettled([ask(commit('main')), ask(commit('HEAD@{99}')), ask(commit('@{u}'))]);
  expect(plain.status).toBe('fulfilled');
  expect(shorter).toMatchObject({ reason: { reason: 'not-found', message: 'There is no revision "HEAD@{99}" here.' } });
  expect(upstream).toMatchObject({ reason: { reason: 'not-found' } });
  await expect(ask(commit('HEAD@{0}'))).resolves.toBeDefined();
  await expect(ask(commit('--output=x'))).rejects.toMatchObject({ reason: 'invalid' });
  repository.git('checkout', '--quiet', '--orphan', 'other');
  repository.git('commit', '--quiet', '--allow-empty', '-m', 'Root');
  await expect(ask({ kind: 'mergeBase', a: 'main', b: 'other' })).rejects.toMatchObject({
    reason: 'not-found',
    message: 'main and other have no common ancestor.',
  });
});

test('streamed rows are those of one answer; names that came uncounted come again', async () => {
  const { root, from, to } = await tenThousandChanged(2_000);
  const question = { repository: root, from: commit(from), to: commit(to) };
  const { files: whole = [], totals } = await handlers.send(diffList, question);
  expect(asNumstat(whole)).toEqual(numstat(new Repository(root), from, to));
  const streamed: ChangedFile[] = [];
  const summary = await handlers.send(diffList, question, { onPartial: ({ files }) => streamed.push(...files) });
  expect(summary.files).toBeUndefined();
  expect(summary.totals).toEqual(totals);
  expect(streamed.filter(({ counted }) => counted !== false)).toEqual(whole);
  // Without patience every name comes first.
  const repository = await handlers.services.repositories.at(root, handlers.services.session);
  const rows: ChangedFile[] = [];
  const { from: side, to: other } = question;
  const options = { whitespace: 'show', context: 3, renames: true, copies: false } as const;
  // Git may have counted before this process had its turn: then no name was early, and it is asked again.
  do {
    rows.length = 0;
    await listNow(repository, { from: side, to: other, paths: [], options }, (files) => rows.push(...files), { early: 0 });
  } while (rows.length === whole.length);
  const names = rows.filter(({ counted }) => counted === false);
  expect(names.length).toBeGreaterThan(0);
  expect(names.map(({ path }) => path)).toEqual(whole.slice(0, names.length).map(({ path }) => path));
  expect(rows.findLastIndex(({ counted }) => counted === false)).toBe(names.length - 1);
  expect(rows.slice(names.length)).toEqual(whole);
});

test('totals are those of git diff --numstat across a long history with merges and renames', async () => {
  const { root } = await generatedRepository({ files: 150, commits: 1_200, seed: 7 });
  const repository = new Repository(root);
  const commits = sample(repository.git('rev-list', 'HEAD').split('\n'), 24, 11);
  for (let at = 0; at + 1 < commits.length; at += 2) {
    const [a, b] = [commits[at] as string, commits[at + 1] as string];
    expect(asNumstat(await list(repository, commit(a), commit(b))), `${a} ${b}`).toEqual(numstat(repository, a, b));
  }
});

test('cancelled: the answer says so', async () => {
  using repository = everySide();
  const controller = new AbortController();
  const asked = handlers.send(
    diffList,
    { repository: repository.root, from: commit('HEAD~1'), to: worktree },
    { signal: controller.signal },
  );
  controller.abort();
  await expect(asked).rejects.toMatchObject({ reason: 'cancelled' });
});
