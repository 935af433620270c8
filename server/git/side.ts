import type { RepositoryFacts, ResolvedSide, Side } from '../protocol/gitTypes.ts';
import { Failure } from '../rpc/failure.ts';
import type { Repository } from './repository.ts';

/** What a side is made of, once its names are resolved: a tree (by commit or tree id), the index, or the files on disk. */
export type SideContent = { readonly kind: 'tree'; readonly id: string } | { readonly kind: 'index' } | { readonly kind: 'worktree' };

export interface OpenSide {
  readonly shown: ResolvedSide;
  readonly content: SideContent;
}

/** The tree without files; git knows it without having it. */
export function emptyTree(format: RepositoryFacts['objectFormat']): string {
  return format === 'sha256'
    ? '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321'
    : '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
}

/**
 * Resolves the names of a side. HEAD of a branch without commits is the empty tree. A stash is the tree that `git stash` recorded of the
 * tracked files. Throws `not-found` for a name that stands for nothing and for two commits without a common ancestor.
 */
export async function resolveSide(repository: Repository, side: Side, signal?: AbortSignal): Promise<OpenSide> {
  switch (side.kind) {
    case 'index':
      return { shown: { side, label: 'Index' }, content: { kind: 'index' } };
    case 'worktree':
      return { shown: { side, label: 'Working Tree' }, content: { kind: 'worktree' } };
    case 'empty':
      return { shown: { side, label: 'Empty' }, content: { kind: 'tree', id: emptyTree(repository.facts.objectFormat) } };
    case 'stash': {
      const label = `stash@{${side.index}}`;
      const found = await repository.objects.read(`refs/${label}^{commit}`, signal);
      if (found === undefined)
        throw new Failure('not-found', `There is no ${label} here.`, { hint: '`git stash list` shows what there is.' });
      return { shown: { side, label, commit: found.id }, content: { kind: 'tree', id: found.id } };
    }
    case 'mergeBase': {
      const [a, b] = await Promise.all([resolveCommit(repository, side.a, signal), resolveCommit(repository, side.b, signal)]);
      const { stdout } = await repository.run(['merge-base', a, b], { accept: [0, 1], ...(signal && { signal }) });
      const commit = stdout.toString('latin1').split('\n')[0] ?? '';
      if (commit === '') throw new Failure('not-found', `${side.a} and ${side.b} have no common ancestor.`);
      return { shown: { side, label: `merge base of ${side.a} and ${side.b}`, commit }, content: { kind: 'tree', id: commit } };
    }
    case 'commit':
      return resolveRevision(repository, side, signal);
  }
}

async function resolveRevision(repository: Repository, side: Extract<Side, { kind: 'commit' }>, signal?: AbortSignal): Promise<OpenSide> {
  const { revision } = side;
  const commit = await repository.objects.read(`${revision}^{commit}`, signal);
  if (commit !== undefined) {
    const label = revision === commit.id ? commit.id.slice(0, 8) : revision;
    return { shown: { side, label, commit: commit.id }, content: { kind: 'tree', id: commit.id } };
  }
  // A tag may name a tree, and a tree is as good a side as a commit.
  const tree = await repository.objects.read(`${revision}^{tree}`, signal);
  if (tree !== undefined) return { shown: { side, label: revision }, content: { kind: 'tree', id: tree.id } };
  if (revision === 'HEAD' || revision === '@') {
    const { exitCode } = await repository.run(['symbolic-ref', '--quiet', 'HEAD'], { accept: [0, 1], ...(signal && { signal }) });
    // It names a branch, and the branch has no commit: nothing was ever committed there.
    if (exitCode === 0) return { shown: { side, label: 'HEAD' }, content: { kind: 'tree', id: emptyTree(repository.facts.objectFormat) } };
  }
  throw noRevision(revision);
}

/** The id of the commit that a revision names. Throws `not-found`. */
async function resolveCommit(repository: Repository, revision: string, signal?: AbortSignal): Promise<string> {
  const commit = await repository.objects.read(`${revision}^{commit}`, signal);
  if (commit === undefined) throw noRevision(revision);
  return commit.id;
}

function noRevision(revision: string): Failure {
  return new Failure('not-found', `There is no revision "${revision}" here.`, { hint: 'Check the spelling, or fetch it first.' });
}
