// Which repository a file belongs to, as the window knows it.
import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { info } from '../../server/protocol/session.ts';
import { hermeticEnvironment } from '../support/repositories/repository.ts';
import { closeAll, hearth, until } from './blameWindow.ts';

describe('a file outside any repository', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-outside-')));
  after(async () => {
    await closeAll();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is asked for once, and again when a repository may have come to be', async () => {
    const { server, repositories } = await hearth();
    const asked = async () => (await server.send(info, {})).timings.find(({ method }) => method === 'git/discover')?.count ?? 0;
    writeFileSync(join(folder, 'a.txt'), 'one\n');
    const uri = vscode.Uri.file(join(folder, 'a.txt'));
    assert.equal(await repositories.locate(uri), undefined);
    const before = await asked();
    for (let time = 0; time < 5; time++) assert.equal(await repositories.locate(uri), undefined);
    assert.equal(await asked(), before);
    execFileSync('git', ['init', '-q', folder], { env: { ...process.env, ...hermeticEnvironment() } });
    const editor = await vscode.window.showTextDocument(uri);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'zero\n'));
    await editor.document.save();
    const located = await until('the new repository', () => repositories.locate(uri));
    assert.equal(located.repository.root, folder);
    assert.equal(located.path, 'a.txt');
  });
});
