import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { inWorktreeOf, mergeInto, predictMerge } from '../../../../server/git/actions/merge.ts';
import { switchBranch } from '../../../../server/git/index.ts';
import type { Failure } from '../../../../server/rpc/failure.ts';
import { until } from '../../../support/processes.ts';
import { type Repository, temporaryFolder } from '../../../support/repositories/repository.ts';
import { cases, generateMerges } from './generatedMerges.ts';
import { actionTests, seen, signal } from './support.ts';

const { create, open } = actionTests();
const merge = { how: 'merge', message: 'Merge it\n', signal } as const;

test('prediction and outcome agree on every one of more than 200 branches', { timeout: 900_000 }, async () => {
  const repository = create();
  const names = generateMerges(repository, cases.length * 7);
  expect(names.length).toBeGreaterThan(200);
  repository.git('reset', '--quiet', '--hard', 'main');
  repository.git('switch', '--quiet', '--detach', 'main');
  const opened = await open(repository.root);
  const start = repository.head();
  const tally = { clean: 0, conflicts: 0 };
  for (const name of names) {
    const predicted = await predictMerge(opened, { source: name, into: 'main', signal });
    // git's own answer, by hand: exit code, files in conflict, tree.
    const raw = repository.tryGit(['merge', '--no-ff', '--no-edit', '-q', name]);
    const unmerged = new Set(
      repository
        .git('ls-files', '-u', '-z')
        .split('\0')
        .filter(Boolean)
        .map((line) => line.split('\t')[1] ?? line),
    );
    const tree = raw.status === 0 ? repository.git('rev-parse', 'HEAD^{tree}') : undefined;
    repository.git('reset', '--quiet', '--hard', start);
    repository.git('clean', '-ffdqx');
    expect({ name, clean: predicted.clean }).toEqual({ name, clean: raw.status === 0 });
    if (predicted.clean) expect({ name, tree: predicted.tree }).toEqual({ name, tree });
    else expect({ name, files: predicted.conflicts.map(({ path }) => path).sort() }).toEqual({ name, files: [...unmerged].sort() });
    // And ours: the same, and taken back when it does not work.
    const outcome = await mergeInto(opened, { ...merge, source: name }).then(
      (done) => done,
      (failure: Failure) => failure,
    );
    if (predicted.clean) {
      tally.clean++;
      if (!('commit' in outcome)) throw new Error(`${name}: ${outcome.message}`);
      expect({ name, tree: repository.git('rev-parse', `${outcome.commit}^{tree}`) }).toEqual({ name, tree: predicted.tree });
      repository.git('reset', '--quiet', '--hard', start);
    } else {
      tally.conflicts++;
      if (name !== 'unrelated') expect(outcome).toMatchObject({ name: 'Failure', reason: 'conflict' });
      expect(repository.head()).toBe(start);
      expect({ name, status: repository.git('status', '--porcelain') }).toEqual({ name, status: '' });
    }
  }
  // Neither side is trivial.
  expect(tally.clean).toBeGreaterThan(60);
  expect(tally.conflicts).toBeGreaterThan(60);
});

/** `topic` and `main` differ in `a.txt` (in conflict when told) and `b.txt`; main is checked out. */
function twoBranches(conflict: boolean): Repository {
  const repository = create();
  repository.write('a.txt', 'base\n');
  repository.write('b.txt', 'base\n');
  repository.write('c.txt', 'base\n');
  repository.commit('Base');
  repository.git('switch', '-qc', 'topic');
  repository.write('a.txt', 'topic\n');
  repository.commit('Topic');
  repository.git('switch', '-q', 'main');
  repository.write(conflict ? 'a.txt' : 'b.txt', 'main\n');
  repository.commit('Main');
  return repository;
}

function hook(repository: Repository, name: string, body: string): void {
  repository.write(`.git/hooks/${name}`, `#!/bin/sh\n${body}\n`);
  chmodSync(repository.path('.git/hooks', name), 0o755);
}

test('names what conflicts and how, and what stands to what', async () => {
  const repository = twoBranches(true);
  const opened = await open(repository.root);
  const predict = (source: string, into: string) => predictMerge(opened, { source, into, signal });
  expect(await predict('topic', 'main')).toMatchObject({
    clean: false,
    relation: 'diverged',
    conflicts: [{ path: 'a.txt', kind: 'content' }],
    base: repository.head('main~1'),
  });
  expect(await predict('main~1', 'main')).toMatchObject({
    clean: true,
    relation: 'merged',
    tree: repository.git('rev-parse', 'main^{tree}'),
  });
  expect(await predict('main', 'main~1')).toMatchObject({
    clean: true,
    relation: 'fast-forward',
    tree: repository.git('rev-parse', 'main^{tree}'),
  });
  await expect(predict('nowhere', 'main')).rejects.toMatchObject({ reason: 'not-found' });
  repository.git('rm', '-q', 'a.txt');
  repository.commit('Gone');
  expect((await predict('topic', 'main')).conflicts).toEqual([{ path: 'a.txt', kind: 'modify/delete' }]);
});

test('a merge that stops is taken back, with uncommitted work beside it as it was', async () => {
  const repository = twoBranches(true);
  repository.write('c.txt', 'dirty\n');
  repository.write('untracked.txt', 'x\n');
  const opened = await open(repository.root);
  const before = seen(repository);
  for (const how of ['merge', 'squash'] as const) {
    const stopped = await mergeInto(opened, { ...merge, how, source: 'topic' }).catch((error) => error);
    expect(stopped).toMatchObject({ reason: 'conflict', message: 'The merge has conflicts in a.txt.' });
    expect(stopped.detail).toContain('CONFLICT (content)');
    expect({ how, ...seen(repository) }).toEqual({ how, ...before });
    for (const name of ['MERGE_MSG', 'SQUASH_MSG', 'AUTO_MERGE', 'MERGE_RR'])
      expect([name, existsSync(repository.path('.git', name))]).toEqual([name, false]);
  }
  expect(await mergeInto(opened, { ...merge, how: 'fast-forward', source: 'topic' }).catch((error) => error)).toMatchObject({
    reason: 'precondition',
  });
  repository.write('a.txt', 'in the way\n');
  const way = seen(repository);
  expect(await mergeInto(opened, { ...merge, source: 'topic' }).catch((error) => error)).toMatchObject({
    reason: 'conflict',
    message: 'Uncommitted changes are in the way: a.txt.',
  });
  expect(seen(repository)).toEqual(way);
});

test('staged changes are not swept into a squash or lost by a merge that stops', async () => {
  const repository = twoBranches(false);
  repository.git('reset', '-q', '--hard', 'main~1');
  repository.write('c.txt', 'staged\n');
  repository.git('add', 'c.txt');
  hook(repository, 'pre-commit', 'exit 1');
  const opened = await open(repository.root);
  const before = seen(repository);
  for (const how of ['merge', 'squash'] as const) {
    const refused = await mergeInto(opened, { ...merge, how, source: 'topic' }).catch((error) => error);
    expect(refused).toMatchObject({ reason: 'precondition', message: `There are staged changes in ${repository.root}.` });
    expect(seen(repository)).toEqual(before);
  }
  await mergeInto(opened, { ...merge, how: 'fast-forward', source: 'topic' });
  expect(repository.git('status', '--porcelain')).toBe('M  c.txt');
});

test('failing hooks and a key that is not there: taken back', async () => {
  const repository = twoBranches(false);
  repository.write('c.txt', 'dirty\n');
  const opened = await open(repository.root);
  const before = seen(repository);
  const refused = async (how: 'merge' | 'squash') => {
    const failure = await mergeInto(opened, { ...merge, how, source: 'topic' }).catch((error) => error);
    expect(failure.reason).toBe('git-failed');
    expect(seen(repository)).toEqual(before);
    return failure;
  };
  for (const name of ['pre-merge-commit', 'commit-msg']) {
    hook(repository, name, `echo "${name} says no"; exit 1`);
    expect((await refused('merge')).detail).toContain(`${name} says no`);
    repository.remove(`.git/hooks/${name}`);
  }
  hook(repository, 'pre-commit', 'exit 1');
  await refused('squash');
  repository.remove('.git/hooks/pre-commit');
  repository.git('config', 'commit.gpgsign', 'true');
  repository.git('config', 'gpg.format', 'ssh');
  repository.git('config', 'user.signingkey', '/nowhere/key.pub');
  for (const how of ['merge', 'squash'] as const) expect((await refused(how)).message).toBe('The commit could not be signed.');
});

test('a hook that formats files and then says no: taken back', async () => {
  for (const [how, name] of [
    ['merge', 'pre-merge-commit'],
    ['merge', 'commit-msg'],
    ['squash', 'pre-commit'],
  ] as const) {
    const repository = twoBranches(false);
    repository.write('c.txt', 'dirty\n');
    hook(repository, name, 'echo formatted >> a.txt; exit 1');
    const opened = await open(repository.root);
    const before = seen(repository);
    const refused = await mergeInto(opened, { ...merge, how, source: 'topic' }).catch((error) => error);
    expect(refused.reason).toBe('git-failed');
    expect({ name, ...seen(repository) }).toEqual({ name, ...before });
    expect(existsSync(repository.path('.git/SQUASH_MSG'))).toBe(false);
  }
});

test('a squash of the user that waits is not touched', async () => {
  const repository = twoBranches(false);
  repository.git('merge', '--squash', 'topic');
  const opened = await open(repository.root);
  const before = seen(repository);
  for (const how of ['merge', 'squash', 'fast-forward'] as const) {
    expect((await mergeInto(opened, { ...merge, how, source: 'topic' }).catch((error) => error)).reason).toBe('precondition');
    expect(seen(repository)).toEqual(before);
    expect(existsSync(repository.path('.git/SQUASH_MSG'))).toBe(true);
  }
});

test('ignored files are not overwritten', async () => {
  for (const how of ['merge', 'squash', 'fast-forward'] as const) {
    const repository = twoBranches(false);
    if (how === 'fast-forward') repository.git('reset', '-q', '--hard', 'main~1');
    repository.git('switch', '-q', 'topic');
    repository.write('cache/made.bin', 'tracked here\n');
    repository.commit('Tracked');
    repository.git('switch', '-q', 'main');
    repository.write('.git/info/exclude', 'cache\n');
    repository.write('cache/made.bin', 'made by hours of work\n');
    const opened = await open(repository.root);
    const before = seen(repository);
    expect(await mergeInto(opened, { ...merge, how, source: 'topic' }).catch((error) => error)).toMatchObject({
      reason: 'conflict',
      message: 'Ignored files are in the way: cache/made.bin.',
    });
    expect(await switchBranch(opened, 'topic', signal).catch((error) => error)).toMatchObject({ reason: 'conflict' });
    expect(seen(repository)).toEqual(before);
  }
});

test('the configuration does not change what was asked for', async () => {
  for (const [key, value] of [
    ['merge.ff', 'false'],
    ['merge.ff', 'only'],
    ['branch.main.mergeOptions', '--no-commit'],
    ['branch.main.mergeOptions', '-s ours --no-verify --signoff'],
    ['merge.log', 'true'],
    ['merge.autoStash', 'true'],
    ['commit.cleanup', 'strip'],
  ] as const) {
    for (const how of ['merge', 'squash', 'fast-forward'] as const) {
      const repository = twoBranches(false);
      repository.git('config', key, value);
      if (how === 'fast-forward') repository.git('reset', '-q', '--hard', 'main~1');
      const opened = await open(repository.root);
      const { commit } = await mergeInto(opened, { ...merge, how, message: 'Subject\n\n# kept\n', source: 'topic' });
      const parents = repository.git('log', '-1', '--format=%P', commit).split(' ').length;
      expect({ key, value, how, parents, head: repository.head() }).toEqual({
        key,
        value,
        how,
        parents: how === 'merge' ? 2 : 1,
        head: commit,
      });
      if (how !== 'fast-forward') expect(repository.git('log', '-1', '--format=%B')).toBe('Subject\n\n# kept\n');
      expect(repository.git('show', `${commit}:a.txt`)).toBe('topic');
      expect(repository.git('status', '--porcelain')).toBe('');
    }
  }
});

test('a conflict that rerere has solved before is committed', async () => {
  const repository = twoBranches(true);
  repository.git('config', 'rerere.enabled', 'true');
  repository.git('config', 'rerere.autoUpdate', 'true');
  const start = repository.head();
  repository.tryGit(['merge', 'topic']);
  repository.write('a.txt', 'both\n');
  repository.commit('By hand');
  for (const how of ['merge', 'squash'] as const) {
    repository.git('reset', '-q', '--hard', start);
    const opened = await open(repository.root);
    const { commit } = await mergeInto(opened, { ...merge, how, source: 'topic' });
    expect(repository.git('show', `${commit}:a.txt`)).toBe('both');
    expect(repository.git('log', '-1', '--format=%P').split(' ')).toHaveLength(how === 'merge' ? 2 : 1);
    expect(repository.git('status', '--porcelain')).toBe('');
  }
});

test('a merge in progress is not touched; nothing to merge is said', async () => {
  const repository = twoBranches(true);
  const opened = await open(repository.root);
  repository.tryGit(['merge', 'topic']);
  const before = seen(repository);
  expect(await mergeInto(opened, { ...merge, source: 'topic' }).catch((error) => error)).toMatchObject({ reason: 'precondition' });
  expect(seen(repository)).toEqual(before);
  repository.git('merge', '--abort');
  repository.git('branch', 'same', 'main~1');
  expect(await mergeInto(opened, { ...merge, how: 'squash', source: 'same' }).catch((error) => error)).toMatchObject({
    reason: 'precondition',
  });
  expect(await mergeInto(opened, { ...merge, source: 'same' })).toMatchObject({ commit: repository.head() });
});

test('cancelled in a hook: taken back', async () => {
  const repository = twoBranches(false);
  repository.write('c.txt', 'dirty\n');
  hook(repository, 'pre-merge-commit', 'touch .git/reached; sleep 1000');
  const opened = await open(repository.root);
  const before = seen(repository);
  const controller = new AbortController();
  const merging = mergeInto(opened, { ...merge, source: 'topic', signal: controller.signal }).catch((error) => error);
  await until(() => existsSync(repository.path('.git/reached')));
  controller.abort();
  expect(await merging).toMatchObject({ reason: 'cancelled' });
  expect(seen(repository)).toEqual(before);
});

test('a fast-forward that is cancelled half-way is taken back', async () => {
  const repository = twoBranches(false);
  repository.git('reset', '-q', '--hard', 'main~1');
  repository.write('c.txt', 'dirty\n');
  hook(
    repository,
    'reference-transaction',
    '[ "$1" = prepared ] && [ ! -e .git/reached ] && grep -qE "(HEAD|refs/heads/main)$" && touch .git/reached && sleep 1000\nexit 0',
  );
  const opened = await open(repository.root);
  const before = seen(repository);
  const controller = new AbortController();
  const merging = mergeInto(opened, { ...merge, how: 'fast-forward', source: 'topic', signal: controller.signal }).catch((error) => error);
  await until(() => existsSync(repository.path('.git/reached')));
  controller.abort();
  expect(await merging).toMatchObject({ reason: 'cancelled' });
  expect(seen(repository)).toEqual(before);
});

test('a filter that stops git while it writes files: taken back, dirty files beside it stay', async () => {
  for (const how of ['merge', 'squash', 'fast-forward'] as const) {
    const repository = twoBranches(false);
    if (how === 'fast-forward') repository.git('reset', '-q', '--hard', 'main~1');
    repository.git('switch', '-q', 'topic');
    repository.write('a new.txt', 'new\n');
    repository.write('z.txt', 'stops\n');
    repository.commit('Topic 2');
    repository.git('switch', '-q', 'main');
    repository.write('c.txt', 'dirty\n');
    repository.write('.git/info/attributes', 'z.txt filter=offline\n');
    repository.git('config', 'filter.offline.smudge', 'exit 1');
    repository.git('config', 'filter.offline.required', 'true');
    const opened = await open(repository.root);
    const before = seen(repository);
    await expect(mergeInto(opened, { ...merge, how, source: 'topic' })).rejects.toThrow();
    expect({ how, ...seen(repository) }).toEqual({ how, ...before });
  }
});

test('a squash with a conflict of any kind is taken back', async () => {
  const repository = create();
  const found = generateMerges(repository, cases.length);
  repository.git('reset', '-q', '--hard', 'main');
  const opened = await open(repository.root);
  const start = repository.head();
  for (const name of found.filter((each) => each.startsWith('c'))) {
    await mergeInto(opened, { ...merge, how: 'squash', source: name }).catch(() => undefined);
    if (repository.head() !== start) repository.git('reset', '-q', '--hard', start);
    expect({ name, status: repository.git('status', '--porcelain') }).toEqual({ name, status: '' });
  }
});

test('a branch before a tag of the same name', async () => {
  const repository = twoBranches(false);
  repository.git('tag', 'topic', 'main');
  const opened = await open(repository.root);
  const { commit } = await mergeInto(opened, { ...merge, source: 'topic' });
  expect(repository.git('log', '-1', '--format=%P', commit)).toBe(`${repository.head('main~1')} ${repository.head('refs/heads/topic')}`);
});

test('a temporary work tree is used though a hook says no after its checkout', async () => {
  const repository = twoBranches(false);
  repository.git('switch', '-qc', 'else');
  hook(repository, 'post-checkout', 'exit 1');
  const opened = await open(repository.root);
  const { commit } = await inWorktreeOf(opened, 'main', signal, (tree) => mergeInto(tree, { ...merge, source: 'topic' }));
  expect(repository.head('main')).toBe(commit);
  expect(repository.git('worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(1);
});

test('in the work tree of the branch, else in a temporary one that leaves nothing', async () => {
  const repository = twoBranches(false);
  const opened = await open(repository.root);
  const into = (branch: string) => inWorktreeOf(opened, branch, signal, async (tree, temporary) => ({ root: tree.root, temporary }));
  expect(await into('main')).toEqual({ root: repository.root, temporary: false });
  const linked = `${repository.attach(temporaryFolder('linked'))}/tree`;
  repository.git('worktree', 'add', '-q', linked, 'topic');
  expect(await into('topic')).toEqual({ root: linked, temporary: false });
  // Its folder is gone, and git has not noticed.
  rmSync(linked, { recursive: true });
  repository.git('switch', '-qc', 'else');
  repository.git('branch', 'third', 'main');
  for (const branch of ['topic', 'third']) {
    const found = await into(branch);
    expect(found.temporary).toBe(true);
    expect(existsSync(found.root)).toBe(false);
  }
  repository.git('worktree', 'prune');
  expect(repository.git('worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(1);
  const merged = await inWorktreeOf(opened, 'main', signal, (tree) => mergeInto(tree, { ...merge, source: 'topic' }));
  expect(repository.head('main')).toBe(merged.commit);
  expect(repository.git('status', '--porcelain', '--branch')).toBe('## else');
  await expect(inWorktreeOf(opened, 'main', signal, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
  expect(repository.git('worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(1);
});

test('a temporary work tree that a crash left is removed; one in use is not entered', async () => {
  const repository = twoBranches(false);
  repository.git('switch', '-qc', 'else');
  const opened = await open(repository.root);
  const folder = repository.attach(mkdtempSync(path.join(tmpdir(), 'hearth-worktree-')));
  const root = path.join(folder, 'tree');
  const leave = (pid: number) =>
    repository.git('worktree', 'add', '-q', '--lock', '--reason', `hearth, process ${pid} on ${hostname()}`, root, 'main');
  leave(process.ppid);
  expect(await inWorktreeOf(opened, 'main', signal, async () => 1).catch((error) => error)).toMatchObject({ reason: 'locked' });
  expect(existsSync(root)).toBe(true);
  repository.git('worktree', 'remove', '-f', '-f', root);
  leave(spawnSync('true').pid);
  expect(await inWorktreeOf(opened, 'main', signal, async (tree) => tree.root !== root)).toBe(true);
  expect(existsSync(folder)).toBe(false);
});
