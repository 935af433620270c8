import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  type Action,
  beginAction,
  commitIndex,
  createBranch,
  deleteBranchNow,
  listActions,
  mergeInto,
  recorded,
  redoAction,
  switchBranch,
  undoAction,
  writeBranchItem,
} from '../../../../server/git/index.ts';
import type { Repository as Opened } from '../../../../server/git/repository.ts';
import { straysIn, until } from '../../../support/processes.ts';
import type { Repository } from '../../../support/repositories/repository.ts';
import { temporaryFolder } from '../../../support/repositories/repository.ts';
import { actionTests, seen, signal } from './support.ts';

const { create, open } = actionTests();
const commit = (opened: Opened, more: Partial<{ amend: boolean; all: boolean; message: string }> = {}) =>
  commitIndex(opened, { message: 'A commit\n', amend: false, all: false, signal, ...more });

/** Acts, and expects that undo, redo and undo bring everything back that a user could see. */
async function roundTrip(
  repository: Repository,
  kind: Action['kind'],
  act: (opened: Opened) => Promise<unknown>,
  more: { worktrees?: string[]; roots?: string[] } = {},
): Promise<string> {
  const opened = await open(repository.root);
  const worktrees = await Promise.all((more.worktrees ?? []).map((root) => opened.beside(root)));
  const roots = [repository.root, ...(more.worktrees ?? [])];
  const all = () => roots.map((root) => seen(repository, root));
  const before = all();
  const { undo } = await recorded(opened, { kind, label: 'it', actor: 'test', worktrees }, signal, () => act(opened));
  const after = all();
  expect(after).not.toEqual(before);
  const undone = await undoAction(opened, undefined, 'test', signal);
  expect(undone.entry).toMatchObject({ id: undo, state: 'undone' });
  expect(all()).toEqual(before);
  const redone = await redoAction(opened, undefined, 'test', signal);
  expect(redone.entry).toMatchObject({ id: undo, state: 'done' });
  expect(all()).toEqual(after);
  await undoAction(opened, undo, 'test', signal);
  expect(all()).toEqual(before);
  for (const each of worktrees) each.dispose();
  return undo;
}

/** Staged, unstaged, untracked and deleted at once. */
function makeDirty(repository: Repository): void {
  repository.write('staged.txt', 'staged\n');
  repository.git('add', 'staged.txt');
  repository.write('a.txt', 'one\nchanged\n');
  repository.write('new/deep/untracked.txt', 'untracked\n');
  unlinkSync(repository.path('gone.txt'));
}

function withFiles(options: Parameters<typeof create>[0] = {}): Repository {
  const repository = create(options);
  repository.write('a.txt', 'one\ntwo\n');
  repository.write('b.txt', 'b\n');
  repository.write('gone.txt', 'gone\n');
  repository.commit('First');
  return repository;
}

for (const objectFormat of ['sha1', 'sha256'] as const) {
  test(`a commit with a dirty tree (${objectFormat})`, async () => {
    const repository = withFiles({ objectFormat });
    makeDirty(repository);
    await roundTrip(repository, 'commit', (opened) => commit(opened));
  });
}

test('commit of everything tracked, amend, a detached commit', async () => {
  const repository = withFiles();
  makeDirty(repository);
  await roundTrip(repository, 'commit', (opened) => commit(opened, { all: true }));
  await roundTrip(repository, 'amend', (opened) => commit(opened, { amend: true, message: 'Other words' }));
  repository.git('switch', '--quiet', '--detach');
  await roundTrip(repository, 'commit', (opened) => commit(opened));
});

test('the very first commit, in an empty repository', async () => {
  const repository = create();
  repository.write('a.txt', 'one\n');
  repository.write('untracked.txt', 'x\n');
  repository.git('add', 'a.txt');
  await roundTrip(repository, 'commit', (opened) => commit(opened));
});

test('start in a repository without commits: only the name of the branch moves', async () => {
  const repository = create();
  repository.write('a.txt', 'one\n');
  await roundTrip(repository, 'create-branch', (opened) => createBranch(opened, { branch: 'topic', base: 'HEAD', switch: true, signal }));
});

test('create and switch with dirty files, the link to the item with it', async () => {
  const repository = withFiles();
  repository.git('branch', 'base', 'HEAD');
  repository.write('b.txt', 'second\n');
  repository.commit('Second');
  makeDirty(repository);
  await roundTrip(repository, 'create-branch', async (opened) => {
    await createBranch(opened, { branch: 'topic/ünï', base: 'base', switch: true, signal });
    await writeBranchItem(opened, 'topic/ünï', 7, signal);
  });
});

test('a switch that carries changes', async () => {
  const repository = withFiles();
  repository.git('switch', '--quiet', '-c', 'other');
  repository.write('b.txt', 'other\n');
  repository.write('folder/inner.txt', 'other\n');
  repository.commit('Other');
  repository.git('switch', '--quiet', 'main');
  makeDirty(repository);
  await roundTrip(repository, 'switch', (opened) => switchBranch(opened, 'other', signal));
});

test('a deleted branch comes back with its configuration and commits', async () => {
  const repository = withFiles();
  repository.git('branch', '-q', 'topic.x');
  repository.git('config', 'branch.topic.x.hearthItem', '12');
  repository.git('config', 'branch.topic.x.remote', 'origin');
  repository.git('config', '--add', 'branch.topic.x.merge', 'refs/heads/a');
  repository.git('config', '--add', 'branch.topic.x.merge', 'refs/heads/b\nc "d"');
  makeDirty(repository);
  const tip = repository.git('commit-tree', '-m', 'alone', '-p', 'HEAD', 'HEAD^{tree}');
  repository.git('update-ref', 'refs/heads/topic.x', tip);
  const opened = await open(repository.root);
  const before = seen(repository);
  await recorded(opened, { kind: 'delete-branch', label: 'x', actor: 'test' }, signal, () =>
    deleteBranchNow(opened, { branch: 'topic.x', force: true, signal }),
  );
  // The record alone keeps the commit.
  repository.git('reflog', 'expire', '--expire=now', '--all');
  repository.git('gc', '--quiet', '--prune=now');
  await undoAction(opened, undefined, 'test', signal);
  expect(seen(repository)).toEqual(before);
  await roundTrip(repository, 'delete-branch', (again) => deleteBranchNow(again, { branch: 'topic.x', force: true, signal }));
});

test('a merge, a squash and a fast-forward, with uncommitted work beside', async () => {
  const repository = withFiles();
  repository.git('switch', '--quiet', '-c', 'topic');
  repository.write('b.txt', 'topic\n');
  repository.write('more.txt', 'more\n');
  repository.commit('Topic');
  repository.git('switch', '--quiet', 'main');
  repository.write('a.txt', 'dirty\n');
  repository.write('untracked.txt', 'x\n');
  for (const how of ['fast-forward', 'squash', 'merge'] as const) {
    await roundTrip(repository, 'merge', (opened) => mergeInto(opened, { source: 'topic', how, message: 'Merge\n', signal }));
  }
});

test('concluding a merge: undo brings the merge in progress back', async () => {
  const repository = withFiles();
  repository.git('switch', '--quiet', '-c', 'topic');
  repository.write('b.txt', 'topic\n');
  repository.commit('Topic');
  repository.git('switch', '--quiet', 'main');
  repository.write('b.txt', 'main\n');
  repository.commit('Main');
  repository.tryGit(['merge', 'topic']);
  repository.write('b.txt', 'both\n');
  repository.git('add', 'b.txt');
  await roundTrip(repository, 'commit', (opened) => commit(opened));
  expect(readFileSync(repository.path('.git/MERGE_MSG'), 'utf8')).toMatch(/^Merge branch 'topic'/);
});

test('conflicts in the index survive', async () => {
  const repository = withFiles();
  repository.git('switch', '--quiet', '-c', 'topic');
  repository.write('b.txt', 'topic\n');
  repository.commit('Topic');
  repository.git('switch', '--quiet', 'main');
  repository.write('b.txt', 'main\n');
  repository.commit('Main');
  repository.tryGit(['merge', 'topic']);
  await roundTrip(repository, 'commit', async () => {
    repository.write('b.txt', 'both\n');
    repository.git('add', 'b.txt');
    repository.git('commit', '--quiet', '-m', 'Merged');
  });
});

test('a stash: its entry goes and comes with the files', async () => {
  const repository = withFiles();
  repository.write('a.txt', 'older\n');
  repository.git('stash', '--quiet');
  makeDirty(repository);
  await roundTrip(repository, 'stash', async (opened) => {
    await opened.write(['stash', 'push', '--quiet', '--include-untracked']);
  });
  expect(repository.git('stash', 'list').split('\n')).toHaveLength(1);
});

test('a stash holds what is not recorded: it is taken out before the stash goes', async () => {
  const repository = withFiles();
  repository.write('large.bin', Buffer.alloc(10_000_001, 1));
  repository.commit('Large');
  repository.write('large.bin', Buffer.alloc(10_000_001, 2));
  repository.write('.env', 'TOKEN=x\n');
  repository.write('a.txt', 'changed\n');
  const opened = await open(repository.root);
  const before = seen(repository);
  const same = () => JSON.stringify(seen(repository)) === JSON.stringify(before);
  await recorded(opened, { kind: 'create-branch', label: 'x', actor: 'test' }, signal, async () => {
    await opened.write(['stash', 'push', '--quiet', '--include-untracked']);
    await createBranch(opened, { branch: 'topic', base: 'HEAD', switch: true, signal });
  });
  expect(existsSync(repository.path('.env'))).toBe(false);
  await undoAction(opened, undefined, 'test', signal);
  expect(repository.git('stash', 'list')).toBe('');
  expect(same()).toBe(true);
});

test('files that come and go while it is recorded do not stop a commit', async () => {
  const repository = withFiles();
  const opened = await open(repository.root);
  let running = true;
  const churn = (async () => {
    for (let at = 0; running; at++) {
      for (let of = 0; of < 50; of++) repository.write(`made/${of}`, `${at}`);
      await new Promise((resolve) => setImmediate(resolve));
      repository.remove('made');
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  try {
    for (let at = 0; at < 3; at++) {
      repository.write('a.txt', `${at}\n`);
      const { result } = await recorded(opened, { kind: 'commit', label: 'x', actor: 'test' }, signal, () => commit(opened, { all: true }));
      expect(repository.head()).toBe(result.commit);
    }
  } finally {
    running = false;
    await churn;
  }
  expect((await listActions(opened, 5, signal)).map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  await undoAction(opened, undefined, 'test', signal);
  expect(readFileSync(repository.path('a.txt'), 'utf8')).toBe('2\n');
});

test('executable bits, links, odd names, files that become folders', async () => {
  const repository = withFiles();
  const odd = ['-x', 'with\nnewline', '"quoted"', '$(id)', ' blank ', 'tab\t', ':(top)x', 'ünï', '*'];
  for (const name of odd) repository.write(name, `${name} 1\n`);
  repository.writeBytes(Buffer.from([0x66, 0xff, 0xfe]), 'not UTF-8\n');
  repository.write('tool', '#!/bin/sh\n');
  symlinkSync('a.txt', repository.path('link'));
  repository.write('folder/inner', 'inner\n');
  repository.write('place', 'file\n');
  repository.commit('All');
  repository.git('switch', '--quiet', '-c', 'other');
  for (const name of odd) repository.write(name, `${name} 2\n`);
  repository.writeBytes(Buffer.from([0x66, 0xff, 0xfe]), 'changed\n');
  repository.writeBytes(Buffer.from([0x67, 0xff]), 'new and not UTF-8\n');
  chmodSync(repository.path('tool'), 0o755);
  unlinkSync(repository.path('link'));
  symlinkSync('b.txt', repository.path('link'));
  rmSync(repository.path('folder'), { recursive: true });
  repository.write('folder', 'a file now\n');
  unlinkSync(repository.path('place'));
  repository.write('place/inner', 'a folder now\n');
  repository.commit('Other');
  repository.git('switch', '--quiet', 'main');
  await roundTrip(repository, 'switch', (opened) => switchBranch(opened, 'other', signal));
});

test('line ends and encodings come back byte for byte', async () => {
  const repository = create();
  repository.write('.gitattributes', '*.txt text=auto eol=crlf\n*.utf text working-tree-encoding=UTF-16LE-BOM eol=lf\n');
  repository.write('mixed.txt', 'one\r\ntwo\nthree\r\n');
  repository.write('crlf.txt', 'one\r\ntwo\r\n');
  repository.write('wide.utf', Buffer.from('\ufeffwide\n', 'utf16le'));
  repository.commit('First');
  repository.write('mixed.txt', 'one\r\ntwo\nthree\r\nfour\n');
  repository.write('crlf.txt', 'one\r\nzwei\r\n');
  repository.write('untracked.txt', 'lf\ncrlf\r\n');
  repository.write('wide.utf', Buffer.from('\ufeffwider\n', 'utf16le'));
  await roundTrip(repository, 'discard', async () => {
    repository.git('checkout', '--', 'mixed.txt', 'crlf.txt', 'wide.utf');
    unlinkSync(repository.path('untracked.txt'));
  });
});

test('in a linked worktree, and of it from the main one', async () => {
  const repository = withFiles();
  const linked = repository.attach(temporaryFolder('linked'));
  repository.git('worktree', 'add', '--quiet', '-b', 'topic', path.join(linked, 'tree'));
  const root = path.join(linked, 'tree');
  writeFileSync(path.join(root, 'a.txt'), 'in the linked one\n');
  writeFileSync(path.join(root, 'new.txt'), 'new\n');
  repository.write('a.txt', 'in the main one\n');
  await roundTrip(
    repository,
    'merge',
    async (opened) => {
      const other = await opened.beside(root);
      await commit(other, { all: true });
      other.dispose();
    },
    { worktrees: [root] },
  );
  const other = await open(root);
  const before = [seen(repository), seen(repository, root)];
  await recorded(other, { kind: 'commit', label: 'there', actor: 'test' }, signal, () => commit(other, { all: true }));
  await undoAction(await open(repository.root), undefined, 'test', signal);
  expect([seen(repository), seen(repository, root)]).toEqual(before);
});

test('the worktree of an entry is gone: the branch goes back all the same', async () => {
  const repository = withFiles();
  const linked = repository.attach(temporaryFolder('linked'));
  const root = path.join(linked, 'tree');
  repository.git('worktree', 'add', '--quiet', '-b', 'topic', root);
  const start = repository.head('topic');
  writeFileSync(path.join(root, 'a.txt'), 'changed\n');
  const other = await open(root);
  await recorded(other, { kind: 'commit', label: 'there', actor: 'test' }, signal, () => commit(other, { all: true }));
  repository.git('worktree', 'remove', '--force', root);
  await undoAction(await open(repository.root), undefined, 'test', signal);
  expect(repository.head('topic')).toBe(start);
});

test('repeated undo walks back, redo forward', async () => {
  const repository = withFiles();
  const opened = await open(repository.root);
  const states = [seen(repository)];
  for (const text of ['1', '2', '3']) {
    repository.write('a.txt', text);
    states.push(seen(repository));
    await recorded(opened, { kind: 'commit', label: text, actor: 'test' }, signal, () => commit(opened, { all: true }));
    states.push(seen(repository));
  }
  const undo = async () => (await undoAction(opened, undefined, 'test', signal)).entry.label;
  expect(await undo()).toBe('3');
  expect(seen(repository)).toEqual(states[5]);
  // What was made since is put away as a user would, so that the next can be undone.
  repository.git('checkout', '--', 'a.txt');
  expect(await undo()).toBe('2');
  expect((await redoAction(opened, undefined, 'test', signal)).entry.label).toBe('2');
  const forward = await redoAction(opened, undefined, 'test', signal);
  expect(forward).toMatchObject({ entry: { label: '3' }, kept: ['a.txt'] });
  const nothing = await redoAction(opened, undefined, 'test', signal).catch((error) => error);
  expect(nothing).toMatchObject({ reason: 'not-found', message: 'There is nothing to redo here.' });
  const listed = await listActions(opened, 50, signal);
  expect(listed.map(({ kind, label, state }) => `${kind} ${label} ${state}`)).toEqual([
    'redo 3 done',
    'redo 2 done',
    'undo 2 done',
    'undo 3 done',
    'commit 3 done',
    'commit 2 done',
    'commit 1 done',
  ]);
});

test('what changed since and is no part of it stays; what is part of it refuses, and nothing changes', async () => {
  const repository = withFiles();
  const opened = await open(repository.root);
  repository.write('a.txt', 'staged\n');
  repository.git('add', 'a.txt');
  const { undo } = await recorded(opened, { kind: 'commit', label: 'x', actor: 'test' }, signal, () => commit(opened));
  repository.write('b.txt', 'worked on since\n');
  repository.write('new since.txt', 'x\n');
  const undone = await undoAction(opened, undo, 'test', signal);
  expect(undone.kept.sort()).toEqual(['b.txt', 'new since.txt']);
  expect(repository.git('status', '--porcelain')).toBe('M  a.txt\n M b.txt\n?? "new since.txt"');
  await redoAction(opened, undo, 'test', signal);

  // Now a file that the action did change.
  const before = await recorded(opened, { kind: 'switch', label: 'y', actor: 'test' }, signal, async () => {
    repository.git('checkout', '--', 'b.txt');
  });
  repository.write('b.txt', 'worked on once more\n');
  const state = seen(repository);
  const refused = await undoAction(opened, before.undo, 'test', signal).catch((error) => error);
  expect(refused).toMatchObject({ reason: 'conflict', message: expect.stringContaining('b.txt') });
  expect(seen(repository)).toEqual(state);
});

test('a branch that moved since, HEAD elsewhere, a rebase in progress: refused with a sentence', async () => {
  const repository = withFiles();
  const opened = await open(repository.root);
  repository.write('a.txt', '1');
  const { undo } = await recorded(opened, { kind: 'commit', label: 'x', actor: 'test' }, signal, () => commit(opened, { all: true }));
  const refused = () => undoAction(opened, undo, 'test', signal).catch((error) => error);
  repository.git('switch', '--quiet', '-c', 'elsewhere');
  expect(await refused()).toMatchObject({ reason: 'conflict', hint: 'Switch back to main first.' });
  repository.git('switch', '--quiet', 'main');
  repository.write('b.txt', 'on top');
  repository.commit('On top');
  const moved = repository.head();
  expect(await refused()).toMatchObject({ reason: 'conflict', message: `Branch main has moved to ${moved.slice(0, 10)} since.` });
  expect(repository.head()).toBe(moved);
  repository.git('reset', '--quiet', '--hard', 'HEAD~1');
  mkdirSync(repository.path('.git/rebase-merge'));
  expect(await refused()).toMatchObject({ reason: 'precondition', message: 'A rebase is in progress.' });
  rmSync(repository.path('.git/rebase-merge'), { recursive: true });
  const linked = path.join(repository.attach(temporaryFolder('linked')), 'tree');
  const made = await recorded(opened, { kind: 'create-branch', label: 'y', actor: 'test' }, signal, () =>
    createBranch(opened, { branch: 'new', base: 'HEAD', switch: false, signal }),
  );
  repository.git('worktree', 'add', '--quiet', linked, 'new');
  expect(await undoAction(opened, made.undo, 'test', signal).catch((error) => error)).toMatchObject({
    reason: 'precondition',
    message: `Branch new is checked out in ${linked}.`,
  });
});

test('an ignored file in the way is not overwritten', async () => {
  const repository = withFiles();
  const opened = await open(repository.root);
  repository.write('build.log', 'untracked\n');
  const { undo } = await recorded(opened, { kind: 'discard', label: 'x', actor: 'test' }, signal, async () =>
    unlinkSync(repository.path('build.log')),
  );
  repository.write('.git/info/exclude', '*.log\n');
  repository.write('build.log', 'made by a build\n');
  expect(await undoAction(opened, undo, 'test', signal).catch((error) => error)).toMatchObject({ reason: 'conflict' });
  expect(readFileSync(repository.path('build.log'), 'utf8')).toBe('made by a build\n');
});

test('a folder that is a link now is not written through', async () => {
  const repository = withFiles();
  const outside = repository.attach(temporaryFolder('outside'));
  repository.write('folder/inner.txt', 'inner\n');
  repository.commit('More');
  const opened = await open(repository.root);
  const action = { kind: 'discard', label: 'x', actor: 'test', required: new Set(['folder/inner.txt']) } as const;
  const { undo } = await recorded(opened, action, signal, async () => rmSync(repository.path('folder'), { recursive: true }));
  repository.write('.git/info/exclude', 'folder\n');
  symlinkSync(outside, repository.path('folder'));
  expect(await undoAction(opened, undo, 'test', signal).catch((error) => error)).toMatchObject({ reason: 'conflict' });
  expect(existsSync(path.join(outside, 'inner.txt'))).toBe(false);
});

test('secrets and large untracked files are not recorded, and stay as they are', async () => {
  const repository = withFiles();
  repository.write('.env', 'TOKEN=very-secret-value\n');
  repository.write('large.bin', Buffer.alloc(10_000_001, 1));
  const opened = await open(repository.root);
  repository.write('a.txt', '1');
  await recorded(opened, { kind: 'commit', label: 'x', actor: 'test' }, signal, () => commit(opened, { all: true }));
  const blob = repository.git('hash-object', '.env');
  expect(repository.tryGit(['cat-file', '-e', blob]).status).not.toBe(0);
  expect(repository.tryGit(['cat-file', '-e', repository.git('hash-object', 'large.bin')]).status).not.toBe(0);
  await undoAction(opened, undefined, 'test', signal);
  expect(readFileSync(repository.path('.env'), 'utf8')).toBe('TOKEN=very-secret-value\n');
  // Committed by mistake: undone, the file stays and is untracked again.
  repository.git('add', '.env');
  repository.git('reset', '--quiet');
  await recorded(opened, { kind: 'commit', label: 'y', actor: 'test' }, signal, async () => {
    repository.git('add', '.env');
    repository.git('commit', '--quiet', '-m', 'oops');
  });
  await undoAction(opened, undefined, 'test', signal);
  expect(readFileSync(repository.path('.env'), 'utf8')).toBe('TOKEN=very-secret-value\n');
  expect(repository.git('status', '--porcelain', '.env')).toBe('?? .env');
});

test('an action that failed and changed nothing leaves no entry; one that changed something can be undone', async () => {
  const repository = withFiles();
  const opened = await open(repository.root);
  const failing = (act: () => void) =>
    recorded(opened, { kind: 'changelog', label: 'x', actor: 'test', required: new Set(['a.txt']) }, signal, async () => {
      act();
      throw new Error('stopped');
    });
  await expect(failing(() => {})).rejects.toThrow('stopped');
  expect(await listActions(opened, 50, signal)).toEqual([]);
  expect(repository.git('for-each-ref', 'refs/hearth')).toBe('');
  const before = seen(repository);
  await expect(failing(() => repository.write('a.txt', 'half done'))).rejects.toThrow('stopped');
  expect(await listActions(opened, 50, signal)).toMatchObject([{ state: 'done' }]);
  await undoAction(opened, undefined, 'test', signal);
  expect(seen(repository)).toEqual(before);
});

test('an interrupted action goes back to how everything was, and forward again', async () => {
  const repository = withFiles();
  makeDirty(repository);
  const opened = await open(repository.root);
  const before = seen(repository);
  await beginAction(opened, { kind: 'complete', label: 'Complete', actor: 'test', branches: ['main', 'topic'] }, signal);
  await commit(opened);
  await createBranch(opened, { branch: 'topic', base: 'HEAD', switch: true, signal });
  const half = seen(repository);
  repository.git('branch', 'mine');
  expect(await listActions(opened, 50, signal)).toMatchObject([{ state: 'interrupted', kind: 'complete' }]);
  await undoAction(opened, undefined, 'test', signal);
  // A branch that it had not named is not its business.
  repository.git('branch', '-q', '-D', 'mine');
  expect(seen(repository)).toEqual(before);
  await redoAction(opened, undefined, 'test', signal);
  expect(seen(repository)).toEqual(half);
});

test('records stay out of the lists of commits, and go after 30 days', async () => {
  const repository = withFiles();
  const opened = await open(repository.root);
  const old = repository.git('rev-parse', 'HEAD');
  repository.git('update-ref', 'refs/hearth/oplog/20200101-000000000-00', old);
  repository.write('a.txt', '1');
  await recorded(opened, { kind: 'commit', label: 'x', actor: 'test' }, signal, () => commit(opened, { all: true }));
  expect(repository.git('for-each-ref', '--format=%(refname)', 'refs/hearth').split('\n')).toHaveLength(1);
  expect(repository.git('fsck', '--strict', '--no-dangling')).toBe('');
});

test('what somebody else does while an action runs is not the action’s', async () => {
  const repository = withFiles();
  repository.write(
    '.git/hooks/pre-commit',
    '#!/bin/sh\necho formatted >> b.txt\ngit add b.txt\necho typed > gone.txt\necho new > typed.txt\ngit branch mine\n',
  );
  chmodSync(repository.path('.git/hooks/pre-commit'), 0o755);
  repository.write('b.txt', 'b staged\n');
  repository.git('add', 'b.txt');
  const opened = await open(repository.root);
  const start = repository.head();
  const { undo } = await recorded(opened, { kind: 'commit', label: 'x', actor: 'test' }, signal, () => commit(opened));
  expect((await listActions(opened, 1, signal))[0]?.refs.map(({ name }) => name)).toEqual(['refs/heads/main']);
  const { kept } = await undoAction(opened, undo, 'test', signal);
  expect(kept.sort()).toEqual(['gone.txt', 'typed.txt']);
  expect(repository.head()).toBe(start);
  expect(repository.head('mine')).toBe(start);
  expect(readFileSync(repository.path('gone.txt'), 'utf8')).toBe('typed\n');
  expect(readFileSync(repository.path('typed.txt'), 'utf8')).toBe('new\n');
  // What the hook made of the file that was committed was part of it.
  expect(readFileSync(repository.path('b.txt'), 'utf8')).toBe('b staged\n');
});

test('an interrupted action does not swallow the work of the days after', async () => {
  const repository = withFiles();
  const opened = await open(repository.root);
  await beginAction(opened, { kind: 'commit', label: 'Half', actor: 'test' }, signal);
  const edited = () => {
    repository.write('a.txt', 'edited since\n');
    repository.write('since.txt', 'new since\n');
  };
  edited();
  const { kept } = await undoAction(opened, undefined, 'test', signal);
  expect(kept.sort()).toEqual(['a.txt', 'since.txt']);
  expect(readFileSync(repository.path('since.txt'), 'utf8')).toBe('new since\n');

  await beginAction(opened, { kind: 'commit', label: 'Half', actor: 'test' }, signal);
  repository.commit('By hand 1');
  repository.write('a.txt', 'more\n');
  repository.commit('By hand 2');
  edited();
  const before = seen(repository);
  const refused = await undoAction(opened, undefined, 'test', signal).catch((error) => error);
  expect(refused).toMatchObject({ reason: 'conflict', message: 'main has moved on since "Half" was interrupted.' });
  expect(seen(repository)).toEqual(before);
});

test('an interrupted action takes back neither one commit by hand nor a switch', async () => {
  const repository = withFiles();
  const opened = await open(repository.root);
  await beginAction(opened, { kind: 'commit', label: 'Half', actor: 'test' }, signal);
  repository.write('a.txt', 'by hand\n');
  repository.commit('By hand');
  const refused = async () => (await undoAction(opened, undefined, 'test', signal).catch((error) => error)).message;
  expect(await refused()).toBe('main has moved on since "Half" was interrupted.');
  repository.git('reset', '--quiet', '--hard', 'HEAD~1');
  repository.write('b.txt', 'ours\n');
  await commit(opened, { all: true });
  repository.git('switch', '--quiet', '-c', 'later');
  const before = seen(repository);
  expect(await refused()).toMatch(/^(?:later is checked out now; it was main\.|main has moved on)/);
  expect(seen(repository)).toEqual(before);
});

test('an interrupted merge that had only begun to write files', async () => {
  const repository = withFiles();
  repository.git('switch', '--quiet', '-c', 'topic');
  repository.write('a.txt', 'topic\n');
  repository.write('b.txt', 'topic\n');
  repository.write('new.txt', 'topic\n');
  repository.commit('Topic');
  repository.git('switch', '--quiet', 'main');
  repository.write('gone.txt', 'mine\n');
  const before = seen(repository);
  const opened = await open(repository.root);
  await beginAction(opened, { kind: 'merge', label: 'Half', actor: 'test', branches: ['main', 'topic'] }, signal);
  repository.write('a.txt', 'topic\n');
  repository.write('new.txt', 'topic\n');
  await undoAction(opened, undefined, 'test', signal);
  expect(seen(repository)).toEqual(before);
});

test('a switch is not undone onto a branch that another work tree has now', async () => {
  const repository = withFiles();
  repository.git('branch', 'other');
  const opened = await open(repository.root);
  await recorded(opened, { kind: 'switch', label: 'x', actor: 'test' }, signal, () => switchBranch(opened, 'other', signal));
  const linked = path.join(repository.attach(temporaryFolder('linked')), 'tree');
  repository.git('worktree', 'add', '--quiet', linked, 'main');
  expect(await undoAction(opened, undefined, 'test', signal).catch((error) => error)).toMatchObject({
    reason: 'precondition',
    message: `Branch main is checked out in ${linked}.`,
  });
  expect(repository.git('symbolic-ref', 'HEAD')).toBe('refs/heads/other');
});

test('a sparse checkout stays sparse', async () => {
  const repository = withFiles();
  repository.write('inside/x', '1');
  repository.write('outside/x', '1');
  repository.commit('More');
  repository.git('switch', '--quiet', '-c', 'topic');
  repository.write('inside/x', '2');
  repository.write('outside/x', '2');
  repository.commit('Topic');
  repository.git('switch', '--quiet', 'main');
  repository.git('sparse-checkout', 'set', 'inside');
  expect(existsSync(repository.path('outside'))).toBe(false);
  await roundTrip(repository, 'merge', (opened) => mergeInto(opened, { source: 'topic', how: 'merge', message: 'M\n', signal }));
  expect(existsSync(repository.path('outside'))).toBe(false);
});

/** Runs a step of its own in a process that can be killed; resolves when it has ended. */
function child(repository: Repository, what: string): { process: ReturnType<typeof spawn>; ended: Promise<NodeJS.Signals | null> } {
  const started = spawn(process.execPath, [path.join(import.meta.dirname, 'actionProgram.ts'), what, repository.root], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return { process: started, ended: new Promise((resolve) => started.once('exit', (_, killed) => resolve(killed))) };
}

test('killed in the middle of an action: interrupted, locked while it lives, undone afterwards', async () => {
  const repository = withFiles();
  makeDirty(repository);
  const before = seen(repository);
  const running = child(repository, 'commit');
  await until(() => existsSync(repository.path('.git/reached')));
  const opened = await open(repository.root);
  expect(await listActions(opened, 5, signal)).toMatchObject([{ state: 'interrupted', kind: 'commit' }]);
  expect(await undoAction(opened, undefined, 'test', signal).catch((error) => error)).toMatchObject({ reason: 'locked' });
  running.process.kill('SIGKILL');
  expect(await running.ended).toBe('SIGKILL');
  expect(seen(repository)).not.toEqual(before);
  await undoAction(opened, undefined, 'test', signal);
  expect(seen(repository)).toEqual(before);
});

for (const moment of ['after the branch has moved', 'while the files are written'] as const) {
  test(`an undo that is killed ${moment} is finished by the next`, async () => {
    const repository = withFiles();
    repository.write('.gitattributes', 'b.txt filter=killer\n');
    repository.commit('Attributes');
    repository.write('a.txt', 'second\n');
    repository.write('b.txt', 'second\n');
    repository.write('more.txt', 'second\n');
    repository.git('rm', '--quiet', 'gone.txt');
    repository.commit('Second');
    repository.git('branch', 'topic');
    repository.git('reset', '--quiet', '--hard', 'HEAD~1');
    repository.write('untracked.txt', 'x\n');
    const opened = await open(repository.root);
    const before = seen(repository);
    const { undo } = await recorded(opened, { kind: 'merge', label: 'x', actor: 'test' }, signal, () =>
      mergeInto(opened, { source: 'topic', how: 'merge', message: 'M\n', signal }),
    );
    const kill = 'kill -9 $(cat "$(git rev-parse --git-common-dir)/victim")';
    if (moment === 'after the branch has moved') {
      repository.write(
        '.git/hooks/reference-transaction',
        `#!/bin/sh\n[ "$1" = committed ] && grep -q refs/heads/main && ${kill}\nexit 0\n`,
      );
      chmodSync(repository.path('.git/hooks/reference-transaction'), 0o755);
    } else repository.git('config', 'filter.killer.smudge', `${kill}; cat`);
    const running = child(repository, 'undo');
    expect(await running.ended).toBe('SIGKILL');
    // Its git goes on alone for a moment.
    await until(() => straysIn(repository.root).length === 0);
    repository.remove('.git/hooks/reference-transaction');
    repository.tryGit(['config', '--unset', 'filter.killer.smudge']);
    expect(seen(repository)).not.toEqual(before);
    const { entry } = await undoAction(opened, undefined, 'test', signal);
    expect(entry).toMatchObject({ id: undo, state: 'undone' });
    expect(seen(repository)).toEqual(before);
  });
}
