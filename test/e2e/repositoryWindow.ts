// What the suites of the Repository view, histories, revisions and the inline diff share: the sample, its git, and the window's shell.
import * as assert from 'node:assert/strict';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { HearthApi } from '../../extension/extension.ts';
import type { Shell } from '../../extension/shell.ts';
import type { TreeBase } from '../../extension/ui/treeBase.ts';
import type { TreeNode } from '../../extension/ui/treeNode.ts';
import { info } from '../../server/protocol/session.ts';
import { patientGit } from '../support/repositories/repository.ts';

export const sample = process.env['HEARTH_SAMPLE'] ?? '';

/** Git in the sample, as its user would run it. */
export function git(...args: string[]): string {
  return patientGit(sample, ...args);
}

export function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

export async function hearth(): Promise<Shell> {
  const api = (await vscode.extensions.getExtension<HearthApi>('hearth-dev.hearth')?.activate()) as HearthApi;
  await api.ready;
  const shell = await api.shell;
  assert.ok(shell, 'the shell is reachable in test mode');
  await shell.repositories.discovered;
  // A VS Code in a browser saves by itself after a second: what is unsaved has to stay so here.
  await vscode.workspace.getConfiguration('files').update('autoSave', 'off', vscode.ConfigurationTarget.Global);
  return shell;
}

export async function treeOf(id: string): Promise<TreeBase> {
  const tree = (await hearth()).trees.get(id);
  assert.ok(tree, `there is no view ${id}`);
  return tree;
}

export async function nodeAt(tree: TreeBase, ...path: string[]): Promise<TreeNode> {
  const node = await tree.find(path);
  assert.ok(node, `no row ${path.join(' › ')}`);
  return node;
}

export function file(path: string): vscode.Uri {
  return vscode.Uri.file(join(sample, path));
}

/** Opens a file with the cursor on a line (0-based). */
export async function openFile(path: string, line = 0): Promise<vscode.TextEditor> {
  const editor = await vscode.window.showTextDocument(file(path), { preview: false });
  editor.selection = new vscode.Selection(line, 0, line, 0);
  return editor;
}

/** The document of the active editor, once it is this file: a command may be done a moment before the window says so. */
export function activeFile(path: string): Promise<vscode.TextDocument> {
  const { fsPath } = file(path);
  return until(() => {
    const document = vscode.window.activeTextEditor?.document;
    return document?.uri.fsPath === fsPath ? document : undefined;
  }, `an editor of ${path}`);
}

/** Gives up unsaved text and closes every editor. */
export async function closeAll(): Promise<void> {
  for (const document of vscode.workspace.textDocuments) {
    // The command reverts whatever has the focus by then: on a busy machine that is not always the editor just shown.
    for (let tries = 0; tries < (document.isUntitled ? 1 : 20) && document.isDirty && !document.isClosed; tries++) {
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** What the providers of VS Code answer. A question during which the text changes (a file that is read again) is cancelled: it is put again then. */
export async function provided<T>(command: `vscode.execute${string}Provider`, ...args: unknown[]): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await vscode.commands.executeCommand<T>(command, ...args);
    } catch (error) {
      if (tries === 20 || (error as Error).name !== 'Canceled') throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

let turns = 0;

/** Resolves when the window has done what it was told before, and what came of that was told here. */
export async function windowFollows(): Promise<void> {
  await vscode.commands.executeCommand('setContext', 'hearth.testing.turn', ++turns);
}

/** How often the server was asked for something. */
export async function askedFor(method: string): Promise<number> {
  return (await (await hearth()).server.send(info, {})).timings.find((each) => each.method === method)?.count ?? 0;
}

/** Resolves when nothing was asked of the server for a second: whatever is asked once a hub has stopped starts another. */
export async function nothingIsAsked(): Promise<void> {
  const { server } = await hearth();
  const counts = async (): Promise<string> => {
    const { timings } = await server.send(info, {});
    return timings.map(({ method, count }) => (method === info.method ? '' : `${method} ${count}`)).join();
  };
  let last = await counts();
  for (let quiet = 0; quiet < 10; quiet++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const now = await counts();
    if (now !== last) quiet = -1;
    last = now;
  }
}

/** Waits until `look` answers something, for two minutes unless told. */
export async function until<T>(look: () => Promise<T | undefined> | T | undefined, what: string, seconds = 120): Promise<T> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not happen`);
}

/** The two addresses of the diff that is shown. */
export function shownDiff(): { original: vscode.Uri; modified: vscode.Uri; label: string } | undefined {
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  const input = tab?.input;
  return input instanceof vscode.TabInputTextDiff
    ? { original: input.original, modified: input.modified, label: tab?.label ?? '' }
    : undefined;
}

export async function textAt(uri: vscode.Uri): Promise<string> {
  return (await vscode.workspace.openTextDocument(uri)).getText();
}
