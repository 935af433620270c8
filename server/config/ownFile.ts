import { randomBytes } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import { Failure } from '../rpc/failure.ts';

/** Files of a work tree that Hearth itself reads and writes: never outside of it, never through a link. Paths are relative, with `/`. */

/** Why a path cannot be used, in words that follow "it"; undefined when it can. Looks at the text only. */
export function pathProblem(relative: string): string | undefined {
  if (relative === '' || relative.length > 500) return 'must have 1 to 500 characters';
  if (/[\0-\x1f\x7f\\:*?"<>|]/.test(relative)) return 'must not contain control characters or any of \\ : * ? " < > |';
  if (relative.startsWith('/')) return 'must be relative to the repository';
  const parts = relative.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'must not contain "..", "." or empty parts';
  if (parts.some((part) => /^\.git$/i.test(part))) return 'must not be inside .git';
  return undefined;
}

/** The bytes of a regular file; undefined when there is none. Throws `invalid` for a link or anything else, and for more than `limit` bytes. */
export async function readOwnFile(root: string, relative: string, limit: number): Promise<Buffer | undefined> {
  const file = await placeOf(root, relative);
  const handle = await fs.open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)).catch(absent);
  if (handle === undefined) return undefined;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Failure('invalid', `${relative} is not a file.`, { hint: 'Move it away.' });
    if (stats.size > limit) {
      throw new Failure('invalid', `${relative} is larger than ${Math.round(limit / 1000)} kB.`, { hint: 'Make it smaller.' });
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Writes a whole file by temporary file and rename, with the mode it had; makes its folder. */
export async function writeOwnFile(root: string, relative: string, bytes: Uint8Array | string): Promise<void> {
  const file = await placeOf(root, relative);
  await fs.mkdir(path.dirname(file), { recursive: true });
  const before = await fs.lstat(file).catch(absent);
  if (before !== undefined && !before.isFile()) throw new Failure('invalid', `${relative} is not a file.`, { hint: 'Move it away.' });
  const mode = before === undefined ? undefined : before.mode & 0o777;
  if (await replaceBy(path.join(root, '.git'), file, bytes, mode)) return;
  if (await replaceBy(path.dirname(file), file, bytes, mode)) return;
  throw new Failure('io', `${relative} could not be written: its folder is gone.`, { hint: 'Try again.' });
}

/**
 * Writes a temporary file in a folder and renames it. Inside `.git` what a crash leaves is seen by nobody; answers false where that is no
 * folder (a linked worktree) or another disk.
 */
async function replaceBy(folder: string, file: string, bytes: Uint8Array | string, mode: number | undefined): Promise<boolean> {
  const temporary = path.join(folder, `${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  const handle = await fs.open(temporary, 'wx', mode ?? 0o666).catch(absent);
  if (handle === undefined) return false;
  try {
    try {
      await handle.writeFile(bytes);
      if (mode !== undefined) await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, file);
    return true;
  } catch (error) {
    await fs.rm(temporary, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'EXDEV') return false;
    throw error;
  }
}

/** The absolute place of a path; throws `invalid` when it leaves the work tree or passes a link on its way. */
export async function placeOf(root: string, relative: string): Promise<string> {
  const problem = pathProblem(relative);
  if (problem !== undefined) throw new Failure('invalid', `The path ${JSON.stringify(relative)} ${problem}.`);
  const parts = relative.split('/');
  for (let count = 1; count <= parts.length; count++) {
    const part = path.join(root, ...parts.slice(0, count));
    const stats = await fs.lstat(part).catch(absent);
    if (stats === undefined) break;
    if (stats.isSymbolicLink() || (count < parts.length && !stats.isDirectory())) {
      const is = stats.isSymbolicLink() ? 'a link' : 'no folder';
      throw new Failure('invalid', `${parts.slice(0, count).join('/')} is ${is}.`, {
        hint: 'Hearth reads and writes its files only in folders of the work tree itself.',
      });
    }
  }
  return path.join(root, ...parts);
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ELOOP') return undefined;
  throw error;
}
