// The host itself: is this really VS Code, with our extension, on a real repository?
import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as vscode from 'vscode';

describe('the host', () => {
  it('is a VS Code that opened the sample repository', () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    assert.equal(folder, process.env['HEARTH_SAMPLE']);
    assert.match(execFileSync('git', ['log', '--oneline'], { cwd: folder, encoding: 'utf8' }), /\w+ \S+/);
    assert.match(vscode.version, /^1\.\d+\.\d+/);
  });

  it('loads Hearth as an extension under development', async () => {
    const hearth = vscode.extensions.getExtension('hearth-dev.hearth');
    assert.ok(hearth, 'Hearth is not among the extensions');
    await hearth.activate();
    assert.equal(hearth.isActive, true);
  });

  it('gives the extension host a settings file of its own', () => {
    const settings = vscode.workspace.getConfiguration();
    assert.equal(settings.get('git.autorefresh'), false);
    assert.equal(settings.get('workbench.startupEditor'), 'none');
  });
});
