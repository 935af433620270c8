// Merge & Complete: the plan, each way to merge, what stands in the way, what fails on its way, what was merged elsewhere.
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { redo, undo } from '../../../server/protocol/gitActions.ts';
import * as work from '../../../server/protocol/work.ts';
import { commit, complete, completePlan, deleteItem, type Precondition, reconcile } from '../../../server/protocol/workFlow.ts';
import { createRepository, type Repository, temporaryFolder } from '../../support/repositories/repository.ts';
import { stateOf, WorkBench } from './workBench.ts';

const bench = new WorkBench();
const folders: string[] = [];
beforeAll(() => bench.open());
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
afterAll(() => bench.dispose());

const strict = '';

async function plan(repository: Repository, id: number, more: { into?: string; how?: work.MergeHow } = {}) {
  const answer = await bench.send(completePlan, { repository: repository.root, id, ...more });
  return { ...answer, of: (line: Precondition['id']) => answer.preconditions.find((each) => each.id === line) };
}

function finish(repository: Repository, id: number, more: object = {}) {
  return bench.send(complete, { repository: repository.root, id, ...more });
}

function refused(repository: Repository, id: number, more: object = {}) {
  return bench.refusal(complete, { repository: repository.root, id, ...more });
}

/** Nothing of the repository or the item may change. */
async function unchanged(repository: Repository, id: number, act: () => Promise<unknown>, ...others: string[]): Promise<void> {
  // When it was last touched may change: that it was tried is in its timeline.
  const all = async () => ({ ...stateOf(repository, ...others), item: { ...(await bench.show(repository, id)), updated: 0 } });
  const before = await all();
  await act();
  expect(await all()).toEqual(before);
  expect((await bench.send(work.completions, { repository: repository.root })).completions).toEqual([]);
}

function hook(repository: Repository, name: string, script: string): void {
  repository.git('config', 'core.hooksPath', repository.path('.git/hooks'));
  repository.write(`.git/hooks/${name}`, `#!/bin/sh\n${script}\n`);
  chmodSync(repository.path('.git/hooks', name), 0o755);
}

function linked(repository: Repository, branch: string): string {
  const folder = temporaryFolder('linked');
  folders.push(folder);
  const root = join(folder, 'tree');
  repository.git('worktree', 'add', '-q', root, branch);
  return root;
}

describe('the way to merge', () => {
  test('with everything asked for: merged, change log assembled, branch deleted, item done; undone and redone as one', async () => {
    const repository = bench.repository(strict);
    const { id } = await bench.plan(repository, 'Faster login', { checklist: ['Tests'] });
    const { branch } = await bench.start(repository, id);
    repository.write('login.txt', 'fast\n');
    repository.git('add', '-A');
    await bench.send(commit, {
      repository: repository.root,
      message: 'feat: faster login',
      entry: { kind: 'entry', category: 'Added', text: 'Login takes half the time.' },
    });
    const first = await plan(repository, id);
    expect(first.ready).toBe(false);
    expect(first.preconditions.filter(({ state }) => state === 'failed').map(({ id: line, fix }) => [line, fix])).toEqual([
      ['notes', 'write-notes'],
      ['checklist', 'finish-checklist'],
    ]);
    await unchanged(repository, id, async () => {
      expect(await refused(repository, id)).toMatchObject({ message: expect.stringContaining('notes'), data: { reason: 'precondition' } });
    });
    await bench.send(work.edit, { repository: repository.root, id, notes: { from: '', to: 'Caches the session.' } });
    const check = (await bench.show(repository, id)).checklist[0]?.id ?? '';
    await bench.send(work.checkItem, { repository: repository.root, id, action: { kind: 'tick', check, done: true } });
    await bench.send(work.move, { repository: repository.root, id, to: 'review' });
    const ready = await plan(repository, id);
    expect(ready.preconditions.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(ready).toMatchObject({
      ready: true,
      source: { branch, ahead: 1, behind: 0 },
      target: { branch: 'main' },
      how: 'merge',
      possible: ['merge', 'squash', 'fast-forward'],
      prediction: { clean: true, conflicts: [] },
      entry: { state: 'present' },
      message: `Merge #${id}: Faster login\n\nBranch: ${branch}`,
    });
    const before = stateOf(repository);
    const { source, target } = ready;
    const expected = { source: source?.commit ?? '', target: target?.commit ?? '' };
    const done = await finish(repository, id, { expected });
    expect(done).toMatchObject({
      item: { state: 'done', branch: null, merged: { how: 'merge', into: 'main' } },
      how: 'merge',
      into: 'main',
      branchDeleted: branch,
    });
    expect(done).not.toHaveProperty('ahead');
    expect(repository.git('log', '--first-parent', '--format=%s', 'main')).toBe(`Change log of #${id}\nMerge #${id}: Faster login\nFirst`);
    expect(repository.git('log', '-1', '--format=%(trailers:key=Hearth-Item,valueonly)', done.commit ?? '').trim()).toBe(String(id));
    expect(readFileSync(repository.path('CHANGES.md'), 'utf8')).toContain(`- Login takes half the time. (#${id})`);
    expect(existsSync(repository.path('changes', `${id}.md`))).toBe(false);
    expect(repository.git('status', '--porcelain')).toBe('');
    expect(repository.git('branch', '--show-current')).toBe('main');
    expect(repository.git('branch', '--format=%(refname:short)')).toBe('main');
    expect((await bench.show(repository, id)).commitList.map(({ subject }) => subject).sort()).toEqual([
      `Change log of #${id}`,
      `Merge #${id}: Faster login`,
      'feat: faster login',
    ]);
    const after = stateOf(repository);
    await bench.send(undo, { repository: repository.root, id: done.undo });
    expect(stateOf(repository)).toEqual(before);
    expect((await bench.send(reconcile, { repository: repository.root })).items).toEqual([id]);
    expect(await bench.show(repository, id)).toMatchObject({ state: 'started', branch, merged: null });
    await bench.send(redo, { repository: repository.root, id: done.undo });
    expect(stateOf(repository)).toEqual(after);
    await bench.send(reconcile, { repository: repository.root });
    expect(await bench.show(repository, id)).toMatchObject({ state: 'done', branch: null, merged: { how: 'merge', commit: done.commit } });
  });

  test.each(['squash', 'fast-forward'] as const)('%s', async (how) => {
    const repository = bench.repository();
    const { item, branch } = await bench.started(repository);
    repository.write('by-hand.txt', 'x\n');
    repository.commit('by hand');
    const tip = repository.head(branch);
    const done = await finish(repository, item.id, { how });
    // Also what nobody had seen yet.
    expect((await bench.show(repository, item.id)).commitList.map(({ subject }) => subject)).toContain('by hand');
    expect(done).toMatchObject({ how, item: { state: 'done', merged: { how } }, branchDeleted: branch });
    if (how === 'fast-forward') expect(repository.head('main')).toBe(tip);
    else {
      expect(repository.git('log', '--format=%s', 'main')).toBe('feat: faster login\nFirst');
      expect(repository.git('log', '-1', '--format=%(trailers:key=Hearth-Item,valueonly)', 'main').trim()).toBe(String(item.id));
    }
    expect(readFileSync(repository.path('login.txt'), 'utf8')).toBe('fast\n');
  });

  test('keeps the branch when told, and takes the message that is given', async () => {
    const repository = bench.repository();
    const { item, branch } = await bench.started(repository);
    const done = await finish(repository, item.id, { deleteBranch: false, message: '# Title $(touch pwned)\n\n<b>body</b>' });
    expect(done).not.toHaveProperty('branchDeleted');
    expect(repository.git('branch', '--show-current')).toBe(branch);
    expect(repository.git('log', '-1', '--format=%B', 'main')).toBe(`# Title $(touch pwned)\n\n<b>body</b>\n\nHearth-Item: ${item.id}\n`);
    expect(existsSync(repository.path('pwned'))).toBe(false);
  });

  test('in the work tree that has the target, in a temporary one, and with HEAD detached where the target is elsewhere', async () => {
    const repository = bench.repository();
    const { item, branch } = await bench.started(repository);
    const main = linked(repository, 'main');
    const done = await finish(repository, item.id);
    expect(done.branchDeleted).toBe(branch);
    expect(readFileSync(join(main, 'login.txt'), 'utf8')).toBe('fast\n');
    expect(repository.git('-C', main, 'status', '--porcelain')).toBe('');
    expect(repository.tryGit(['symbolic-ref', '--quiet', 'HEAD']).status).toBe(1);
    expect(repository.head()).toBe(repository.head('main'));
    // From a third branch: nothing of that work tree changes.
    repository.git('switch', '-q', '-c', 'other');
    repository.git('worktree', 'remove', main);
    const second = await bench.plan(repository, 'Second');
    await bench.start(repository, second.id, { branch: 'second' });
    repository.write('b.txt', 'b\n');
    repository.git('add', '-A');
    await bench.send(commit, { repository: repository.root, message: 'b' });
    repository.git('switch', '-q', 'other');
    repository.write('mine.txt', 'not yours\n');
    expect((await finish(repository, second.id)).branchDeleted).toBe('second');
    expect(repository.git('status', '--porcelain')).toBe('?? mine.txt');
    expect(repository.git('branch', '--show-current')).toBe('other');
    expect(repository.git('show', 'main:b.txt')).toBe('b');
    expect(repository.git('worktree', 'list').split('\n')).toHaveLength(1);
  });

  test('of an item without a branch is only its rules', async () => {
    const repository = bench.repository(strict);
    const { id } = await bench.plan(repository, 'Think', { type: 'spike' });
    expect((await plan(repository, id)).preconditions.map(({ id: line, state }) => [line, state])).toEqual([
      ['state', 'ok'],
      ['notes', 'failed'],
      ['checklist', 'ok'],
    ]);
    expect(await refused(repository, id)).toMatchObject({ data: { reason: 'precondition' } });
    await bench.send(work.edit, { repository: repository.root, id, notes: { from: '', to: 'Not worth it.' } });
    expect(await finish(repository, id)).toMatchObject({ how: 'none', item: { state: 'done' } });
    expect(await refused(repository, id)).toMatchObject({ message: expect.stringContaining('done already') });
  });

  test('says how far the target is ahead of its upstream, and pushes nothing', async () => {
    const repository = bench.repository();
    const remote = createRepository({ bare: true });
    bench.repositories.push(remote);
    repository.git('remote', 'add', 'origin', remote.root);
    repository.git('push', '-q', '-u', 'origin', 'main');
    const pushed = remote.head('main');
    const { item } = await bench.started(repository);
    expect((await plan(repository, item.id)).of('upstream')).toMatchObject({ state: 'ok' });
    expect((await finish(repository, item.id)).ahead).toEqual({ upstream: 'origin/main', commits: 2 });
    expect(remote.head('main')).toBe(pushed);
  });

  test('works in a SHA-256 repository', async () => {
    const repository = bench.repository(undefined, { objectFormat: 'sha256' });
    const { item } = await bench.started(repository);
    expect((await finish(repository, item.id)).commit).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('what stands in the way', () => {
  test('a conflict is predicted with its files', async () => {
    const repository = bench.repository();
    const { item, branch } = await bench.started(repository, 'a.txt');
    repository.git('switch', '-q', 'main');
    repository.write('a.txt', 'main\n');
    repository.commit('On main');
    const predicted = await plan(repository, item.id);
    expect(predicted).toMatchObject({ ready: false, prediction: { clean: false, conflicts: [{ path: 'a.txt', kind: 'content' }] } });
    expect(predicted.of('prediction')).toMatchObject({ state: 'failed', fix: 'resolve' });
    await unchanged(repository, item.id, async () =>
      expect(await refused(repository, item.id)).toMatchObject({ data: { reason: 'precondition' } }),
    );
    repository.git('switch', '-q', branch);
    repository.tryGit(['merge', 'main']);
    expect((await plan(repository, item.id)).of('operation')).toMatchObject({ state: 'failed', fix: 'finish-operation' });
    await unchanged(repository, item.id, () => refused(repository, item.id));
  });

  test('uncommitted changes: of the branch always, of the target where the merge touches them or something is staged', async () => {
    const repository = bench.repository();
    const { item } = await bench.started(repository);
    repository.write('login.txt', 'more\n');
    expect((await plan(repository, item.id)).of('worktree')).toMatchObject({ state: 'failed', fix: 'commit' });
    await unchanged(repository, item.id, () => refused(repository, item.id));
    repository.git('checkout', '-q', 'login.txt');
    repository.write('stray.txt', 'x\n');
    expect((await plan(repository, item.id)).of('worktree')).toMatchObject({ state: 'warning' });
    const main = linked(repository, 'main');
    const target = async () => (await plan(repository, item.id)).of('target');
    repository.write(`${join('..', main.split('/').slice(-2).join('/'))}/a.txt`, 'mine\n');
    expect(await target()).toMatchObject({ state: 'warning', text: expect.stringContaining(main) });
    repository.git('-C', main, 'add', 'a.txt');
    expect(await target()).toMatchObject({ state: 'failed', fix: 'clean-target' });
    await unchanged(repository, item.id, () => refused(repository, item.id), main);
    repository.git('-C', main, 'restore', '--staged', 'a.txt');
    repository.write(`${join('..', main.split('/').slice(-2).join('/'))}/login.txt`, 'untracked, in the way\n');
    expect(await target()).toMatchObject({ state: 'failed', text: expect.stringContaining('login.txt') });
    rmSync(join(main, 'login.txt'));
    // Unrelated changes of the target stay as they are.
    await finish(repository, item.id);
    expect(readFileSync(join(main, 'a.txt'), 'utf8')).toBe('mine\n');
    expect(repository.git('-C', main, 'status', '--porcelain')).toBe(' M a.txt');
  });

  test('a protected target, one that is not there, and no target at all', async () => {
    const repository = bench.repository('protected: [main, "release/*"]\nchangelog:\n  required: off\ncomplete:\n  notes: false\n');
    const { item } = await bench.started(repository);
    expect((await plan(repository, item.id)).of('protected')).toMatchObject({ state: 'failed', fix: 'choose-target' });
    await unchanged(repository, item.id, () => refused(repository, item.id));
    expect((await plan(repository, item.id, { into: 'nowhere' })).of('target')).toMatchObject({
      state: 'failed',
      text: expect.stringContaining('nowhere'),
    });
    repository.git('branch', 'next', 'main');
    expect(await plan(repository, item.id, { into: 'next' })).toMatchObject({ ready: true, targets: ['main', 'next'] });
    expect(await finish(repository, item.id, { into: 'next' })).toMatchObject({ into: 'next' });
  });

  test('a branch that was renamed is followed; one that was deleted is said', async () => {
    const repository = bench.repository();
    const { item, branch } = await bench.started(repository);
    repository.git('branch', '-m', 'renamed');
    expect(await plan(repository, item.id)).toMatchObject({ ready: true, source: { branch: 'renamed' } });
    repository.git('switch', '-q', 'main');
    repository.git('branch', '-D', 'renamed');
    const gone = await plan(repository, item.id);
    expect(gone.of('branch')).toMatchObject({ state: 'failed', fix: 'start', text: expect.stringContaining(branch) });
    await unchanged(repository, item.id, () => refused(repository, item.id));
  });

  test('a rebase in progress, also one in another work tree', async () => {
    const repository = bench.repository();
    const { item, branch } = await bench.started(repository, 'a.txt');
    repository.git('switch', '-q', 'main');
    repository.write('a.txt', 'main\n');
    repository.commit('On main');
    const tree = linked(repository, branch);
    repository.tryGit(['rebase', 'main'], { cwd: tree });
    expect((await plan(repository, item.id)).of('operation')).toMatchObject({ state: 'failed', text: expect.stringContaining(tree) });
    await unchanged(repository, item.id, () => refused(repository, item.id), tree);
  });

  test('an upstream that was pushed over; one that is merely behind is a warning', async () => {
    const repository = bench.repository();
    const remote = createRepository({ bare: true });
    bench.repositories.push(remote);
    repository.write('shared.txt', 'x\n');
    repository.commit('Shared');
    repository.git('remote', 'add', 'origin', remote.root);
    repository.git('push', '-q', '-u', 'origin', 'main');
    const { item } = await bench.started(repository);
    const other = createRepository();
    bench.repositories.push(other);
    other.git('fetch', '-q', remote.root, 'main');
    other.git('reset', '-q', '--hard', 'FETCH_HEAD');
    other.write('theirs.txt', 'x\n');
    other.commit('Theirs');
    other.git('push', '-q', remote.root, 'HEAD:main');
    repository.git('fetch', '-q');
    expect((await plan(repository, item.id)).of('upstream')).toMatchObject({ state: 'warning', fix: 'fetch' });
    other.git('reset', '-q', '--hard', 'HEAD~2');
    other.write('rewritten.txt', 'x\n');
    other.commit('Rewritten');
    other.git('push', '-q', '--force', remote.root, 'HEAD:main');
    repository.git('fetch', '-q');
    expect((await plan(repository, item.id)).of('force-pushed')).toMatchObject({ state: 'failed', fix: 'fetch' });
    await unchanged(repository, item.id, () => refused(repository, item.id));
  });

  test('a missing or broken change entry, and no commits', async () => {
    const repository = bench.repository('complete:\n  notes: false\n');
    const { id } = await bench.plan(repository);
    const { branch } = await bench.start(repository, id);
    expect((await plan(repository, id)).of('commits')).toMatchObject({ state: 'failed', fix: 'commit' });
    repository.write('b.txt', 'b\n');
    repository.commit('By hand');
    const bare = await plan(repository, id);
    expect(bare.of('commits')).toMatchObject({ state: 'ok', text: `1 commit ahead of main.` });
    expect(bare.of('entry')).toMatchObject({ state: 'failed', fix: 'add-entry' });
    repository.write(`changes/${id}.md`, '### Nonsense\n\nx\n');
    repository.commit('Broken');
    expect((await plan(repository, id)).of('entry')).toMatchObject({ state: 'failed', text: expect.stringContaining(`changes/${id}.md`) });
    await unchanged(repository, id, () => refused(repository, id));
    expect(repository.head(branch)).toBe(repository.head());
  });

  test('a change entry that is only the number of something else in the change log', async () => {
    const repository = bench.repository('complete:\n  notes: false\n');
    const { id } = await bench.plan(repository);
    repository.write('CHANGES.md', `# Changes\n\n## [Unreleased]\n\n- Faster export (#${id})\n`);
    repository.commit('A log');
    await bench.start(repository, id);
    repository.write('b.txt', 'b\n');
    repository.commit('By hand');
    expect((await plan(repository, id)).of('entry')).toMatchObject({ state: 'failed', fix: 'add-entry' });
    // Assembled on the branch by hand: now the log has one of its own.
    repository.write('CHANGES.md', `# Changes\n\n## [Unreleased]\n\n- Faster export (#${id})\n- Mine (#${id})\n`);
    repository.commit('Its entry');
    expect((await plan(repository, id)).of('entry')).toMatchObject({ state: 'ok', text: 'The change entry is written (CHANGES.md).' });
  });

  test('tips that moved since the plan', async () => {
    const repository = bench.repository();
    const { item, branch } = await bench.started(repository);
    const expected = { source: repository.head(branch), target: repository.head('main') };
    repository.write('b.txt', 'b\n');
    repository.commit('One more');
    await unchanged(repository, item.id, async () =>
      expect(await refused(repository, item.id, { expected })).toMatchObject({ data: { reason: 'conflict' } }),
    );
    expect(await finish(repository, item.id, { expected: { ...expected, source: repository.head(branch) } })).toMatchObject({
      how: 'merge',
    });
  });
});

/** Refuses to delete a branch of an item. */
const deletionRefused = `test "$1" = prepared || exit 0
while read old new ref; do
  case "$ref" in refs/heads/work/*) case "$new" in *[!0]*) ;; *) exit 1;; esac;; esac
done
exit 0`;

describe('what fails on its way is taken back', () => {
  test.each([
    ['pre-merge-commit', 'exit 1'],
    ['commit-msg', 'grep -q "Change log" "$1" && exit 1; exit 0'],
    ['reference-transaction', deletionRefused],
  ])('a %s hook', async (name, script) => {
    const repository = bench.repository('complete:\n  notes: false\n');
    const { id } = await bench.plan(repository);
    await bench.start(repository, id);
    repository.write('login.txt', 'fast\n');
    repository.git('add', '-A');
    await bench.send(commit, {
      repository: repository.root,
      message: 'feat: faster login',
      entry: { kind: 'entry', category: 'Added', text: 'Fast.' },
    });
    hook(repository, name, script);
    await unchanged(repository, id, async () => {
      const error = await refused(repository, id);
      expect(error.data?.hint).toContain('Everything is as before.');
    });
    rmSync(repository.path('.git/hooks', name));
    expect(await finish(repository, id)).toMatchObject({ item: { state: 'done' } });
  });

  test('a signature that cannot be made, and a switch that something is in the way of', async () => {
    const repository = bench.repository();
    const { item } = await bench.started(repository);
    repository.git('config', 'commit.gpgSign', 'true');
    repository.git('config', 'gpg.program', '/bin/false');
    await unchanged(repository, item.id, async () =>
      expect(await refused(repository, item.id)).toMatchObject({ data: { reason: 'git-failed' } }),
    );
    repository.git('config', 'commit.gpgSign', 'false');
    // An ignored file of the work tree that main tracks: the switch away from the branch would write over it.
    repository.git('switch', '-q', 'main');
    repository.write('config.local', 'main\n');
    repository.commit('Track it');
    repository.git('switch', '-q', '-');
    repository.write('config.local', 'mine\n');
    await unchanged(repository, item.id, async () =>
      expect(await refused(repository, item.id)).toMatchObject({ message: expect.stringContaining('config.local') }),
    );
  });
});

describe('what was merged elsewhere', () => {
  async function branchOf(repository: Repository): Promise<{ item: work.Item; branch: string }> {
    const started = await bench.started(repository);
    repository.write('second.txt', 'second\n');
    repository.git('add', '-A');
    await bench.send(commit, { repository: repository.root, message: 'second' });
    repository.git('switch', '-q', 'main');
    return started;
  }

  test.each<[string, 'ancestry' | 'patch-id', (repository: Repository, branch: string) => void]>([
    ['by a merge', 'ancestry', (repository, branch) => repository.git('merge', '-q', '--no-ff', '-m', 'Merged', branch)],
    ['by a fast-forward', 'ancestry', (repository, branch) => repository.git('merge', '-q', '--ff-only', branch)],
    [
      'as a squash',
      'patch-id',
      (repository, branch) => {
        repository.write('before.txt', 'x\n');
        repository.commit('Before');
        repository.git('merge', '-q', '--squash', branch);
        repository.commit('Squashed (#1)', { stage: 'index' });
      },
    ],
    [
      'by a rebase',
      'patch-id',
      (repository, branch) => {
        repository.write('before.txt', 'x\n');
        repository.commit('Before');
        repository.git('cherry-pick', `main..${branch}`);
      },
    ],
  ])('%s is found, and only the rest is done', async (_, by, merge) => {
    const repository = bench.repository();
    const { item, branch } = await branchOf(repository);
    expect(await plan(repository, item.id)).not.toHaveProperty('elsewhere');
    merge(repository, branch);
    const tip = repository.head('main');
    const found = await plan(repository, item.id);
    expect(found).toMatchObject({ ready: true, elsewhere: { by }, possible: [] });
    expect(await finish(repository, item.id)).toMatchObject({
      how: 'elsewhere',
      branchDeleted: branch,
      item: { state: 'done', merged: { how: 'elsewhere' } },
    });
    expect(repository.head('main')).toBe(tip);
  });

  test('is not what only stands where the target is, or was', async () => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository);
    repository.git('branch', 'feature');
    repository.write('main.txt', 'x\n');
    repository.commit(`On main\n\nHearth-Item: ${id}`);
    await bench.send(reconcile, { repository: repository.root });
    await bench.start(repository, id);
    expect(await plan(repository, id)).not.toHaveProperty('elsewhere');
    // The commit it began at was merged into another branch, which main then went to.
    repository.git('switch', '-q', 'feature');
    repository.write('feature.txt', 'x\n');
    repository.commit('Feature');
    repository.git('merge', '-q', '--no-ff', '-m', 'Main into feature', 'main');
    repository.git('switch', '-q', 'main');
    repository.git('merge', '-q', '--ff-only', 'feature');
    const behind = await plan(repository, id);
    expect(behind).not.toHaveProperty('elsewhere');
    expect(behind.of('commits')).toMatchObject({ state: 'failed', fix: 'commit' });
  });

  test('with its branch deleted after that; what only looks alike is not found', async () => {
    const repository = bench.repository();
    const { item, branch } = await branchOf(repository);
    repository.write('login.txt', 'fast\n');
    repository.commit('The same file, without the second one');
    expect(await plan(repository, item.id)).not.toHaveProperty('elsewhere');
    repository.git('reset', '-q', '--hard', 'HEAD~');
    repository.git('merge', '-q', '--no-ff', '-m', 'Merged', branch);
    repository.git('branch', '-D', branch);
    expect(await plan(repository, item.id)).toMatchObject({ ready: true, elsewhere: { by: 'ancestry' } });
    expect(await finish(repository, item.id)).toMatchObject({ how: 'elsewhere' });
  });
});

describe('deleting an item', () => {
  const remove = (repository: Repository, id: number, branch: 'keep' | 'delete' | 'delete-unmerged') =>
    bench.send(deleteItem, { repository: repository.root, id, branch, confirmed: true } as never);

  test('keeps unmerged commits unless told, and the branch comes back by undo', async () => {
    const repository = bench.repository();
    const { item, branch } = await bench.started(repository);
    repository.git('switch', '-q', 'main');
    const tip = repository.head(branch);
    expect(await bench.refusal(deleteItem, { repository: repository.root, id: item.id })).toMatchObject({
      data: { reason: 'precondition' },
    });
    await unchanged(repository, item.id, async () =>
      expect(await remove(repository, item.id, 'delete').catch((error) => error)).toMatchObject({
        data: { reason: 'precondition', detail: expect.stringContaining('faster login') },
      }),
    );
    const gone = await remove(repository, item.id, 'delete-unmerged');
    expect(gone).toMatchObject({ title: 'Faster login', branchDeleted: branch });
    expect(await bench.refusal(work.show, { repository: repository.root, id: item.id })).toMatchObject({ data: { reason: 'not-found' } });
    await bench.send(undo, { repository: repository.root, id: gone.undo });
    expect(repository.head(branch)).toBe(tip);
    expect(repository.tryGit(['config', `branch.${branch}.hearthItem`]).status).toBe(1);
  });

  test('that keeps its branch takes the link away; a refused one keeps it', async () => {
    const repository = bench.repository();
    const { item, branch } = await bench.started(repository);
    // Checked out: it cannot be deleted.
    await unchanged(repository, item.id, () => remove(repository, item.id, 'delete-unmerged').catch(() => {}));
    expect(repository.git('config', `branch.${branch}.hearthItem`)).toBe(String(item.id));
    expect(await remove(repository, item.id, 'keep')).not.toHaveProperty('branchDeleted');
    expect(repository.tryGit(['config', `branch.${branch}.hearthItem`]).status).toBe(1);
    expect(repository.git('branch', '--show-current')).toBe(branch);
  });
});
