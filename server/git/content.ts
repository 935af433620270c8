import type { FileRef, Side } from '../protocol/gitTypes.ts';
import { contentLimit, tooLarge } from './contentLimit.ts';
import { latin1Path } from './diffPath.ts';
import { entryAt } from './files.ts';
import { indexEntry } from './indexEntry.ts';
import type { Repository } from './repository.ts';
import { resolveSide } from './side.ts';
import { decodeText, isBinary } from './textDecoding.ts';
import { readWorktreeFile } from './worktreeFile.ts';

export interface ContentRequest {
  readonly side: Side;
  readonly file: FileRef;
  readonly stage?: 1 | 2 | 3 | undefined;
  readonly encoding: 'text' | 'base64';
}

export type Content =
  | { kind: 'text'; text: string; size: number; id?: string }
  | { kind: 'base64'; base64: string; size: number; id?: string }
  | { kind: 'binary'; size: number; id?: string }
  | { kind: 'submodule'; id: string }
  | { kind: 'absent' };

/** What a side holds at a path, before it is turned into text. */
type Found = { kind: 'bytes'; data: Buffer; id?: string } | { kind: 'submodule'; id: string } | { kind: 'absent' };

/**
 * The content of a file on one side. A symbolic link is its target; a folder is `absent`. Throws `too-large` above 50 MB, `git-failed` or
 * `precondition` when the side names a blob that the repository does not hold.
 */
export async function readContent(repository: Repository, request: ContentRequest, signal?: AbortSignal): Promise<Content> {
  const found = await find(repository, request, signal);
  if (found.kind !== 'bytes') return found;
  const { data, id } = found;
  const facts = { size: data.length, ...(id === undefined ? {} : { id }) };
  if (request.encoding === 'base64') return { kind: 'base64', base64: data.toString('base64'), ...facts };
  return isBinary(data) ? { kind: 'binary', ...facts } : { kind: 'text', text: decodeText(data), ...facts };
}

async function find(repository: Repository, { side, file, stage }: ContentRequest, signal?: AbortSignal): Promise<Found> {
  if (stage !== undefined) return atIndex(repository, file, stage, signal);
  const path = latin1Path(file);
  if (side.kind === 'empty' || path === '') return { kind: 'absent' };
  if (side.kind === 'worktree') return readWorktreeFile(repository, path, contentLimit, signal);
  if (side.kind === 'index') return atIndex(repository, file, undefined, signal);
  const { content, shown } = await resolveSide(repository, side, signal);
  if (content.kind !== 'tree') return { kind: 'absent' };
  const tracked = await atTree(repository, content.id, path, signal);
  if (side.kind !== 'stash' || tracked.kind !== 'absent' || shown.commit === undefined) return tracked;
  // `git stash -u` keeps untracked files in a third parent.
  const untracked = await repository.objects.info(`${shown.commit}^3`, signal);
  return untracked === undefined ? tracked : atTree(repository, untracked.id, path, signal);
}

async function atIndex(repository: Repository, file: FileRef, stage: 1 | 2 | 3 | undefined, signal?: AbortSignal): Promise<Found> {
  const entry = await indexEntry(repository, file, stage, signal);
  if (entry === undefined) return { kind: 'absent' };
  return entry.mode === '160000' ? { kind: 'submodule', id: entry.id } : readBlob(repository, entry.id, signal);
}

async function atTree(repository: Repository, tree: string, path: string, signal?: AbortSignal): Promise<Found> {
  const name = Buffer.from(`${tree}:${path}`, 'latin1');
  const facts = await repository.objects.info(name, signal);
  if (facts?.type === 'blob') return readBlob(repository, facts.id, signal);
  if (facts?.type === 'tree') return { kind: 'absent' };
  // Not here, a submodule (whose commit is not ours), or a blob that the repository should hold and does not.
  const entry = await entryAt(repository, tree, path, signal);
  if (entry === undefined || entry.kind === 'folder') return { kind: 'absent' };
  return entry.kind === 'submodule' ? { kind: 'submodule', id: entry.id } : readBlob(repository, entry.id, signal);
}

async function readBlob(repository: Repository, id: string, signal?: AbortSignal): Promise<Found> {
  const facts = await repository.objects.info(id, signal);
  if (facts !== undefined && facts.size > contentLimit) throw tooLarge(facts.size);
  const object = facts === undefined ? undefined : await repository.objects.read(id, signal);
  if (object !== undefined) return { kind: 'bytes', data: object.data, id: object.id };
  // Git says why, and `run` turns that into the typed failure.
  const { stdout } = await repository.run(['cat-file', 'blob', id], signal === undefined ? {} : { signal });
  return { kind: 'bytes', data: stdout, id };
}
