// Commits of an item's branch: trailer, change entry, secret scan, hooks, amend, undo.
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { undo } from '../../../server/protocol/gitActions.ts';
import { commit, commitPlan, type NewEntry } from '../../../server/protocol/workFlow.ts';
import { until } from '../../support/processes.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import { stateOf, WorkBench } from './workBench.ts';

const bench = new WorkBench();
beforeAll(() => bench.open());
afterAll(() => bench.dispose());

/** Not a secret of anybody: the shape of one. */
const secret = `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`;
const entry: NewEntry = { kind: 'entry', category: 'Added', text: 'Login takes half the time.' };

async function onBranch(rules = ''): Promise<{ repository: Repository; id: number; branch: string }> {
  const repository = bench.repository(rules);
  const { id } = await bench.plan(repository);
  const { branch } = await bench.start(repository, id);
  return { repository, id, branch };
}

function hook(repository: Repository, name: string, script: string): void {
  const file = repository.path('.git/hooks', name);
  repository.git('config', 'core.hooksPath', repository.path('.git/hooks'));
  repository.write(`.git/hooks/${name}`, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

describe('a commit', () => {
  test('that git has made when it is cancelled is told as made, is linked to its item, and can be undone', async () => {
    const { repository, id } = await onBranch();
    hook(repository, 'post-commit', 'touch .git/reached; sleep 1000');
    repository.write('a.txt', 'two\n');
    repository.git('add', 'a.txt');
    const before = stateOf(repository);
    const controller = new AbortController();
    const params = { repository: repository.root, message: 'Faster', entry };
    const committing = bench.server.send(commit, params, { signal: controller.signal });
    await until(() => existsSync(repository.path('.git/reached')));
    controller.abort();
    const made = await committing;
    expect(made).toMatchObject({ commit: repository.head(), subject: 'Faster', item: id, totals: { files: 2 } });
    expect(repository.git('status', '--porcelain')).toBe('');
    expect(await bench.show(repository, id)).toMatchObject({ commitList: [{ id: made.commit }] });
    await bench.send(undo, { repository: repository.root, id: made.undo });
    expect(stateOf(repository)).toEqual(before);
  });

  test('has the trailer and the change entry, is linked to its item, and can be undone', async () => {
    const { repository, id, branch } = await onBranch();
    repository.write('src/login.ts', 'export const fast = true;\n');
    repository.git('add', 'src/login.ts');
    const plan = await bench.send(commitPlan, { repository: repository.root });
    expect(plan).toMatchObject({
      item: { id },
      staged: { files: 1, additions: 1, deletions: 0 },
      entry: { state: 'missing' },
      suggestion: 'feat: faster login (src/login.ts)',
      identity: { name: 'Ada Example', mail: 'ada@example.test' },
      findings: [],
      unmerged: 0,
    });
    const before = stateOf(repository);
    const message = plan.suggestion;
    expect(await bench.refusal(commit, { repository: repository.root, message })).toMatchObject({
      message: expect.stringContaining(`change entry of #${id}`),
      data: { reason: 'precondition', hint: expect.stringContaining('--entry') },
    });
    expect(stateOf(repository)).toEqual(before);
    const made = await bench.send(commit, { repository: repository.root, message, entry });
    expect(made).toMatchObject({ subject: plan.suggestion, branch, item: id, totals: { files: 2 } });
    expect(repository.git('log', '-1', '--format=%B')).toBe(`feat: faster login (src/login.ts)\n\nHearth-Item: ${id}\n`);
    expect(repository.git('show', '--name-only', '--format=')).toBe(`changes/${id}.md\nsrc/login.ts`);
    expect(await bench.show(repository, id)).toMatchObject({
      commitList: [{ id: made.commit, subject: plan.suggestion, source: 'branch' }],
    });
    // The next one needs no further entry, and its message may have the trailer already.
    repository.write('src/login.ts', 'export const fast = 2;\n');
    const again = `fix: more\n\nHearth-Item: ${id}\n`;
    await bench.send(commit, { repository: repository.root, message: again, all: true });
    expect(repository.git('log', '-1', '--format=%(trailers:key=Hearth-Item,valueonly)').trim()).toBe(String(id));
    await bench.send(undo, { repository: repository.root });
    await bench.send(undo, { repository: repository.root, id: made.undo });
    // What was typed between the two commits stays: no commit made it.
    expect(repository.git('status', '--porcelain')).toBe('AM src/login.ts');
    repository.write('src/login.ts', 'export const fast = true;\n');
    expect(stateOf(repository)).toEqual(before);
  });

  test('says why no entry is needed', async () => {
    const { repository, id } = await onBranch();
    repository.write('a.txt', 'x\n');
    const none: NewEntry = { kind: 'none', reason: 'Only a test.' };
    await bench.send(commit, { repository: repository.root, message: 'test: it', all: true, entry: none });
    expect(repository.git('show', `HEAD:changes/${id}.md`)).toContain('Only a test.');
    expect((await bench.send(commitPlan, { repository: repository.root })).entry.state).toBe('none-needed');
  });

  test('has its change entry itself: one that is written but not staged does not count', async () => {
    const { repository, id } = await onBranch();
    repository.write(`changes/${id}.md`, '### Added\n\nBy hand.\n');
    repository.write('a.txt', 'x\n');
    const unstaged = { state: 'missing', path: `changes/${id}.md`, problems: [`changes/${id}.md is written but not staged.`] };
    expect((await bench.send(commitPlan, { repository: repository.root, all: true })).entry).toEqual(unstaged);
    const before = stateOf(repository);
    expect(await bench.refusal(commit, { repository: repository.root, message: 'x', all: true })).toMatchObject({
      message: `The change entry of #${id} is written but not staged.`,
      data: { reason: 'precondition', hint: `Stage it: \`git add changes/${id}.md\`.` },
    });
    expect(stateOf(repository)).toEqual(before);
    repository.git('add', 'changes');
    expect((await bench.send(commitPlan, { repository: repository.root, all: true })).entry.state).toBe('present');
    await bench.send(commit, { repository: repository.root, message: 'x', all: true });
    expect(repository.git('show', '--name-only', '--format=')).toBe(`a.txt\nchanges/${id}.md`);
  });

  test('needs an entry also where the change log named its number before', async () => {
    const repository = bench.repository('');
    const { id } = await bench.plan(repository);
    repository.write('CHANGES.md', `# Changes\n\n## [Unreleased]\n\n- Faster export (#${id})\n`);
    repository.commit('A log');
    await bench.start(repository, id);
    repository.write('a.txt', 'x\n');
    expect(await bench.refusal(commit, { repository: repository.root, message: 'x', all: true })).toMatchObject({
      message: `The change entry of #${id} is missing.`,
    });
  });

  test('of a secret is refused with its place; allowed, it goes into the baseline', async () => {
    const { repository } = await onBranch('changelog:\n  required: off\n');
    repository.write('config.ts', `first\nexport const token = '${secret}';\n`);
    repository.git('add', '-A');
    const before = stateOf(repository);
    const plan = await bench.send(commitPlan, { repository: repository.root });
    expect(plan.findings).toMatchObject([{ path: 'config.ts', line: 2 }]);
    const refused = await bench.refusal(commit, { repository: repository.root, message: 'Add it' });
    expect(refused).toMatchObject({ message: expect.stringContaining('config.ts:2'), data: { reason: 'precondition' } });
    expect(JSON.stringify(refused)).not.toContain(secret);
    expect(stateOf(repository)).toEqual(before);
    // A fingerprint of something else allows nothing and is not written down.
    await bench.refusal(commit, { repository: repository.root, message: 'Add it', allow: ['0'.repeat(32)] });
    expect(stateOf(repository)).toEqual(before);
    const allow = plan.findings.map(({ fingerprint }) => fingerprint);
    await bench.send(commit, { repository: repository.root, message: 'Add it', allow });
    expect(repository.git('show', '--name-only', '--format=')).toBe('.hearth/secrets-baseline.json\nconfig.ts');
    expect(repository.git('status', '--porcelain')).toBe('');
  });

  test('of all changes scans and counts what is not staged yet, and leaves the index alone while it only plans', async () => {
    const { repository } = await onBranch('changelog:\n  required: off\n');
    repository.write('a.txt', `one\n${secret}\n`);
    const before = stateOf(repository);
    expect((await bench.send(commitPlan, { repository: repository.root })).staged.files).toBe(0);
    const plan = await bench.send(commitPlan, { repository: repository.root, all: true });
    expect(plan).toMatchObject({ staged: { files: 1 }, findings: [{ path: 'a.txt', line: 2 }] });
    expect(stateOf(repository)).toEqual(before);
    await bench.refusal(commit, { repository: repository.root, message: 'x', all: true });
    expect(stateOf(repository)).toEqual(before);
  });

  test('that a hook refuses leaves index, files and fragment as they were, and says what the hook printed', async () => {
    const { repository, id } = await onBranch();
    hook(repository, 'pre-commit', 'echo "lint: <b>no</b> semicolons" >&2; exit 3');
    repository.write('a.txt', 'x\n');
    repository.write('b.txt', 'b\n');
    repository.git('add', 'b.txt');
    const before = stateOf(repository);
    const refused = await bench.refusal(commit, { repository: repository.root, message: 'x', all: true, entry });
    expect(refused).toMatchObject({ data: { reason: 'git-failed', detail: expect.stringContaining('lint: <b>no</b> semicolons') } });
    expect(stateOf(repository)).toEqual(before);
    expect(existsSync(repository.path('changes'))).toBe(false);
    expect(existsSync(repository.path('.git/index.lock'))).toBe(false);
    expect((await bench.show(repository, id)).commits).toBe(0);
    // A fragment that was there is as it was, byte for byte.
    const fragment = repository.path('changes', `${id}.md`);
    repository.write(`changes/${id}.md`, '### Fixed\n\nSomething.\n');
    await bench.refusal(commit, { repository: repository.root, message: 'x', all: true, entry });
    expect(readFileSync(fragment, 'utf8')).toBe('### Fixed\n\nSomething.\n');
    hook(repository, 'pre-commit', 'echo "lint is happy"');
    const made = await bench.send(commit, { repository: repository.root, message: 'x', all: true, entry });
    expect(made.output).toContain('lint is happy');
    expect(readFileSync(fragment, 'utf8')).toContain('Something.');
    expect((await bench.send(commitPlan, { repository: repository.root })).hooks).toMatchObject({ names: ['pre-commit'], hearth: false });
  });

  test('that a hook refuses after it has staged and written something: theirs stays, ours goes', async () => {
    const { repository, id } = await onBranch();
    repository.write(`changes/${id}.md`, '### Fixed\n\nSomething.\n');
    repository.write('b.txt', 'b\n');
    repository.git('add', 'b.txt');
    hook(repository, 'pre-commit', `echo formatted > b.txt; git add b.txt; echo mine > changes/${id}.md; exit 1`);
    await bench.refusal(commit, { repository: repository.root, message: 'x', entry });
    expect(repository.git('status', '--porcelain', '-uall')).toBe(`A  b.txt\n?? changes/${id}.md`);
    expect(repository.git('show', ':b.txt')).toBe('formatted');
    expect(readFileSync(repository.path('changes', `${id}.md`), 'utf8')).toBe('mine\n');
  });

  test('that is refused does not hide an edit of the second in which the file was staged', async () => {
    const { repository } = await onBranch();
    repository.write('new.txt', 'bbbb\n');
    repository.git('add', 'new.txt');
    repository.write('new.txt', 'cccc\n');
    const staged = Math.floor(statSync(repository.path('.git/index')).mtimeMs / 1000);
    await until(() => Math.floor(Date.now() / 1000) > staged);
    expect((await bench.send(commitPlan, { repository: repository.root, all: true })).staged.additions).toBe(1);
    await bench.refusal(commit, { repository: repository.root, message: 'No entry' });
    expect(repository.git('status', '--porcelain')).toBe('AM new.txt');
  });

  test('replaces the last one, which the item then has no more; a pushed one is named', async () => {
    const { repository, id } = await onBranch('changelog:\n  required: off\n');
    repository.write('a.txt', 'x\n');
    const first = await bench.send(commit, { repository: repository.root, message: 'First', all: true });
    expect((await bench.send(commitPlan, { repository: repository.root, amend: true })).last).toMatchObject({
      id: first.commit,
      pushed: false,
    });
    const second = await bench.send(commit, { repository: repository.root, message: 'Better', amend: true });
    expect((await bench.show(repository, id)).commitList).toMatchObject([{ id: second.commit, subject: 'Better' }]);
    const remote = createRepository({ bare: true });
    bench.repositories.push(remote);
    repository.git('remote', 'add', 'origin', remote.root);
    repository.git('push', '-q', '-u', 'origin', 'HEAD');
    const plan = await bench.send(commitPlan, { repository: repository.root, amend: true });
    expect(plan).toMatchObject({ last: { id: second.commit, pushed: true }, suggestion: expect.stringContaining('Better') });
    await bench.send(commit, { repository: repository.root, message: 'Best', amend: true });
    expect((await bench.show(repository, id)).commitList.map(({ subject }) => subject).sort()).toEqual(['Best', 'Better']);
    await bench.send(undo, { repository: repository.root });
    expect(repository.head()).toBe(second.commit);
  });

  test('of a branch without an item needs no entry, no trailer and no hub', async () => {
    const repository = createRepository();
    bench.repositories.push(repository);
    repository.git('config', 'user.name', 'Ada');
    repository.git('config', 'user.email', 'ada@example.test');
    repository.write('README.md', 'Hello\n');
    repository.git('add', '-A');
    const { root } = repository;
    const nowhere = new WorkBench();
    try {
      await nowhere.open();
      const plan = await nowhere.send(commitPlan, { repository: root });
      expect(plan).toMatchObject({ suggestion: 'docs: add README.md', entry: { state: 'not-required' } });
      const made = await nowhere.send(commit, { repository: root, message: '# a heading, no comment\n\n- a list' });
      expect(made).not.toHaveProperty('item');
      expect(repository.git('log', '-1', '--format=%B')).toBe('# a heading, no comment\n\n- a list\n');
      expect(existsSync(nowhere.home.path) && nowhere.home.hubs().length > 0).toBe(false);
    } finally {
      await nowhere.dispose();
    }
  });

  test('is refused without an identity, with conflicts, with nothing staged, without a branch to write the entry of', async () => {
    const { repository } = await onBranch('changelog:\n  required: off\n');
    const ask = (more: object = {}) => bench.refusal(commit, { repository: repository.root, message: 'x', ...more });
    expect(await ask()).toMatchObject({ message: 'Nothing is staged.', data: { reason: 'precondition' } });
    expect(await ask({ message: ' \n' })).toMatchObject({ data: { reason: 'invalid' } });
    repository.git('config', 'user.useConfigOnly', 'true');
    repository.git('config', '--unset', 'user.email');
    expect(await ask()).toMatchObject({ data: { reason: 'precondition', hint: expect.stringContaining('git config user.email') } });
    repository.git('config', 'user.email', 'ada@example.test');
    repository.git('switch', '-q', 'main');
    repository.write('a.txt', 'main\n');
    repository.commit('On main');
    repository.git('switch', '-q', '-');
    repository.write('a.txt', 'mine\n');
    repository.commit('Mine');
    repository.tryGit(['merge', 'main']);
    expect(await ask({ all: true })).toMatchObject({ message: expect.stringContaining('a.txt'), data: { reason: 'precondition' } });
    expect(await bench.send(commitPlan, { repository: repository.root })).toMatchObject({
      unmerged: 1,
      operation: 'merge',
      suggestion: expect.stringMatching(/^Merge branch 'main' into work.+faster-login$/),
    });
    writeFileSync(repository.path('a.txt'), 'both\n');
    repository.git('add', 'a.txt');
    // The merge that waits is concluded.
    await bench.send(commit, { repository: repository.root, message: 'Merge main' });
    expect(repository.git('rev-list', '--parents', '-1', 'HEAD').split(' ')).toHaveLength(3);
    repository.git('switch', '-q', 'main');
    expect(await ask({ entry })).toMatchObject({ message: expect.stringContaining('no work item'), data: { reason: 'precondition' } });
  });

  test('of hostile names and words stays text', async () => {
    const { repository, id } = await onBranch('changelog:\n  required: off\n');
    const name = '-x $(touch pwned) \u202e<b>\n.txt';
    repository.write(name, 'x\n');
    repository.git('add', '-A');
    const plan = await bench.send(commitPlan, { repository: repository.root });
    expect(plan.suggestion).not.toContain('\n');
    const message = '--amend $(touch pwned)\n\n`id`\n\nHearth-Item: not a number';
    await bench.send(commit, { repository: repository.root, message });
    expect(repository.git('log', '-1', '--format=%s')).toBe('--amend $(touch pwned)');
    expect((await bench.show(repository, id)).commitList).toHaveLength(1);
    repository.write('a.txt', 'x\n');
    await bench.send(commit, { repository: repository.root, message: '#12 is what it fixes', all: true });
    expect(repository.git('log', '-1', '--format=%B')).toBe(`#12 is what it fixes\n\nHearth-Item: ${id}\n`);
    expect(existsSync(repository.path('pwned'))).toBe(false);
  });
});
