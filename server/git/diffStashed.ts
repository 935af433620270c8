import type { DiffOptions } from '../protocol/gitTypes.ts';
import type { Repository } from './repository.ts';
import { emptyTree, type OpenSide } from './side.ts';

/**
 * `git stash -u` keeps untracked files in a tree of their own, its third parent: what compares those of both sides, beside the comparison
 * of the tracked ones. Undefined when no side is such a stash, or nobody asks for untracked files.
 */
export async function stashedComparison(
  repository: Repository,
  sides: { readonly from: OpenSide; readonly to: OpenSide },
  options: DiffOptions,
  signal?: AbortSignal,
): Promise<string[] | undefined> {
  if (options.untracked === false) return undefined;
  const untracked = async ({ shown: { side, commit } }: OpenSide): Promise<string | undefined> =>
    side.kind === 'stash' ? (await repository.objects.info(`${commit}^3^{tree}`, signal))?.id : undefined;
  const [a, b] = await Promise.all([untracked(sides.from), untracked(sides.to)]);
  const none = emptyTree(repository.facts.objectFormat);
  return a === b ? undefined : [a ?? none, b ?? none];
}
