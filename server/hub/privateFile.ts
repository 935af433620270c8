import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, type Stats, writeSync } from 'node:fs';
import path from 'node:path';
import { Failure } from '../rpc/failure.ts';

/** Files that only their user may read. On Windows the folder's access list says so; modes mean nothing there. */

/** Why a file or folder is not ours alone, in one sentence; undefined when it is. Throws what `lstat` throws. */
export function exposure(place: string): string | undefined {
  if (process.platform === 'win32') return undefined;
  const stats: Stats = lstatSync(place);
  if (stats.isSymbolicLink()) return `${place} is a link.`;
  if (stats.uid !== process.getuid?.()) return `${place} belongs to another user.`;
  if ((stats.mode & 0o077) !== 0) return `Other users can open ${place}.`;
  return undefined;
}

/** Refuses what another user owns or can open. */
export function mustBePrivate(place: string): void {
  const problem = exposure(place);
  if (problem !== undefined) {
    throw new Failure('precondition', problem, { hint: 'Nothing was sent. Remove it, or give it back to you alone, and try again.' });
  }
}

/** Writes a file of mode 0600 whole or not at all, on disk when this returns. */
export function writePrivate(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  try {
    writeNew(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(path.dirname(file));
}

/** Makes a new file of mode 0600; throws `EEXIST` when there is one. */
export function writeNew(file: string, text: string): void {
  const handle = openSync(file, 'wx', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A new name is safe only once its folder is. Some systems cannot sync a folder; they promise nothing then. */
export function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // Windows, some network file systems.
  }
}
