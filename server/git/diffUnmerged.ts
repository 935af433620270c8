import type { FileRef } from '../protocol/gitTypes.ts';
import { pathspecArguments } from './diffArguments.ts';
import type { Repository } from './repository.ts';

/** Unmerged paths of the index (latin1 strings of their bytes) with the stages it holds of each: 1 base, 2 ours, 3 theirs. */
export async function unmergedStages(
  repository: Repository,
  paths: readonly FileRef[],
  signal?: AbortSignal,
): Promise<Map<string, number[]>> {
  const { before, pathspecs } = pathspecArguments(paths);
  const { stdout } = await repository.run([...before, 'ls-files', '--unmerged', '-z', '--', ...pathspecs], { ...(signal && { signal }) });
  const found = new Map<string, number[]>();
  for (const line of stdout.toString('latin1').split('\0')) {
    const [, stage, path] = line.match(/^\d+ [0-9a-f]+ ([123])\t(.*)$/s) ?? [];
    if (path !== undefined) found.set(path, [...(found.get(path) ?? []), Number(stage)]);
  }
  return found;
}
