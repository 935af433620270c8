// What can be done from a blamed line: hover, commands, permalinks, CodeLens; and a repository that tries to abuse them.
import * as assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { hoverCommands } from '../../extension/git/blameHover.ts';
import { createRepository, type Repository } from '../support/repositories/repository.ts';
import { annotation, checkout, closeAll, git, gitBlame, hearth, open, sample, set, shown, until } from './blameWindow.ts';
import { askedFor, provided, windowFollows } from './repositoryWindow.ts';

/** Line 47 of the sample's checkout (0-based 46): its commit has a parent, a rename lies in between. */
const line = 46;

const file = 'src/checkout/checkout.ts';

function activeText(): { uri: vscode.Uri; line: number; text: string } {
  const editor = vscode.window.activeTextEditor;
  assert.ok(editor);
  const at = editor.selection.active.line;
  return { uri: editor.document.uri, line: at, text: editor.document.lineAt(at).text };
}

async function revisionOpened(): Promise<{ uri: vscode.Uri; line: number; text: string }> {
  return until('an old revision', () => (vscode.window.activeTextEditor?.document.uri.scheme === 'hearth-git' ? activeText() : undefined));
}

async function diffOpened(): Promise<vscode.TabInputTextDiff> {
  return until('a diff', () => {
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    return input instanceof vscode.TabInputTextDiff ? input : undefined;
  });
}

async function textOf(uri: vscode.Uri): Promise<string> {
  return (await vscode.workspace.openTextDocument(uri)).getText();
}

describe('commands on the current line', () => {
  before(async () => {
    await hearth();
  });
  beforeEach(async () => {
    await open(checkout(), line);
    await annotation(line);
  });
  afterEach(closeAll);

  const blamed = () => gitBlame(sample(), file)[line];

  it('Copy Commit Id', async () => {
    await vscode.commands.executeCommand('hearth.git.copyCommitId');
    assert.equal(await vscode.env.clipboard.readText(), blamed()?.commit);
  });

  it('Diff with Previous opens the native diff of the commit, at the line', async () => {
    await vscode.commands.executeCommand('hearth.git.diffLineWithPrevious');
    const { original, modified } = await diffOpened();
    const commit = blamed()?.commit ?? '';
    const path = 'src/checkout.ts'; // the name it had then
    assert.equal(await textOf(modified), git(sample(), 'show', `${commit}:${path}`));
    assert.equal(await textOf(original), git(sample(), 'show', `${commit}^:${path}`));
    await until('the cursor in the diff', () => vscode.window.activeTextEditor && /Prices include VAT/.test(activeText().text));
  });

  it('Diff with Previous of an uncommitted line compares the working file', async () => {
    const lines = gitBlame(sample(), file);
    const uncommitted = lines.findIndex(({ commit }) => /^0+$/.test(commit));
    assert.ok(uncommitted >= 0, 'the sample has an uncommitted line');
    await open(checkout(), uncommitted);
    await annotation(uncommitted, /^Uncommitted$/);
    await vscode.commands.executeCommand('hearth.git.diffLineWithPrevious');
    const { original, modified } = await diffOpened();
    assert.equal(modified.fsPath, checkout());
    assert.equal(await textOf(original), git(sample(), 'show', `HEAD:${file}`));
  });

  it('Open File at Revision shows the file as it was, at the line it was then', async () => {
    const wanted = activeText().text;
    await vscode.commands.executeCommand('hearth.git.openLineRevision');
    const { uri } = await revisionOpened();
    await until(
      'the line',
      () => vscode.window.activeTextEditor && activeText().uri.toString() === uri.toString() && activeText().text === wanted,
    );
    assert.equal(await textOf(uri), git(sample(), 'show', `${blamed()?.commit}:src/checkout.ts`));
  });

  it('Blame at Parent goes back, again and again, with the gutter on', async () => {
    await open(checkout(), 50);
    await annotation(50);
    const start = gitBlame(sample(), file)[50];
    let commit = start?.commit ?? '';
    for (let step = 0; step < 2; step++) {
      const before = vscode.window.activeTextEditor?.document.uri.toString();
      await vscode.commands.executeCommand('hearth.git.blameAtParent');
      // Between two editors there is none.
      const opened = await until('the parent', () => {
        const uri = vscode.window.activeTextEditor?.document.uri.toString();
        return uri === undefined || uri === before ? undefined : activeText();
      });
      const parent = git(sample(), 'rev-parse', `${commit}^`).trim();
      const path = opened.uri.path.slice(1);
      const lines = gitBlame(sample(), path, parent);
      assert.equal(await textOf(opened.uri), git(sample(), 'show', `${parent}:${path}`));
      const rows = await until('its gutter', async () => {
        const found = (await shown()).editors.find(({ uri }) => uri === opened.uri.toString());
        return found?.complete ? found.rows : undefined;
      });
      assert.ok(rows[0]?.text.startsWith(lines[0]?.author ?? '?'), rows[0]?.text);
      // An editor that has just come is at its first line for a moment.
      commit = lines[activeText().line]?.commit ?? '';
      assert.ok(git(sample(), 'merge-base', '--is-ancestor', commit, parent) === '', 'older with each step');
    }
  });

  it('Show Commit opens what the commit changed', async () => {
    const before = vscode.window.tabGroups.activeTabGroup.activeTab;
    await vscode.commands.executeCommand('hearth.git.showLineCommit');
    await until('another tab', () => vscode.window.tabGroups.activeTabGroup.activeTab !== before);
  });

  it('Copy Permalink: of the line’s commit, or of the selected lines as HEAD has them', async () => {
    await vscode.commands.executeCommand('hearth.git.copyPermalink');
    const { commit = '' } = blamed() ?? {};
    assert.match(
      await vscode.env.clipboard.readText(),
      new RegExp(`^https://github\\.com/example/shop/blob/${commit}/src/checkout\\.ts#L\\d+$`),
    );
    const editor = await open(checkout(), line);
    editor.selection = new vscode.Selection(10, 0, 13, 2);
    await vscode.commands.executeCommand('hearth.git.copyPermalink');
    const head = git(sample(), 'rev-parse', 'HEAD').trim();
    assert.equal(await vscode.env.clipboard.readText(), `https://github.com/example/shop/blob/${head}/${file}#L11-L14`);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'one\ntwo\n'));
    editor.selection = new vscode.Selection(12, 0, 15, 2);
    await vscode.commands.executeCommand('hearth.git.copyPermalink');
    assert.equal(
      await vscode.env.clipboard.readText(),
      `https://github.com/example/shop/blob/${head}/${file}#L11-L14`,
      'unsaved lines above are counted out',
    );
  });

  it('Line Actions offers them all, and runs the chosen one', async () => {
    const before = await askedFor('git/documentBlame');
    const picked = vscode.commands.executeCommand('hearth.git.lineActions');
    // The list has no event that says it is open: the window is told to open it when the line is known.
    await until('the blame of the line', async () => (await askedFor('git/documentBlame')) > before);
    await vscode.env.clipboard.writeText('');
    const done = Promise.resolve(picked).then(() => true);
    // Where the list was not open yet, none of it was heard.
    await until('the list to be left', async () => {
      for (let turn = 0; turn < 3; turn++) await windowFollows();
      for (let down = 0; down < 5; down++) await vscode.commands.executeCommand('workbench.action.quickOpenSelectNext');
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      return Promise.race([done, new Promise<undefined>((resolve) => setTimeout(resolve, 2000))]);
    });
    assert.equal(await vscode.env.clipboard.readText(), blamed()?.commit);
  });

  it('arguments of strangers are not trusted', async () => {
    await vscode.env.clipboard.writeText('untouched');
    await vscode.commands.executeCommand('hearth.git.copyCommitId', { repository: sample(), commit: '$(rm -rf ~)' });
    assert.equal(await vscode.env.clipboard.readText(), blamed()?.commit, 'it falls back to the current line');
  });
});

describe('the hover on an annotation', () => {
  let repository: Repository;
  const hostile =
    '[click](command:workbench.action.terminal.new) ![x](https://evil.test/a.png)\n\n<img src="https://evil.test/b.png"><a href="command:x">y</a>\n\n```\n$(trash) &lt;script&gt;\n```\n[ref]: command:x\n\nFixes #12 https://evil.test';
  before(async () => {
    await hearth();
    repository = createRepository();
    repository.git('remote', 'add', 'origin', 'https://github.com/example/hostile.git');
    repository.write('a)b[c](d).txt', 'one\ntwo\n');
    repository.commit('Begin');
    repository.write('a)b[c](d).txt', 'one\n<b>zwei</b> ``` two\n');
    repository.commit(hostile, { author: { name: '**[Mallory](command:x)** <img>', email: 'm@evil.test' } });
  });
  after(() => repository.dispose());
  afterEach(closeAll);

  async function hoverAt(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.MarkdownString | undefined> {
    const hovers = await provided<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, position);
    return hovers.flatMap(({ contents }) => contents as vscode.MarkdownString[]).find(({ value }) => value.includes('command:hearth.git.'));
  }

  it('is there at the end of the line, and not on the line', async () => {
    const editor = await open(checkout(), line);
    await annotation(line);
    const { range } = editor.document.lineAt(line);
    assert.equal(await hoverAt(editor.document, range.start.translate(0, 8)), undefined);
    const text = (await hoverAt(editor.document, range.end))?.value ?? '';
    const blamed = gitBlame(sample(), file)[line];
    const words = text.replaceAll('&nbsp;', ' ').replaceAll('\\', '').replaceAll('\u200b', '');
    assert.ok(words.includes(blamed?.author ?? '?'), words);
    for (const paragraph of git(sample(), 'log', '-1', '--format=%B', blamed?.commit ?? '')
      .trim()
      .split('\n'))
      assert.ok(words.includes(paragraph), paragraph);
    assert.match(text, /```diff\n[\s\S]*\+ \/\*\* Prices include VAT/);
    for (const command of [
      'showLineCommit',
      'diffLineWithPrevious',
      'showLineHistory',
      'blameAtParent',
      'openLineRevision',
      'copyCommitId',
      'copyPermalink',
    ])
      assert.ok(text.includes(`(command:hearth.git.${command}?`), command);
    assert.equal(await hoverAt(editor.document, editor.document.lineAt(line + 1).range.end), undefined, 'only where the annotation is');
  });

  it('gives a hostile repository no link, no image, no HTML', async () => {
    const editor = await open(repository.path('a)b[c](d).txt'), 1);
    await annotation(1);
    const text = await hoverAt(editor.document, editor.document.lineAt(1).range.end);
    assert.ok(text);
    assert.equal(text.supportHtml ?? false, false);
    const trusted = text.isTrusted as { enabledCommands: string[] };
    assert.deepEqual([...trusted.enabledCommands], [...hoverCommands]);
    // Links as Markdown would find them: an unescaped `](`.
    const targets = [...text.value.matchAll(/(?<!\\)\]\(([^)]*)\)/g)].map(([, target]) => target ?? '');
    for (const target of targets)
      assert.match(
        target,
        /^(command:hearth\.git\.\w+\?[\w%.-]+ "[^"]*"|https:\/\/github\.com\/example\/hostile\/issues\/12|https:\/\/evil\.test\/(?:[ab]\.png)?)$/,
      );
    assert.ok(
      targets.some((target) => target.startsWith('https://github.com/example/hostile/issues/12')),
      text.value,
    );
    assert.doesNotMatch(text.value, /(?<!\\)!\[/);
    assert.ok(text.value.includes('Mallory'));
  });

  it('stands on the gutter column as well', async () => {
    const editor = await open(checkout(), line);
    await vscode.commands.executeCommand('hearth.git.toggleFileBlame');
    await until('the gutter', async () => (await shown()).editors[0]?.complete);
    const text = await hoverAt(editor.document, new vscode.Position(22, 0));
    assert.ok(text?.value.includes(gitBlame(sample(), file)[22]?.commit.slice(0, 8) ?? '?'));
  });

  it('uncommitted lines say so', async () => {
    const uncommitted = gitBlame(sample(), file).findIndex(({ commit }) => /^0+$/.test(commit));
    const editor = await open(checkout(), uncommitted);
    await annotation(uncommitted, /^Uncommitted$/);
    const text = await hoverAt(editor.document, editor.document.lineAt(uncommitted).range.end);
    assert.match(text?.value ?? '', /Uncommitted/);
    assert.doesNotMatch(text?.value ?? '', /copyCommitId/);
  });
});

describe('CodeLens', () => {
  afterEach(async () => {
    await set('hearth.git.codeLens.enabled', undefined);
    await closeAll();
  });

  const lenses = async (uri: vscode.Uri) =>
    (await provided<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 10)).filter(({ command }) =>
      command?.command.startsWith('hearth.'),
    );

  it('above the first line: who changed the file last, and how many did; off by its setting', async () => {
    const { document } = await open(checkout(), 0);
    const found = await until('a CodeLens', async () => {
      const all = await lenses(document.uri);
      return all.length > 0 ? all : undefined;
    });
    assert.ok(found.every(({ range }) => range.start.line === 0));
    const newest = gitBlame(sample(), file)
      .filter(({ commit }) => !/^0+$/.test(commit))
      .sort((a, b) => b.authorTime - a.authorTime)[0];
    assert.ok(
      found.some(({ command }) => command?.title.includes(newest?.author ?? '?')),
      JSON.stringify(found.map(({ command }) => command?.title)),
    );
    await set('hearth.git.codeLens.enabled', 'off');
    await until('no CodeLens', async () => (await lenses(document.uri)).length === 0);
  });
});

describe('the manifest and blame', () => {
  it('every command is registered, and the keys are bound', async () => {
    const commands = await vscode.commands.getCommands(true);
    for (const command of hoverCommands) assert.ok(commands.includes(command), command);
    const manifest = JSON.parse(readFileSync(join(process.env['HEARTH_REPOSITORY'] ?? '', 'package.json'), 'utf8'));
    assert.ok(
      manifest.contributes.keybindings.some(
        ({ key, command }: { key: string; command: string }) => key === 'alt+b' && command === 'hearth.git.toggleFileBlame',
      ),
    );
  });
});
