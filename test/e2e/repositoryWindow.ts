// What the suites of the Repository view, histories, revisions and the inline diff share: the sample, its git, and the window's shell.
import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { HearthApi } from '../../extension/extension.ts';
import type { Shell } from '../../extension/shell.ts';
import type { TreeBase } from '../../extension/ui/treeBase.ts';
import type { TreeNode } from '../../extension/ui/treeNode.ts';

export const sample = process.env['HEARTH_SAMPLE'] ?? '';

/** Git in the sample, as its user would run it. */
export function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: sample, encoding: 'utf8' });
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

/** Gives up unsaved text and closes every editor. */
export async function closeAll(): Promise<void> {
  for (const document of vscode.workspace.textDocuments) {
    if (!document.isDirty || document.isClosed) continue;
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** Waits until `look` answers something, for 20 seconds unless told. */
export async function until<T>(look: () => Promise<T | undefined> | T | undefined, what: string, seconds = 20): Promise<T> {
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
