import type { Repository } from '../git/index.ts';

/** The trailer that links a commit to its work item, wherever it was made. */
export const itemTrailer = 'Hearth-Item';

/**
 * A commit message with the trailer of an item: once, above comments and what `git commit -v` shows. A message without a line of its own
 * stays as it is, so that git gives up; so does one that names an item already. `plain`: it was typed as a whole, and a line that begins
 * with # is no comment.
 */
export async function withTrailer(
  repository: Repository,
  message: string,
  item: number,
  signal: AbortSignal,
  plain = false,
): Promise<string> {
  if (!plain && isEmpty(message, await commentCharacter(repository, signal))) return message;
  // A character that no line begins with.
  const character = plain ? ['-c', 'core.commentChar=\x01'] : [];
  const options = ['--if-exists', 'doNothing', '--if-missing', 'add', '--where', 'end', '--no-divider'];
  const { stdout } = await repository.run([...character, 'interpret-trailers', ...options, '--trailer', `${itemTrailer}: ${item}`], {
    signal,
    // Without it git takes the last line for the end of the trailers.
    input: message.endsWith('\n') ? message : `${message}\n`,
  });
  return stdout.toString('utf8');
}

async function commentCharacter(repository: Repository, signal: AbortSignal): Promise<string> {
  const { stdout } = await repository.run(['config', '--get', 'core.commentChar'], { signal, accept: [0, 1] });
  const given = stdout.toString('utf8').replace(/\n$/, '');
  return given === '' || given === 'auto' ? '#' : given;
}

/** Whether git would call it empty: nothing but comments above the scissors, or nothing but sign-offs below an empty subject. */
function isEmpty(message: string, comment: string): boolean {
  const lines = message.split('\n');
  const scissors = lines.findIndex((line) => line.startsWith(`${comment} -`) && line.includes('>8'));
  const own = (scissors < 0 ? lines : lines.slice(0, scissors)).filter((line) => !line.startsWith(comment));
  return own.every((line) => line.trim() === '' || /^Signed-off-by: /.test(line));
}
