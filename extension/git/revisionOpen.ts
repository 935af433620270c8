import path from 'node:path';
import { commands, l10n, type TextDocumentShowOptions, Uri } from 'vscode';
import type { ChangedFile, Side } from '../../server/protocol/gitTypes.ts';
import { revisionUri, sideName } from './revisionUri.ts';

interface OpenOptions extends TextDocumentShowOptions {
  readonly pathBytes?: string | undefined;
}

/** Where a side of a file is read: the working tree is the file itself, so that it can be edited. */
export function sideUri(repository: string, side: Side, place: string, pathBytes?: string): Uri {
  if (side.kind === 'worktree' && pathBytes === undefined) return Uri.joinPath(Uri.file(repository), place);
  return revisionUri({ repository, side, path: place, pathBytes });
}

/** Opens a file as it is on one side; images and other binary files in the editor that VS Code has for them. */
export async function openSide(repository: string, side: Side, place: string, { pathBytes, ...options }: OpenOptions = {}): Promise<void> {
  const uri = sideUri(repository, side, place, pathBytes);
  await commands.executeCommand('vscode.open', uri, { preview: true, ...options });
}

/** Opens one changed file in the native diff. */
export function openChanges(repository: string, from: Side, to: Side, file: ChangedFile): Thenable<unknown> {
  const before = { path: file.oldPath ?? file.path, pathBytes: file.oldPath === undefined ? file.pathBytes : file.oldPathBytes };
  return openDiff(repository, { side: from, ...before }, { side: to, path: file.path, pathBytes: file.pathBytes });
}

export interface DiffEnd {
  readonly side: Side;
  readonly path: string;
  readonly pathBytes?: string | undefined;
}

/** Two revisions of a file in the native diff, titled `cart.ts (a1b2c3d ↔ Working Tree)`. */
export function openDiff(repository: string, from: DiffEnd, to: DiffEnd, options: TextDocumentShowOptions = {}): Thenable<unknown> {
  const left = sideUri(repository, from.side, from.path, from.pathBytes);
  const right = sideUri(repository, to.side, to.path, to.pathBytes);
  const title = l10n.t('{0} ({1} ↔ {2})', path.posix.basename(to.path), sideName(from.side), sideName(to.side));
  return commands.executeCommand('vscode.diff', left, right, title, { preview: true, ...options });
}

/** Where a line (0-based) with this text is in another text: the nearest equal line, else the same number. */
export function sameLine(text: string, line: number, other: readonly string[]): number {
  const wanted = text.trim();
  const last = Math.max(0, other.length - 1);
  const start = Math.min(line, last);
  if (wanted === '') return start;
  for (let away = 0; away <= last; away++) {
    if (other[start - away]?.trim() === wanted) return start - away;
    if (other[start + away]?.trim() === wanted) return start + away;
  }
  return start;
}
