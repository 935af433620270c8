import * as z from 'zod/mini';
import { head, objectId, repositoryPath, revision, totals } from './gitTypes.ts';
import { request } from './message.ts';
import { item, itemId, itemRow, type itemType, mergeHow } from './work.ts';

/**
 * Messages about work items and git together: the branch of an item, commits with their change entry, Merge & Complete. Answered by the
 * process that has the user's own environment (keys, hooks, PATH); what they change in the state goes through the hub.
 */

/** A short branch name; checked with `git check-ref-format` before it is used. */
export const branchName = z
  .string()
  .check(z.minLength(1), z.maxLength(244), z.regex(/^[^-\0-\x20\x7f][^\0-\x20\x7f]*$/, 'must be a branch name'));
const at = { repository: repositoryPath, id: itemId };

export const current = request({
  method: 'work/current',
  purpose: 'The work item of the branch that is checked out. Asks the hub only when the branch has one.',
  params: z.strictObject({ repository: repositoryPath }),
  result: z.object({
    head,
    operation: z.optional(z.string()),
    item: z.optional(itemRow),
    /** The branch names an item that the store does not have. */
    unknown: z.optional(itemId),
  }),
});

export const startPlan = request({
  method: 'work/startPlan',
  purpose: 'What Start Work would do: the name of the branch, branches to adopt instead, bases, what stands in the way.',
  params: z.strictObject({ ...at, branch: z.optional(z.string().check(z.maxLength(244))) }),
  result: z.object({
    /** Made from the template, or the wanted name; free and valid unless `problem` says why not. */
    branch: z.string(),
    problem: z.optional(z.string()),
    /** Existing branches that fit: the item's own, one named after it, the one that is checked out. */
    adopt: z.array(z.object({ branch: z.string(), why: z.enum(['linked', 'name', 'current']), item: z.optional(itemId) })),
    bases: z.array(z.object({ revision: z.string(), why: z.enum(['current', 'default', 'remote']) })),
    dirty: z.int(),
    /** A sentence, when work cannot start now: a rebase in progress, conflicts. */
    blocked: z.optional(z.string()),
  }),
});

export const start = request({
  method: 'work/start',
  purpose: 'Start work on an item: create (or adopt) its branch, switch to it, link it, and set the item to started.',
  trust: true,
  params: z.strictObject({
    ...at,
    /** From the template when left out; an existing branch needs `adopt`. */
    branch: z.optional(branchName),
    adopt: z._default(z.boolean(), false),
    base: z.optional(revision),
    /** What happens to uncommitted changes: they come along (git refuses when they are in the way), or are stashed, or nothing is done. */
    changes: z._default(z.enum(['carry', 'stash', 'refuse']), 'carry'),
    /** Only link the branch, do not check it out. */
    switch: z._default(z.boolean(), true),
  }),
  result: z.object({ item, branch: z.string(), created: z.boolean(), stashed: z.boolean(), undo: z.optional(z.string()) }),
});

export const reconcile = request({
  method: 'work/reconcile',
  purpose: 'Bring branches and commits of the items up to date with git: renamed and deleted branches, commits made elsewhere.',
  params: z.strictObject({ repository: repositoryPath }),
  result: z.object({ /** Items that changed. */ items: z.array(itemId) }),
});

export const deleteItem = request({
  method: 'work/delete',
  purpose: 'Delete a work item, and its branch when told; commits that are nowhere else are named first and never dropped in silence.',
  trust: true,
  confirm: 'The item with its notes, checklist and comments would be gone; only its events stay in the log.',
  params: z.strictObject({
    ...at,
    /** `delete` refuses a branch with commits that are nowhere else, `delete-unmerged` does not; both can be undone. */
    branch: z._default(z.enum(['keep', 'delete', 'delete-unmerged']), 'keep'),
  }),
  result: z.object({ title: z.string(), branchDeleted: z.optional(z.string()), undo: z.optional(z.string()) }),
});

export const category = z.enum(['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security']);
export type Category = z.output<typeof category>;
const entryText = z.string().check(
  z.refine((text) => text.trim() !== '', 'must not be empty'),
  z.maxLength(5000),
);
/** A change entry as a person writes it, or why none is needed. */
export const newEntry = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('entry'), category, text: entryText }),
  z.strictObject({ kind: z.literal('none'), reason: entryText }),
]);
export type NewEntry = z.output<typeof newEntry>;

/** Something that looks like a secret. `preview` is redacted; `fingerprint` names it in the baseline. Lines and columns are 1-based. */
export const secretFinding = z.object({
  rule: z.string(),
  message: z.string(),
  path: z.string(),
  line: z.int(),
  column: z.int(),
  endColumn: z.int(),
  preview: z.string(),
  fingerprint: z.string(),
});
export type SecretFinding = z.output<typeof secretFinding>;

/** Whether the change that the index (or a branch) holds has its entry. `path` is the fragment's. */
export const entryState = z.object({
  state: z.enum(['present', 'none-needed', 'missing', 'not-required', 'broken']),
  path: z.optional(z.string()),
  /** What is wrong with the fragment, in a sentence each. */
  problems: z.array(z.string()),
});
export type EntryState = z.output<typeof entryState>;

export const commitPlan = request({
  method: 'work/commitPlan',
  purpose: 'What a commit would be: what is staged, the item, the change entry, findings of the secret scan, a message to start from.',
  params: z.strictObject({
    repository: repositoryPath,
    amend: z._default(z.boolean(), false),
    /** As if everything tracked were staged. */ all: z._default(z.boolean(), false),
  }),
  result: z.object({
    head,
    operation: z.optional(z.string()),
    item: z.optional(itemRow),
    staged: totals,
    unmerged: z.int(),
    entry: entryState,
    findings: z.array(secretFinding),
    /** What could not be scanned, in a sentence each (too large, binary files are skipped silently). */
    warnings: z.array(z.string()),
    suggestion: z.string(),
    /** Of the commit that would be amended, and whether a remote branch has it already. */
    last: z.optional(z.object({ id: objectId, message: z.string(), pushed: z.boolean() })),
    identity: z.optional(z.object({ name: z.string(), mail: z.string() })),
    signing: z.boolean(),
    /** Hooks that git will run; `hearth` when ours are among them. */
    hooks: z.object({ names: z.array(z.string()), hearth: z.boolean() }),
  }),
});

export const commit = request({
  method: 'work/commit',
  purpose: 'Commit what is staged, with the trailer of the item and its change entry, after the secret scan. Hooks and signing apply.',
  trust: true,
  params: z.strictObject({
    repository: repositoryPath,
    message: z.string().check(
      z.refine((text) => text.trim() !== '', 'must not be empty'),
      z.maxLength(100_000),
    ),
    amend: z._default(z.boolean(), false),
    /** Stage all changes of tracked files first. */
    all: z._default(z.boolean(), false),
    /** Written as the item's fragment and staged with the commit. */
    entry: z.optional(newEntry),
    /** Fingerprints of findings that the user says are no secrets: written to the baseline and staged with the commit. */
    allow: z._default(z.array(z.string()), []),
  }),
  result: z.object({
    commit: objectId,
    subject: z.string(),
    branch: z.optional(z.string()),
    item: z.optional(itemId),
    totals,
    /** What hooks printed. */
    output: z.string(),
    undo: z.string(),
  }),
});

/** One line of the plan. `fix` names what the shell offers; `text` says how it stands, in one sentence. */
export const precondition = z.object({
  id: z.enum([
    'state',
    'branch',
    'commits',
    'notes',
    'checklist',
    'documentation',
    'entry',
    'operation',
    'worktree',
    'target',
    'protected',
    'prediction',
    'upstream',
    'force-pushed',
  ]),
  state: z.enum(['ok', 'failed', 'warning']),
  text: z.string(),
  fix: z.optional(
    z.enum([
      'write-notes',
      'finish-checklist',
      'add-entry',
      'commit',
      'finish-operation',
      'clean-target',
      'choose-target',
      'resolve',
      'start',
      'fetch',
      'resume',
    ]),
  ),
});
export type Precondition = z.output<typeof precondition>;

const conflictFile = z.object({
  path: z.string(),
  /** As git names it: `content`, `modify/delete`, `rename/rename`, … */ kind: z.string(),
});

export const completePlan = request({
  method: 'work/completePlan',
  purpose: 'What Merge & Complete would do: each precondition, the predicted merge, the target against its upstream. Changes nothing.',
  params: z.strictObject({ ...at, into: z.optional(branchName), how: z.optional(mergeHow) }),
  result: z.object({
    ready: z.boolean(),
    preconditions: z.array(precondition),
    source: z.optional(z.object({ branch: z.string(), commit: objectId, ahead: z.int(), behind: z.int() })),
    target: z.optional(
      z.object({
        branch: z.string(),
        commit: objectId,
        /** Where it is checked out; absent: a temporary worktree is used. */
        worktree: z.optional(z.string()),
        upstream: z.optional(z.object({ name: z.string(), ahead: z.int(), behind: z.int() })),
      }),
    ),
    /** Branches that could be the target. */
    targets: z.array(z.string()),
    how: mergeHow,
    /** What each way would do. */
    possible: z.array(mergeHow),
    prediction: z.optional(z.object({ clean: z.boolean(), conflicts: z.array(conflictFile) })),
    /** The branch is in the target already: by ancestry, or its changes by patch id. Then only the rest is done. */
    elsewhere: z.optional(z.object({ by: z.enum(['ancestry', 'patch-id']), commit: z.optional(objectId) })),
    message: z.string(),
    entry: entryState,
    /** An interrupted one that has to be finished or undone first. */
    interrupted: z.optional(z.object({ completion: z.string(), step: z.string(), running: z.boolean() })),
  }),
});

export const complete = request({
  method: 'work/complete',
  purpose:
    'Merge & Complete: merge the branch, assemble the change log, delete the branch, close the item. All or nothing, also after a crash.',
  trust: true,
  params: z.strictObject({
    ...at,
    into: z.optional(branchName),
    how: z._default(mergeHow, 'merge'),
    message: z.optional(z.string().check(z.maxLength(100_000))),
    deleteBranch: z._default(z.boolean(), true),
    assemble: z._default(z.boolean(), true),
    /** The tips that the user saw in the plan; others are a `conflict`. */
    expected: z.optional(z.strictObject({ source: objectId, target: objectId })),
  }),
  result: z.object({
    item,
    how: z.enum(['merge', 'squash', 'fast-forward', 'elsewhere', 'none']),
    commit: z.optional(objectId),
    into: z.optional(z.string()),
    branchDeleted: z.optional(z.string()),
    /** The target against its upstream afterwards: nothing was pushed. */
    ahead: z.optional(z.object({ upstream: z.string(), commits: z.int() })),
    undo: z.optional(z.string()),
  }),
});

export const resume = request({
  method: 'work/resume',
  purpose: 'Finish or undo a Merge & Complete that was interrupted. `locked` while the process that began it lives.',
  trust: true,
  params: z.strictObject({ ...at, action: z.enum(['finish', 'undo']) }),
  result: z.object({ item, outcome: z.enum(['completed', 'undone']), commit: z.optional(objectId) }),
});

// The change log.

const fragment = z.object({
  path: z.string(),
  /** From the file name: `changes/12.md`, `changes/12-anything.md`. */
  item: z.optional(itemId),
  entries: z.array(z.object({ category, text: z.string() })),
  none: z.optional(z.string()),
  problems: z.array(z.object({ line: z.int(), problem: z.string() })),
});
export type Fragment = z.output<typeof fragment>;

export const changelogList = request({
  method: 'changelog/list',
  purpose: 'The change entries that wait to be assembled, and what is wrong with them.',
  params: z.strictObject({ repository: repositoryPath }),
  result: z.object({ file: z.string(), folder: z.string(), fragments: z.array(fragment) }),
});

export const changelogAdd = request({
  method: 'changelog/add',
  purpose: 'Write a change entry (or why none is needed) into the fragment of an item: the one of the branch unless told.',
  trust: true,
  params: z.strictObject({
    repository: repositoryPath,
    item: z.optional(itemId),
    entry: newEntry,
    /** Add the file to the index too. */
    stage: z._default(z.boolean(), true),
  }),
  result: z.object({ path: z.string(), fragment }),
});

export const changelogCheck = request({
  method: 'changelog/check',
  purpose: 'Whether the work tree (or a branch against its base) holds the change entry that its item needs.',
  params: z.strictObject({
    repository: repositoryPath,
    item: z.optional(itemId),
    branch: z.optional(branchName),
    base: z.optional(revision),
  }),
  result: z.object({
    item: z.optional(itemId),
    entry: entryState,
    /** Of all fragments. */ problems: z.array(z.object({ path: z.string(), line: z.int(), problem: z.string() })),
  }),
});

export const changelogAssemble = request({
  method: 'changelog/assemble',
  purpose: 'Move the fragments into the change log, under Unreleased or a version; everything that is in it stays byte for byte.',
  trust: true,
  params: z.strictObject({
    repository: repositoryPath,
    version: z.optional(z.string().check(z.regex(/^[\w.+-]{1,100}$/))),
    /** Only say what would be written. */
    dryRun: z._default(z.boolean(), false),
    stage: z._default(z.boolean(), false),
  }),
  result: z.object({
    file: z.string(),
    added: z.string(),
    fragments: z.array(z.string()),
    problems: z.array(z.object({ path: z.string(), line: z.int(), problem: z.string() })),
  }),
});

// Hooks.

export const hookName = z.enum(['pre-commit', 'commit-msg', 'post-commit', 'pre-push']);
export type HookName = z.output<typeof hookName>;

const hookRow = z.object({
  name: hookName,
  state: z.enum(['installed', 'absent', 'changed']),
  path: z.string(),
  /** A hook that was there before runs first. */
  beside: z.boolean(),
});

export const hooksStatus = request({
  method: 'hooks/status',
  purpose: 'Which of the hooks of Hearth are installed, where, and beside what.',
  params: z.strictObject({ repository: repositoryPath }),
  result: z.object({
    folder: z.string(),
    /** Who keeps the folder: git itself, or `core.hooksPath` (husky and others). */
    kind: z.enum(['git', 'hooksPath', 'husky']),
    hooks: z.array(hookRow),
    /** The command they call; they do nothing while it is missing. */
    command: z.string(),
    commandFound: z.boolean(),
  }),
});

export const hooksInstall = request({
  method: 'hooks/install',
  purpose: 'Install the hooks of Hearth beside those that are there.',
  trust: true,
  params: z.strictObject({ repository: repositoryPath }),
  result: z.object({
    folder: z.string(),
    hooks: z.array(hookRow),
    /** A tracked folder gets changed files: said here. */ warnings: z.array(z.string()),
  }),
});

export const hooksRemove = request({
  method: 'hooks/remove',
  purpose: 'Remove the hooks of Hearth: what was there before is as it was, byte for byte.',
  trust: true,
  params: z.strictObject({ repository: repositoryPath }),
  result: z.object({ folder: z.string(), hooks: z.array(hookRow), warnings: z.array(z.string()) }),
});

export const hooksRun = request({
  method: 'hooks/run',
  purpose:
    'The rules of one hook: the secret scan and change entry before a commit, the trailer in its message, no oplog in a push. Never starts a hub.',
  params: z.strictObject({
    repository: repositoryPath,
    hook: hookName,
    arguments: z._default(z.array(z.string()), []),
    /** What git wrote to the hook's standard input. */
    input: z._default(z.string(), ''),
    /** Where git keeps the index of this commit (`GIT_INDEX_FILE`). */
    indexFile: z.optional(z.string()),
  }),
  result: z.object({
    ok: z.boolean(),
    /** What to fix, in a sentence each with the way to do it. */
    problems: z.array(z.object({ text: z.string(), hint: z.optional(z.string()) })),
    notes: z.array(z.string()),
  }),
});

/** For the quick pick of types and the words of a suggestion. */
export const prefixOf: Readonly<Record<z.output<typeof itemType>, string>> = {
  feature: 'feat',
  fix: 'fix',
  chore: 'chore',
  infrastructure: 'infra',
  deployment: 'deploy',
  documentation: 'docs',
  incident: 'fix',
  spike: 'spike',
};
