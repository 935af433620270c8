import type { FileRef } from '../protocol/gitTypes.ts';
import { statusWord } from './changeStatus.ts';
import { diffList } from './diffList.ts';
import { latin1Path } from './diffPath.ts';
import { historyArguments, readHistory } from './history.ts';
import { historySilence } from './historyPage.ts';
import { HistoryParser, type HistoryRow } from './historyParser.ts';
import type { Repository } from './repository.ts';
import { argumentPath, resolveCommit } from './resolve.ts';
import { changedFilesOf } from './show.ts';

/**
 * The revision of a file before and after a given one.
 *
 * A revision of a file is a commit that `git log --follow` lists for it. The one *at* a commit is the newest of them that the commit
 * contains; `previous` is the one before that, under the path it had there, also where the commit is a merge: a merge adds no revision of
 * its own unless the file differs from every parent, and then `previous` is the newest revision that its first parent contains. `next` is
 * the oldest commit between the given one and HEAD that changed the file: renames are followed forward, a merge counts when it changed the
 * file against every parent; absent when the working file comes next.
 * The working file (no revision) is a revision of its own while it differs from HEAD, and else stands for the newest one.
 */
export async function readNeighbours(
  repository: Repository,
  { file, revision }: { file: FileRef; revision?: string | undefined },
  signal: AbortSignal,
): Promise<{ previous?: HistoryRow; next?: HistoryRow }> {
  if (revision === undefined) {
    const rows = await newest(repository, file, undefined, 2, signal);
    if (rows.length === 0) return {};
    const previous = (await differsFromHead(repository, file, signal)) ? rows[0] : rows[1];
    return previous === undefined ? {} : { previous };
  }
  const { commit } = await resolveCommit(repository, revision, signal);
  const [previous, next] = await Promise.all([previousOf(repository, file, commit, signal), nextOf(repository, file, commit, signal)]);
  return { ...(previous === undefined ? {} : { previous }), ...(next === undefined ? {} : { next }) };
}

async function previousOf(repository: Repository, file: FileRef, commit: string, signal: AbortSignal): Promise<HistoryRow | undefined> {
  const merged = await changedByMerge(repository, file, commit, signal);
  if (merged) return (await newest(repository, file, `${commit}^1`, 1, signal))[0];
  return (await newest(repository, file, commit, 2, signal))[1];
}

/** Whether the commit is a merge in which the file is unlike that of every parent. */
async function changedByMerge(repository: Repository, file: FileRef, commit: string, signal: AbortSignal): Promise<boolean> {
  const args = [
    'diff-tree',
    ...repository.diffSafety,
    '--no-commit-id',
    '-r',
    '-z',
    '--raw',
    '-c',
    '--end-of-options',
    commit,
    '--',
    argumentPath(file),
  ];
  const { stdout } = await repository.run(args, { signal });
  // `-c` lists only what differs from all parents; one colon per parent.
  return stdout.toString('latin1', 0, 2) === '::';
}

async function nextOf(repository: Repository, file: FileRef, commit: string, signal: AbortSignal): Promise<HistoryRow | undefined> {
  const path = argumentPath(file);
  const shape = ['--reverse', '--ancestry-path', '--no-follow', '--name-status', '--no-renames', '--no-ext-diff', '--no-textconv'];
  const parser = new HistoryParser(latin1Path(file));
  const rows: HistoryRow[] = [];
  const stream = repository.stream(['log', ...historyArguments, ...shape, '--end-of-options', `${commit}..HEAD`, '--', path], {
    signal,
    silence: historySilence,
  });
  for await (const chunk of stream) {
    rows.push(...parser.push(chunk));
    if (rows.length > 0) break;
  }
  const row = rows[0] ?? parser.end()[0];
  if (row?.status !== 'deleted') return row;
  const options = { whitespace: 'show', context: 3, renames: true, copies: false } as const;
  const renamed = (await changedFilesOf(repository, row.id, options, signal)).find(
    (each) => each.status === 'renamed' && each.oldPath === path,
  );
  if (renamed === undefined) return row;
  return {
    ...row,
    path: renamed.path,
    ...(renamed.pathBytes === undefined ? {} : { pathBytes: renamed.pathBytes }),
    oldPath: path,
    status: statusWord('R'),
  };
}

async function newest(
  repository: Repository,
  file: FileRef,
  revision: string | undefined,
  limit: number,
  signal: AbortSignal,
): Promise<HistoryRow[]> {
  const rows: HistoryRow[] = [];
  await readHistory(repository, { file, revision, limit, skip: 0 }, (more) => rows.push(...more), signal);
  return rows;
}

/** Whether the file on disk is unlike that of HEAD; a file that is not there is. One that was only touched is not: its lines are counted. */
async function differsFromHead(repository: Repository, file: FileRef, signal: AbortSignal): Promise<boolean> {
  const options = { whitespace: 'show', context: 3, renames: false, copies: false, untracked: false } as const;
  const sides = { from: { kind: 'commit', revision: 'HEAD' }, to: { kind: 'worktree' } } as const;
  const { totals } = await diffList(repository, { ...sides, paths: [file], options }, () => {}, { signal });
  return totals.files > 0;
}
