// What commands that write give to hooks, and what remains when they are stopped.
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  checkBranchName,
  commitIndex,
  commitsOnlyOn,
  createBranch,
  defaultBranch,
  deleteBranchNow,
  inTurn,
  readBranchItems,
  switchBranch,
  writeBranchItem,
} from '../../../../server/git/index.ts';
import { isAlive, until } from '../../../support/processes.ts';
import { type Repository, temporaryFolder } from '../../../support/repositories/repository.ts';
import { actionTests, seen, signal } from './support.ts';

const { create, open } = actionTests();
const message = { message: 'Subject\n\n# no comment\n', amend: false, all: true };

function hook(repository: Repository, name: string, body: string): void {
  repository.write(`.git/hooks/${name}`, `#!/bin/sh\n${body}\n`);
  chmodSync(repository.path('.git/hooks', name), 0o755);
}

function changed(): Repository {
  const repository = create();
  repository.write('a.txt', 'one\n');
  repository.commit('First');
  repository.write('a.txt', 'two\n');
  return repository;
}

test('hooks see no setting of ours, the locale of the user, and what they print comes back', async () => {
  const repository = changed();
  process.env['LC_ALL'] = 'C.UTF-8';
  process.env['GIT_OPTIONAL_LOCKS'] = '1';
  hook(repository, 'pre-commit', 'env > .git/seen; echo from the hook; echo and errors >&2');
  const opened = await open(repository.root);
  const { commit, output } = await commitIndex(opened, { ...message, signal });
  expect(output).toBe('from the hook\nand errors');
  expect(commit).toBe(repository.head());
  expect(repository.git('log', '-1', '--format=%B')).toBe('Subject\n\n# no comment\n');
  const names = readFileSync(repository.path('.git/seen'), 'utf8');
  expect(names).not.toMatch(/^(GIT_LITERAL_PATHSPECS|GIT_CONFIG_PARAMETERS|GIT_CONFIG_COUNT|LC_ALL=C$|GIT_OPTIONAL_LOCKS=0)/m);
  expect(names).toMatch(/^LANG=C\.UTF-8$/m);
  expect(names).toMatch(/^GIT_TERMINAL_PROMPT=0$/m);
});

test('a hook that says no: its words in the detail, nothing committed', async () => {
  const repository = changed();
  hook(repository, 'pre-commit', 'echo "could not read: bad object"; exit 1');
  const opened = await open(repository.root);
  const start = repository.head();
  const refused = await commitIndex(opened, { ...message, signal }).catch((error) => error);
  expect(refused).toMatchObject({ reason: 'git-failed', detail: 'could not read: bad object' });
  expect(refused.message).toBe('The commit was refused: could not read: bad object');
  expect(repository.head()).toBe(start);
});

test('nothing staged, conflicts, no identity, no key: each its own sentence', async () => {
  const repository = changed();
  const opened = await open(repository.root);
  const commit = (all: boolean) => commitIndex(opened, { ...message, all, signal }).catch((error) => error);
  expect(await commit(false)).toMatchObject({ reason: 'precondition', message: 'There is nothing to commit.' });
  repository.git('config', 'commit.gpgsign', 'true');
  repository.git('config', 'gpg.format', 'ssh');
  repository.git('config', 'user.signingkey', '/nowhere/key.pub');
  expect(await commit(true)).toMatchObject({ reason: 'git-failed', message: 'The commit could not be signed.' });
  repository.git('config', 'commit.gpgsign', 'false');
  for (const name of ['AUTHOR', 'COMMITTER']) for (const of of ['NAME', 'EMAIL']) delete process.env[`GIT_${name}_${of}`];
  repository.git('config', 'user.useConfigOnly', 'true');
  expect(await commit(true)).toMatchObject({ reason: 'precondition', message: 'Git does not know who you are.' });
});

test('cancelled: the hook and what it started are gone before the answer, and no lock remains', async () => {
  const repository = changed();
  hook(repository, 'pre-commit', 'trap "" TERM\nsleep 1000 & echo $! > .git/child\necho $$ > .git/hook\nwait\nsleep 1000');
  const opened = await open(repository.root);
  const controller = new AbortController();
  const commit = commitIndex(opened, { ...message, signal: controller.signal }).catch((error) => error);
  await until(() => existsSync(repository.path('.git/hook')) && readFileSync(repository.path('.git/hook'), 'utf8') !== '');
  const pids = ['child', 'hook'].map((name) => Number(readFileSync(repository.path('.git', name), 'utf8')));
  expect(pids.map(isAlive)).toEqual([true, true]);
  controller.abort();
  expect(await commit).toMatchObject({ reason: 'cancelled' });
  // The system's first process may not have taken them off its list yet.
  await until(() => pids.every((pid) => !isAlive(pid)));
  expect(existsSync(repository.path('.git/index.lock'))).toBe(false);
  rmSync(repository.path('.git/hooks/pre-commit'));
  await commitIndex(opened, { ...message, signal });
});

test('cancelled when the commit is made already: it is the answer', async () => {
  const repository = changed();
  hook(repository, 'post-commit', 'touch .git/reached; sleep 1000');
  const opened = await open(repository.root);
  for (const amend of [false, true]) {
    rmSync(repository.path('.git/reached'), { force: true });
    const before = repository.head();
    const controller = new AbortController();
    const text = `Once more, amended: ${amend}`;
    const commit = commitIndex(opened, { message: text, amend, all: !amend, signal: controller.signal });
    await until(() => existsSync(repository.path('.git/reached')));
    controller.abort();
    expect(await commit).toEqual({ commit: repository.head(), output: '' });
    expect(repository.head()).not.toBe(before);
    expect(repository.git('log', '-1', '--format=%s')).toBe(text);
  }
});

test('a hook that leaves something running does not hold the commit', async () => {
  const repository = changed();
  hook(repository, 'post-commit', 'sleep 1000 &\necho $! > .git/child');
  const opened = await open(repository.root);
  const { commit } = await commitIndex(opened, { ...message, signal });
  const pid = Number(readFileSync(repository.path('.git/child'), 'utf8'));
  expect(commit).toBe(repository.head());
  expect(isAlive(pid)).toBe(true);
  process.kill(pid);
});

test('a locked index: waits a little, then says who must let go', async () => {
  const repository = changed();
  const opened = await open(repository.root);
  const lock = repository.path('.git/index.lock');
  writeFileSync(lock, '');
  const held = await commitIndex(opened, { ...message, signal }).catch((error) => error);
  expect(held).toMatchObject({ reason: 'locked', hint: expect.stringContaining('remove that file') });
  const late = commitIndex(opened, { ...message, signal });
  await sleep(150);
  rmSync(lock);
  expect((await late).commit).toBe(repository.head());
});

test('without trust nothing is written', async () => {
  const repository = changed();
  const opened = await open(repository.root);
  const untrusted = Object.create(opened, { trusted: { value: false } });
  await expect(opened.write.call(untrusted, ['commit', '-am', 'x'])).rejects.toMatchObject({ reason: 'untrusted' });
});

test('turns: one after the other, a failure does not stop the next', async () => {
  const repository = changed();
  const opened = await open(repository.root);
  const order: string[] = [];
  const step = (name: string, fails = false) =>
    inTurn(opened, async () => {
      order.push(`${name} begins`);
      await sleep(5);
      order.push(`${name} ends`);
      if (fails) throw new Error(name);
    });
  await Promise.allSettled([step('a'), step('b', true), step('c')]);
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('names of branches', async () => {
  const repository = changed();
  const opened = await open(repository.root);
  for (const good of ['a', 'feature/12-ünï', 'a.b', '@x', 'work/日本語'])
    await expect(checkBranchName(opened, good, signal)).resolves.toBeUndefined();
  for (const bad of ['', '-x', 'a..b', 'a b', 'a~b', '.a', 'a.lock', 'HEAD', '@{-1}', '@', 'a\nb', 'a\0b', 'a/', '//'])
    await expect(checkBranchName(opened, bad, signal)).rejects.toMatchObject({ reason: 'invalid' });
});

test('create and switch: a name that is taken, work in the way, a branch that is checked out elsewhere', async () => {
  const repository = changed();
  const opened = await open(repository.root);
  repository.git('switch', '-qc', 'other', 'HEAD');
  repository.git('commit', '-qam', 'Other');
  repository.git('switch', '-q', 'main');
  repository.write('a.txt', 'in the way\n');
  const before = seen(repository);
  const create = (branch: string, base: string) => createBranch(opened, { branch, base, switch: true, signal }).catch((error) => error);
  expect(await create('other', 'HEAD')).toMatchObject({ reason: 'conflict', message: 'There is a branch other already.' });
  expect(await create('new', 'other')).toMatchObject({ reason: 'conflict', message: 'Uncommitted changes are in the way: a.txt.' });
  expect(await create('new', 'nowhere')).toMatchObject({ reason: 'git-failed' });
  expect(await create('new', '--orphan')).toMatchObject({ reason: 'invalid' });
  expect(await switchBranch(opened, 'other', signal).catch((error) => error)).toMatchObject({ reason: 'conflict' });
  expect(await switchBranch(opened, 'missing', signal).catch((error) => error)).toMatchObject({ reason: 'not-found' });
  expect(seen(repository)).toEqual(before);
  const linked = path.join(repository.attach(temporaryFolder('linked')), 'tree');
  repository.git('worktree', 'add', '-q', linked, 'other');
  repository.git('checkout', '-q', '--', '.');
  expect(await switchBranch(opened, 'other', signal).catch((error) => error)).toMatchObject({
    reason: 'precondition',
    message: `Branch other is checked out in ${linked}.`,
  });
  repository.write('a.txt', 'carried\n');
  await createBranch(opened, { branch: 'carry', base: 'main', switch: true, signal });
  expect(repository.git('status', '--porcelain', '--branch')).toBe('## carry\n M a.txt');
  // A hook that fails afterwards does not undo the switch.
  hook(repository, 'post-checkout', 'exit 1');
  await switchBranch(opened, 'main', signal);
  expect(repository.git('symbolic-ref', 'HEAD')).toBe('refs/heads/main');
});

test('a branch is deleted when nothing is lost, or when told', async () => {
  const repository = changed();
  const opened = await open(repository.root);
  const remove = (branch: string, force = false) => deleteBranchNow(opened, { branch, force, signal }).catch((error) => error);
  repository.git('commit', '-qam', 'Second');
  repository.git('switch', '-qc', 'topic');
  for (const text of ['1', '2']) {
    repository.write('a.txt', text);
    repository.commit(`Alone ${text}`);
  }
  expect(await commitsOnlyOn(opened, 'topic', signal)).toBe(2);
  expect(await remove('topic', true)).toMatchObject({
    reason: 'precondition',
    message: `Branch topic is checked out in ${repository.root}.`,
  });
  repository.git('switch', '-q', 'main');
  const refused = await remove('topic');
  expect(refused).toMatchObject({ reason: 'precondition', message: '2 commits of topic are nowhere else.' });
  expect(refused.detail).toMatch(/^[0-9a-f]+ Alone 2\n[0-9a-f]+ Alone 1$/);
  repository.git('tag', 'keep', 'topic');
  expect(await commitsOnlyOn(opened, 'topic', signal)).toBe(0);
  repository.git('config', 'branch.topic.hearthItem', '3');
  const tip = repository.head('topic');
  expect(await remove('topic')).toEqual({ commit: tip });
  expect(repository.tryGit(['config', '--get-regexp', '^branch\\.topic']).status).toBe(1);
  expect(await remove('topic')).toMatchObject({ reason: 'not-found' });
});

test('another name of a branch is not taken for the branch', async () => {
  const repository = changed();
  repository.git('branch', 'real');
  repository.git('symbolic-ref', 'refs/heads/alias', 'refs/heads/real');
  const opened = await open(repository.root);
  const refused = await deleteBranchNow(opened, { branch: 'alias', force: true, signal }).catch((error) => error);
  expect(refused).toMatchObject({ reason: 'precondition', message: 'Branch alias is only another name of real.' });
  expect(repository.head('real')).toBe(repository.head());
});

test('a branch that is rebased or bisected elsewhere is not deleted', async () => {
  const repository = changed();
  const opened = await open(repository.root);
  repository.git('commit', '-qam', 'Second');
  for (const [branch, file] of [
    ['one', 'rebase-merge/head-name'],
    ['two', 'BISECT_START'],
  ] as const) {
    repository.git('branch', branch);
    const linked = path.join(repository.attach(temporaryFolder('linked')), branch);
    repository.git('worktree', 'add', '-q', '--detach', linked);
    repository.write(`.git/worktrees/${branch}/${file}`, branch === 'one' ? 'refs/heads/one\n' : 'two\n');
    const refused = await deleteBranchNow(opened, { branch, force: true, signal }).catch((error) => error);
    expect(refused).toMatchObject({ reason: 'precondition', message: expect.stringMatching(/^Branch \w+ is (rebased|bisected) in /) });
  }
});

test('branch and item; the default branch', async () => {
  const repository = changed();
  const opened = await open(repository.root);
  repository.git('branch', 'a.b/c');
  await writeBranchItem(opened, 'a.b/c', 12, signal);
  await writeBranchItem(opened, 'a.b/c', 13, signal);
  repository.git('config', 'branch.odd.hearthItem', 'nonsense');
  expect([...(await readBranchItems(opened, signal))]).toEqual([['a.b/c', 13]]);
  repository.git('branch', '-m', 'a.b/c', 'renamed');
  expect([...(await readBranchItems(opened, signal))]).toEqual([['renamed', 13]]);
  await writeBranchItem(opened, 'renamed', null, signal);
  await writeBranchItem(opened, 'renamed', null, signal);
  expect((await readBranchItems(opened, signal)).size).toBe(0);

  expect(await defaultBranch(opened, signal)).toBe('main');
  repository.git('branch', 'trunk');
  repository.git('config', 'init.defaultBranch', 'trunk');
  expect(await defaultBranch(opened, signal)).toBe('trunk');
  repository.git('branch', 'develop');
  repository.git('update-ref', 'refs/remotes/origin/develop', 'HEAD');
  repository.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/develop');
  expect(await defaultBranch(opened, signal)).toBe('develop');
});
