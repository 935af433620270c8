// The inline diff against git, while the text is typed.
import * as assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Shell } from '../../extension/shell.ts';
import { info } from '../../server/protocol/session.ts';
import { closeAll, file, git, hearth, openFile, provided, until, windowFollows } from './repositoryWindow.ts';

const path = 'src/checkout/cart.ts';
const head = { against: { kind: 'commit', revision: 'HEAD' } };
let shell: Shell;

function state(document: vscode.TextDocument) {
  return shell.inlineDiff?.stateOf(document);
}

async function hunks(document: vscode.TextDocument, count: number) {
  return until(
    () => {
      const found = state(document)?.hunks;
      return found?.length === count ? found : undefined;
    },
    `${count} hunks (now ${state(document)?.hunks.length})`,
  );
}

/** Resolves when the window, not only the extension host, has the cursor on a line. */
function cursorAt(editor: vscode.TextEditor, line: number): Promise<void> {
  return new Promise((resolve) => {
    const listener = vscode.window.onDidChangeTextEditorSelection(({ textEditor, selections }) => {
      if (textEditor !== editor || selections[0]?.active.line !== line) return;
      listener.dispose();
      resolve();
    });
  });
}

/** The hunks of the text as it is now. */
async function settled(document: vscode.TextDocument) {
  return until(() => {
    const found = state(document);
    return found?.version === document.version ? found.hunks : undefined;
  }, 'hunks of the newest text');
}

describe('the inline diff', () => {
  before(async () => {
    shell = await hearth();
  });
  afterEach(async () => {
    await vscode.commands.executeCommand('hearth.git.clearInlineDiff');
    await closeAll();
  });

  it('marks what is typed, as it is typed, and nothing when the text is as before', async () => {
    const editor = await openFile(path);
    await vscode.commands.executeCommand('hearth.git.inlineDiff', head);
    assert.deepEqual(state(editor.document)?.hunks, []);
    assert.equal(state(editor.document)?.label, 'HEAD');
    await editor.edit((edit) => edit.insert(new vscode.Position(2, 0), '// new\n'));
    assert.deepEqual(await hunks(editor.document, 1), [{ oldStart: 3, oldLines: [], newStart: 3, newCount: 1 }]);
    const old = editor.document.lineAt(9).text;
    await editor.edit((edit) => edit.delete(new vscode.Range(9, 0, 10, 0)));
    assert.deepEqual((await hunks(editor.document, 2))[1], { oldStart: 9, oldLines: [old], newStart: 10, newCount: 0 });
    await vscode.commands.executeCommand('undo');
    await vscode.commands.executeCommand('undo');
    await hunks(editor.document, 0);
  });

  it('compares with a commit as git does, across a rename, and with the index', async () => {
    const editor = await openFile(path);
    // The commit before the file was renamed, and before that the one that changed it last.
    const [renamed = ''] = git('log', '--format=%H', '--', path).split('\n');
    const [, before = ''] = git('log', '--follow', '--name-only', '--format=', '--', path).split('\n');
    assert.notEqual(before, path);
    await vscode.commands.executeCommand('hearth.git.inlineDiff', { against: { kind: 'commit', revision: `${renamed}^` } });
    const found = state(editor.document);
    assert.ok(found && found.hunks.length > 0);
    // Applying the hunks backwards gives the old text: nothing is lost and nothing invented.
    const now = editor.document.getText().split('\n');
    for (const { oldLines, newStart, newCount } of [...found.hunks].reverse()) now.splice(newStart - 1, newCount, ...oldLines);
    assert.equal(now.join('\n'), git('show', `${renamed}^:${before}`));
    const [added, removed] = git('diff', '--numstat', '-M', `${renamed}^`, '--', before, path).split('\t');
    assert.equal(
      found.hunks.reduce((sum, { newCount }) => sum + newCount, 0),
      Number(added),
    );
    assert.equal(
      found.hunks.reduce((sum, { oldLines }) => sum + oldLines.length, 0),
      Number(removed),
    );
    await vscode.commands.executeCommand('hearth.git.inlineDiff', { against: { kind: 'index' } });
    assert.deepEqual(state(editor.document)?.hunks, []);
    assert.equal(state(editor.document)?.label, 'Index');
  });

  it('goes from change to change and round at the ends', async () => {
    const editor = await openFile(path);
    await vscode.commands.executeCommand('hearth.git.inlineDiff', head);
    await editor.edit((edit) => {
      edit.insert(new vscode.Position(2, 0), '// a\n');
      edit.insert(new vscode.Position(20, 0), '// b\n');
    });
    await hunks(editor.document, 2);
    editor.selection = new vscode.Selection(0, 0, 0, 0);
    const steps = [
      ['next', 2],
      ['next', 21],
      ['next', 2],
      ['previous', 21],
      ['previous', 2],
    ] as const;
    for (const [way, line] of steps) {
      const there = cursorAt(editor, line);
      await vscode.commands.executeCommand(way === 'next' ? 'hearth.git.nextInlineChange' : 'hearth.git.previousInlineChange');
      await there;
    }
  });

  it('reverts an addition, a change and a deletion, each an unsaved edit that Undo takes away', async () => {
    const saved = readFileSync(file(path).fsPath, 'utf8');
    const editor = await openFile(path);
    await vscode.commands.executeCommand('hearth.git.inlineDiff', head);
    const last = editor.document.lineCount - 1;
    await editor.edit((edit) => {
      edit.delete(new vscode.Range(last - 1, 0, last, 0));
      edit.replace(new vscode.Range(12, 0, 12, 6), 'changed');
      edit.insert(new vscode.Position(2, 0), '// new\n');
      edit.delete(new vscode.Range(6, 0, 8, 0));
    });
    const changed = editor.document.getText();
    assert.notEqual(changed, saved);
    // Typed and reverted at once: the hunks of the screen are older than the text.
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '// first\n'));
    await vscode.commands.executeCommand('hearth.git.revertInlineChange', { uri: editor.document.uri.toString(), line: 0 });
    assert.equal(editor.document.getText(), changed);
    const count = (await settled(editor.document)).length;
    assert.ok(count >= 4, `${count} hunks`);
    for (let left = count; left > 0; left--) {
      await vscode.commands.executeCommand('hearth.git.nextInlineChange');
      await windowFollows();
      await vscode.commands.executeCommand('hearth.git.revertInlineChange');
      await hunks(editor.document, left - 1);
    }
    assert.equal(editor.document.getText(), saved);
    for (let steps = 0; steps < count; steps++) await vscode.commands.executeCommand('undo');
    assert.equal(editor.document.getText(), changed);
  });

  it('reverts at the very end of the file, with and without a last line break', async () => {
    const saved = readFileSync(file(path).fsPath, 'utf8');
    const editor = await openFile(path);
    await vscode.commands.executeCommand('hearth.git.inlineDiff', head);
    const end = () => editor.document.lineAt(editor.document.lineCount - 1).range.end;
    const variants: ((edit: vscode.TextEditorEdit) => void)[] = [
      (edit) => edit.insert(end(), 'one more'),
      (edit) => edit.insert(end(), 'one more\ntwo more\n'),
      (edit) => edit.delete(new vscode.Range(editor.document.lineCount - 2, 1, editor.document.lineCount - 1, 0)),
      (edit) => edit.delete(new vscode.Range(editor.document.lineCount - 4, 0, editor.document.lineCount - 1, 0)),
      (edit) => edit.delete(new vscode.Range(0, 0, editor.document.lineCount, 0)),
    ];
    for (const [index, variant] of variants.entries()) {
      await editor.edit(variant);
      await hunks(editor.document, 1);
      await vscode.commands.executeCommand('hearth.git.nextInlineChange');
      await windowFollows();
      await vscode.commands.executeCommand('hearth.git.revertInlineChange');
      await hunks(editor.document, 0);
      assert.equal(editor.document.getText(), saved, `variant ${index}`);
    }
  });

  it('offers the revert as a code action on a change only', async () => {
    const editor = await openFile(path);
    await vscode.commands.executeCommand('hearth.git.inlineDiff', head);
    await editor.edit((edit) => edit.insert(new vscode.Position(2, 0), '// new\n'));
    await hunks(editor.document, 1);
    const actions = async (line: number) =>
      (
        await provided<vscode.CodeAction[]>('vscode.executeCodeActionProvider', editor.document.uri, new vscode.Range(line, 0, line, 0))
      ).filter(({ title }) => title.startsWith('Revert change'));
    assert.equal((await actions(2)).length, 1);
    assert.equal((await actions(6)).length, 0);
  });

  it('follows HEAD, and ends with its document or by the command', async () => {
    const editor = await openFile(path);
    await vscode.commands.executeCommand('hearth.git.inlineDiff', { against: { kind: 'commit', revision: 'HEAD~0' } });
    await editor.edit((edit) => edit.insert(new vscode.Position(2, 0), '// kept\n'));
    await hunks(editor.document, 1);
    await editor.document.save();
    git('commit', '-q', '-m', 'Keep it', '--', path);
    try {
      await hunks(editor.document, 0);
    } finally {
      git('reset', '-q', '--soft', 'HEAD~1');
      git('restore', '--staged', '--worktree', '--', path);
    }
    // VS Code reads the file again when it hears of it.
    await until(() => (editor.document.getText().includes('// kept') ? undefined : true), 'the restored text');
    await hunks(editor.document, 0);
    await vscode.commands.executeCommand('hearth.git.clearInlineDiff');
    assert.equal(state(editor.document), undefined);
  });

  it('goes on after the server was killed, unsaved text included', async () => {
    const editor = await openFile(path);
    await vscode.commands.executeCommand('hearth.git.inlineDiff', head);
    assert.ok(await editor.edit((edit) => edit.insert(new vscode.Position(2, 0), '// before\n')), 'the edit was taken');
    await hunks(editor.document, 1);
    const { pid } = await shell.server.send(info, {});
    const started = new Promise<void>((resolve) => {
      const listener = shell.server.onDidStart(() => {
        listener.dispose();
        resolve();
      });
    });
    process.kill(pid, 'SIGKILL');
    await started;
    assert.ok(await editor.edit((edit) => edit.insert(new vscode.Position(9, 0), '// after\n')), 'the edit was taken');
    const found = await hunks(editor.document, 2);
    assert.deepEqual(
      found.map(({ newStart, newCount }) => [newStart, newCount]),
      [
        [3, 1],
        [10, 1],
      ],
    );
    await vscode.commands.executeCommand('hearth.git.revertInlineChange', { uri: editor.document.uri.toString(), line: 2 });
    await hunks(editor.document, 1);
  });

  it('keeps two editors apart, and a document in both halves of a split together', async () => {
    const first = await openFile(path);
    await vscode.commands.executeCommand('hearth.git.inlineDiff', head);
    const second = await openFile('src/server.ts');
    assert.equal(state(second.document), undefined);
    await vscode.commands.executeCommand('hearth.git.inlineDiff', { against: { kind: 'commit', revision: 'v1.0.0' } });
    assert.equal(state(second.document)?.label, 'v1.0.0');
    assert.equal(state(first.document)?.label, 'HEAD');
    await vscode.commands.executeCommand('hearth.git.clearInlineDiff');
    assert.equal(state(second.document), undefined);
    assert.equal(state(first.document)?.label, 'HEAD');
    await vscode.window.showTextDocument(first.document, { viewColumn: vscode.ViewColumn.Beside });
    await vscode.commands.executeCommand('hearth.git.clearInlineDiff');
    assert.equal(state(first.document), undefined);
  });

  it('says why a file cannot be compared', async () => {
    const fresh = file('never-added.txt');
    await vscode.workspace.fs.writeFile(fresh, Buffer.from('new\n'));
    try {
      const editor = await vscode.window.showTextDocument(fresh);
      await vscode.commands.executeCommand('hearth.git.inlineDiff', head);
      assert.equal(state(editor.document), undefined);
    } finally {
      await closeAll();
      await vscode.workspace.fs.delete(fresh);
    }
  });
});
