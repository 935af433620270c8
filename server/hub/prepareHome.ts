import { accessSync, chmodSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { Failure } from '../rpc/failure.ts';
import { syncFolder } from './privateFile.ts';

/** Makes the home and its log folder when they are missing; refuses a home that cannot be written or is not this user's alone. */
export function prepareHome(home: string): void {
  refuseForeign(home);
  try {
    makeFolder(path.join(home, 'log'));
    accessSync(home, constants.W_OK);
    accessSync(path.join(home, 'log'), constants.W_OK);
    // Made by a cache under the umask of a system where everybody has a group of their own.
    if (process.platform !== 'win32' && (statSync(home).mode & 0o020) !== 0) chmodSync(home, 0o700);
  } catch (error) {
    throw new Failure('io', `Hearth cannot write to its folder ${home}.`, {
      hint: 'Make it writable, or set HEARTH_HOME to a folder of yours.',
      cause: error,
    });
  }
}

/** Refuses a home that another user owns or could change. One that does not exist is nobody's. */
export function refuseForeign(home: string): void {
  if (process.platform === 'win32') return;
  const stats = statSync(home, { throwIfNoEntry: false });
  if (stats === undefined) return;
  const problem =
    stats.uid !== process.getuid?.()
      ? `${home} belongs to another user.`
      : (stats.mode & 0o002) !== 0
        ? `Other users can write to ${home}.`
        : undefined;
  if (problem !== undefined) throw new Failure('precondition', problem, { hint: 'Set HEARTH_HOME to a folder that is yours alone.' });
}

/** A folder of mode 0700 and those above it. Not `recursive`: Node tries for ever where nothing can be made in a folder that exists, as in /proc. */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
    // What is kept in a new home is kept only when the home is.
    syncFolder(path.dirname(folder));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || path.dirname(folder) === folder) throw error;
    if (existsSync(path.dirname(folder))) throw error;
    makeFolder(path.dirname(folder));
    makeFolder(folder);
  }
}
