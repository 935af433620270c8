import type * as z from 'zod/mini';
import type * as protocol from '../protocol/git.ts';
import type { FileRef } from '../protocol/gitTypes.ts';
import { Failure } from '../rpc/failure.ts';
import { latin1Path, shownPath } from './diffPath.ts';
import { NulTokens } from './nulTokens.ts';
import type { Repository } from './repository.ts';
import { resolveCommit } from './resolve.ts';
import { RowBatch } from './rowBatch.ts';

export type TreeEntry = z.output<NonNullable<typeof protocol.files.partial>>['entries'][number];

export interface FilesRequest {
  readonly revision?: string | undefined;
  /** The root when absent; a file lists itself. */
  readonly folder?: FileRef | undefined;
  readonly recursive: boolean;
}

/** Entries of a folder at a revision (HEAD when absent), in git's order, streamed. Answers the commit. Throws `not-found`. */
export async function listFiles(
  repository: Repository,
  request: FilesRequest,
  emit: (entries: TreeEntry[]) => unknown,
  signal: AbortSignal,
): Promise<{ revision: string }> {
  const { commit, tree } = await resolveCommit(repository, request.revision ?? 'HEAD', signal);
  const asked = request.folder === undefined ? '' : latin1Path(request.folder).replace(/\/+$/, '');
  const top = asked === '' ? tree : await treeAt(repository, commit, asked, signal);
  if (top === undefined) {
    emit([await entryOf(repository, commit, asked, signal)]);
    return { revision: commit };
  }
  // Sizes need every blob, and a partial clone may not have them.
  const long = repository.facts.partialClone ? [] : ['-l'];
  const args = ['ls-tree', '-z', ...long, ...(request.recursive ? ['-r'] : []), top];
  const prefix = asked === '' ? '' : `${asked}/`;
  const batch = new RowBatch(emit, 1000);
  const lines = new NulTokens();
  for await (const chunk of repository.stream(args, { signal })) {
    for (const line of lines.push(chunk)) batch.add(parseEntry(line, prefix));
    batch.tick();
    await batch.taken;
  }
  batch.flush();
  return { revision: commit };
}

/** Reads a line of `ls-tree [-l] -z` (as a latin1 string of its bytes). */
export function parseEntry(line: string, prefix = ''): TreeEntry {
  const tab = line.indexOf('\t');
  const [mode = '', , id = '', size] = line.slice(0, tab).split(/ +/);
  return {
    ...shownPath(prefix + line.slice(tab + 1)),
    kind: kindOf(mode),
    mode,
    id,
    ...(size === undefined || !/^\d+$/.test(size) ? {} : { size: Number(size) }),
  };
}

function kindOf(mode: string): TreeEntry['kind'] {
  if (mode === '040000') return 'folder';
  if (mode === '160000') return 'submodule';
  return mode === '120000' ? 'link' : 'file';
}

/** The tree of a folder; undefined when the path is no folder. Goes by `cat-file`, which takes the exact bytes. */
async function treeAt(repository: Repository, commit: string, path: string, signal: AbortSignal): Promise<string | undefined> {
  const found = await repository.objects.info(Buffer.from(`${commit}:${path}`, 'latin1'), signal);
  return found?.type === 'tree' ? found.id : undefined;
}

/** One path as its folder lists it, by bytes. Throws `not-found`. */
export async function entryOf(repository: Repository, commit: string, path: string, signal: AbortSignal): Promise<TreeEntry> {
  const found = await entryAt(repository, commit, path, signal);
  if (found === undefined) {
    const shown = Buffer.from(path, 'latin1').toString('utf8');
    throw new Failure('not-found', `There is no ${shown} in that revision.`, {
      hint: 'It may have had another name then: see its history.',
    });
  }
  return found;
}

/** One path (a latin1 string of its bytes) as its folder lists it; undefined when it is not there. */
export async function entryAt(repository: Repository, commit: string, path: string, signal?: AbortSignal): Promise<TreeEntry | undefined> {
  const slash = path.lastIndexOf('/');
  const folder = slash < 0 ? '' : path.slice(0, slash);
  const name = path.slice(slash + 1);
  const parent = await repository.objects.read(Buffer.from(`${commit}:${folder}`, 'latin1'), signal);
  if (parent?.type !== 'tree') return undefined;
  const found = treeEntries(parent.data, parent.id.length / 2).find((each) => each.name === name);
  return found === undefined ? undefined : { ...shownPath(path), kind: kindOf(found.mode), mode: found.mode, id: found.id };
}

/** Reads a tree object: mode, space, name, NUL, id in binary. Names are latin1 strings of their bytes. */
function treeEntries(data: Buffer, idBytes: number): { mode: string; name: string; id: string }[] {
  const entries: { mode: string; name: string; id: string }[] = [];
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(32, at);
    const nul = data.indexOf(0, space);
    if (space < 0 || nul < 0) break;
    entries.push({
      mode: data.toString('latin1', at, space).padStart(6, '0'),
      name: data.toString('latin1', space + 1, nul),
      id: data.toString('hex', nul + 1, nul + 1 + idBytes),
    });
    at = nul + 1 + idBytes;
  }
  return entries;
}
