import { Failure } from '../../rpc/failure.ts';
import type { Repository } from '../repository.ts';
import { reflogMark } from './reflog.ts';
import { refusal } from './refusal.ts';

/**
 * `git commit` of the index (or of all tracked changes): hooks and signing apply. `git-failed` carries what a hook printed in `detail`;
 * `precondition` when nothing is staged, files have conflicts, or git does not know who commits. Records nothing.
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
  const output = await repository.write(args, { env, input: message, signal, accept: [0, 1, 128] });
  if (output.exitCode !== 0) throw nothingStaged(output.stdout.toString('utf8')) ?? refusal(args, output, 'The commit');
  return { commit: await repository.text(['rev-parse', '--verify', 'HEAD^{commit}'], { signal }), output: output.stderr.trim() };
}

function nothingStaged(stdout: string): Failure | undefined {
  if (!/^(?:nothing to commit|nothing added to commit|no changes added to commit|No changes$)/m.test(stdout)) return undefined;
  return new Failure('precondition', 'There is nothing to commit.', { hint: 'Stage some changes first.' });
}
