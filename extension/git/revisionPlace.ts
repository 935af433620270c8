import { TabInputTextDiff, Uri, window, workspace } from 'vscode';
import { inlineDiff } from '../../server/protocol/git.ts';
import type { Side } from '../../server/protocol/gitTypes.ts';
import type { Shell } from '../shell.ts';
import { parseRevisionUri } from './revisionUri.ts';

/** A file on one side of a repository: what an editor shows, or a menu names. */
export interface Place {
  readonly repository: string;
  readonly path: string;
  readonly side: Side;
}

/** What the user looks at: one revision, or two of them in a diff. */
export type Shown = { readonly kind: 'file'; readonly place: Place } | { readonly kind: 'diff'; readonly from: Place; readonly to: Place };

/** A file named by an address: on disk (the working tree), or an old revision. Undefined outside any repository. */
export async function placeOf(shell: Shell, uri: Uri): Promise<Place | undefined> {
  const revision = parseRevisionUri(uri);
  if (revision !== undefined) return revision.pathBytes === undefined ? revision : undefined;
  const located = await shell.repositories.locate(uri);
  return located === undefined ? undefined : { repository: located.repository.root, path: located.path, side: { kind: 'worktree' } };
}

/** What a command is about: its argument (an address, or `{repository, path, revision?}`), else the active editor, also inside a diff. */
export async function shownPlace(shell: Shell, argument?: unknown): Promise<Shown | undefined> {
  const given = placeArgument(argument);
  if (given !== undefined) return { kind: 'file', place: given };
  const input = window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof TabInputTextDiff && isSameOrNone(argument, input)) {
    const [from, to] = await Promise.all([placeOf(shell, input.original), placeOf(shell, input.modified)]);
    if (from !== undefined && to !== undefined) return { kind: 'diff', from, to };
  }
  const uri = argument instanceof Uri ? argument : window.activeTextEditor?.document.uri;
  const place = uri === undefined ? undefined : await placeOf(shell, uri);
  return place === undefined ? undefined : { kind: 'file', place };
}

/** Buttons of an editor pass its address; that of a diff is its right side. */
function isSameOrNone(argument: unknown, input: TabInputTextDiff): boolean {
  if (!(argument instanceof Uri)) return argument === undefined;
  return [input.modified, input.original].some((uri) => uri.toString() === argument.toString());
}

function placeArgument(argument: unknown): Place | undefined {
  if (typeof argument !== 'object' || argument === null || argument instanceof Uri) return undefined;
  const { repository, path, revision } = argument as Record<string, unknown>;
  if (typeof repository !== 'string' || typeof path !== 'string') return undefined;
  return { repository, path, side: typeof revision === 'string' ? { kind: 'commit', revision } : { kind: 'worktree' } };
}

/** The path that a file of the working tree had on another side: a rename in between is found for files that are open. */
export async function pathAt(shell: Shell, place: Place, side: Side): Promise<string> {
  if (place.side.kind !== 'worktree' || side.kind === 'worktree') return place.path;
  const uri = Uri.joinPath(Uri.file(place.repository), place.path).toString();
  const found = await shell.server.send(inlineDiff, { uri, against: side }).catch(() => undefined);
  return found?.state === 'diffed' ? (found.oldPath ?? place.path) : place.path;
}

/** The text of a place as the editor has it: unsaved changes included. Rejects for what is not text. */
export async function textOf(uri: Uri): Promise<string> {
  return (await workspace.openTextDocument(uri)).getText();
}
