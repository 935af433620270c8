import * as z from 'zod/mini';
import {
  blamedCommit,
  blameOptions,
  blameOrigin,
  blameRuns,
  changedFile,
  commitRow,
  diffOptions,
  file,
  head,
  lineRange,
  objectId,
  pathFields,
  person,
  repository,
  repositoryPath,
  resolvedSide,
  revision,
  side,
  totals,
} from './gitTypes.ts';
import { notification, request } from './message.ts';

/** Messages of the git domain. Paths are relative to the repository root; lines are 1-based; times are seconds since the epoch. */

export const discover = request({
  method: 'git/discover',
  purpose: 'Find the repository that a file or folder belongs to.',
  params: z.strictObject({ path: z.string().check(z.minLength(1)) }),
  result: z.object({ repository, /** Of the asked path, relative to the root; empty for the root itself. */ path: z.string() }),
});

export const moved = notification({
  method: 'git/moved',
  purpose: 'The repository changed: what was read from it may be stale.',
  direction: 'toClient',
  params: z.object({
    repository: repositoryPath,
    what: z.array(z.enum(['head', 'refs', 'index', 'config', 'stash', 'gone'])),
    head: z.optional(head),
  }),
});

export const blame = request({
  method: 'git/blame',
  purpose: 'Say for each line of a file which commit it comes from.',
  params: z.strictObject({
    repository: repositoryPath,
    file,
    /** The working file when left out. */
    revision: z.optional(revision),
    /** Blame this text as the working file (unsaved changes). */
    contents: z.optional(z.string()),
    /** The same as bytes (base64), for text that is not UTF-8. */
    contentsBytes: z.optional(z.string()),
    /** Only these lines. */
    lines: z.optional(lineRange),
    /** These lines come first, the rest follows. */
    visible: z.optional(lineRange),
    options: z._default(blameOptions, { ignoreWhitespace: false, moves: false, copies: 0, ignoreRevs: true }),
  }),
  /** Origins and commits come before or with the runs that name them; `origins` only grows. */
  partial: z.object({ runs: blameRuns, origins: z.array(blameOrigin), commits: z.record(z.string(), blamedCommit) }),
  result: z.object({
    path: z.string(),
    /** The commit blamed; the commit under the working file when that was blamed; absent without any commit. */
    revision: z.optional(objectId),
    lineCount: z.int(),
    /** What is wrong with a list of ignored revisions, in a sentence each; the blame is right without what it could not read. */
    warnings: z.optional(z.array(z.string())),
    /** One entry per line, in order; absent when the rows travelled as partials. */
    lines: z.optional(z.object({ commit: z.array(objectId), originalLine: z.array(z.int()), origin: z.array(z.int()) })),
    origins: z.optional(z.array(blameOrigin)),
    commits: z.optional(z.record(z.string(), blamedCommit)),
  }),
});

/** Why a document has no blame; none of these is an error to a person typing. */
export const noBlame = z.enum(['outside-repository', 'untracked', 'ignored', 'unborn', 'binary', 'too-large', 'not-a-file', 'unavailable']);

export const documentBlame = request({
  method: 'git/documentBlame',
  purpose: 'Blame of an open document as it stands in the editor, unsaved changes included, without a git process per edit.',
  params: z.strictObject({
    uri: z.string(),
    /** Wait for nothing: answer what is known of these lines now and start the rest. Whole document when left out. */
    lines: z.optional(lineRange),
    /** The document version the caller sees; an older answer is `stale`. */
    version: z.optional(z.int()),
    options: z._default(blameOptions, { ignoreWhitespace: false, moves: false, copies: 0, ignoreRevs: true }),
  }),
  partial: z.object({ runs: blameRuns, origins: z.array(blameOrigin), commits: z.record(z.string(), blamedCommit) }),
  /** With a token, `runs`, `origins` and `commits` travel as partials. Lines are those of the document now; uncommitted lines carry the zero id. */
  result: z.discriminatedUnion('state', [
    z.object({
      state: z.literal('blamed'),
      repository: repositoryPath,
      path: z.string(),
      version: z.int(),
      lineCount: z.int(),
      runs: z.optional(blameRuns),
      origins: z.optional(z.array(blameOrigin)),
      commits: z.optional(z.record(z.string(), blamedCommit)),
    }),
    z.object({ state: z.literal('none'), why: noBlame }),
    z.object({ state: z.literal('stale') }),
  ]),
});

export const blameChanged = notification({
  method: 'git/blameChanged',
  purpose: 'The blame of an open document is no longer what was last sent (HEAD moved, the file was saved or reconciled).',
  direction: 'toClient',
  params: z.object({ uri: z.string() }),
});

/** A piece of a message that names an issue: `[start, end)` in UTF-16 units of `text`. */
const issueLink = z.object({ start: z.int(), end: z.int(), id: z.string(), url: z.string() });

export const commitCard = request({
  method: 'git/commitCard',
  purpose: 'Everything a hover shows of a commit, and how it changed one line.',
  params: z.strictObject({
    repository: repositoryPath,
    commit: objectId,
    file: z.optional(file),
    line: z.optional(z.int().check(z.positive())),
  }),
  result: z.object({
    commit: commitRow,
    committer: z.string(),
    committerMail: z.string(),
    message: z.string(),
    issues: z.array(issueLink),
    /** Lines before and after in the hunk around the asked line; absent for a root commit or when not asked. */
    change: z.optional(z.object({ before: z.array(z.string()), after: z.array(z.string()) })),
    permalink: z.optional(z.string()),
  }),
});

export const diffList = request({
  method: 'git/diffList',
  purpose: 'List the files that differ between two sides, with counts.',
  params: z.strictObject({
    repository: repositoryPath,
    from: side,
    to: side,
    paths: z._default(z.array(file), []),
    options: z._default(diffOptions, { whitespace: 'show', context: 3, renames: true, copies: false }),
  }),
  /** Rows come first with zero counts (`counted: false`) where counting takes longer; the same path comes again without `counted`. */
  partial: z.object({ files: z.array(changedFile) }),
  result: z.object({ from: resolvedSide, to: resolvedSide, files: z.optional(z.array(changedFile)), totals }),
});

/** `kind` says how the file is to be shown. `patch` is git's own patch of this file, for `text` and `conflict`. */
const fileDiff = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), patch: z.string(), lines: z.int(), truncated: z.boolean(), lfs: z.optional(z.boolean()) }),
  z.object({ kind: z.literal('binary'), oldSize: z.int(), newSize: z.int() }),
  z.object({
    kind: z.literal('image'),
    mime: z.string(),
    old: z.optional(z.string()),
    new: z.optional(z.string()),
    oldSize: z.int(),
    newSize: z.int(),
  }),
  z.object({
    kind: z.literal('submodule'),
    oldCommit: z.optional(objectId),
    newCommit: z.optional(objectId),
    dirty: z.boolean(),
    log: z.array(z.string()),
  }),
  z.object({ kind: z.literal('conflict'), patch: z.string(), stages: z.array(z.int()), lines: z.int(), truncated: z.boolean() }),
  z.object({ kind: z.literal('unchanged') }),
]);

export const diffFile = request({
  method: 'git/diffFile',
  purpose: 'The difference of one file between two sides.',
  params: z.strictObject({
    repository: repositoryPath,
    from: side,
    to: side,
    file,
    oldFile: z.optional(file),
    /** Lines of patch after which the answer is cut (`truncated`); 0 sends all. */
    limit: z._default(z.int().check(z.nonnegative()), 5000),
    options: z._default(diffOptions, { whitespace: 'show', context: 3, renames: true, copies: false }),
  }),
  result: fileDiff,
});

export const diffExport = request({
  method: 'git/diffExport',
  purpose: 'Write a comparison as HTML, Markdown, JSON or a patch, streamed file by file.',
  params: z.strictObject({
    repository: repositoryPath,
    from: side,
    to: side,
    paths: z._default(z.array(file), []),
    format: z.enum(['html', 'md', 'json', 'patch']),
    layout: z._default(z.enum(['side-by-side', 'unified']), 'side-by-side'),
    /** A patch holds the content of binary files, so that it can be applied; without, git's one line about each. */
    binary: z._default(z.boolean(), true),
    /** Absolute path, written by temporary file and rename; an existing file is replaced. Without it the text travels as partials. */
    out: z.optional(z.string()),
    options: z._default(diffOptions, { whitespace: 'show', context: 3, renames: true, copies: false }),
  }),
  /** `patch` chunks may not be UTF-8: all chunks are base64. */
  partial: z.object({ chunks: z.array(z.string()) }),
  result: z.object({ bytes: z.int(), files: z.int(), out: z.optional(z.string()), chunks: z.optional(z.array(z.string())) }),
});

/** A changed range against a side: lines `[oldStart, oldStart+oldLines.length)` there, `newCount` lines from `newStart` here (1-based; a pure deletion has `newCount` 0 and stands before `newStart`). */
const inlineHunk = z.object({ oldStart: z.int(), oldLines: z.array(z.string()), newStart: z.int(), newCount: z.int() });

export const inlineDiff = request({
  method: 'git/inlineDiff',
  purpose: 'Changed ranges of an open document (unsaved text included) against a revision or the index.',
  params: z.strictObject({ uri: z.string(), against: side, version: z.optional(z.int()) }),
  result: z.discriminatedUnion('state', [
    z.object({
      state: z.literal('diffed'),
      version: z.int(),
      hunks: z.array(inlineHunk),
      against: resolvedSide,
      oldPath: z.optional(z.string()),
    }),
    z.object({ state: z.literal('none'), why: noBlame }),
    z.object({ state: z.literal('stale') }),
  ]),
});

export const log = request({
  method: 'git/log',
  purpose: 'Commits of a revision, newest first, paged and streamed.',
  params: z.strictObject({
    repository: repositoryPath,
    /** HEAD when left out. */
    revision: z.optional(revision),
    /** All refs instead of one revision. */
    all: z._default(z.boolean(), false),
    paths: z._default(z.array(file), []),
    limit: z._default(z.int().check(z.positive()), 100),
    skip: z._default(z.int().check(z.nonnegative()), 0),
  }),
  partial: z.object({ commits: z.array(commitRow) }),
  result: z.object({ commits: z.optional(z.array(commitRow)), /** Whether older ones exist. */ more: z.boolean() }),
});

export const show = request({
  method: 'git/show',
  purpose: 'One commit with its message and changed files (against its first parent).',
  params: z.strictObject({
    repository: repositoryPath,
    revision,
    options: z._default(diffOptions, { whitespace: 'show', context: 3, renames: true, copies: false }),
  }),
  result: z.object({
    ...commitRow.shape,
    committer: z.string(),
    committerMail: z.string(),
    message: z.string(),
    files: z.array(changedFile),
    totals,
  }),
});

/** A revision of a file: the path it had there, and what happened to it. */
const historyRow = z.object({
  id: objectId,
  parents: z.array(objectId),
  path: z.string(),
  pathBytes: z.optional(z.string()),
  oldPath: z.optional(z.string()),
  ...person,
  committerTime: z.int(),
  subject: z.string(),
  status: z.optional(z.string()),
});

export const history = request({
  method: 'git/history',
  purpose: 'Revisions of a file (across renames), a folder, a line range or a function.',
  params: z.strictObject({
    repository: repositoryPath,
    file,
    revision: z.optional(revision),
    lines: z.optional(lineRange),
    /** Name of a function, as `git log -L :name:file` finds it. */
    function: z.optional(z.string().check(z.minLength(1), z.maxLength(500))),
    /** Lines are those of this text (unsaved), mapped to the revision first. */
    contents: z.optional(z.string()),
    limit: z._default(z.int().check(z.positive()), 50),
    skip: z._default(z.int().check(z.nonnegative()), 0),
  }),
  partial: z.object({ revisions: z.array(historyRow) }),
  result: z.object({ revisions: z.optional(z.array(historyRow)), more: z.boolean() }),
});

export const neighbours = request({
  method: 'git/neighbours',
  purpose: 'The revision of a file before and after a given one (the working file when no revision is given).',
  params: z.strictObject({ repository: repositoryPath, file, revision: z.optional(revision) }),
  result: z.object({ previous: z.optional(historyRow), next: z.optional(historyRow) }),
});

/** A tree entry. `size` is absent for folders and submodules. */
const treeEntry = z.object({
  ...pathFields,
  kind: z.enum(['file', 'link', 'folder', 'submodule']),
  mode: z.string(),
  id: objectId,
  size: z.optional(z.int()),
});

export const files = request({
  method: 'git/files',
  purpose: 'List files at a revision, one folder or everything below it.',
  params: z.strictObject({
    repository: repositoryPath,
    revision: z.optional(revision),
    folder: z.optional(file),
    recursive: z._default(z.boolean(), false),
  }),
  partial: z.object({ entries: z.array(treeEntry) }),
  result: z.object({ revision: objectId, entries: z.optional(z.array(treeEntry)) }),
});

export const content = request({
  method: 'git/content',
  purpose: 'The content of a file on one side of a comparison.',
  params: z.strictObject({
    repository: repositoryPath,
    side,
    file,
    /** A conflict stage of the index: 1 base, 2 ours, 3 theirs. */
    stage: z.optional(z.union([z.literal(1), z.literal(2), z.literal(3)])),
    encoding: z._default(z.enum(['text', 'base64']), 'text'),
  }),
  /** `absent` is a side without that file. Text is decoded from UTF-8 or by its byte-order mark. */
  result: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('text'), text: z.string(), size: z.int(), id: z.optional(objectId) }),
    z.object({ kind: z.literal('base64'), base64: z.string(), size: z.int(), id: z.optional(objectId) }),
    z.object({ kind: z.literal('binary'), size: z.int(), id: z.optional(objectId) }),
    z.object({ kind: z.literal('submodule'), id: objectId }),
    z.object({ kind: z.literal('absent') }),
  ]),
});

const refRow = z.object({
  /** Full name, `refs/heads/main`. */
  name: z.string(),
  short: z.string(),
  kind: z.enum(['branch', 'remote', 'tag', 'other']),
  commit: objectId,
  /** Of the commit (or the tag object). */
  time: z.int(),
  subject: z.string(),
  author: z.string(),
  upstream: z.optional(z.string()),
  ahead: z.optional(z.int()),
  behind: z.optional(z.int()),
  upstreamGone: z.optional(z.boolean()),
  /** Path of the worktree that has it checked out. */
  worktree: z.optional(z.string()),
});

export const refs = request({
  method: 'git/refs',
  purpose: 'Branches, remote branches, tags, stashes and worktrees of a repository.',
  params: z.strictObject({
    repository: repositoryPath,
    /** At most so many of each kind, newest first; 0 for all. */ limit: z._default(z.int().check(z.nonnegative()), 0),
  }),
  result: z.object({
    head,
    refs: z.array(refRow),
    counts: z.object({ branch: z.int(), remote: z.int(), tag: z.int() }),
    remotes: z.array(z.object({ name: z.string(), url: z.string() })),
    stashes: z.array(
      z.object({ index: z.int(), id: objectId, base: objectId, time: z.int(), message: z.string(), branch: z.optional(z.string()) }),
    ),
    worktrees: z.array(
      z.object({
        root: z.string(),
        head: z.optional(objectId),
        branch: z.optional(z.string()),
        locked: z.boolean(),
        prunable: z.boolean(),
        current: z.boolean(),
      }),
    ),
  }),
});

export const resolve = request({
  method: 'git/resolve',
  purpose: 'Which commit a revision names.',
  params: z.strictObject({ repository: repositoryPath, revision }),
  result: z.object({ commit: objectId, tree: objectId }),
});

export const permalink = request({
  method: 'git/permalink',
  purpose: 'The address of a file, lines or commit on the remote host, built from the remote without any network.',
  params: z.strictObject({
    repository: repositoryPath,
    commit: objectId,
    file: z.optional(file),
    lines: z.optional(lineRange),
    remote: z.optional(z.string()),
  }),
  result: z.object({
    url: z.string(),
    host: z.enum(['github', 'gitlab', 'gitea', 'bitbucket']),
    remote: z.string(),
    /** Whether a remote-tracking branch contains the commit. */ pushed: z.boolean(),
  }),
});
