import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import { contentLimit, tooLarge } from './contentLimit.ts';
import type { Repository } from './repository.ts';

type Found = { kind: 'bytes'; data: Buffer } | { kind: 'submodule'; id: string } | { kind: 'absent' };

/**
 * A file of the work tree, by the bytes of its path (a latin1 string). Never leaves the root: not through `..`, not through a linked
 * folder (git sees nothing beyond one either). Pipes, sockets and devices are `absent`: opening one could block for ever.
 */
export async function readWorktreeFile(repository: Repository, latin1: string, limit = contentLimit, signal?: AbortSignal): Promise<Found> {
  const parts = latin1.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git')) return { kind: 'absent' };
  const root = Buffer.from(`${repository.root}${path.sep}`);
  const at = (count: number) => Buffer.concat([root, Buffer.from(parts.slice(0, count).join('/'), 'latin1')]);
  for (let count = 1; count < parts.length; count++) {
    const stats = await fs.lstat(at(count)).catch(() => undefined);
    if (!stats?.isDirectory()) return { kind: 'absent' };
  }
  const file = at(parts.length);
  const stats = await fs.lstat(file).catch(absentOr);
  if (stats === undefined) return { kind: 'absent' };
  if (stats.isSymbolicLink()) return { kind: 'bytes', data: await fs.readlink(file, { encoding: 'buffer' }) };
  if (stats.isDirectory()) return submodule(repository, latin1, file, signal);
  if (!stats.isFile()) return { kind: 'absent' };
  if (stats.size > limit) throw tooLarge(stats.size);
  // What was looked at may be swapped for a link or a pipe before it is opened.
  const handle = await fs.open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)).catch(absentOr);
  if (handle === undefined) return { kind: 'absent' };
  try {
    const opened = await handle.stat();
    if (!opened.isFile()) return { kind: 'absent' };
    if (opened.size > limit) throw tooLarge(opened.size);
    return { kind: 'bytes', data: await handle.readFile() };
  } finally {
    await handle.close();
  }
}

/** A file that is not there is an answer; one that may not be read is an error. */
function absentOr(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ELOOP') return undefined;
  throw error;
}

async function submodule(repository: Repository, latin1: string, folder: Buffer, signal?: AbortSignal): Promise<Found> {
  const inside = Buffer.concat([folder, Buffer.from(`${path.sep}.git`)]);
  if ((await fs.lstat(inside).catch(() => undefined)) === undefined) return { kind: 'absent' };
  const name = Buffer.from(latin1, 'latin1').toString('utf8');
  const { stdout, exitCode } = await repository.run(['-C', name, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], {
    accept: [0, 1, 128],
    ...(signal === undefined ? {} : { signal }),
  });
  return exitCode === 0 ? { kind: 'submodule', id: stdout.toString('latin1').trim() } : { kind: 'absent' };
}
