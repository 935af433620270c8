import { promises as fs } from 'node:fs';
import { Failure } from '../../rpc/failure.ts';
import type { Repository } from '../repository.ts';
import { deleteEntry } from './oplog.ts';
import { onDisk, shown } from './paths.ts';
import { emptyTree, hashFiles, treeChanges } from './plumbing.ts';
import { type Action, begin, end, placesOf } from './recording.ts';
import { takeSnapshot } from './snapshot.ts';
import type { RepositoryState } from './state.ts';

export type { Action } from './recording.ts';
export { listActions, redoAction, undoAction } from './undo.ts';

/** Writes down how everything is now; answers the id of the entry. Nothing may be changed before this promise resolves. */
export async function beginAction(repository: Repository, action: Action, signal: AbortSignal): Promise<string> {
  const before = await takeSnapshot(repository, placesOf(repository, action), signal, action.required);
  await checkRequired(repository, before, action.required ?? new Set(), signal);
  return (await begin(repository, action, before)).id;
}

/** What an action destroys must be in its record, byte for byte. */
async function checkRequired(
  repository: Repository,
  before: RepositoryState,
  required: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const state = before.worktrees[0];
  if (required.size === 0 || state === undefined) return;
  const empty = await emptyTree(repository);
  const [files, exact] = await Promise.all(
    [state.files, state.exact].map((tree) => treeChanges(repository, empty, tree === '' ? empty : tree)),
  );
  const plain: string[] = [];
  for (const name of required) {
    const stats = await fs.lstat(onDisk(repository, name)).catch(() => undefined);
    if (stats === undefined) continue;
    if (files?.has(name) !== true) throw notRecorded(name);
    if (stats.isFile()) plain.push(name);
  }
  const ids = await hashFiles(repository, plain, false, signal);
  const wrong = plain.find((name, at) => ![files?.get(name)?.to.id, exact?.get(name)?.to.id].includes(ids[at]));
  if (wrong !== undefined) throw notRecorded(wrong);
}

function notRecorded(name: string): Failure {
  return new Failure('precondition', `${shown(name)} cannot be recorded, so it could not be brought back.`, {
    hint: 'Change or delete it by hand.',
  });
}

/**
 * Writes down how everything is after the action; an entry without this is `interrupted` and can be undone all the same. Answers whether
 * anything has changed.
 */
export async function endAction(repository: Repository, id: string, signal: AbortSignal): Promise<boolean> {
  return (await end(repository, id, signal)).changed;
}

/** Runs an action between `beginAction` and `endAction`. An action that failed and changed nothing leaves no entry. */
export async function recorded<T>(
  repository: Repository,
  action: Action,
  signal: AbortSignal,
  act: () => Promise<T>,
): Promise<{ result: T; undo: string }> {
  const id = await beginAction(repository, action, signal);
  let result: T;
  try {
    result = await act();
  } catch (error) {
    const ended = await end(repository, id, undefined).catch(() => undefined);
    if (ended?.changed === false) await deleteEntry(repository, id).catch(() => {});
    throw error;
  }
  // It has happened, whatever becomes of its record: nobody can cancel it any more, and without an end it can be undone all the same.
  await end(repository, id, undefined).catch(() => undefined);
  return { result, undo: id };
}
