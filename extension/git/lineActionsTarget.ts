import type { LineBlame } from './blameSource.ts';
import { isUncommitted } from './blameTable.ts';

/** A line that a command is about: where it stands in its commit, and where in the editor. Travels as JSON in links. Lines are 1-based. */
export interface LineTarget {
  readonly repository: string;
  /** The zero id for a line that is not committed. */
  readonly commit: string;
  /** In the commit. */
  readonly path: string;
  readonly line: number;
  /** The file before that commit; absent where the commit created it. */
  readonly previous?: { readonly commit: string; readonly path: string };
  /** In the document: its path, the line there, and the revision it shows (absent for the working file). */
  readonly shown?: { readonly path: string; readonly line: number; readonly revision?: string };
}

/** A commit of a repository, as other parts hand it over. */
export interface CommitTarget {
  readonly repository: string;
  readonly commit: string;
}

export function targetOf(blame: LineBlame): LineTarget {
  const { repository, commit, origin, originalLine, path, line, revision } = blame;
  return {
    repository,
    commit,
    path: origin.path,
    line: originalLine,
    ...(origin.previous === undefined ? {} : { previous: origin.previous }),
    shown: { path, line, ...(revision === undefined ? {} : { revision }) },
  };
}

/** What `Show Line History` takes: the line where it is shown, so that unsaved lines are found too. */
export function historyOf(target: LineTarget): {
  repository: string;
  path: string;
  lines: { start: number; end: number };
  revision?: string;
} {
  const { path, line, revision } = target.shown ?? { path: target.path, line: target.line, revision: target.commit };
  return { repository: target.repository, path, lines: { start: line, end: line }, ...(revision === undefined ? {} : { revision }) };
}

/** Arguments come from links and other extensions: what is not a whole target is none. */
export function asLineTarget(value: unknown): LineTarget | undefined {
  const target = asCommitTarget(value) as Partial<LineTarget> | undefined;
  if (target === undefined || typeof target.path !== 'string' || !isLine(target.line)) return undefined;
  const { previous, shown } = target;
  if (previous !== undefined && (!isId(previous.commit) || typeof previous.path !== 'string')) return undefined;
  if (shown !== undefined && (typeof shown.path !== 'string' || !isLine(shown.line))) return undefined;
  return target as LineTarget;
}

export function asCommitTarget(value: unknown): CommitTarget | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { repository, commit } = value as Partial<CommitTarget>;
  return typeof repository === 'string' && repository !== '' && isId(commit) ? (value as CommitTarget) : undefined;
}

export function isCommitted(target: LineTarget): boolean {
  return !isUncommitted(target.commit);
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value);
}

function isLine(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}
