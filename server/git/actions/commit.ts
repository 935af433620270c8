import { Failure } from '../../rpc/failure.ts';
import type { Repository } from '../repository.ts';
import { reflogMark } from './reflog.ts';
import { refusal } from './refusal.ts';

/**
 * `git commit` of the index (or of all tracked changes): hooks and signing apply. `git-failed` carries what a hook printed in `detail`;
 * `precondition` when nothing is staged, files have conflicts, or git does not know who commits. Stopped by `signal` or by
 * silence after git has made the commit (while a post-commit hook runs, say), the commit is there, and is the answer. Records nothing.
 */
export async function commitIndex(
  repository: Repository,
  { message, amend, all, signal }: { message: string; amend: boolean; all: boolean; signal: AbortSignal },
): Promise<{ commit: string; output: string }> {
  // The message is the user's: a line that begins with # is no comment.
  const args = [
    'commit',
    '--quiet',
    '--cleanup=whitespace',
    '--no-status',
    '-F',
    '-',
    ...(amend ? ['--amend'] : []),
    ...(all ? ['--all'] : []),
  ];
  const env = { GIT_REFLOG_ACTION: `${reflogMark}${amend ? 'amend' : 'commit'}` };
  const before = await lastMove(repository);
  try {
    const output = await repository.write(args, { env, input: message, signal, accept: [0, 1, 128] });
    if (output.exitCode !== 0) throw nothingStaged(output.stdout.toString('utf8')) ?? refusal(args, output, 'The commit');
    return { commit: await repository.text(['rev-parse', '--verify', 'HEAD^{commit}']), output: output.stderr.trim() };
  } catch (error) {
    const wasStopped = error instanceof Failure && (error.reason === 'cancelled' || error.reason === 'timeout');
    const after = wasStopped ? await lastMove(repository) : before;
    if (after === before || !after.includes(env.GIT_REFLOG_ACTION)) throw error;
    return { commit: await repository.text(['rev-parse', '--verify', 'HEAD^{commit}']), output: '' };
  }
}

/** The newest entry of HEAD's reflog, with its time; empty before the first. */
async function lastMove(repository: Repository): Promise<string> {
  return repository.text(['reflog', '-1', '--date=raw', '--format=%H %gd %gs', 'HEAD', '--'], { accept: [0, 128] });
}

function nothingStaged(stdout: string): Failure | undefined {
  if (!/^(?:nothing to commit|nothing added to commit|no changes added to commit|No changes$)/m.test(stdout)) return undefined;
  return new Failure('precondition', 'There is nothing to commit.', { hint: 'Stage some changes first.' });
}
