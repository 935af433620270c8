import { readOwnFile } from '../config/ownFile.ts';
import { entryAt } from '../git/files.ts';
import type { Repository } from '../git/index.ts';
import { Failure } from '../rpc/failure.ts';
import type { ComposeSource } from './types.ts';

/** Reads files of a work tree: never outside of it, never through a link. */
export function worktreeReader(root: string): ComposeSource['read'] {
  return async (path, limit) => {
    // A link and a folder are refused; what is only too large is another mistake.
    const bytes = await readOwnFile(root, path, Number.POSITIVE_INFINITY);
    if (bytes === undefined) return undefined;
    return textOf(path, bytes, limit);
  };
}

/** Reads files of a commit (a full id); links are refused. */
export function commitReader(repository: Repository, commit: string, signal: AbortSignal): ComposeSource['read'] {
  return async (path, limit) => {
    const entry = await entryAt(repository, commit, Buffer.from(path).toString('latin1'), signal);
    if (entry === undefined || entry.kind === 'folder') return undefined;
    if (entry.kind !== 'file') throw new Failure('invalid', `${path} is a ${entry.kind}.`);
    const object = await repository.objects.read(entry.id, signal);
    return object === undefined ? undefined : textOf(path, object.data, limit);
  };
}

function textOf(path: string, bytes: Buffer, limit: number): string {
  if (bytes.length > limit) throw new Failure('too-large', `${path} is larger than ${limit / 1000} kB.`);
  if (bytes.includes(0)) throw new Failure('invalid', `${path} is not text.`);
  return bytes.toString('utf8');
}
