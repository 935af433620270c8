// The view "Repository", row by row against git itself.
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { info } from '../../server/protocol/session.ts';
import {
  activeFile,
  closeAll,
  git,
  hearth,
  lines,
  nodeAt,
  nothingIsAsked,
  sample,
  shownDiff,
  textAt,
  treeOf,
  until,
} from './repositoryWindow.ts';

const view = 'hearth.git.repository';

describe('the Repository view', () => {
  afterEach(closeAll);

  it('has the parts of a repository, with their numbers', async () => {
    const rows = await (await treeOf(view)).read();
    const branches = lines(git('branch', '--format=%(refname)')).length;
    const tags = lines(git('tag')).length;
    assert.deepEqual(
      rows.map(({ label, description }) => [label, description]),
      [
        ['Branches', String(branches)],
        ['Remotes', '1'],
        ['Tags', String(tags)],
        ['Stashes', String(lines(git('stash', 'list')).length)],
        ['Worktrees', '1'],
        ['Recent commits', ''],
        ['Recorded actions', ''],
      ],
    );
    assert.ok(rows.every(({ icon, contextValue }) => icon !== '' && contextValue !== ''));
  });

  it('lists the branches, the current one first and marked, with what lies between each and its upstream', async () => {
    const rows = await (await treeOf(view)).read(['Branches']);
    assert.deepEqual(rows.map(({ label }) => label).sort(), lines(git('branch', '--format=%(refname:short)')).sort());
    const current = git('branch', '--show-current').trim();
    assert.equal(rows[0]?.label, current);
    assert.equal(rows[0]?.contextValue, 'branch current');
    assert.match(rows[0]?.spoken ?? '', /current branch/);
    assert.equal(rows[1]?.contextValue, 'branch');
    for (const { label, description, spoken } of rows) {
      const [ahead, behind] = git('rev-list', '--left-right', '--count', `${label}...${label}@{upstream}`).trim().split('\t');
      if (ahead === '0' && behind === '0') assert.doesNotMatch(description, /↑/);
      else assert.match(description, new RegExp(`^↑${ahead} ↓${behind} · `));
      assert.match(spoken, new RegExp(`${ahead} ahead, ${behind} behind`));
    }
  });

  it('lists tags, remote branches, stashes and worktrees', async () => {
    const tree = await treeOf(view);
    assert.deepEqual((await tree.read(['Tags'])).map(({ label }) => label).sort(), lines(git('tag')).sort());
    const remote = await tree.read(['Remotes', 'origin']);
    const expected = lines(git('for-each-ref', '--format=%(refname:short)', 'refs/remotes/origin')).filter(
      (name) => name !== 'origin' && name !== 'origin/HEAD',
    );
    assert.deepEqual(remote.map(({ label }) => label).sort(), expected.sort());
    const [stash] = await tree.read(['Stashes']);
    assert.ok(git('stash', 'list').includes(stash?.label ?? '?'));
    assert.match(stash?.description ?? '', /^stash@\{0\} · on main · /);
    assert.deepEqual(
      (await tree.read(['Stashes', stash?.label ?? ''])).map(({ label }) => label),
      lines(git('diff', '--name-only', 'stash@{0}^', 'stash@{0}')).map((path) => path.slice(path.lastIndexOf('/') + 1)),
    );
    const worktrees = await tree.read(['Worktrees']);
    assert.deepEqual(
      worktrees.map(({ label, contextValue }) => [label, contextValue]),
      [['shop', 'worktree current']],
    );
  });

  it('pages the recent commits and asks for the files of one only when it is opened', async () => {
    const shell = await hearth();
    const tree = await treeOf(view);
    const expected = lines(git('log', '--format=%h %s', '--abbrev=7')).map((line) => line.slice(0, 7));
    const shown = async (): Promise<number> =>
      (await shell.server.send(info, {})).timings.find(({ method }) => method === 'git/show')?.count ?? 0;
    const before = await shown();
    const first = await tree.read(['Recent commits']);
    assert.equal(first.length, 51);
    assert.equal(first.at(-1)?.label, 'Load more');
    assert.deepEqual(
      first.slice(0, 50).map(({ label }) => label.slice(0, 7)),
      expected.slice(0, 50),
    );
    assert.equal(await shown(), before, 'no commit was read before it was opened');

    const files = await tree.read(['Recent commits', first[3]?.label ?? '']);
    const [id = ''] = expected.slice(3);
    assert.deepEqual(
      files.map(({ label }) => label).sort(),
      lines(git('diff-tree', '-r', '-M', '--name-only', '--no-commit-id', id))
        .map((path) => path.slice(path.lastIndexOf('/') + 1))
        .sort(),
    );
    assert.equal(await shown(), before + 1);

    await vscode.commands.executeCommand('hearth.git.loadMore', await nodeAt(tree, 'Recent commits', 'Load more'));
    const all = await tree.read(['Recent commits']);
    assert.deepEqual(
      all.map(({ label }) => label.slice(0, 7)),
      expected,
    );
  });

  it('opens a commit also when the hover that had asked for it is left', async () => {
    const [, row] = await (await treeOf(view)).read(['Recent commits']);
    const tree = await treeOf(view);
    const node = await nodeAt(tree, 'Recent commits', row?.label ?? '');
    const hover = new vscode.CancellationTokenSource();
    const tooltip = node.tooltip(hover.token);
    const children = node.children();
    hover.cancel();
    await tooltip;
    assert.ok((await children).every((child) => child.item().contextValue?.startsWith('file ')));
  });

  it('opens a changed file in the native diff, with the texts that git has', async () => {
    const tree = await treeOf(view);
    const commit = (await tree.read(['Recent commits'])).find(({ label }) => label.includes('Checkout: cancel'));
    assert.ok(commit);
    const id = commit.label.slice(0, 7);
    const [path = ''] = lines(git('diff-tree', '-r', '--name-only', '--no-commit-id', '--diff-filter=M', id));
    const row = await nodeAt(tree, 'Recent commits', commit.label, path.slice(path.lastIndexOf('/') + 1));
    await vscode.commands.executeCommand('hearth.git.openChanges', row);
    const diff = await until(shownDiff, 'the diff');
    assert.equal(diff.modified.scheme, 'hearth-git');
    assert.match(diff.label, new RegExp(`\\(\\w{7} ↔ ${id}\\)$`));
    assert.equal(await textAt(diff.modified), git('show', `${id}:${path}`));
    assert.equal(await textAt(diff.original), git('show', `${id}^:${path}`));
    await vscode.commands.executeCommand('hearth.git.openFileAtRevision', row);
    await until(
      () => (vscode.window.activeTextEditor?.document.uri.scheme === 'hearth-git' && shownDiff() === undefined ? true : undefined),
      'the old file',
    );
    assert.equal(vscode.window.activeTextEditor?.document.getText(), git('show', `${id}:${path}`));
    assert.equal(vscode.window.activeTextEditor?.document.languageId, 'typescript');
  });

  it('shows what git did outside, in the part that changed, and only there', async () => {
    const tree = await treeOf(view);
    await vscode.commands.executeCommand(`${view}.focus`);
    await until(() => (tree.view.visible ? true : undefined), 'the view');
    await nothingIsAsked();
    await tree.read(['Branches']);
    const changed: (string | undefined)[] = [];
    const listener = tree.onDidChangeTreeData((node) => changed.push(node?.id.split('|').at(-1)));
    try {
      git('branch', 'from-outside', 'HEAD~2');
      const row = await until(async () => (await tree.read(['Branches'])).find(({ label }) => label === 'from-outside'), 'the new branch');
      assert.equal(row.contextValue, 'branch');
      assert.ok(changed.includes('branch'), `fired: ${changed.join(', ')}`);
      assert.ok(!changed.includes(undefined), 'the whole tree was not thrown away');
      git('tag', 'tag-from-outside');
      await until(async () => (await tree.read(['Tags'])).find(({ label }) => label === 'tag-from-outside'), 'the new tag');
      git('commit', '--allow-empty', '-m', 'Made in a terminal');
      await until(
        async () => ((await tree.read(['Recent commits']))[0]?.label.endsWith('Made in a terminal') ? true : undefined),
        'the new commit',
      );
    } finally {
      listener.dispose();
      git('reset', '--soft', 'HEAD~1');
      git('branch', '-D', 'from-outside');
      git('tag', '-d', 'tag-from-outside');
    }
  });

  it('never lets repository text become a link, an icon or an image', async () => {
    const tree = await treeOf(view);
    const message =
      '[click](command:workbench.action.terminal.new) $(trash) <img src=x onerror=alert(1)> ![x](https://evil.test/a.png)\n\n<a href="command:x">y</a>';
    git('commit', '--allow-empty', '-m', message);
    try {
      const label = await until(
        async () => (await tree.read(['Recent commits'])).find((row) => row.label.includes('[click]'))?.label,
        'the hostile commit',
      );
      const node = await nodeAt(tree, 'Recent commits', label);
      const item = await tree.resolveTreeItem(tree.getTreeItem(node), node, new vscode.CancellationTokenSource().token);
      const tooltip = item.tooltip as vscode.MarkdownString;
      assert.ok(!tooltip.isTrusted && !tooltip.supportHtml && !tooltip.supportThemeIcons);
      assert.ok(!tooltip.value.includes('[click](command:'), tooltip.value);
      assert.doesNotMatch(tooltip.value, /<(img|a) /);
      assert.ok(!tooltip.value.includes('![x]('), tooltip.value);
    } finally {
      git('reset', '--soft', 'HEAD~1');
    }
  });

  it('compares a branch with HEAD, two rows that are selected, and shows a commit, in the diff panel', async () => {
    const tree = await treeOf(view);
    const panel = () => {
      const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
      return tab?.input instanceof vscode.TabInputWebview && tab.input.viewType.includes('hearth') ? tab.label : undefined;
    };
    const branch = await nodeAt(tree, 'Branches', 'feature/gift-cards');
    await vscode.commands.executeCommand('hearth.git.compareWithHead', branch);
    assert.match(await until(panel, 'the panel'), /gift-cards.*HEAD/);
    await closeAll();
    const tags = [await nodeAt(tree, 'Tags', 'v1.1.0'), await nodeAt(tree, 'Tags', 'v1.0.0')];
    await vscode.commands.executeCommand('hearth.git.compareSelected', tags[0], tags);
    assert.match(await until(panel, 'the panel'), /v1\.0\.0.*v1\.1\.0/, 'from the older to the newer');
    await closeAll();
    const label = (await tree.read(['Recent commits']))[2]?.label ?? '';
    await vscode.commands.executeCommand('hearth.git.showCommit', await nodeAt(tree, 'Recent commits', label));
    assert.ok(await until(panel, 'the panel of a commit'));
  });

  it('compares a row with the working tree, and with what is picked', async () => {
    const tree = await treeOf(view);
    const label = () => {
      const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
      return tab?.input instanceof vscode.TabInputWebview ? tab.label : undefined;
    };
    const tag = await nodeAt(tree, 'Tags', 'v1.0.0');
    await vscode.commands.executeCommand('hearth.git.compareWithWorkingTree', tag);
    assert.match(await until(label, 'the panel'), /v1\.0\.0 ↔ Working Tree/);
    await closeAll();
    const asked = vscode.commands.executeCommand('hearth.git.compareWith', tag);
    await until(async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      await new Promise((resolve) => setTimeout(resolve, 200));
      return label();
    }, 'the panel of what was picked');
    await asked;
    assert.match(label() ?? '', /v1\.0\.0 ↔ Working Tree/, 'the working tree is the first answer');
  });

  it('opens the file of today from a row, and reads everything again when asked', async () => {
    const tree = await treeOf(view);
    const commit = (await tree.read(['Recent commits'])).find(({ label }) => label.includes('Checkout: cancel'));
    await vscode.commands.executeCommand(
      'hearth.git.openWorkingFile',
      await nodeAt(tree, 'Recent commits', commit?.label ?? '', 'checkout.ts'),
    );
    await activeFile('src/checkout/checkout.ts');
    const changed = new Promise<void>((resolve) => {
      const listener = tree.onDidChangeTreeData((node) => {
        if (node !== undefined) return;
        listener.dispose();
        resolve();
      });
    });
    await vscode.commands.executeCommand(`${view}.focus`);
    await vscode.commands.executeCommand('hearth.git.refreshRepository');
    await changed;
    assert.ok((await tree.read(['Branches'])).length > 0);
  });

  it('lists linked worktrees with where they are, and offers to open them', async () => {
    const tree = await treeOf(view);
    const elsewhere = `${sample}-elsewhere`;
    git('worktree', 'add', '-q', '-b', 'elsewhere', elsewhere);
    try {
      const row = await until(async () => (await tree.read(['Worktrees'])).find(({ label }) => label === 'shop-elsewhere'), 'the worktree');
      assert.equal(row.description, 'elsewhere');
      assert.equal(row.contextValue, 'worktree');
    } finally {
      git('worktree', 'remove', '--force', elsewhere);
      git('branch', '-D', 'elsewhere');
    }
    await until(async () => ((await tree.read(['Worktrees'])).length === 1 ? true : undefined), 'its end');
  });

  it('copies ids and names', async () => {
    const tree = await treeOf(view);
    const id = git('rev-parse', 'HEAD').trim();
    const label = await until(async () => (await tree.read(['Recent commits']))[0]?.label, 'commits');
    await until(
      async () => ((await tree.read(['Recent commits']))[0]?.label.startsWith(id.slice(0, 7)) ? true : undefined),
      `HEAD after ${label}`,
    );
    const written: string[] = [];
    const clipboard = vscode.env.clipboard;
    const commit = await nodeAt(tree, 'Recent commits', (await tree.read(['Recent commits']))[0]?.label ?? '');
    await vscode.commands.executeCommand('hearth.git.copyId', commit);
    written.push(await clipboard.readText());
    await vscode.commands.executeCommand('hearth.git.copyName', await nodeAt(tree, 'Branches', 'main'));
    written.push(await clipboard.readText());
    assert.deepEqual(written, [id, 'main']);
  });

  it('starts again when the server does', async () => {
    const tree = await treeOf(view);
    await vscode.commands.executeCommand('hearth.server.restart');
    await until(async () => (await tree.read(['Branches'])).find(({ label }) => label === 'main'), 'the branches');
  });
});
