import * as assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Shell } from '../../extension/shell.ts';
import type { Confirmation } from '../../extension/ui/confirm.ts';
import { applyHunks, deleteBranch, discard, stage, undoList, unstage } from '../../server/protocol/gitActions.ts';
import { commit, commitPlan } from '../../server/protocol/workFlow.ts';
import { closeAll, git, hearth, lines, nodeAt, sample, treeOf, until } from './repositoryWindow.ts';

const view = 'hearth.git.repository';

describe('what Hearth does to a repository', () => {
  let shell: Shell;
  let before: string;
  let asked: Confirmation[];
  let ask: Shell['confirm']['ask'];
  // The sample has changes of its own, which other suites want as they are.
  const index = join(sample, '.git/index');
  const readmePath = join(sample, 'README.md');
  let kept: { index: Buffer; readme: Buffer; files: string[] };
  const head = () => git('rev-parse', 'HEAD').trim();
  const untracked = () => lines(git('ls-files', '--others', '--exclude-standard'));
  const stagedBefore = () => lines(git('diff', '--cached', '--name-only', before));
  const staged = () => lines(git('diff', '--cached', '--name-only')).filter((path) => !own.has(path));
  let own = new Set<string>();
  const answer = (button: 'action' | undefined) => {
    shell.confirm.ask = async (question) => {
      asked.push(question);
      return button;
    };
  };
  const write = (path: string, text: string) => writeFileSync(join(sample, path), text);
  const commitNow = (message: string) => shell.server.send(commit, { repository: sample, message });

  beforeEach(async () => {
    shell = await hearth();
    ask = shell.confirm.ask;
    asked = [];
    answer('action');
    before = head();
    kept = { index: readFileSync(index), readme: readFileSync(readmePath), files: untracked() };
    own = new Set(stagedBefore());
  });
  afterEach(() => {
    shell.confirm.ask = ask;
    git('update-ref', 'HEAD', before);
    writeFileSync(index, kept.index);
    writeFileSync(readmePath, kept.readme);
    for (const path of untracked()) if (!kept.files.includes(path)) rmSync(join(sample, path));
  });

  it('stages and unstages files and hunks, whatever they are called', async () => {
    const readme = readFileSync(join(sample, 'README.md'), 'utf8');
    write('README.md', `First line\n${readme}\nLast line\n`);
    write('new file.txt', 'new\n');
    write('-x $(date).txt', 'hostile\n');
    const files = [{ path: 'README.md' }, { path: 'new file.txt' }, { path: '-x $(date).txt' }];
    await shell.server.send(stage, { repository: sample, files });
    assert.deepEqual(staged().sort(), ['-x $(date).txt', 'README.md', 'new file.txt']);
    await shell.server.send(unstage, { repository: sample, files: files.slice(0, 1) });
    assert.deepEqual(staged().sort(), ['-x $(date).txt', 'new file.txt']);
    const [, hunk = ''] = git('diff', '--', 'README.md').split(/^(?=@@ )/m);
    await shell.server.send(applyHunks, { repository: sample, action: 'stage', file: { path: 'README.md' }, hunks: [hunk] });
    const cached = git('diff', '--cached', '--', 'README.md');
    assert.match(cached, /^\+First line$/m);
    assert.doesNotMatch(cached, /^\+Last line$/m);
    await assert.rejects(
      shell.server.send(applyHunks, { repository: sample, action: 'stage', file: { path: 'README.md' }, hunks: [hunk] }),
      (error: { reason?: string }) => error.reason === 'conflict',
    );
  });

  it('undoes and redoes a commit: asks once, names the action and what moves', async () => {
    write('undo.txt', 'one\n');
    git('add', 'undo.txt');
    const { commit: made } = await commitNow('Add what is undone');
    assert.equal(head(), made);
    await vscode.commands.executeCommand('hearth.git.undo', { repository: sample });
    assert.equal(head(), before);
    assert.ok(staged().includes('undo.txt'), 'what was staged is staged again');
    assert.match(asked[0]?.message ?? '', /Commit: Add what is undone/);
    assert.match(asked[0]?.detail ?? '', new RegExp(`main: ${made.slice(0, 7)} → ${before.slice(0, 7)}`));
    await vscode.commands.executeCommand('hearth.git.redo', { repository: sample });
    assert.equal(head(), made);
    assert.equal(asked.length, 2);
    answer(undefined);
    await vscode.commands.executeCommand('hearth.git.undo', { repository: sample });
    assert.equal(head(), made, 'who turns away keeps everything');
  });

  it('lists recorded actions in the Repository view, with undo and redo on the row', async () => {
    write('listed.txt', 'one\n');
    git('add', 'listed.txt');
    const { commit: made } = await commitNow('Listed $(trash) [x](command:y)');
    const tree = await treeOf(view);
    const label = 'Commit: Listed $(trash) [x](command:y)';
    const row = async (state: string) => {
      const rows = await tree.read(['Recorded actions']);
      return rows.find((each) => each.label === label && each.contextValue === `recorded ${state}`);
    };
    await until(() => row('done'), 'the row of the commit');
    await vscode.commands.executeCommand('hearth.git.undo', await nodeAt(tree, 'Recorded actions', label));
    assert.equal(head(), before);
    await until(() => row('undone'), 'the row that says so');
    await vscode.commands.executeCommand('hearth.git.redo', await nodeAt(tree, 'Recorded actions', label));
    assert.equal(head(), made);
    await until(() => row('done'), 'the row as before');
  });

  it('brings back what was discarded, untracked files included; what changed since is kept', async () => {
    const readme = readFileSync(join(sample, 'README.md'), 'utf8');
    write('README.md', 'Everything new\n');
    write('untracked.txt', 'nobody knows me\n');
    const files = [{ path: 'README.md' }, { path: 'untracked.txt' }];
    const { undo } = await shell.server.send(discard, { repository: sample, files });
    assert.equal(readFileSync(join(sample, 'README.md'), 'utf8'), readme);
    assert.ok(!existsSync(join(sample, 'untracked.txt')));
    await vscode.commands.executeCommand('hearth.git.undo', { repository: sample, id: undo });
    assert.equal(asked.length, 0, 'who names an action has asked already');
    assert.equal(readFileSync(join(sample, 'README.md'), 'utf8'), 'Everything new\n');
    assert.equal(readFileSync(join(sample, 'untracked.txt'), 'utf8'), 'nobody knows me\n');
  });

  it('offers the recorded actions to pick from', async () => {
    write('picked.txt', 'one\n');
    git('add', 'picked.txt');
    await commitNow('Picked');
    const picking = vscode.commands.executeCommand('hearth.git.undoList', { repository: sample });
    await until(async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      await new Promise((resolve) => setTimeout(resolve, 100));
      return asked[0];
    }, 'the question');
    await picking;
    assert.match(asked[0]?.message ?? '', /Picked/);
    assert.equal(head(), before);
  });

  it('says that there is nothing to undo any more', async () => {
    const { entries } = await shell.server.send(undoList, { repository: sample, limit: 1000 });
    for (const { id, state, of } of entries) {
      if (state === 'undone' || of !== undefined) continue;
      git('update-ref', '-d', `refs/hearth/oplog/${id}`);
    }
    const left = (await shell.server.send(undoList, { repository: sample })).entries.filter(
      ({ state, of }) => state !== 'undone' && of === undefined,
    );
    assert.deepEqual(left, []);
    await vscode.commands.executeCommand('hearth.git.undo', { repository: sample });
    assert.equal(asked.length, 0);
    assert.equal(head(), before);
  });

  describe('branch deletion', () => {
    afterEach(() => {
      for (const branch of ['spare', 'spare-merged']) if (git('branch', '--list', branch) !== '') git('branch', '-D', branch);
    });

    it('names the commits that are nowhere else, and Undo brings the branch back with its configuration', async () => {
      git('branch', 'spare');
      const tree = git('write-tree').trim();
      const lost = git('commit-tree', tree, '-p', 'HEAD', '-m', 'Only here').trim();
      git('update-ref', 'refs/heads/spare', lost);
      git('config', 'branch.spare.description', 'kept');
      answer(undefined);
      await vscode.commands.executeCommand('hearth.git.deleteBranch', { repository: sample, branch: 'spare' });
      assert.equal(git('rev-parse', 'spare').trim(), lost, 'who turns away keeps it');
      assert.match(asked[0]?.detail ?? '', new RegExp(`${lost.slice(0, 7)}.*Only here`));
      answer('action');
      const view = await treeOf('hearth.git.repository');
      const node = await until(() => view.find(['Branches', 'spare']), 'the row of the branch');
      await vscode.commands.executeCommand('hearth.git.deleteBranch', node);
      assert.equal(git('branch', '--list', 'spare'), '');
      assert.equal(asked.length, 2);
      await vscode.commands.executeCommand('hearth.git.undo', { repository: sample });
      assert.equal(git('rev-parse', 'spare').trim(), lost);
      assert.equal(git('config', 'branch.spare.description').trim(), 'kept');
    });

    it('asks nothing where nothing would be lost, and never deletes what is checked out', async () => {
      git('branch', 'spare-merged');
      await vscode.commands.executeCommand('hearth.git.deleteBranch', { repository: sample, branch: 'spare-merged' });
      assert.equal(git('branch', '--list', 'spare-merged'), '');
      const main = { repository: sample, branch: 'main', force: true };
      await assert.rejects(shell.server.send(deleteBranch, main), (error: { reason?: string }) => error.reason === 'precondition');
      assert.equal(git('rev-parse', 'main').trim(), before);
      assert.equal(asked.length, 0);
    });
  });
});

function hookFile(): string {
  mkdirSync(join(sample, '.git/hooks'), { recursive: true });
  return join(sample, '.git/hooks/pre-commit');
}

describe('commit commands', () => {
  afterEach(closeAll);

  it('opens one panel for a repository, also from the source control view', async () => {
    await hearth();
    const panels = () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('hearth.git.commit'));
    await vscode.commands.executeCommand('hearth.git.commit', { rootUri: vscode.Uri.file(sample) });
    await until(() => panels()[0], 'the panel');
    await vscode.commands.executeCommand('hearth.git.commit', { repository: sample });
    assert.equal(panels().length, 1);
    assert.equal(panels()[0]?.label, 'Commit · shop');
  });

  it('a hook that fails says what it printed', async () => {
    const shell = await hearth();
    const hook = hookFile();
    writeFileSync(hook, '#!/bin/sh\necho "three problems" >&2\nexit 1\n');
    chmodSync(hook, 0o755);
    writeFileSync(join(sample, 'hooked.txt'), 'x\n');
    git('add', 'hooked.txt');
    const before = git('rev-parse', 'HEAD');
    try {
      await assert.rejects(
        shell.server.send(commit, { repository: sample, message: 'Never' }),
        (error: { reason?: string; detail?: string }) => {
          assert.equal(error.reason, 'git-failed');
          assert.match(error.detail ?? '', /three problems/);
          return true;
        },
      );
      assert.equal(git('rev-parse', 'HEAD'), before);
      const plan = await shell.server.send(commitPlan, { repository: sample });
      assert.deepEqual(plan.hooks.names, ['pre-commit']);
    } finally {
      rmSync(hook);
      git('rm', '--quiet', '--force', '--', 'hooked.txt');
    }
  });

  it('installs the hooks beside those that are there, tells how they stand, and removes them byte for byte', async () => {
    await hearth();
    const hook = hookFile();
    const own = '#!/bin/sh\necho mine # my own\nexit 0\n';
    writeFileSync(hook, own);
    chmodSync(hook, 0o755);
    try {
      await vscode.commands.executeCommand('hearth.git.installHooks', { repository: sample });
      const installed = readFileSync(hook, 'utf8');
      assert.notEqual(installed, own);
      assert.ok(existsSync(join(sample, '.git/hooks/commit-msg')));
      // The first answer of the list is to remove them: Enter does.
      const picking = vscode.commands.executeCommand('hearth.git.hooksStatus', { repository: sample });
      await until(async () => {
        await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
        await new Promise((resolve) => setTimeout(resolve, 100));
        return readFileSync(hook, 'utf8') === own ? true : undefined;
      }, 'the removal');
      await picking;
      assert.ok(!existsSync(join(sample, '.git/hooks/commit-msg')));
      await vscode.commands.executeCommand('hearth.git.installHooks', { repository: sample });
      await vscode.commands.executeCommand('hearth.git.removeHooks', { repository: sample });
      assert.equal(readFileSync(hook, 'utf8'), own);
    } finally {
      rmSync(hook, { force: true });
    }
  });
});
