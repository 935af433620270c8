import * as z from 'zod/mini';

/** Schemas that several git messages share. Line numbers in the contract are 1-based; times are integer seconds since the epoch. */

const noControl = z.regex(/^[^\0-\x1f\x7f]*$/, 'must not contain control characters');

/** Absolute path of a work tree's top folder, as `git/discover` answers it. */
export const repositoryPath = z.string().check(z.minLength(1), z.maxLength(4096), z.regex(/^[^\0]*$/));

/** 40 (SHA-1) or 64 (SHA-256) hex digits. */
export const objectId = z.string().check(z.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/));

/** Anything `git rev-parse` understands, but never an option: it must not start with `-`. */
export const revision = z.string().check(z.minLength(1), z.maxLength(2048), noControl, z.regex(/^[^-]/, 'must not start with "-"'));

const relativePath = z.string().check(
  z.maxLength(4096),
  z.regex(/^[^\0]*$/, 'must not contain NUL'),
  z.refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'must be relative to the repository, without ".."'),
);

/** A path relative to the repository root. `pathBytes` (base64) names a path that is not UTF-8 (DESIGN §12). */
export const file = z.union([z.strictObject({ path: relativePath }), z.strictObject({ pathBytes: z.string().check(z.maxLength(8192)) })]);
export type FileRef = z.output<typeof file>;

/** How a path travels in results: `pathBytes` only when `path` is a lossy rendering of it. */
export const pathFields = { path: z.string(), pathBytes: z.optional(z.string()) };

/** First and last line, 1-based, inclusive. */
export const lineRange = z.strictObject({ start: z.int().check(z.positive()), end: z.int().check(z.positive()) });

/** One side of a comparison. `stash` compares against what the stash was made from; `empty` is the empty tree. */
export const side = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('commit'), revision }),
  z.strictObject({ kind: z.literal('index') }),
  z.strictObject({ kind: z.literal('worktree') }),
  z.strictObject({ kind: z.literal('stash'), index: z.int().check(z.nonnegative()) }),
  z.strictObject({ kind: z.literal('mergeBase'), a: revision, b: revision }),
  z.strictObject({ kind: z.literal('empty') }),
]);
export type Side = z.output<typeof side>;

/** A side after its names were resolved: `commit` is set where the side is a commit, `label` is what a person reads. */
export const resolvedSide = z.object({ side, label: z.string(), commit: z.optional(objectId) });
export type ResolvedSide = z.output<typeof resolvedSide>;

export const head = z.object({
  state: z.enum(['branch', 'detached', 'unborn']),
  branch: z.optional(z.string()),
  commit: z.optional(objectId),
});

export const repository = z.object({
  root: repositoryPath,
  gitDir: z.string(),
  /** Real path of the git common directory: the identity of the repository, shared by its worktrees. */
  commonDir: z.string(),
  objectFormat: z.enum(['sha1', 'sha256']),
  refFormat: z.enum(['files', 'reftable']),
  kind: z.enum(['main', 'linked', 'submodule']),
  superproject: z.optional(z.string()),
  shallow: z.boolean(),
  partialClone: z.boolean(),
  head,
  /** `merge`, `rebase`, `cherry-pick`, `revert`, `bisect` when one is in progress. */
  operation: z.optional(z.string()),
});
export type RepositoryFacts = z.output<typeof repository>;

export const person = { author: z.string(), authorMail: z.string(), authorTime: z.int() };

/** A commit in a list. `refs` are full names (`refs/heads/main`, `HEAD`), decorations of that commit. */
export const commitRow = z.object({
  id: objectId,
  parents: z.array(objectId),
  ...person,
  committerTime: z.int(),
  subject: z.string(),
  refs: z.array(z.string()),
});
export type CommitRow = z.output<typeof commitRow>;

/** What blame knows of a commit (the JSON shape other tools rely on). `authorTz` is `+hhmm`. */
export const blamedCommit = z.object({
  author: z.string(),
  authorMail: z.string(),
  authorTime: z.int(),
  authorTz: z.string(),
  committer: z.string(),
  committerMail: z.string(),
  committerTime: z.int(),
  committerTz: z.string(),
  summary: z.string(),
  boundary: z.optional(z.boolean()),
});
export type BlamedCommit = z.output<typeof blamedCommit>;

/** Where a line came from: the path in that commit, and the commit and path before it (absent at a root or boundary). */
export const blameOrigin = z.object({
  path: z.string(),
  previous: z.optional(z.object({ commit: objectId, path: z.string() })),
});
export type BlameOrigin = z.output<typeof blameOrigin>;

/** Runs of lines as columns: run `i` covers `count[i]` lines from `line[i]`, which were `originalLine[i]`… in `commit[i]`, origin `origin[i]`. */
export const blameRuns = z.object({
  line: z.array(z.int()),
  count: z.array(z.int()),
  originalLine: z.array(z.int()),
  commit: z.array(objectId),
  origin: z.array(z.int()),
});
export type BlameRuns = z.output<typeof blameRuns>;

export const blameOptions = z.strictObject({
  ignoreWhitespace: z._default(z.boolean(), false),
  /** `-M`: lines moved within the file. */
  moves: z._default(z.boolean(), false),
  /** `-C`: lines moved or copied from other files; 2 and 3 repeat the option as git does. */
  copies: z._default(z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]), 0),
  /** Honour `.git-blame-ignore-revs` and `blame.ignoreRevsFile`. */
  ignoreRevs: z._default(z.boolean(), true),
});

export const diffOptions = z.strictObject({
  whitespace: z._default(z.enum(['show', 'ignore-eol', 'ignore-change', 'ignore-all']), 'show'),
  context: z._default(z.int().check(z.nonnegative(), z.lte(1_000_000)), 3),
  renames: z._default(z.boolean(), true),
  copies: z._default(z.boolean(), false),
  /** List untracked files of a work-tree side too, as `untracked`, and those that a stash keeps, as `added` or `deleted`; yes unless told. `git diff` does not. */
  untracked: z.optional(z.boolean()),
});
export type DiffOptions = z.output<typeof diffOptions>;

/** `unmerged` is a path with conflicts in the index; `type` a file that became a link or a submodule. */
export const changeStatus = z.enum(['added', 'modified', 'deleted', 'renamed', 'copied', 'type', 'unmerged', 'untracked']);

/** One changed file (the JSON shape other tools rely on). Modes are octal strings, `000000` where the side has no file. */
export const changedFile = z.object({
  ...pathFields,
  oldPath: z.optional(z.string()),
  oldPathBytes: z.optional(z.string()),
  status: changeStatus,
  additions: z.int(),
  deletions: z.int(),
  binary: z.boolean(),
  oldMode: z.string(),
  newMode: z.string(),
  similarity: z.optional(z.int()),
  /** Blob ids; absent where git does not know one (a work-tree file). */
  oldId: z.optional(objectId),
  newId: z.optional(objectId),
  /** `false` on a row that was sent before its lines were counted; absent or true otherwise. */
  counted: z.optional(z.boolean()),
});
export type ChangedFile = z.output<typeof changedFile>;

export const totals = z.object({ files: z.int(), additions: z.int(), deletions: z.int() });
