import { promises as fs } from 'node:fs';
import { Failure } from '../../rpc/failure.ts';
import type { Repository } from '../repository.ts';
import { predictMerge } from './mergePrediction.ts';
import { foldersOf, onDisk, shown } from './paths.ts';
import { ignoredNames, nulInput, nulOutput } from './plumbing.ts';
import { someOf } from './refusal.ts';
import { removeFile } from './restoreFiles.ts';

/** What a merge will write: files that were clean before it, and names where nothing lay. */
export interface MergeFiles {
  readonly clean: ReadonlySet<string>;
  readonly fresh: readonly string[];
}

/**
 * Git overwrites ignored files without a word where a merge brings a file of that name; they are recorded nowhere. Throws `conflict` with
 * their names.
 */
export async function filesOfMerge(target: Repository, source: string, signal: AbortSignal): Promise<MergeFiles> {
  const { tree, relation } = await predictMerge(target, { source, into: 'HEAD', signal });
  if (relation === 'merged' || relation === 'unrelated') return { clean: new Set(), fresh: [] };
  const args = ['diff-tree', '-r', '-z', '--name-status', '--no-renames', 'HEAD', tree];
  const tokens = nulOutput(await target.run(args, { signal, silence: 180_000 }));
  const [added, removed, clean] = [[] as string[], new Set<string>(), new Set<string>()];
  for (let at = 0; at + 1 < tokens.length; at += 2) {
    const name = tokens[at + 1] as string;
    if (tokens[at] === 'A') added.push(name);
    else clean.add(name);
    if (tokens[at] === 'D') removed.add(name);
  }
  for (const name of await dirtyFiles(target)) clean.delete(name);
  const found: string[] = [];
  for (const name of added) {
    const way = await inTheWay(target, name);
    if (way !== undefined && !removed.has(way)) found.push(way);
  }
  const ignored = await ignoredNames(target, [...new Set(found)], signal);
  const taken = new Set(found);
  if (ignored.length === 0) return { clean, fresh: added.filter((name) => ![name, ...foldersOf(name)].some((each) => taken.has(each))) };
  throw new Failure('conflict', `Ignored files are in the way: ${someOf(ignored.map(shown))}.`, { hint: 'Move them away first.' });
}

/** Writes back what git had begun to write when it was stopped. The index is as HEAD. */
export async function rewriteFiles(target: Repository, { clean, fresh }: MergeFiles): Promise<void> {
  const begun = (await dirtyFiles(target)).filter((name) => clean.has(name));
  if (begun.length > 0) {
    await target.write(['checkout-index', '--force', '-u', '-z', '--stdin'], { input: nulInput(begun), accept: [0, 1, 128] });
  }
  const known = new Set(fresh.length === 0 ? [] : nulOutput(await target.run(['ls-files', '-z'])));
  for (const name of fresh) if (!known.has(name)) await removeFile(target, name);
}

/** Tracked files whose content differs from the index. */
async function dirtyFiles(target: Repository): Promise<string[]> {
  return nulOutput(await target.run(['diff', '--name-only', '--no-renames', '--ignore-submodules=dirty', '-z'], { silence: 180_000 }));
}

/** The file (or folder) on the disk that stands where another is to be. Those that git knows it refuses itself. */
async function inTheWay(target: Repository, name: string): Promise<string | undefined> {
  for (const folder of foldersOf(name)) {
    const stats = await fs.lstat(onDisk(target, folder)).catch(() => undefined);
    if (stats === undefined) return undefined;
    if (!stats.isDirectory()) return folder;
  }
  return (await fs.lstat(onDisk(target, name)).catch(() => undefined)) === undefined ? undefined : name;
}
