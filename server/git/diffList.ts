import type { ChangedFile, DiffOptions, FileRef, ResolvedSide, Side } from '../protocol/gitTypes.ts';
import { comparisonArguments, diffArguments } from './diffArguments.ts';
import { DiffListParser, type ListedFile } from './diffListParser.ts';
import { quote } from './diffPath.ts';
import { stashedComparison } from './diffStashed.ts';
import { unmergedStages } from './diffUnmerged.ts';
import { untrackedFiles } from './diffUntracked.ts';
import type { Repository } from './repository.ts';
import { type OpenSide, resolveSide } from './side.ts';

export interface ListQuestion {
  from: Side;
  to: Side;
  paths: readonly FileRef[];
  options: DiffOptions;
}

export interface Totals {
  files: number;
  additions: number;
  deletions: number;
}

const batch = 1000;
/** Counting thousands of large files may take minutes in which git prints nothing. */
const silence = 600_000;

interface ListHow {
  signal?: AbortSignal;
  /** After so many milliseconds names are sent before their lines are counted, with `counted: false`, and again when counted. */
  early?: number;
}

/**
 * Lists what differs, in git's order, then untracked files, those of a stash last. `emit` gets rows in batches.
 * Binary files count no lines, as in `git diff --numstat`.
 */
export async function diffList(
  repository: Repository,
  question: ListQuestion,
  emit: (files: ChangedFile[]) => void,
  how: ListHow,
): Promise<{ from: ResolvedSide; to: ResolvedSide; totals: Totals }> {
  const [from, to] = await Promise.all([
    resolveSide(repository, question.from, how.signal),
    resolveSide(repository, question.to, how.signal),
  ]);
  const totals = await listBetween(repository, { from, to }, question, emit, how);
  return { from: from.shown, to: to.shown, totals };
}

/** The same between sides that are resolved already. */
export async function listBetween(
  repository: Repository,
  sides: { from: OpenSide; to: OpenSide },
  question: Pick<ListQuestion, 'paths' | 'options'>,
  emit: (files: ChangedFile[]) => void,
  how: ListHow,
): Promise<Totals> {
  const comparison = comparisonArguments(sides.from, sides.to);
  const totals: Totals = { files: 0, additions: 0, deletions: 0 };
  if (comparison === undefined) return totals;
  const send = (rows: ChangedFile[]) => {
    for (const row of rows) {
      totals.files++;
      totals.additions += row.additions;
      totals.deletions += row.deletions;
    }
    for (let start = 0; start < rows.length; start += batch) emit(rows.slice(start, start + batch));
  };
  const worktree = sides.from.content.kind === 'worktree' ? 'from' : sides.to.content.kind === 'worktree' ? 'to' : undefined;
  const withUntracked = worktree !== undefined && question.options.untracked !== false;
  const untracked = withUntracked ? untrackedFiles(repository, question.paths, worktree, how.signal) : undefined;
  // Its failure is taken below; until then it must not count as unhandled.
  untracked?.catch(() => {});
  let listed: ListedFile[];
  try {
    listed = await trackedFiles(repository, comparison, question, { send, emit }, { ...how, worktree: worktree !== undefined });
  } catch (error) {
    // No process outlives the answer.
    await untracked?.catch(() => {});
    throw error;
  }
  if (untracked !== undefined) {
    // A file that was removed from the index but not from disk is told once, as git tells it.
    const known = new Set(listed.map(({ key }) => key));
    const more = (await untracked).filter(({ key }) => !known.has(key));
    send(more.map(({ row }) => row));
    listed = [...listed, ...more];
  }
  const stashed = await stashedComparison(repository, sides, question.options, how.signal);
  if (stashed !== undefined) {
    const known = new Set(listed.map(({ row }) => row.pathBytes ?? row.path));
    const sendNew = (rows: ChangedFile[]) => send(rows.filter((row) => !known.has(row.pathBytes ?? row.path)));
    await trackedFiles(
      repository,
      stashed,
      question,
      { send: sendNew, emit },
      { ...(how.signal && { signal: how.signal }), worktree: false },
    );
  }
  return totals;
}

/** Everything but untracked files, sent as soon as it is known to be so; returns what was sent. */
async function trackedFiles(
  repository: Repository,
  comparison: readonly string[],
  question: Pick<ListQuestion, 'paths' | 'options'>,
  out: { send: (rows: ChangedFile[]) => void; emit: (rows: ChangedFile[]) => void },
  how: ListHow & { worktree: boolean },
): Promise<ListedFile[]> {
  const args = diffArguments(repository, comparison, ['--raw', '--numstat', '-z'], question.options, question.paths);
  const parser = new DiffListParser();
  const { files } = parser;
  // Where whitespace is ignored or times on disk are stale, a name alone does not mean a change: it waits for its count.
  const sure = (file: ListedFile) => question.options.whitespace === 'show' && !mayBeStale(file.row, how.worktree);
  let named = 0;
  const sendNames = () => {
    if (parser.counting || named === files.length) return;
    const names = files.slice(named).filter(sure);
    named = files.length;
    for (let start = 0; start < names.length; start += batch) {
      out.emit(names.slice(start, start + batch).map(({ row }) => ({ ...row, counted: false })));
    }
  };
  // Between two trees nothing that comes later changes a counted row, and the reader can begin with it.
  let sent = 0;
  const sendCounted = () => {
    let end = sent;
    while (end < files.length && files[end]?.counted === true) end++;
    if (end - sent < batch) return;
    out.send(files.slice(sent, end).map(({ row }) => row));
    sent = end;
  };
  const timer = how.early === undefined ? undefined : setInterval(sendNames, how.early);
  try {
    for await (const chunk of repository.stream(args, { silence, ...(how.signal && { signal: how.signal }) })) {
      parser.push(chunk);
      if (parser.counting && !how.worktree) sendCounted();
    }
  } finally {
    clearInterval(timer);
  }
  if (how.worktree) await markUnmerged(repository, question.paths, files, how.signal);
  const suspects = files.filter(({ row }) => row.binary && mayBeStale(row, how.worktree));
  const stale = await staleBinaries(repository, suspects, how.signal);
  const last = files.slice(sent).filter((file) => {
    if (stale.has(file)) return false;
    // Git counts nothing for a file that differs only in ignored whitespace or in its time on disk, but names it.
    return file.counted || file.row.status !== 'modified' || file.row.oldMode !== file.row.newMode;
  });
  out.send(last.map(({ row }) => row));
  return [...files.slice(0, sent), ...last];
}

/** Between a commit and the work tree git shows a conflicted file as any other; only the index knows. */
async function markUnmerged(
  repository: Repository,
  paths: readonly FileRef[],
  files: readonly ListedFile[],
  signal?: AbortSignal,
): Promise<void> {
  if (files.length === 0) return;
  const unmerged = await unmergedStages(repository, paths, signal);
  if (unmerged.size === 0) return;
  for (const { key, row } of files) if (unmerged.has(key)) row.status = 'unmerged';
}

/** Whether git may have named this file of the work tree only because its time on disk changed. */
export function mayBeStale(row: ChangedFile, worktree: boolean): boolean {
  return worktree && row.status === 'modified' && row.oldMode === row.newMode && (row.oldId === undefined) !== (row.newId === undefined);
}

/** Git counts a binary file with a stale time as changed without looking: the ones whose content is the blob's after all. */
async function staleBinaries(repository: Repository, suspects: readonly ListedFile[], signal?: AbortSignal): Promise<Set<ListedFile>> {
  const files = suspects.filter(({ row }) => row.oldMode !== '160000');
  if (files.length === 0) return new Set();
  const input = Buffer.from(files.map(({ key }) => `${quote(key)}\n`).join(''), 'latin1');
  const { stdout, exitCode } = await repository.run(['hash-object', '--stdin-paths'], {
    input,
    accept: [0, 128],
    silence,
    ...(signal && { signal }),
  });
  if (exitCode !== 0) return new Set();
  const ids = stdout.toString('latin1').split('\n');
  return new Set(files.filter(({ row }, index) => ids[index] === (row.oldId ?? row.newId)));
}
