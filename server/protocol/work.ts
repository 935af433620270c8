import * as z from 'zod/mini';
import { objectId, repositoryPath } from './gitTypes.ts';
import { request } from './message.ts';

/**
 * Messages about work items: what the hub keeps of them (DESIGN §9). Items belong to a project, which a repository carries; their number is
 * unique there and never used again. Times are milliseconds since the epoch, dates `YYYY-MM-DD`.
 */

export const itemTypes = ['feature', 'fix', 'chore', 'infrastructure', 'deployment', 'documentation', 'incident', 'spike'] as const;
export const itemType = z.enum(itemTypes);
export type ItemType = z.output<typeof itemType>;

/** `done` is reached by Merge & Complete (or by completing what needs no branch), `canceled` from every other state. */
export const itemStates = ['planned', 'started', 'review', 'done', 'canceled'] as const;
export const itemState = z.enum(itemStates);
export type ItemState = z.output<typeof itemState>;

/** The number a person reads as `#12`. */
export const itemId = z.int().check(z.positive());
const oneLine = z.regex(/^[^\0-\x1f\x7f]*$/, 'must be one line without control characters');
const title = z.string().check(
  z.refine((text) => text.trim() !== '', 'must not be empty'),
  z.maxLength(300, 'must be at most 300 characters'),
  oneLine,
);
const notes = z.string().check(z.maxLength(2000, 'must be at most 2000 characters'), z.regex(/^[^\0]*$/));
const tag = z.string().check(z.regex(/^[^\s,\0-\x1f\x7f]{1,50}$/, 'must be 1 to 50 characters without spaces and commas'));
const tags = z.array(tag).check(z.maxLength(30, 'must be at most 30'));
/** A name or an address; `me` is whoever git says commits here. */
const assignee = z.string().check(z.maxLength(200), oneLine);
const date = z.string().check(
  z.refine((text) => {
    const time = Date.parse(`${text}T00:00:00Z`);
    return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
  }, 'must be a date YYYY-MM-DD'),
);
const checkText = z.string().check(
  z.refine((text) => text.trim() !== '', 'must not be empty'),
  z.maxLength(500, 'must be at most 500 characters'),
  oneLine,
);
const commentText = z.string().check(
  z.refine((text) => text.trim() !== '', 'must not be empty'),
  z.maxLength(10_000, 'must be at most 10000 characters'),
);

/** An item in a list (the JSON shape that `hearth work list --json` prints). `branch` is the short name, null before work has started. */
export const itemRow = z.object({
  id: itemId,
  /** Unique everywhere, for ever. */
  uid: z.string(),
  title: z.string(),
  type: itemType,
  state: itemState,
  branch: z.nullable(z.string()),
  /** The branch it was started from and is merged into by default. */
  base: z.nullable(z.string()),
  tags: z.array(z.string()),
  assignee: z.nullable(z.string()),
  due: z.nullable(z.string()),
  checks: z.object({ done: z.int(), total: z.int() }),
  hasNotes: z.boolean(),
  comments: z.int(),
  commits: z.int(),
  created: z.int(),
  updated: z.int(),
  started: z.nullable(z.int()),
  closed: z.nullable(z.int()),
});
export type ItemRow = z.output<typeof itemRow>;

const check = z.object({ id: z.string(), text: z.string(), done: z.boolean() });
const comment = z.object({ id: z.string(), author: z.string(), text: z.string(), time: z.int(), edited: z.optional(z.int()) });
/** `source` says how it was found: on the item's branch, or by its `Hearth-Item:` trailer. Times in seconds, as git has them. */
export const linkedCommit = z.object({
  id: objectId,
  subject: z.string(),
  author: z.string(),
  authorTime: z.int(),
  source: z.enum(['branch', 'trailer']),
});
export type LinkedCommit = z.output<typeof linkedCommit>;

export const mergeHow = z.enum(['merge', 'squash', 'fast-forward']);
export type MergeHow = z.output<typeof mergeHow>;

/** How an item got into its target. `elsewhere`: by ancestry or by patch id, not by Hearth. */
const merged = z.object({
  how: z.enum(['merge', 'squash', 'fast-forward', 'elsewhere']),
  commit: z.optional(objectId),
  into: z.string(),
  time: z.int(),
});

export const item = z.extend(itemRow, {
  notes: z.string(),
  checklist: z.array(check),
  commentList: z.array(comment),
  /** Newest first. */
  commitList: z.array(linkedCommit),
  merged: z.nullable(merged),
});
export type Item = z.output<typeof item>;

const at = { repository: repositoryPath, id: itemId };

export const filter = z.strictObject({
  states: z.optional(z.array(itemState)),
  types: z.optional(z.array(itemType)),
  /** All of these. */
  tags: z.optional(z.array(z.string())),
  /** Whatever the case; `me`; empty: assigned to nobody. */
  assignee: z.optional(z.string()),
  branch: z.optional(z.string()),
  /** Case-insensitive, in title, notes or `#id`. */
  text: z.optional(z.string()),
  /** Due on or before this date. */
  due: z.optional(date),
});

export const list = request({
  method: 'work/list',
  purpose: 'List the work items of the project of a repository: last changed first.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    filter: z._default(filter, {}),
    /** 0 for all. */
    limit: z._default(z.int().check(z.nonnegative()), 0),
    skip: z._default(z.int().check(z.nonnegative()), 0),
  }),
  partial: z.object({ items: z.array(itemRow) }),
  result: z.object({
    /** Absent when the repository is no project yet: it has no items then. */
    project: z.optional(z.string()),
    items: z.optional(z.array(itemRow)),
    total: z.int(),
    /** Over all items of the project, whatever the filter. */
    counts: z.record(itemState, z.int()),
    /** Items whose Merge & Complete was interrupted. */
    interrupted: z.array(itemId),
  }),
});

export const show = request({
  method: 'work/show',
  purpose: 'One work item with its notes, checklist, comments and commits.',
  where: 'hub',
  params: z.strictObject(at),
  result: z.object({ item }),
});

export const create = request({
  method: 'work/create',
  purpose: 'Plan a change: make a work item, with the checklist of its type unless another is given.',
  where: 'hub',
  trust: true,
  params: z.strictObject({
    repository: repositoryPath,
    title,
    type: z._default(itemType, 'feature'),
    notes: z.optional(notes),
    tags: z.optional(tags),
    assignee: z.optional(assignee),
    due: z.optional(date),
    /** Instead of the template's. */
    checklist: z.optional(z.array(checkText).check(z.maxLength(100))),
  }),
  result: z.object({
    item,
    /** What is wrong with the template, in a sentence each; the built-in one was used. */ warnings: z.array(z.string()),
  }),
});

/** A value as the caller last saw it and as it shall be: another one in the store is a `conflict`, and nothing is changed. */
const change = <T extends z.ZodMiniType, U extends z.ZodMiniType>(from: T, to: U) => z.optional(z.strictObject({ from, to }));

export const edit = request({
  method: 'work/edit',
  purpose: 'Change fields of a work item. A field that somebody else has changed since it was read is a conflict.',
  where: 'hub',
  params: z.strictObject({
    ...at,
    title: change(z.string(), title),
    type: change(itemType, itemType),
    notes: change(z.string(), notes),
    assignee: change(z.nullable(z.string()), z.nullable(assignee)),
    due: change(z.nullable(z.string()), z.nullable(date)),
    /** Tags are a set: adding and removing never conflict. */
    tags: z.optional(z.strictObject({ add: z._default(tags, []), remove: z._default(z.array(z.string()), []) })),
  }),
  result: z.object({ item }),
});

export const move = request({
  method: 'work/move',
  purpose: 'Move a work item to another state. `done` is refused while its branch is not merged: use `work/complete`.',
  where: 'hub',
  params: z.strictObject({ ...at, from: z.optional(itemState), to: itemState }),
  result: z.object({ item }),
});

export const checkItem = request({
  method: 'work/check',
  purpose: 'Change the checklist of a work item: tick, add, edit, remove, move.',
  where: 'hub',
  params: z.strictObject({
    ...at,
    action: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('tick'), check: z.string(), done: z.boolean() }),
      /** At the end, or after that one (null: first). */
      z.strictObject({ kind: z.literal('add'), text: checkText, after: z.optional(z.nullable(z.string())) }),
      z.strictObject({ kind: z.literal('edit'), check: z.string(), text: z.strictObject({ from: z.string(), to: checkText }) }),
      z.strictObject({ kind: z.literal('remove'), check: z.string() }),
      z.strictObject({ kind: z.literal('move'), check: z.string(), after: z.nullable(z.string()) }),
    ]),
  }),
  result: z.object({ item }),
});

export const commentItem = request({
  method: 'work/comment',
  purpose: 'Add, edit or remove a comment of a work item.',
  where: 'hub',
  params: z.strictObject({
    ...at,
    action: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('add'), text: commentText }),
      z.strictObject({ kind: z.literal('edit'), comment: z.string(), text: z.strictObject({ from: z.string(), to: commentText }) }),
      z.strictObject({ kind: z.literal('remove'), comment: z.string() }),
    ]),
  }),
  result: z.object({ item }),
});

export const templates = request({
  method: 'work/templates',
  purpose: 'The checklist templates: those of the repository (`.hearth/templates/<type>.md`), else the built-in ones.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath }),
  result: z.object({
    templates: z.array(
      z.object({
        type: itemType,
        /** The file, relative to the repository root; absent for a built-in one. */
        path: z.optional(z.string()),
        notes: z.string(),
        tags: z.array(z.string()),
        checklist: z.array(z.string()),
        /** In a sentence each, with the line. A template with problems is not used. */
        problems: z.array(z.object({ path: z.string(), line: z.int(), problem: z.string() })),
      }),
    ),
    /** Of files that are no template of any type. */
    problems: z.array(z.object({ path: z.string(), line: z.int(), problem: z.string() })),
  }),
});

export const timeline = request({
  method: 'work/timeline',
  purpose: 'What happened to a work item, newest first, from the event log.',
  where: 'hub',
  params: z.strictObject({ ...at, limit: z._default(z.int().check(z.positive(), z.maximum(1000)), 100) }),
  result: z.object({
    events: z.array(
      z.object({ sequence: z.int(), time: z.int(), actor: z.string(), kind: z.string(), payload: z.record(z.string(), z.unknown()) }),
    ),
    more: z.boolean(),
  }),
});

// What the processes that do the git work tell the hub.

export const link = request({
  method: 'work/link',
  purpose: 'Write down which branch a work item has and which commits belong to it, as git says.',
  where: 'hub',
  params: z.strictObject({
    ...at,
    /** The item is `started` by it when it was `planned`. Null: its branch is gone. */
    branch: z.optional(z.nullable(z.string())),
    base: z.optional(z.string()),
    /** Added to what is known; a commit that is no longer reachable is in `gone`. */
    commits: z._default(z.array(linkedCommit), []),
    gone: z._default(z.array(objectId), []),
    /** The caller starts work: `canceled` and `done` items are opened again. */
    start: z._default(z.boolean(), false),
  }),
  result: z.object({ item, changed: z.boolean() }),
});

export const remove = request({
  method: 'work/remove',
  purpose: 'Remove a work item from the store. `work/delete` looks after its branch first.',
  where: 'hub',
  confirm: 'The item with its notes, checklist and comments would be gone; only its events stay in the log.',
  params: z.strictObject(at),
  result: z.object({ title: z.string() }),
});

/** The process that carries out a completion; another one may go on with it only when this one is gone. */
export const holder = z.object({
  pid: z.int(),
  startTime: z.string(),
  bootId: z.string(),
  host: z.string(),
  machine: z.string(),
  pidNamespace: z.string(),
});

/** A Merge & Complete on its way: the plan it follows, and the steps whose intent and end were written down, in order. */
export const completion = z.object({
  id: z.string(),
  item: itemId,
  repository: repositoryPath,
  holder,
  /** What `work/complete` needs to go on (server/work/completion.ts knows its shape). */
  plan: z.record(z.string(), z.unknown()),
  steps: z.array(z.object({ name: z.string(), state: z.enum(['intent', 'done']), data: z.record(z.string(), z.unknown()), time: z.int() })),
  started: z.int(),
});
export type Completion = z.output<typeof completion>;

export const beginCompletion = request({
  method: 'work/beginCompletion',
  purpose: 'Write down that a Merge & Complete begins. `locked` while another one of that item is open.',
  where: 'hub',
  params: z.strictObject({ ...at, holder, plan: z.record(z.string(), z.unknown()) }),
  result: z.object({ completion }),
});

export const takeCompletion = request({
  method: 'work/takeCompletion',
  purpose: 'Go on with an interrupted Merge & Complete. `locked` unless its holder is the one the caller saw (and knows to be gone).',
  where: 'hub',
  params: z.strictObject({ ...at, completion: z.string(), from: holder, to: holder }),
  result: z.object({ completion }),
});

export const recordStep = request({
  method: 'work/recordStep',
  purpose: 'Write down the intent or the end of a step of a Merge & Complete. `locked` when another process holds it by now.',
  where: 'hub',
  params: z.strictObject({
    ...at,
    completion: z.string(),
    holder,
    step: z.strictObject({ name: z.string(), state: z.enum(['intent', 'done']), data: z._default(z.record(z.string(), z.unknown()), {}) }),
  }),
  result: z.object({ completion }),
});

export const endCompletion = request({
  method: 'work/endCompletion',
  purpose: 'Close a Merge & Complete: `completed` makes the item done in the same change, `undone` leaves it as it was before.',
  where: 'hub',
  params: z.strictObject({
    ...at,
    completion: z.string(),
    holder,
    outcome: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('completed'), merged: z.omit(merged, { time: true }), branchDeleted: z.boolean() }),
      z.strictObject({ kind: z.literal('undone') }),
    ]),
  }),
  result: z.object({ item }),
});

export const completions = request({
  method: 'work/completions',
  purpose: 'Merge & Completes that are on their way or were interrupted.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath }),
  result: z.object({ completions: z.array(completion) }),
});
