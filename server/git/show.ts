import type { ChangedFile, CommitRow, DiffOptions } from '../protocol/gitTypes.ts';
import { Failure } from '../rpc/failure.ts';
import { optionArguments } from './diffArguments.ts';
import { DiffListParser } from './diffListParser.ts';
import { readCommit } from './log.ts';
import type { Repository } from './repository.ts';
import { resolveCommit } from './resolve.ts';

export interface ShownCommit extends CommitRow {
  committer: string;
  committerMail: string;
  message: string;
  files: ChangedFile[];
  totals: { files: number; additions: number; deletions: number };
}

/** A commit with its message and its files against its first parent; a root commit against nothing. */
export async function showCommit(
  repository: Repository,
  revision: string,
  options: DiffOptions,
  signal: AbortSignal,
): Promise<ShownCommit> {
  const { commit } = await resolveCommit(repository, revision, signal);
  const [{ row, ...more }, files] = await Promise.all([
    readCommit(repository, commit, signal),
    changedFilesOf(repository, commit, options, signal),
  ]);
  const totals = { files: files.length, additions: 0, deletions: 0 };
  for (const file of files) {
    totals.additions += file.additions;
    totals.deletions += file.deletions;
  }
  return { ...row, ...more, files, totals };
}

/** Files that a commit changed against its first parent; without counts and renames where the contents cannot be read. */
export async function changedFilesOf(
  repository: Repository,
  commit: string,
  options: DiffOptions,
  signal: AbortSignal,
): Promise<ChangedFile[]> {
  try {
    return await listChanges(repository, commit, ['--numstat', ...optionArguments(options)], signal);
  } catch (error) {
    if (!(error instanceof Failure) || (error.reason !== 'git-failed' && error.reason !== 'precondition')) throw error;
    // A content is damaged, or was never fetched. Names need only trees.
    const files = await listChanges(repository, commit, ['--no-renames'], signal);
    return files.map((file) => ({ ...file, counted: false }));
  }
}

async function listChanges(repository: Repository, commit: string, how: readonly string[], signal: AbortSignal): Promise<ChangedFile[]> {
  const parser = new DiffListParser();
  const shape = ['-r', '-z', '--raw', '--no-abbrev', '--no-commit-id', '--root', '--diff-merges=first-parent'];
  const args = ['diff-tree', ...repository.diffSafety, '--no-textconv', ...shape, ...how, '--end-of-options', commit, '--'];
  for await (const chunk of repository.stream(args, { signal })) parser.push(chunk);
  return parser.files.map(({ row }) => row);
}
