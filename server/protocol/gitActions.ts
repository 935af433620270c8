import * as z from 'zod/mini';
import { file, objectId, pathFields, repositoryPath, revision } from './gitTypes.ts';
import { request } from './message.ts';
import { branchName } from './workFlow.ts';

/** Messages of the git domain that change the repository. All need trust; every one that moves a ref or changes a file can be undone. */

export const stage = request({
  method: 'git/stage',
  purpose: 'Add files to the index, deletions and untracked ones included.',
  trust: true,
  params: z.strictObject({ repository: repositoryPath, /** Everything when left out. */ files: z.optional(z.array(file)) }),
  result: z.object({}),
});

export const unstage = request({
  method: 'git/unstage',
  purpose: 'Take files out of the index: as in HEAD.',
  trust: true,
  params: z.strictObject({ repository: repositoryPath, files: z.optional(z.array(file)) }),
  result: z.object({}),
});

export const discard = request({
  method: 'git/discard',
  purpose:
    'Take back the changes of files that are not staged; untracked files are deleted. Recorded before it runs: `git/undo` brings them back.',
  trust: true,
  params: z.strictObject({ repository: repositoryPath, files: z.array(file).check(z.minLength(1)) }),
  result: z.object({ undo: z.string() }),
});

export const applyHunks = request({
  method: 'git/applyHunks',
  purpose:
    'Stage, unstage or discard single hunks of a file, as `git/diffFile` showed them (three lines of context). `conflict` when the file changed since.',
  trust: true,
  params: z.strictObject({
    repository: repositoryPath,
    action: z.enum(['stage', 'unstage', 'discard']),
    file,
    /** Each from `@@` to before the next one, as in the patch. */
    hunks: z.array(z.string().check(z.regex(/^@@ /))).check(z.minLength(1)),
  }),
  result: z.object({ undo: z.optional(z.string()) }),
});

export const deleteBranch = request({
  method: 'git/deleteBranch',
  purpose: 'Delete a local branch. With commits that are nowhere else it is a `precondition` that says how many, unless `force`.',
  trust: true,
  params: z.strictObject({ repository: repositoryPath, branch: branchName, force: z._default(z.boolean(), false) }),
  result: z.object({ branch: z.string(), commit: objectId, undo: z.string() }),
});

const conflictFile = z.object({ ...pathFields, kind: z.string() });

export const predictMerge = request({
  method: 'git/predictMerge',
  purpose: 'What a merge of one revision into another would give, without touching any work tree (`git merge-tree`).',
  params: z.strictObject({ repository: repositoryPath, source: revision, into: revision }),
  result: z.object({
    clean: z.boolean(),
    conflicts: z.array(conflictFile),
    base: z.optional(objectId),
    /** The tree of the result (with conflict markers when it is not clean). */
    tree: objectId,
    /** The source is in the target already; or the target in the source, so that a fast-forward is possible. */
    relation: z.enum(['merged', 'fast-forward', 'diverged', 'unrelated']),
  }),
});

/** One recorded action. `blocked` says why it cannot be undone (or redone) now; times are seconds since the epoch. */
export const undoEntry = z.object({
  id: z.string(),
  time: z.int(),
  kind: z.enum([
    'commit',
    'amend',
    'merge',
    'create-branch',
    'delete-branch',
    'switch',
    'discard',
    'stash',
    'changelog',
    'complete',
    'undo',
    'redo',
  ]),
  /** What was done, in the words of the caller: a subject, a branch. */
  label: z.string(),
  actor: z.string(),
  state: z.enum(['done', 'undone', 'interrupted']),
  /** Refs it moved: full names; null where the ref did not exist. */
  refs: z.array(z.object({ name: z.string(), before: z.nullable(objectId), after: z.nullable(objectId) })),
  worktree: z.string(),
  item: z.optional(z.int()),
  /** Of an `undo` or `redo`: the action that it took back or did again. */
  of: z.optional(z.string()),
});
export type UndoEntry = z.output<typeof undoEntry>;

export const undoList = request({
  method: 'git/undoList',
  purpose: 'What Hearth did to this repository and can undo, newest first (30 days).',
  params: z.strictObject({ repository: repositoryPath, limit: z._default(z.int().check(z.positive(), z.maximum(1000)), 50) }),
  result: z.object({ entries: z.array(undoEntry) }),
});

const undoParams = z.strictObject({
  repository: repositoryPath,
  /** The newest that is not undone (or undone last) when left out. */
  id: z.optional(z.string().check(z.regex(/^[\w.-]{1,80}$/))),
});
const undoResult = z.object({
  entry: undoEntry,
  /** Files of the work tree that were changed back, and that were kept because they changed since. */ files: z.int(),
  kept: z.array(z.string()),
});

export const undo = request({
  method: 'git/undo',
  purpose: 'Undo an action: refs, index and files as before it. `conflict` when something else has moved them since.',
  trust: true,
  params: undoParams,
  result: undoResult,
});

export const redo = request({
  method: 'git/redo',
  purpose: 'Do an undone action again: refs, index and files as after it.',
  trust: true,
  params: undoParams,
  result: undoResult,
});
