// hearth.yaml in the real VS Code: mistakes with quick fixes, completion, hover, Create and Apply, on the sample.
import * as assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Confirmation } from '../../extension/ui/confirm.ts';
import { apply, difference } from '../../server/protocol/config.ts';
import { activeFile, closeAll, file, git, hearth, openFile, provided, sample, shownDiff, until } from './repositoryWindow.ts';

const path = 'hearth.yaml';
const run = (name: string, ...args: unknown[]): Thenable<unknown> => vscode.commands.executeCommand(name, ...args);

/** Problems of the file, once they are as wanted. */
function problems(wanted: (found: vscode.Diagnostic[]) => boolean, what: string): Promise<vscode.Diagnostic[]> {
  return until(() => {
    const found = vscode.languages.getDiagnostics(file(path)).filter(({ source }) => source === 'Hearth');
    return wanted(found) ? found : undefined;
  }, what);
}

function placeOf(document: vscode.TextDocument, text: string): vscode.Position {
  const at = document.getText().indexOf(text);
  assert.ok(at >= 0, `${text} is in the file`);
  return document.positionAt(at);
}

async function replace(editor: vscode.TextEditor, from: string, to: string): Promise<void> {
  const at = placeOf(editor.document, from);
  const range = new vscode.Range(at, at.translate(0, from.length));
  assert.ok(await editor.edit((edit) => edit.replace(range, to)));
}

function fixesAt(place: vscode.Range): Promise<vscode.CodeAction[]> {
  return provided('vscode.executeCodeActionProvider', file(path), place, vscode.CodeActionKind.QuickFix.value);
}

describe('hearth.yaml', () => {
  afterEach(async () => {
    await closeAll();
    git('checkout', '-q', 'HEAD', '--', path);
  });

  it('has no problem in the sample; a mistake is marked while typing, and its quick fix helps', async () => {
    await hearth();
    const editor = await openFile(path);
    await replace(editor, 'port: 8080', 'prot: 8080');
    const isMistake = ({ code }: vscode.Diagnostic) => code === 'unknown-key';
    const found = (await problems((all) => all.some(isMistake), 'the mistake')).find(isMistake);
    assert.match(found?.message ?? '', /There is no key `prot` in `services\.web`\. Did you mean `port`\?/);
    assert.ok(found);
    const fix = await until(async () => (await fixesAt(found.range)).find(({ title }) => title === 'Change to `port`'), 'the quick fix');
    assert.ok(fix.edit);
    await vscode.workspace.applyEdit(fix.edit);
    await problems((all) => all.length === 0, 'no problem');
    assert.equal(editor.document.getText(), git('show', `HEAD:${path}`));
  });

  it('completes keys and names, and explains keys', async () => {
    await hearth();
    const editor = await openFile(path);
    await replace(editor, '    extends: production', '    extends: ');
    const at = placeOf(editor.document, '    extends: ').translate(0, '    extends: '.length);
    const items = async (position: vscode.Position) =>
      (await provided<vscode.CompletionList>('vscode.executeCompletionItemProvider', file(path), position)).items;
    const labels = async (position: vscode.Position) =>
      (await items(position)).map(({ label }) => (typeof label === 'string' ? label : label.label));
    await until(async () => ((await labels(at)).includes('production') ? true : undefined), 'the other environment');
    await replace(editor, '    extends: ', '    ');
    let keys: string[] = [];
    await until(async () => {
      keys = await labels(at.with({ character: 4 }));
      return ['docker', 'registry', 'routing', 'limits'].every((key) => keys.includes(key)) ? true : undefined;
    }, 'the keys').catch((error: Error) => {
      throw new Error(`${error.message}, but ${keys.join()}`);
    });
    assert.ok(!keys.includes('variables'), 'what is there is not offered');
    const limits = (await items(at.with({ character: 4 }))).find(({ label }) => label === 'limits');
    assert.equal(limits?.keepWhitespace, true, 'its indentation is not added to that of the line');
    const hovers = await provided<vscode.Hover[]>('vscode.executeHoverProvider', file(path), placeOf(editor.document, 'stop_timeout'));
    const texts = hovers.flatMap(({ contents }) => contents).map((each) => (typeof each === 'string' ? each : each.value));
    assert.ok(
      texts.some((text) => text.includes('between SIGTERM and SIGKILL')),
      texts.join(),
    );
  });

  it('is made from what is there, and opened; one that is there is only opened', async () => {
    await hearth();
    rmSync(join(sample, path));
    await run('hearth.config.create', { repository: sample });
    const made = await activeFile(path);
    // An editor had another text of the file a moment ago.
    const text = await until(() => (made.getText().includes('image: postgres:16') ? made.getText() : undefined), 'the new text');
    assert.match(text, /^ {2}web:$/m);
    assert.match(text, /^ {2}db:$/m);
    writeFileSync(join(sample, path), '# mine\nversion: 1\n');
    await run('hearth.config.create', { repository: sample });
    assert.equal(readFileSync(join(sample, path), 'utf8'), '# mine\nversion: 1\n');
    await closeAll();
    await run('hearth.config.open', { repository: sample });
    await activeFile(path);
    await closeAll();
    rmSync(join(sample, path));
    await run('hearth.config.open', { repository: sample });
    assert.ok(existsSync(join(sample, path)), 'one that is not there is made');
  });

  it('is applied after a look at the difference; a later commit says that it differs, with the way to review it', async () => {
    const shell = await hearth();
    const asked: Confirmation[] = [];
    const { ask } = shell.confirm;
    const before = git('rev-parse', 'HEAD').trim();
    try {
      shell.confirm.ask = async (question) => {
        asked.push(question);
        return undefined;
      };
      assert.equal(await run('hearth.config.apply', { repository: sample }), false);
      assert.equal((await shell.server.send(difference, { repository: sample })).applied, undefined, 'nothing without a yes');
      shell.confirm.ask = async (question) => {
        asked.push(question);
        return 'action';
      };
      assert.equal(await run('hearth.config.apply', { repository: sample }), true);
      assert.match(asked[1]?.message ?? '', new RegExp(`Apply hearth.yaml of ${before.slice(0, 7)}\\?`));
      assert.equal((await shell.server.send(difference, { repository: sample })).applied?.commit, before);
      await closeAll();

      writeFileSync(join(sample, path), git('show', `HEAD:${path}`).replace('LOG_LEVEL: warn', 'LOG_LEVEL: error'));
      git('commit', '-q', '-m', 'Say less', '--', path);
      await openFile(path);
      const isDifference = ({ code }: vscode.Diagnostic) => code === 'differs-from-applied';
      const found = (await problems((all) => all.some(isDifference), 'the line that it differs')).find(isDifference);
      assert.equal(found?.severity, vscode.DiagnosticSeverity.Information);
      const [action] = await until(async () => {
        const actions = (await fixesAt(new vscode.Range(0, 0, 0, 1))).filter(({ command }) => command?.command === 'hearth.config.apply');
        return actions.length > 0 ? actions : undefined;
      }, 'the way to review it');
      const applying = run('hearth.config.apply', ...(action?.command?.arguments ?? []));
      assert.equal(await applying, true);
      assert.match(asked[2]?.detail ?? '', /~ environments\.production\.variables\.LOG_LEVEL/);
      const diff = await until(shownDiff, 'the native diff');
      assert.match(diff.original.toString(), new RegExp(before));
      await openFile(path);
      await problems((all) => all.length === 0, 'nothing that differs');
    } finally {
      shell.confirm.ask = ask;
      git('reset', '-q', '--soft', before);
      git('reset', '-q', '--', path);
      git('checkout', '-q', 'HEAD', '--', path);
      await shell.server.send(apply, { repository: sample });
    }
  });
});
