// Old revisions as documents, steps between them, comparing and restoring.
import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { parseRevisionUri, revisionUri } from '../../extension/git/revisionUri.ts';
import { activeFile, closeAll, file, git, hearth, lines, openFile, sample, shownDiff, textAt, until } from './repositoryWindow.ts';

const path = 'src/checkout/cart.ts';

/** Revisions of the file, newest first, with the path it had. */
function revisions(): { id: string; path: string }[] {
  const out = lines(git('log', '--follow', '--format=%H', '--name-only', '--', path));
  return out.flatMap((line, index) => (index % 2 === 0 ? [{ id: line, path: out[index + 1] ?? '' }] : []));
}

function activeRevision(): { revision: string | undefined; path: string } | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  const found = uri === undefined ? undefined : parseRevisionUri(uri);
  return found === undefined ? undefined : { revision: found.side.kind === 'commit' ? found.side.revision : undefined, path: found.path };
}

describe('revision documents', () => {
  before(hearth);
  afterEach(closeAll);

  it('hold exactly the bytes git has, as text, image and binary, read-only, in the right language', async () => {
    const at = (place: string) => revisionUri({ repository: sample, side: { kind: 'commit', revision: 'v1.0.0' }, path: place });
    const document = await vscode.workspace.openTextDocument(at('src/server.ts'));
    assert.equal(document.getText(), git('show', 'v1.0.0:src/server.ts'));
    assert.equal(document.languageId, 'typescript');
    assert.equal((await vscode.workspace.openTextDocument(at('package.json'))).languageId, 'json');
    const image = await vscode.workspace.fs.readFile(at('public/logo.png'));
    assert.deepEqual(Buffer.from(image), execFileSync('git', ['show', 'v1.0.0:public/logo.png'], { cwd: sample }));
    assert.equal(vscode.workspace.fs.isWritableFileSystem('hearth-git'), false);
    await assert.rejects(async () => vscode.workspace.fs.writeFile(at('src/server.ts'), Buffer.from('x')));
  });

  it('are empty where the side has no such file, and an error where there is no such side', async () => {
    const absent = revisionUri({ repository: sample, side: { kind: 'commit', revision: 'HEAD' }, path: 'no/such.file' });
    assert.equal(await textAt(absent), '');
    const nowhere = revisionUri({ repository: sample, side: { kind: 'commit', revision: 'no-such-branch' }, path });
    await assert.rejects(async () => vscode.workspace.fs.readFile(nowhere), /no-such-branch/);
  });

  it('list the folders around them, for the breadcrumbs', async () => {
    const folder = revisionUri({ repository: sample, side: { kind: 'commit', revision: 'HEAD' }, path: 'src' });
    assert.equal((await vscode.workspace.fs.stat(folder)).type, vscode.FileType.Directory);
    const names = (await vscode.workspace.fs.readDirectory(folder)).map(
      ([name, type]) => `${name}${type === vscode.FileType.Directory ? '/' : ''}`,
    );
    const expected = lines(git('ls-tree', 'HEAD', 'src/')).map(
      (line) => `${line.slice(line.indexOf('src/') + 4)}${line.includes(' tree ') ? '/' : ''}`,
    );
    assert.deepEqual(names.sort(), expected.sort());
  });

  it('of the index follow the index', async () => {
    const uri = revisionUri({ repository: sample, side: { kind: 'index' }, path: 'README.md' });
    await vscode.window.showTextDocument(uri);
    const before = git('show', ':README.md');
    assert.equal(vscode.window.activeTextEditor?.document.getText(), before);
    const id = execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: sample, input: `${before}staged\n`, encoding: 'utf8' }).trim();
    git('update-index', '--cacheinfo', `100644,${id},README.md`);
    try {
      await until(() => (vscode.window.activeTextEditor?.document.getText() === `${before}staged\n` ? true : undefined), 'the new index');
    } finally {
      git('reset', '-q', '--', 'README.md');
    }
  });
});

describe('a revision document that moves', () => {
  it('between being read and being watched is read again', async () => {
    const { revisions, repositories } = await hearth();
    const uri = revisionUri({ repository: sample, side: { kind: 'index' }, path: 'package.json' });
    await revisions.readFile(uri);
    const told: string[] = [];
    const listener = revisions.onDidChangeFile((changes) => told.push(...changes.map((change) => change.uri.toString())));
    const moved = new Promise<void>((resolve) => {
      const moves = repositories.onDidMove(({ what }) => {
        if (!what.includes('index')) return;
        moves.dispose();
        resolve();
      });
    });
    const id = execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: sample, input: 'staged\n', encoding: 'utf8' }).trim();
    git('update-index', '--cacheinfo', `100644,${id},package.json`);
    try {
      await moved;
      assert.deepEqual(told, []);
      revisions.watch(uri).dispose();
      assert.deepEqual(told, [uri.toString()]);
    } finally {
      listener.dispose();
      git('reset', '-q', '--', 'package.json');
    }
  });
});

describe('stepping through the revisions of a file', () => {
  before(hearth);
  afterEach(closeAll);

  it('goes back to the first and forward to the working file, across renames, and keeps the line', async () => {
    const all = revisions();
    assert.ok(new Set(all.map((each) => each.path)).size > 1, 'the sample file was renamed');
    const editor = await openFile(path);
    const line = lines(editor.document.getText().replaceAll('\n', '\n ')).findIndex((text) => text.includes('export function subtotal'));
    editor.selection = new vscode.Selection(line, 0, line, 0);
    // The working file is as committed: the revision before it is the second newest.
    for (const expected of all.slice(1)) {
      await vscode.commands.executeCommand('hearth.git.openPreviousRevision');
      await until(() => {
        const active = vscode.window.activeTextEditor;
        const text = active?.document.lineAt(active.selection.active.line).text ?? '';
        return activeRevision()?.revision === expected.id && text.includes('function subtotal') ? true : undefined;
      }, `revision ${expected.id} at its line`);
      assert.equal(activeRevision()?.path, expected.path);
    }
    const first = activeRevision();
    await vscode.commands.executeCommand('hearth.git.openPreviousRevision');
    assert.deepEqual(activeRevision(), first, 'nothing is before the first');
    for (const expected of all.slice(0, -1).reverse()) {
      await vscode.commands.executeCommand('hearth.git.openNextRevision');
      await until(() => (activeRevision()?.revision === expected.id ? true : undefined), `revision ${expected.id}`);
    }
    await vscode.commands.executeCommand('hearth.git.openNextRevision');
    await until(() => (vscode.window.activeTextEditor?.document.uri.fsPath === file(path).fsPath ? true : undefined), 'the working file');
  });

  it('compares unsaved text with the last commit, and steps on inside the diff', async () => {
    const all = revisions();
    const editor = await openFile(path);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '// unsaved\n'));
    await vscode.commands.executeCommand('hearth.git.diffWithPrevious');
    const newest = await until(shownDiff, 'the diff');
    assert.equal(newest.modified.toString(), file(path).toString());
    assert.deepEqual(parseRevisionUri(newest.original)?.side, { kind: 'commit', revision: all[0]?.id });
    await vscode.commands.executeCommand('hearth.git.diffWithPrevious');
    const older = await until(
      () => (shownDiff()?.modified.toString() === newest.original.toString() ? shownDiff() : undefined),
      'the diff before',
    );
    assert.deepEqual(parseRevisionUri(older.original)?.side, { kind: 'commit', revision: all[1]?.id });
    await vscode.commands.executeCommand('hearth.git.diffWithNext');
    await until(() => (shownDiff()?.modified.toString() === newest.modified.toString() ? true : undefined), 'the diff after');
  });

  it('compares an old revision with the working file, and opens one that is picked', async () => {
    await openFile(path);
    await vscode.commands.executeCommand('hearth.git.openPreviousRevision');
    await until(activeRevision, 'an old revision');
    await vscode.commands.executeCommand('hearth.git.diffWithWorkingTree');
    const diff = await until(shownDiff, 'the diff');
    assert.equal(diff.original.scheme, 'hearth-git');
    assert.equal(diff.modified.path.endsWith('cart.ts'), true);
    await closeAll();
    await openFile('src/server.ts');
    const asked = vscode.commands.executeCommand('hearth.git.openRevision');
    await until(async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      await new Promise((resolve) => setTimeout(resolve, 200));
      return activeRevision();
    }, 'the revision that was picked');
    await asked;
    assert.equal(vscode.window.activeTextEditor?.document.getText(), git('show', 'HEAD:src/server.ts'));
  });

  it('compares with HEAD and with a revision that is picked', async () => {
    await openFile(path);
    await vscode.commands.executeCommand('hearth.git.diffWithHead');
    const diff = await until(shownDiff, 'the diff with HEAD');
    assert.equal(await textAt(diff.original), git('show', `HEAD:${path}`));
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    await openFile('src/server.ts');
    const asked = vscode.commands.executeCommand('hearth.git.diffWithRevision');
    await until(async () => {
      // The list opens with the sides that need no question to git.
      await vscode.commands.executeCommand('workbench.action.quickOpenSelectNext');
      await vscode.commands.executeCommand('workbench.action.quickOpenSelectNext');
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      await new Promise((resolve) => setTimeout(resolve, 300));
      return shownDiff();
    }, 'the diff with what was picked');
    await asked;
  });
});

describe('restoring a revision', () => {
  before(hearth);
  afterEach(closeAll);

  it('brings the text back unsaved, and Undo takes it away', async () => {
    const oldest = revisions().at(-2);
    assert.ok(oldest);
    const saved = readFileSync(file(path).fsPath, 'utf8');
    await vscode.commands.executeCommand('hearth.git.restoreRevision', {
      repository: sample,
      path: oldest.path,
      revision: oldest.id,
      current: path,
    });
    const document = await activeFile(path);
    assert.equal(document.getText(), git('show', `${oldest.id}:${oldest.path}`));
    assert.equal(document.isDirty, true);
    assert.equal(readFileSync(file(path).fsPath, 'utf8'), saved, 'nothing was written');
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), saved);
  });

  it('brings a deleted file back as an unsaved document at its place', async () => {
    const [id = ''] = lines(git('log', '--no-renames', '--diff-filter=D', '--format=%H'));
    const [gone = ''] = lines(git('diff-tree', '-r', '--no-renames', '--diff-filter=D', '--name-only', '--no-commit-id', id));
    await vscode.commands.executeCommand('hearth.git.restoreRevision', { repository: sample, path: gone, revision: `${id}^` });
    const document = await activeFile(gone);
    assert.equal(document.uri.scheme, 'untitled');
    assert.equal(document.getText(), git('show', `${id}^:${gone}`));
  });
});
