import type { Repository } from '../git/index.ts';
import { Failure } from '../rpc/failure.ts';

/** Paths of a work tree that differ, by how. */
export interface WorktreeState {
  /** In the index, against HEAD. */
  readonly staged: readonly string[];
  /** On disk, against the index. */
  readonly unstaged: readonly string[];
  readonly untracked: readonly string[];
  readonly unmerged: readonly string[];
}

const conflicts = new Set(['DD', 'AU', 'UD', 'UA', 'DU', 'AA', 'UU']);

/** `git status`; folders of untracked files as one row, unless `everyFile`. */
export async function readWorktreeState(repository: Repository, signal: AbortSignal, everyFile = false): Promise<WorktreeState> {
  const args = ['status', '--porcelain=v1', '-z', '--no-renames', `--untracked-files=${everyFile ? 'all' : 'normal'}`];
  const { stdout } = await repository.run(args, { signal });
  const state = { staged: [] as string[], unstaged: [] as string[], untracked: [] as string[], unmerged: [] as string[] };
  for (const row of stdout.toString('utf8').split('\0')) {
    if (row === '') continue;
    const code = row.slice(0, 2);
    const path = row.slice(3);
    if (code === '??') state.untracked.push(path);
    else if (conflicts.has(code)) state.unmerged.push(path);
    else {
      if (code[0] !== ' ') state.staged.push(path);
      if (code[1] !== ' ') state.unstaged.push(path);
    }
  }
  return state;
}

export function changedPaths({ staged, unstaged, unmerged }: WorktreeState): string[] {
  return [...new Set([...staged, ...unstaged, ...unmerged])];
}

/** A sentence when an operation in progress or conflicts stand in the way of starting something else. */
export function inTheWay({ facts }: Repository, { unmerged }: WorktreeState): string | undefined {
  if (facts.operation !== undefined && facts.operation !== 'bisect') return `A ${facts.operation} is in progress here.`;
  if (facts.operation === 'bisect') return 'A bisect is in progress here.';
  return unmerged.length === 0 ? undefined : `${files(unmerged.length)} with conflicts ${unmerged.length === 1 ? 'waits' : 'wait'} here.`;
}

export function refuseInTheWay(repository: Repository, state: WorktreeState): void {
  const why = inTheWay(repository, state);
  if (why !== undefined) throw new Failure('precondition', why, { hint: 'Finish or abort it first.' });
}

export function files(count: number): string {
  return count === 1 ? 'One file' : `${count} files`;
}
