// The doctor of `.env` files in the real VS Code: findings in an open file, quick fixes that keep what is there, nothing for other files.
import * as assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { closeAll, file, hearth, openFile, provided, sample, until } from './repositoryWindow.ts';

const files = ['.env', '.env.example', 'notes.env.txt'];
const example = '# The shop\nPORT=3000\nSHOP_NAME=\nMAIL_FROM=\n';
const key = 'q7Zk2mXw9PdLr4TsVb6NyHc3GfJ8aEeR';

function found(path: string): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(file(path)).filter(({ source }) => source === 'Hearth');
}

/** Findings as `kind:line`, once they are as wanted. */
function findings(path: string, ...wanted: string[]): Promise<unknown> {
  const shown = () => found(path).map(({ code, range }) => `${String(code)}:${range.start.line + 1}`);
  return until(() => shown().sort().join() === wanted.sort().join() || undefined, `${path}: ${wanted.join()}`).catch((error: unknown) => {
    throw new Error(`${String(error)}, but ${shown().join()}`);
  });
}

async function fix(path: string, title: string): Promise<void> {
  const whole = new vscode.Range(0, 0, 100, 0);
  let actions: vscode.CodeAction[] = [];
  const action = await until(async () => {
    actions = await provided<vscode.CodeAction[]>('vscode.executeCodeActionProvider', file(path), whole);
    return actions.find((each) => each.title === title);
  }, title).catch(() => undefined);
  assert.ok(action?.edit, `${title} is offered: ${actions.map((each) => each.title).join(', ')}`);
  assert.ok(await vscode.workspace.applyEdit(action.edit));
}

describe('.env files', () => {
  afterEach(async () => {
    await closeAll();
    for (const path of files) rmSync(join(sample, path), { force: true });
  });

  it('say what is missing and wrong while they are edited; quick fixes put it right', async () => {
    await hearth();
    writeFileSync(join(sample, '.env.example'), example);
    writeFileSync(join(sample, 'notes.env.txt'), 'no variable\n');
    writeFileSync(join(sample, '.env'), `# mine\r\nPORT=${key} # the port\r\nPORT=99999\r\n`);
    const { document } = await openFile('.env');
    await openFile('notes.env.txt');
    await findings('.env', 'missing:1', 'missing:1', 'duplicate:2', 'type:3');
    assert.ok(found('.env').every(({ message }) => !message.includes(key) && !message.includes('99999')));
    assert.deepEqual(found('notes.env.txt'), []);

    await fix('.env', 'Add all 2 missing variables');
    await findings('.env', 'duplicate:2', 'type:3', 'empty:4', 'empty:5');
    await fix('.env', 'Remove `PORT`');
    assert.equal(document.getText(), '# mine\r\nPORT=99999\r\nSHOP_NAME=\r\nMAIL_FROM=\r\n');
    // The example as it is in its editor counts, unsaved.
    const { document: asked } = await openFile('.env.example');
    const edit = new vscode.WorkspaceEdit();
    edit.replace(asked.uri, new vscode.Range(2, 0, 4, 0), '# optional\nSHOP_NAME=\n');
    assert.ok(await vscode.workspace.applyEdit(edit));
    await findings('.env', 'type:2', 'unused:4');
    await fix('.env', 'Remove `MAIL_FROM`');
    assert.equal(document.getText(), '# mine\r\nPORT=99999\r\nSHOP_NAME=\r\n');
  });
});
