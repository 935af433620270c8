// What the blame suites share: the window as a user sees it, and git itself to compare with.
import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { HearthApi } from '../../extension/extension.ts';
import type { ShownRow } from '../../extension/git/blameFileView.ts';
import type { Annotation } from '../../extension/git/blameLine.ts';
import type { Shell } from '../../extension/shell.ts';
import { hermeticEnvironment } from '../support/repositories/repository.ts';

export interface ShownEditor {
  uri: string;
  on: boolean;
  complete: boolean;
  /** Lines that have words. */
  rows: ShownRow[];
  /** How many lines have the column. */
  columns: number;
  highlighted?: { commit: string; lines: number };
}

export interface Shown {
  line?: Annotation;
  status?: string;
  editors: ShownEditor[];
}

export const sample = (): string => process.env['HEARTH_SAMPLE'] ?? '';

export async function hearth(): Promise<Shell> {
  const api = (await vscode.extensions.getExtension<HearthApi>('hearth-dev.hearth')?.activate()) as HearthApi;
  await api.ready;
  const shell = await api.shell;
  assert.ok(shell, 'the shell is reachable in test mode');
  // A VS Code in a browser saves by itself after a second: what is unsaved has to stay so here.
  if (vscode.workspace.getConfiguration('files').get('autoSave') !== 'off') await set('files.autoSave', 'off');
  return shell;
}

/** What our decorations and the status item show now. */
export async function shown(): Promise<Shown> {
  return vscode.commands.executeCommand<Shown>('hearth.testing.shownBlame');
}

/** Waits, without a limit of its own (mocha has one), until `look` gives something. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  const start = Date.now();
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() - start > 120_000) throw new Error(`waited in vain: ${what}; shown: ${JSON.stringify(await shown()).slice(0, 600)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The annotation of a line (0-based) of the active editor, once it is there. */
export async function annotation(line: number, matching?: RegExp): Promise<string> {
  return until(`annotation of line ${line + 1} ${matching ?? ''}`, async () => {
    const { line: found } = await shown();
    const uri = vscode.window.activeTextEditor?.document.uri.toString();
    if (found === undefined || found.line !== line || found.uri !== uri) return undefined;
    return matching === undefined || matching.test(found.text) ? found.text : undefined;
  });
}

export async function open(file: string, line = 0, options: vscode.TextDocumentShowOptions = {}): Promise<vscode.TextEditor> {
  const editor = await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: false, ...options });
  moveTo(editor, line);
  return editor;
}

export function moveTo(editor: vscode.TextEditor, line: number, character = 0): void {
  const position = new vscode.Position(line, character);
  editor.selection = new vscode.Selection(position, position);
  editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

export async function closeAll(): Promise<void> {
  for (const document of vscode.workspace.textDocuments) {
    // The command reverts whatever has the focus by then: on a busy machine that is not always the editor just shown.
    for (let tries = 0; tries < (document.isUntitled ? 1 : 20) && document.isDirty && !document.isClosed; tries++) {
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('workbench.action.files.revert');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

export async function set(name: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration().update(name, value, vscode.ConfigurationTarget.Global);
}

export function git(folder: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8', env: hermeticEnvironment(), maxBuffer: 1 << 28 });
}

export interface GitLine {
  commit: string;
  author: string;
  authorTime: number;
  summary: string;
}

/** git's own answer for each line. */
export function gitBlame(folder: string, file: string, ...revision: string[]): GitLine[] {
  const lines: GitLine[] = [];
  let line: GitLine | undefined;
  for (const text of git(folder, 'blame', '--line-porcelain', ...revision, '--', file).split('\n')) {
    const [head = '', ...rest] = text.split(' ');
    if (line === undefined) {
      if (/^[0-9a-f]{40}$/.test(head)) line = { commit: head, author: '', authorTime: 0, summary: '' };
    } else if (text.startsWith('\t')) {
      lines.push(line);
      line = undefined;
    } else if (head === 'author') line.author = rest.join(' ');
    else if (head === 'author-time') line.authorTime = Number(rest[0]);
    else if (head === 'summary') line.summary = rest.join(' ');
  }
  return lines;
}

/** The annotation a line of git's blame must have. */
export function expectedAnnotation(line: GitLine | undefined): RegExp {
  assert.ok(line);
  if (/^0+$/.test(line.commit)) return /^Uncommitted$/;
  const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal(line.author)}, (?:now|\\d+ \\w+ ago) · ${literal(line.summary.slice(0, 50))}`);
}

/** Paths of the sample that the suites use. */
export const checkout = (): string => join(sample(), 'src/checkout/checkout.ts');
