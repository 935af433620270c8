import { createReadStream, promises as fs } from 'node:fs';
import path from 'node:path';
import type { ChangedFile, FileRef } from '../protocol/gitTypes.ts';
import { throwIfCancelled } from '../rpc/failure.ts';
import { pathspecArguments } from './diffArguments.ts';
import type { ListedFile } from './diffListParser.ts';
import { latin1Path, shownPath } from './diffPath.ts';
import type { Repository } from './repository.ts';

/** Git calls larger files binary (`core.bigFileThreshold`), and so do we: nobody waits for the count of their lines. */
const bigFile = 512 * 1024 * 1024;

/** How many files are read at the same time to count their lines. */
const readers = 8;

/** Absolute path of a file of the work tree, for a path held as a latin1 string of its bytes. */
export function diskPath(root: string, latin1: string): Buffer {
  return Buffer.concat([Buffer.from(root + path.sep, 'utf8'), Buffer.from(latin1, 'latin1')]);
}

/** Files of the work tree that git does not know and does not ignore, counted like added ones (deleted, when the work tree is the older side). */
export async function untrackedFiles(
  repository: Repository,
  paths: readonly FileRef[],
  side: 'from' | 'to',
  signal?: AbortSignal,
): Promise<ListedFile[]> {
  const { before, pathspecs } = pathspecArguments(paths);
  const { stdout } = await repository.run([...before, 'ls-files', '--others', '--exclude-standard', '-z', '--', ...pathspecs], {
    ...(signal && { signal }),
  });
  const keys = stdout
    .toString('latin1', 0, stdout.length)
    .split('\0')
    // A name with a slash at its end is another repository inside this one.
    .filter((key) => key !== '' && !key.endsWith('/'));
  const found: (ListedFile | undefined)[] = new Array(keys.length);
  let next = 0;
  const work = async () => {
    for (let index = next++; index < keys.length; index = next++) {
      if (signal) throwIfCancelled(signal);
      const key = keys[index] as string;
      const facts = await inspect(diskPath(repository.root, key), signal);
      if (facts !== undefined) found[index] = { key, row: rowOf(key, facts, side), counted: true };
    }
  };
  await Promise.all(Array.from({ length: Math.min(readers, keys.length) }, work));
  return found.filter((each) => each !== undefined);
}

/** Whether git neither tracks nor ignores this file of the work tree. */
export async function isUntracked(repository: Repository, file: FileRef, signal?: AbortSignal): Promise<boolean> {
  const { before, pathspecs } = pathspecArguments([file]);
  const { stdout } = await repository.run([...before, 'ls-files', '--others', '--exclude-standard', '-z', '--', ...pathspecs], {
    ...(signal && { signal }),
  });
  return stdout.toString('latin1').split('\0').includes(latin1Path(file));
}

/** The mode git would give a file of the work tree; undefined for what is neither file nor link. */
export async function untrackedMode(root: string, latin1: string): Promise<string | undefined> {
  const stats = await fs.lstat(diskPath(root, latin1)).catch(() => undefined);
  if (stats?.isSymbolicLink()) return '120000';
  if (!stats?.isFile()) return undefined;
  return stats.mode & 0o100 ? '100755' : '100644';
}

interface UntrackedFacts {
  mode: string;
  lines: number;
  binary: boolean;
}

function rowOf(key: string, { mode, lines, binary }: UntrackedFacts, side: 'from' | 'to'): ChangedFile {
  const added = side === 'to';
  return {
    ...shownPath(key),
    status: 'untracked',
    additions: added ? lines : 0,
    deletions: added ? 0 : lines,
    binary,
    oldMode: added ? '000000' : mode,
    newMode: added ? mode : '000000',
  };
}

/** Mode and line count as git would say; undefined when the file is gone by now. Binary is a NUL in the first 8000 bytes, as in git. */
async function inspect(file: Buffer, signal: AbortSignal | undefined): Promise<UntrackedFacts | undefined> {
  try {
    const stats = await fs.lstat(file);
    if (stats.isSymbolicLink()) return { mode: '120000', lines: 1, binary: false };
    if (!stats.isFile()) return undefined;
    const mode = stats.mode & 0o100 ? '100755' : '100644';
    if (stats.size > bigFile) return { mode, lines: 0, binary: true };
    let lines = 0;
    let last = 10;
    let read = 0;
    for await (const chunk of createReadStream(file, signal && { signal }) as AsyncIterable<Buffer>) {
      if (read < 8000 && chunk.subarray(0, 8000 - read).includes(0)) return { mode, lines: 0, binary: true };
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
      last = chunk.at(-1) ?? last;
      read += chunk.length;
    }
    return { mode, lines: last === 10 ? lines : lines + 1, binary: false };
  } catch {
    return undefined;
  }
}
