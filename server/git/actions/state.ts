/** How a repository was at one moment, as the record of an action keeps it. Ids name objects in the repository. */
export interface RepositoryState {
  /** Blob: `<commit> <ref>` for each local branch, sorted by name. */
  readonly branches: string;
  /** Blob: the configuration of branches, as `git config -z --get-regexp` lists it. */
  readonly config: string;
  /** Newest stash, empty when there is none. */
  readonly stash: string;
  /** That of the repository first. */
  readonly worktrees: readonly WorktreeState[];
}

export interface WorktreeState {
  readonly root: string;
  /** What HEAD names (`refs/heads/main`), or the commit it is detached at. */
  readonly head: { readonly ref: string } | { readonly commit: string };
  /** HEAD's commit, whichever way it names it; empty while there is none. */
  readonly commit: string;
  /** Tree of the index without entries in conflict. */
  readonly index: string;
  /** Tree of the entries in conflict, as `<stage>/<path>`; empty when there are none. */
  readonly unmerged: string;
  /** Entries that only promise a file (`add -N`), which no tree holds; latin1 strings of their bytes. */
  readonly promised: readonly string[];
  /** Blob of the index file itself; empty when there was none. */
  readonly indexFile: string;
  /** When it was written, in seconds. */
  readonly indexTime: number;
  /** Tree of the files: tracked ones as they lie on the disk, and untracked ones that are not ignored. */
  readonly files: string;
  /** Tree of those whose exact bytes the filters of line ends and encodings would not give back. */
  readonly exact: string;
  /** Blob: names of files that were not recorded, each with its reason, as JSON; empty when there are none. */
  readonly skipped: string;
  /** Blob: permissions of files that are not as git gives them, as JSON; empty when there are none. */
  readonly modes: string;
  /** The files that git keeps of a merge, cherry-pick or revert that waits: name → content in base64. */
  readonly operation: Readonly<Record<string, string>>;
}

export type SkipReason = 'secret' | 'large' | 'unreadable';

/** A file that was not recorded; `name` is a latin1 string of its bytes. */
export interface Skipped {
  readonly name: string;
  readonly reason: SkipReason;
}

/** Whether nothing that is recorded differs. Statistics of the index do not count. */
export function sameState(a: RepositoryState, b: RepositoryState): boolean {
  return (
    a.branches === b.branches &&
    a.config === b.config &&
    a.stash === b.stash &&
    a.worktrees.length === b.worktrees.length &&
    a.worktrees.every((each, index) => sameWorktree(each, b.worktrees[index]))
  );
}

export function sameWorktree(a: WorktreeState, b: WorktreeState | undefined): boolean {
  return (
    b !== undefined &&
    a.root === b.root &&
    sameHead(a, b) &&
    a.commit === b.commit &&
    sameIndex(a, b) &&
    a.files === b.files &&
    operationKey(a) === operationKey(b)
  );
}

/** Whether the entries are the same; statistics and flags do not count. */
export function sameIndex(a: WorktreeState, b: WorktreeState): boolean {
  return a.index === b.index && a.unmerged === b.unmerged && a.promised.join('\0') === b.promised.join('\0');
}

export function sameHead({ head: a }: WorktreeState, { head: b }: WorktreeState): boolean {
  return 'ref' in a ? 'ref' in b && a.ref === b.ref : 'commit' in b && a.commit === b.commit;
}

/** Which merge, cherry-pick or revert waits; empty when none does. */
export function operationKey({ operation }: WorktreeState): string {
  return ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD']
    .map((name) => operation[name] ?? '')
    .join(' ')
    .trim();
}
