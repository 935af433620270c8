import { promises as fs } from 'node:fs';
import path from 'node:path';
import { placeOf, readOwnFile } from '../config/ownFile.ts';
import type { WorkConfig } from '../config/workConfig.ts';
import type { Repository } from '../git/index.ts';
import type { Fragment } from '../protocol/workFlow.ts';
import { Failure, throwIfCancelled } from '../rpc/failure.ts';
import { fragmentLimit, isFragmentName, itemOfName, parseFragment } from './changelogFragment.ts';

/** Where fragments are read from. `indexFile` is git's own of a commit that is being made. */
export type Place =
  | { readonly kind: 'index'; readonly indexFile?: string | undefined }
  | { readonly kind: 'commit'; readonly revision: string }
  | { readonly kind: 'worktree' };

export interface FragmentFile {
  readonly fragment: Fragment;
  readonly bytes: Buffer;
}

/** More than this in one folder is a mistake; each is a file to read. */
const most = 10_000;

/** The fragments of a place (only those of an item when told), by name. */
export async function readFragments(
  repository: Repository,
  { place, config, item, signal }: { place: Place; config: WorkConfig; item?: number | undefined; signal: AbortSignal },
): Promise<FragmentFile[]> {
  const { folder } = config.changelog;
  const isWanted = (name: string) => isFragmentName(name) && !name.includes('/') && (item === undefined || itemOfName(name) === item);
  if (place.kind === 'worktree') return fromWorktree(repository, folder, isWanted, signal);
  const found: FragmentFile[] = [];
  for (const { name, id } of await namesAt(repository, place, folder, signal)) {
    if (!isWanted(name)) continue;
    const { data } = await repository.objects.blob(id, signal);
    found.push({ fragment: parseFragment(`${folder}/${name}`, data), bytes: data });
  }
  return found;
}

async function fromWorktree(
  repository: Repository,
  folder: string,
  isWanted: (name: string) => boolean,
  signal: AbortSignal,
): Promise<FragmentFile[]> {
  const place = await placeOf(repository.root, folder);
  const names = (await fs.readdir(place).catch(() => [])).filter(isWanted).sort(byNumber);
  if (names.length > most)
    throw new Failure('invalid', `${folder} holds more than ${most} change entries.`, { hint: 'Assemble them in parts.' });
  const found: FragmentFile[] = [];
  for (const name of names) {
    throwIfCancelled(signal);
    const file = `${folder}/${name}`;
    const stats = await fs.lstat(path.join(place, name)).catch(() => undefined);
    if (stats === undefined) continue;
    if (!stats.isFile() || stats.size > fragmentLimit) {
      const problem = stats.isFile() ? `is larger than ${fragmentLimit / 1000} kB` : 'is not a file';
      const number = itemOfName(name);
      const fragment = { path: file, ...(number === undefined ? {} : { item: number }), entries: [], problems: [{ line: 1, problem }] };
      found.push({ fragment, bytes: Buffer.alloc(0) });
      continue;
    }
    const bytes = await readOwnFile(repository.root, file, fragmentLimit);
    if (bytes !== undefined) found.push({ fragment: parseFragment(file, bytes), bytes });
  }
  return found;
}

/** `9.md` before `10.md`. */
function byNumber(a: string, b: string): number {
  const [x, y] = [itemOfName(a) ?? Number.MAX_SAFE_INTEGER, itemOfName(b) ?? Number.MAX_SAFE_INTEGER];
  return x - y || (a < b ? -1 : 1);
}

async function namesAt(
  repository: Repository,
  place: Exclude<Place, { kind: 'worktree' }>,
  folder: string,
  signal: AbortSignal,
): Promise<{ name: string; id: string }[]> {
  const { stdout } =
    place.kind === 'index'
      ? await repository.run(['ls-files', '--stage', '-z', '--', `${folder}/`], { signal, env: indexEnvironment(place.indexFile) })
      : await repository.run(['ls-tree', '-z', place.revision, '--', `${folder}/`], { signal });
  const rows = stdout.toString('utf8').split('\0').slice(0, -1);
  const files = rows.flatMap((row) => {
    const tab = row.indexOf('\t');
    const facts = row.slice(0, tab).split(' ');
    const id = place.kind === 'index' ? facts[1] : facts[2];
    const isFile = /^100/.test(facts[0] ?? '') && (place.kind === 'commit' || facts[2] === '0');
    return isFile && id !== undefined ? [{ name: row.slice(tab + 1 + folder.length + 1), id }] : [];
  });
  return files.sort((a, b) => byNumber(a.name, b.name));
}

/** The bytes of one file at a place; undefined when it is not there. */
export async function readAt(repository: Repository, place: Place, file: string, signal: AbortSignal): Promise<Buffer | undefined> {
  if (place.kind === 'worktree') return readOwnFile(repository.root, file, documentLimit);
  const { stdout } =
    place.kind === 'index'
      ? await repository.run(['ls-files', '--stage', '-z', '--', file], { signal, env: indexEnvironment(place.indexFile) })
      : await repository.run(['ls-tree', '-z', place.revision, '--', file], { signal });
  const id = stdout.toString('latin1').match(/^100\d+ (?:blob )?([0-9a-f]{40,64})/)?.[1];
  return id === undefined ? undefined : (await repository.objects.blob(id, signal)).data;
}

/** A change log larger than this is not touched. */
export const documentLimit = 20_000_000;

function indexEnvironment(indexFile: string | undefined): Record<string, string> {
  return indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile };
}
