import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { FileRef } from '../../protocol/gitTypes.ts';
import { Failure } from '../../rpc/failure.ts';
import { latin1Path } from '../diffPath.ts';
import type { Repository } from '../repository.ts';

/** Paths of files that an action changes, as latin1 strings of their bytes. */

/**
 * The paths of a request, each once. Throws `invalid` for what leads out of the work tree or into git's own folder; bytes are not checked
 * by the contract. The root itself (the empty path) only where `root` says so.
 */
export function checkedPaths(files: readonly FileRef[], root: boolean): string[] {
  const names = [...new Set(files.map(latin1Path))];
  for (const name of names) {
    if (root && name === '') continue;
    if (name.includes('\0') || name.split('/').some((part) => ['', '.', '..'].includes(part) || /^(?:\.git|git~\d+)$/i.test(part))) {
      throw new Failure('invalid', `${JSON.stringify(shown(name))} is no path of a file in this work tree.`);
    }
  }
  return names;
}

/** A path for a person. */
export function shown(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}

/** Where a path of the repository lies. */
export function onDisk(repository: Repository, name: string): Buffer {
  return Buffer.concat([Buffer.from(`${repository.root}${path.sep}`), Buffer.from(name, 'latin1')]);
}

/** The folders that a path goes through, from the top. */
export function foldersOf(name: string): string[] {
  const parts = name.split('/');
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/'));
}

/** Git sees nothing beyond a link: a tracked file there counts as deleted. */
export async function isBeyondLink(repository: Repository, name: string): Promise<boolean> {
  for (const folder of foldersOf(name)) {
    const stats = await fs.lstat(onDisk(repository, folder)).catch(() => undefined);
    if (!stats?.isDirectory()) return true;
  }
  return false;
}
