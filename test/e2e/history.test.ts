// The view "History" against git log.
import * as assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { info } from '../../server/protocol/session.ts';
import {
  activeFile,
  closeAll,
  file,
  git,
  hearth,
  lines,
  nodeAt,
  openFile,
  provided,
  sample,
  shownDiff,
  textAt,
  treeOf,
  until,
} from './repositoryWindow.ts';

const view = 'hearth.git.history';
const path = 'src/checkout/cart.ts';

async function ids(): Promise<string[]> {
  return (await (await treeOf(view)).read()).map(({ label }) => label.slice(0, 7));
}

function short(...args: string[]): string[] {
  return lines(git('log', '--abbrev=7', '--format=%h', ...args));
}

describe('the History view', () => {
  before(hearth);
  afterEach(async () => {
    await vscode.commands.executeCommand('hearth.git.closeHistory');
    await closeAll();
  });

  it('shows the revisions of the open file across renames, and says whose they are', async () => {
    await openFile(path);
    await vscode.commands.executeCommand('hearth.git.showFileHistory');
    const tree = await treeOf(view);
    assert.deepEqual(await ids(), short('--follow', '--', path));
    assert.equal(tree.view.description, 'cart.ts');
    assert.ok(
      (await tree.read()).some(({ description }) => description.includes('← ')),
      'a rename is said',
    );
    assert.ok((await tree.read()).every(({ contextValue }) => contextValue === 'revision file'));
  });

  it('shows a folder, and below a commit only the files of that folder', async () => {
    await vscode.commands.executeCommand('hearth.git.showFolderHistory', file('src/checkout'));
    const expected = short('--', 'src/checkout');
    assert.deepEqual(await ids(), expected);
    const tree = await treeOf(view);
    const [row] = await tree.read();
    const files = await tree.read([row?.label ?? '']);
    const below = lines(git('diff-tree', '-r', '-M', '--name-only', '--no-commit-id', expected[0] ?? '', '--', 'src/checkout'));
    assert.deepEqual(files.map(({ label }) => label).sort(), below.map((each) => each.slice(each.lastIndexOf('/') + 1)).sort());
  });

  it('pages a long history', async () => {
    await vscode.commands.executeCommand('hearth.git.showFolderHistory', vscode.Uri.file(sample));
    const tree = await treeOf(view);
    const first = await tree.read();
    assert.equal(first.length, 51);
    await vscode.commands.executeCommand('hearth.git.loadMore', await nodeAt(tree, 'Load more'));
    const all = await ids();
    assert.ok(all.length > 51 && new Set(all).size === all.length, `${all.length} rows`);
    assert.deepEqual(all, short('--', '.'));
  });

  it('shows the selected lines, wherever unsaved text has moved them', async () => {
    const text = readFileSync(file(path).fsPath, 'utf8').split('\n');
    const start = text.findIndex((line) => line.includes('export function add(')) + 1;
    const expected = short('-s', `-L${start},${start + 3}:${path}`);
    assert.ok(expected.length > 0);
    const editor = await openFile(path);
    editor.selection = new vscode.Selection(start - 1, 0, start + 3, 0);
    await vscode.commands.executeCommand('hearth.git.showLineHistory');
    assert.deepEqual(await ids(), expected);
    assert.equal((await treeOf(view)).view.description, `cart.ts, lines ${start}–${start + 3}`);

    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '// one\n// two\n// three\n'));
    editor.selection = new vscode.Selection(start + 2, 0, start + 6, 0);
    await vscode.commands.executeCommand('hearth.git.showLineHistory');
    assert.deepEqual(await ids(), expected);

    editor.selection = new vscode.Selection(0, 0, 1, 0);
    await vscode.commands.executeCommand('hearth.git.showLineHistory');
    assert.deepEqual(await ids(), []);
    assert.match((await treeOf(view)).view.message ?? '', /they are new/);
  });

  it('takes a place and lines from other commands', async () => {
    await vscode.commands.executeCommand('hearth.git.showLineHistory', { repository: sample, path, lines: { start: 1, end: 2 } });
    assert.deepEqual(await ids(), short('-s', `-L1,2:${path}`));
  });

  it('shows a function: by git, and by the symbols of the language', async () => {
    await vscode.commands.executeCommand('hearth.git.showFunctionHistory', { repository: sample, path, name: 'subtotal' });
    assert.deepEqual(await ids(), short('-s', `-L:subtotal:${path}`));
    const text = readFileSync(file(path).fsPath, 'utf8').split('\n');
    const start = text.findIndex((line) => line.includes('export function subtotal'));
    await openFile(path, start + 1);
    const symbols = await until(async () => {
      const found = await provided<vscode.DocumentSymbol[] | undefined>('vscode.executeDocumentSymbolProvider', file(path));
      return found?.find(({ name }) => name === 'subtotal');
    }, 'the symbols of TypeScript');
    await vscode.commands.executeCommand('hearth.git.closeHistory');
    (await treeOf(view)).view.description = '';
    const asked = vscode.commands.executeCommand('hearth.git.showFunctionHistory');
    await until(async () => {
      // The function around the cursor is chosen already.
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      await new Promise((resolve) => setTimeout(resolve, 100));
      return (await treeOf(view)).view.description === 'subtotal · cart.ts' ? true : undefined;
    }, 'the history of the function');
    await asked;
    assert.deepEqual(await ids(), short('-s', `-L${symbols.range.start.line + 1},${symbols.range.end.line + 1}:${path}`));
  });

  it('opens what a revision changed, and restores it', async () => {
    await openFile(path);
    await vscode.commands.executeCommand('hearth.git.showFileHistory');
    const tree = await treeOf(view);
    const rows = await tree.read();
    const row = await nodeAt(tree, rows[1]?.label ?? '');
    await vscode.commands.executeCommand('hearth.git.openRevisionChanges', row);
    const diff = await until(shownDiff, 'the diff');
    const [, second = '', third = ''] = lines(git('log', '--follow', '--format=%H', '--', path));
    const names = lines(git('log', '--follow', '--name-only', '--format=', '--', path));
    assert.equal(await textAt(diff.modified), git('show', `${second}:${names[1]}`));
    assert.equal(await textAt(diff.original), git('show', `${third}:${names[2]}`));
    await vscode.commands.executeCommand('hearth.git.restoreRevision', row);
    const document = await activeFile(path);
    assert.equal(document.getText(), git('show', `${second}:${names[1]}`));
    assert.equal(document.isDirty, true);
  });

  it('reads again when asked, follows HEAD, and stops when told to', async () => {
    await openFile(path);
    await vscode.commands.executeCommand('hearth.git.showFileHistory');
    const before = await ids();
    git('commit', '--allow-empty', '-q', '-m', 'No change of the file');
    await vscode.commands.executeCommand('hearth.git.refreshHistory');
    assert.deepEqual(await ids(), before);
    git('reset', '-q', '--soft', 'HEAD~1');
    const asked = vscode.commands.executeCommand('hearth.git.refreshHistory');
    await vscode.commands.executeCommand('hearth.git.cancelHistory');
    await asked;
    // What was shown stays, and the rest can be asked for.
    const shown = (await (await treeOf(view)).read()).map(({ label }) => label.slice(0, 7)).filter((label) => label !== 'Load mo');
    assert.deepEqual(shown, before.slice(0, shown.length));
  });

  it('is up to date again when it was hidden while HEAD moved', async () => {
    await openFile(path);
    await vscode.commands.executeCommand('hearth.git.showFileHistory');
    const before = await ids();
    await vscode.commands.executeCommand('workbench.view.explorer');
    const tree = await treeOf(view);
    await until(() => !tree.view.visible, 'the view to be hidden');
    const { repositories } = await hearth();
    const moved = new Promise<void>((resolve) => {
      const listener = repositories.onDidMove(({ what }) => {
        if (!what.includes('head')) return;
        listener.dispose();
        resolve();
      });
    });
    try {
      writeFileSync(file(path).fsPath, `${readFileSync(file(path).fsPath, 'utf8')}// while nobody looked\n`);
      git('commit', '-q', '-m', 'While nobody looked', '--', path);
      await moved;
      await vscode.commands.executeCommand(`${view}.focus`);
      await until(async () => (await ids()).length === before.length + 1, 'the new revision');
    } finally {
      git('reset', '-q', '--hard', 'HEAD~1');
    }
  });

  it('says what is wrong where there is no history', async () => {
    const fresh = file('never-committed.txt');
    await vscode.workspace.fs.writeFile(fresh, Buffer.from('new\n'));
    try {
      await vscode.commands.executeCommand('hearth.git.showFileHistory', fresh);
      assert.deepEqual(await ids(), []);
      assert.match((await treeOf(view)).view.message ?? '', /never committed/);
    } finally {
      await vscode.workspace.fs.delete(fresh);
    }
  });

  it('lets a new question end the old one, and leaves no git behind', async () => {
    const shell = await hearth();
    const many = Array.from({ length: 20 }, (_, index) =>
      vscode.commands.executeCommand('hearth.git.showLineHistory', {
        repository: sample,
        path,
        lines: { start: index + 1, end: index + 1 },
      }),
    );
    await Promise.all(many);
    assert.deepEqual(await ids(), short('-s', `-L20,20:${path}`));
    await until(
      async () => ((await shell.server.send(info, {})).processes.running <= 1 ? true : undefined),
      'the end of the other processes',
    );
  });
});
