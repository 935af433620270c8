import { constants, promises as fs } from 'node:fs';
import type { Repository } from '../repository.ts';
import { isBeyondLink, onDisk } from './paths.ts';
import { looksSecret } from './secretNames.ts';
import type { Skipped } from './state.ts';

/** Bytes above which a file is not recorded. */
const sizeLimit = 10_000_000;

/** Untracked files are recorded until there are so many of them, or so many bytes. */
const untrackedLimit = { files: 5000, bytes: 50_000_000 };

/** Permissions that git gives anyway, whatever the umask. */
const ordinary = new Set([0o644, 0o755, 0o664, 0o775]);

export interface SortedFiles {
  readonly removed: readonly string[];
  readonly present: readonly string[];
  readonly skipped: readonly Skipped[];
  /** Permissions of files that are not as git gives them. */
  readonly modes: Readonly<Record<string, number>>;
}

interface FilesFound {
  readonly changed: ReadonlySet<string>;
  readonly untracked: readonly string[];
  /** Untracked files, beside the required ones, only where it says so. */
  readonly record: { readonly required: ReadonlySet<string>; readonly untracked: boolean };
}

/** Which files are recorded. An untracked folder that is a repository of its own (its name ends with `/`) is not. */
export async function sortFiles(repository: Repository, { changed, untracked, record }: FilesFound): Promise<SortedFiles> {
  const { required } = record;
  const removed: string[] = [];
  const present: string[] = [];
  const skipped: Skipped[] = [];
  const modes: Record<string, number> = {};
  const room = { ...untrackedLimit };
  const place = async (name: string, tracked: boolean) => {
    const file = onDisk(repository, name);
    const stats = (await isBeyondLink(repository, name)) ? undefined : await fs.lstat(file).catch(() => undefined);
    if (stats === undefined) return void (tracked && removed.push(name));
    if (stats.isDirectory()) return void (tracked && ((await isSubmodule(file)) ? present : removed).push(name));
    if (!stats.isFile() && !stats.isSymbolicLink()) return void (tracked && removed.push(name));
    const must = required.has(name);
    if (!tracked && !must && looksSecret(name)) return void skipped.push({ name, reason: 'secret' });
    if (!must && (stats.size > sizeLimit || (!tracked && room.files <= 0))) return void skipped.push({ name, reason: 'large' });
    if (!tracked && !must && !record.untracked) return void skipped.push({ name, reason: 'unreadable' });
    if (stats.isFile() && !(await canRead(file))) return void skipped.push({ name, reason: 'unreadable' });
    if (!tracked && !must) {
      room.files = room.bytes < stats.size ? 0 : room.files - 1;
      room.bytes -= stats.size;
    }
    present.push(name);
    const permissions = stats.mode & 0o7777;
    if (stats.isFile() && !ordinary.has(permissions)) modes[name] = permissions;
  };
  const others = new Set([...untracked.filter((name) => !name.endsWith('/')), ...required]);
  for (const name of changed) await place(name, true);
  for (const name of others) if (!changed.has(name)) await place(name, false);
  return { removed, present, skipped, modes };
}

async function isSubmodule(folder: Buffer): Promise<boolean> {
  return (await fs.lstat(Buffer.concat([folder, Buffer.from('/.git')])).catch(() => undefined)) !== undefined;
}

export async function canRead(file: Buffer): Promise<boolean> {
  return fs.access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
}
