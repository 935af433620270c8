// The life of the server as a window sees it: started without being awaited, started again after a crash, left down after too many.
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { HearthApi } from '../../extension/extension.ts';
import type { Shell } from '../../extension/shell.ts';
import { discover } from '../../server/protocol/git.ts';
import { echo, info } from '../../server/protocol/session.ts';

async function hearth(): Promise<Shell> {
  const api = (await vscode.extensions.getExtension<HearthApi>('hearth-dev.hearth')?.activate()) as HearthApi;
  await api.ready;
  const shell = await api.shell;
  assert.ok(shell, 'the shell is reachable in test mode');
  return shell;
}

/** Kills the server without a word and resolves when another one answers. */
async function crash(shell: Shell): Promise<{ before: number; after: number }> {
  const { pid: before } = await shell.server.send(info, {});
  const started = new Promise<void>((resolve) => {
    const listener = shell.server.onDidStart(() => {
      listener.dispose();
      resolve();
    });
  });
  process.kill(before, 'SIGKILL');
  await started;
  const { pid: after } = await shell.server.send(info, {});
  return { before, after };
}

describe('the server', () => {
  it('answers, and says which git it uses', async () => {
    const shell = await hearth();
    const { git } = await shell.server.send(info, {});
    assert.ok('version' in git, JSON.stringify(git));
    assert.deepEqual(await shell.server.send(echo, { text: 'é\u2028' }), { text: 'é\u2028' });
  });

  it('starts again after a crash, with trust and repositories as before', async () => {
    const shell = await hearth();
    const { before, after } = await crash(shell);
    assert.notEqual(after, before);
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    const { repository } = await shell.server.send(discover, { path: folder });
    assert.equal(repository.root, folder);
    assert.ok(shell.repositories.all.some(({ root }) => root === folder));
  });

  it('rejects with a typed failure while it is down, and comes back by the command after repeated crashes', async () => {
    const shell = await hearth();
    const pids = new Set<number>();
    await vscode.commands.executeCommand('hearth.server.restart');
    for (let round = 0; round < 4; round++) pids.add((await crash(shell)).after);
    assert.equal(pids.size, 4);
    // The fifth crash within three minutes: it stays down.
    const { pid } = await shell.server.send(info, {});
    process.kill(pid, 'SIGKILL');
    while (shell.server.running) await new Promise((resolve) => setTimeout(resolve, 20));
    await assert.rejects(shell.server.send(echo, { text: 'x' }), { reason: 'disconnected' });
    await vscode.commands.executeCommand('hearth.server.restart');
    assert.deepEqual(await shell.server.send(echo, { text: 'back' }), { text: 'back' });
  });

  it('takes another path of git at once', async () => {
    const shell = await hearth();
    const setting = vscode.workspace.getConfiguration('hearth.git');
    const until = async (wanted: string | undefined): Promise<void> => {
      while (shell.repositories.problem?.reason !== wanted) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await setting.update('path', '/nowhere/git', vscode.ConfigurationTarget.Global);
    await until('git-missing');
    await setting.update('path', undefined, vscode.ConfigurationTarget.Global);
    await until(undefined);
    const { git } = await shell.server.send(info, {});
    assert.ok('version' in git, JSON.stringify(git));
  });

  it('runs one process: nothing is left of the ones before', async () => {
    const shell = await hearth();
    // The views of a server that has just started still ask; what stays is at most the reader of objects.
    while ((await shell.server.send(info, {})).processes.running > 1) await new Promise((resolve) => setTimeout(resolve, 50));
  });
});
