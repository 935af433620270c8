import type { Repository } from '../../git/index.ts';

/**
 * Which files each commit changes, by one git process: of a merge what it brings to its first parent, of a first commit all of them. A
 * renamed file counts by both names.
 */
export async function changedPaths(
  repository: Repository,
  commits: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  if (commits.length === 0) return found;
  const args = [
    'diff-tree',
    '--stdin',
    '-r',
    '-z',
    '--raw',
    '--root',
    '--diff-merges=first-parent',
    '--no-renames',
    ...repository.diffSafety,
  ];
  const { stdout } = await repository.run(args, { signal, input: commits.map((commit) => `${commit}\n`).join(''), silence: 180_000 });
  let paths: string[] = [];
  const parts = stdout.toString('utf8').split('\0');
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] as string;
    // A change begins with a colon, and its path follows; everything else is the id of the next commit.
    if (part.startsWith(':')) paths.push(parts[++at] ?? '');
    else if (part !== '') {
      paths = found.get(part.trim()) ?? [];
      found.set(part.trim(), paths);
    }
  }
  return found;
}
