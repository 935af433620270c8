import type { Repository } from '../repository.ts';
import type { RepositoryState } from './state.ts';

/** Variable and value, in order. */
type Section = readonly (readonly [string, string])[];

/** The sections `branch.<name>` that differ between two states are written as in `to`, unless they have changed since. */
export async function restoreConfig(
  repository: Repository,
  {
    from,
    to,
    now,
    branches,
  }: { from: RepositoryState; to: RepositoryState; now: RepositoryState; branches: readonly string[] | undefined },
): Promise<void> {
  if (from.config === to.config) return;
  const [before, after, current] = await Promise.all([from, to, now].map((state) => readSections(repository, state.config)));
  if (before === undefined || after === undefined || current === undefined) return;
  for (const branch of new Set([...before.keys(), ...after.keys()])) {
    if (branches !== undefined && !branches.includes(branch)) continue;
    const text = (sections: ReadonlyMap<string, Section>) => JSON.stringify(sections.get(branch) ?? []);
    if (text(before) === text(after) || text(current) === text(after) || text(current) !== text(before)) continue;
    // 128: it has no section.
    await repository.write(['config', '--local', '--remove-section', `branch.${branch}`], { accept: [0, 1, 128] });
    for (const [variable, value] of after.get(branch) ?? []) {
      await repository.write(['config', '--local', '--add', `branch.${branch}.${variable}`, value]);
    }
  }
}

async function readSections(repository: Repository, blob: string): Promise<Map<string, Section>> {
  const { data } = await repository.objects.blob(blob);
  return parseSections(data.toString('utf8'));
}

/** Reads `git config -z --get-regexp '^branch\.'`: `key\nvalue\0`, a key without a value is true. */
export function parseSections(text: string): Map<string, Section> {
  const sections = new Map<string, Section>();
  for (const line of text.split('\0')) {
    const end = line.indexOf('\n');
    const key = end < 0 ? line : line.slice(0, end);
    const [, branch, variable] = key.match(/^branch\.(.*)\.([^.]+)$/s) ?? [];
    if (branch === undefined || variable === undefined) continue;
    sections.set(branch, [...(sections.get(branch) ?? []), [variable, end < 0 ? 'true' : line.slice(end + 1)]]);
  }
  return sections;
}
