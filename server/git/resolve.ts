import type { FileRef } from '../protocol/gitTypes.ts';
import { Failure } from '../rpc/failure.ts';
import { readHead } from './discover.ts';
import type { Repository } from './repository.ts';

/** A commit and its tree. */
export interface ResolvedCommit {
  readonly commit: string;
  readonly tree: string;
}

/** Which commit a revision names. Throws `not-found` for a name that stands for no commit, also for HEAD of a branch without commits. */
export async function resolveCommit(repository: Repository, revision: string, signal?: AbortSignal): Promise<ResolvedCommit> {
  const found = await repository.objects.read(await commitName(repository, revision, signal), signal);
  if (found?.type !== 'commit') throw await noRevision(repository, revision);
  const tree = found.data.toString('latin1', 0, 100).match(/^tree ([0-9a-f]+)\n/)?.[1];
  if (tree === undefined) throw new Failure('git-failed', `Commit ${found.id} is damaged.`, { hint: 'Run `git fsck`.' });
  return { commit: found.id, tree };
}

/** `:/text` reads to the end of the name, so `^{commit}` cannot simply follow it. */
async function commitName(repository: Repository, revision: string, signal?: AbortSignal): Promise<string> {
  if (!revision.startsWith(':/')) return `${revision}^{commit}`;
  const found = await repository.objects.read(revision, signal);
  return found === undefined ? revision : `${found.id}^{commit}`;
}

async function noRevision(repository: Repository, revision: string): Promise<Failure> {
  if ((revision === 'HEAD' || revision === '@') && (await isUnborn(repository))) return noCommits();
  return new Failure('not-found', `There is no revision "${revision}" here.`, { hint: 'Check the spelling, or fetch it first.' });
}

export function noCommits(): Failure {
  return new Failure('not-found', 'This branch has no commits yet.', { hint: 'Make the first commit.' });
}

/** Whether HEAD names a branch that has no commit. */
async function isUnborn(repository: Repository): Promise<boolean> {
  return (await readHead(repository.facts)).state === 'unborn';
}

/**
 * Answers a question about HEAD (no revision was named) with `empty` where the branch has no commits. Looked at only after git has failed:
 * the question is asked often, such a branch is rare.
 */
export async function orUnborn<T>(repository: Repository, revision: string | undefined, ask: () => Promise<T>, empty: T): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (revision === undefined && error instanceof Failure && error.reason === 'not-found' && (await isUnborn(repository))) return empty;
    throw error;
  }
}

/**
 * A path for a git argument. Throws `invalid` for a name that is not UTF-8: Node would send other bytes (DESIGN §12).
 * The empty path is the root.
 */
export function argumentPath(file: FileRef): string {
  if ('path' in file) return file.path;
  const bytes = Buffer.from(file.pathBytes, 'base64');
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) {
    throw new Failure('invalid', 'The name of this file is not UTF-8, and git cannot be asked about it this way.', {
      hint: 'It can still be listed, compared and exported.',
    });
  }
  return text;
}
