import { latin1Path, shownPath } from './diffPath.ts';
import type { Repository } from './repository.ts';

/** What a tracked path of the index was called in a tree, by the similarity of contents; undefined when it is new there. */
export async function renamedFrom(repository: Repository, tree: string, path: string, signal?: AbortSignal): Promise<string | undefined> {
  const args = ['diff', ...repository.diffSafety, '--cached', '--name-status', '-z', '-M', '-l1000', '--diff-filter=R', tree, '--'];
  const { stdout } = await repository.run(args, { ...(signal && { signal }) });
  const wanted = latin1Path({ path });
  const tokens = stdout.toString('latin1').split('\0');
  for (let index = 0; index + 2 < tokens.length; index += 3) {
    if (tokens[index + 2] === wanted) return shownPath(tokens[index + 1] as string).path;
  }
  return undefined;
}
