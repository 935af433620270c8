import type { Repository } from '../repository.ts';
import { skippedNames } from './plan.ts';
import { emptyTree, type TreeEntry, treeChanges } from './plumbing.ts';
import { checkFiles, markFiles, restoreFiles } from './restoreFiles.ts';
import type { RepositoryState } from './state.ts';

/**
 * A stash that the action made is dropped; one that it dropped is stored again. Files that were not recorded (secrets, large ones) are in
 * the stash alone: they are taken out of it first, and where that is not possible it stays.
 */
export async function restoreStash(
  repository: Repository,
  { to, now, from }: { from: RepositoryState; to: RepositoryState; now: RepositoryState },
): Promise<void> {
  if (from.stash === to.stash || now.stash === to.stash || now.stash !== from.stash) return;
  const previous = await repository.run(['rev-parse', '--verify', '--quiet', 'refs/stash@{1}'], { accept: [0, 1, 128] });
  if (previous.stdout.toString('latin1').trim() === to.stash) {
    if (await takeOut(repository, now.stash, to)) await repository.write(['stash', 'drop', '--quiet'], { accept: [0, 1] });
  } else if (to.stash !== '') {
    const subject = await repository.text(['log', '-1', '--format=%s', to.stash]);
    await repository.write(['stash', 'store', '--quiet', '-m', subject, to.stash], { accept: [0, 1] });
  }
}

/** Whether everything that only the stash holds lies in the work tree now. */
async function takeOut(repository: Repository, stash: string, { worktrees }: RepositoryState): Promise<boolean> {
  const state = worktrees.find(({ root }) => root === repository.root);
  const names = state === undefined ? [] : await skippedNames(repository, state);
  if (state === undefined || names.length === 0) return state !== undefined;
  const [untracked, tracked, files] = await Promise.all([
    entriesOf(repository, `${stash}^3`),
    entriesOf(repository, stash),
    entriesOf(repository, state.files),
  ]);
  const wanted = new Map<string, TreeEntry>();
  for (const name of names) {
    const stashed = untracked.get(name) ?? tracked.get(name);
    // What is as in the index was no part of the stash.
    if (stashed !== undefined && stashed.id !== files.get(name)?.id) wanted.set(name, stashed);
  }
  try {
    await checkFiles(repository, wanted, (name) => files.has(name));
    const marks = await markFiles(repository, wanted, files);
    return (await restoreFiles(repository, wanted, { bytes: new Map(), modes: {} }, marks)).stayed.length === 0;
  } catch {
    return false;
  }
}

async function entriesOf(repository: Repository, tree: string): Promise<Map<string, TreeEntry>> {
  const found = await repository.objects.info(`${tree}^{tree}`);
  if (found === undefined) return new Map();
  return new Map([...(await treeChanges(repository, await emptyTree(repository), found.id))].map(([name, { to }]) => [name, to]));
}
