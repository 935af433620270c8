import type { CommitRow, FileRef } from '../protocol/gitTypes.ts';
import { Failure } from '../rpc/failure.ts';
import { pathspecArguments } from './diffArguments.ts';
import { commitFormat, LogParser, logArguments, rowOf } from './logParser.ts';
import type { Repository } from './repository.ts';
import { orUnborn } from './resolve.ts';
import { RowBatch } from './rowBatch.ts';

export interface LogRequest {
  /** HEAD when absent; also a range (`a..b`, `a...b`). */
  readonly revision?: string | undefined;
  readonly all: boolean;
  readonly paths: readonly FileRef[];
  readonly limit: number;
  readonly skip: number;
}

/** Refs that are not history a person made: what Hearth and git keep for themselves, and stashes, which have their own list. */
const hiddenRefs = ['refs/hearth/*', 'refs/stash', 'refs/notes/*', 'refs/replace/*', 'refs/prefetch/*', 'refs/bisect/*'];

/** Above this many rows git's own buffering wins over the first row: 82 000 commits take 0.72 s instead of 0.96 s. */
const bulk = 1000;

/**
 * Commits, newest first, in git's default order (a date order would walk all history before the first row). Batches go to `emit` as they
 * come; git is killed when the page is full. Answers whether older ones exist. A branch without commits has none.
 */
export function readLog(
  repository: Repository,
  request: LogRequest,
  emit: (commits: CommitRow[]) => unknown,
  signal: AbortSignal,
): Promise<{ more: boolean }> {
  return orUnborn(repository, request.revision, () => streamLog(repository, request, emit, signal), { more: false });
}

async function streamLog(
  repository: Repository,
  request: LogRequest,
  emit: (commits: CommitRow[]) => unknown,
  signal: AbortSignal,
): Promise<{ more: boolean }> {
  const { limit, skip } = request;
  const { before, pathspecs } = pathspecArguments(request.paths);
  const count = limit < Number.MAX_SAFE_INTEGER ? [`--max-count=${limit + 1}`] : [];
  // One broken ref must not hide all the others; a revision that was asked for by name must exist.
  const named = request.revision === undefined ? ['--ignore-missing', '--all'] : ['--all', '--end-of-options', request.revision];
  const start = request.all ? [...hiddenRefs.map((ref) => `--exclude=${ref}`), ...named] : ['--end-of-options', request.revision ?? 'HEAD'];
  const args = [...before, 'log', ...logArguments, ...count, ...(skip > 0 ? [`--skip=${skip}`] : []), ...start, '--', ...pathspecs];
  const env = limit > bulk && pathspecs.length === 0 ? { GIT_FLUSH: '0' } : {};
  const parser = new LogParser();
  const batch = new RowBatch(emit);
  let seen = 0;
  for await (const chunk of repository.stream(args, { signal, env, silence: 180_000 })) {
    for (const row of parser.push(chunk)) {
      seen++;
      if (seen > limit) {
        batch.flush();
        return { more: true };
      }
      batch.add(row);
    }
    batch.tick();
    await batch.taken;
  }
  batch.flush();
  return { more: false };
}

/** The one commit of a revision as a list shows it, and more of it: the whole message and who committed. Throws `not-found`. */
export async function readCommit(
  repository: Repository,
  commit: string,
  signal: AbortSignal,
): Promise<{ row: CommitRow; committer: string; committerMail: string; message: string }> {
  // Of a format given twice git takes the last; the fields of the row come first in it.
  const format = `--format=${commitFormat}%x00%cN%x00%cE%x00%B`;
  const args = ['log', ...logArguments, format, '--max-count=1', '--no-walk', '--end-of-options', commit, '--'];
  const { stdout } = await repository.run(args, { signal, share: true });
  const fields = stdout.toString('utf8').split('\0');
  const row = rowOf(fields);
  if (row.id === '') throw new Failure('not-found', `There is no commit ${commit} here.`, { hint: 'Fetch it first.' });
  const [committer = '', committerMail = '', message = ''] = fields.slice(8);
  return { row, committer, committerMail, message: message.replace(/\n+$/, '') };
}
