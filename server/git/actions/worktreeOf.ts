import { promises as fs } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Failure } from '../../rpc/failure.ts';
import type { Repository } from '../repository.ts';
import { refusal } from './refusal.ts';

interface Listed {
  readonly root: string;
  readonly branch: string | undefined;
  readonly lock: string | undefined;
  readonly missing: boolean;
}

/** Why a temporary work tree is locked: the process that uses it. */
const mark = 'hearth, process';
const folderPrefix = 'hearth-worktree-';

/**
 * Runs `act` in the work tree that has the branch checked out, else in a temporary one that is gone afterwards (also found and removed by the
 * next call after a crash).
 */
export async function inWorktreeOf<T>(
  repository: Repository,
  branch: string,
  signal: AbortSignal,
  act: (worktree: Repository, temporary: boolean) => Promise<T>,
): Promise<T> {
  const listed = await removeStaleWorktrees(repository);
  const place = listed.find((each) => each.branch === `refs/heads/${branch}`);
  if (place !== undefined && (await fs.realpath(place.root).catch(() => undefined)) === repository.root) return act(repository, false);
  if (place?.lock?.startsWith(mark)) {
    throw new Failure('locked', `Another Hearth process merges into ${branch} now.`, { hint: 'Wait for it to end and try again.' });
  }
  if (place !== undefined && !place.missing) return within(repository, place.root, (worktree) => act(worktree, false));
  const folder = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), folderPrefix)));
  const root = path.join(folder, path.basename(repository.root) || 'worktree');
  try {
    await addWorktree(repository, root, branch, place !== undefined, signal);
    return await within(repository, root, (worktree) => act(worktree, true));
  } finally {
    await removeWorktree(repository, root);
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** Removes temporary work trees whose process has ended; answers those that are left. */
export async function removeStaleWorktrees(repository: Repository): Promise<Listed[]> {
  const listed = await listWorktrees(repository);
  const stale = listed.filter(isStale);
  for (const { root } of stale) {
    await removeWorktree(repository, root);
    // The folder that was made for it.
    if (path.basename(path.dirname(root)).startsWith(folderPrefix)) await fs.rm(path.dirname(root), { recursive: true, force: true });
  }
  return listed.filter((each) => !stale.includes(each));
}

async function within<T>(repository: Repository, root: string, act: (worktree: Repository) => Promise<T>): Promise<T> {
  const worktree = await repository.beside(root);
  try {
    return await act(worktree);
  } finally {
    worktree.dispose();
  }
}

/** `force` where another work tree that is gone from the disk still holds the branch. */
async function addWorktree(repository: Repository, root: string, branch: string, force: boolean, signal: AbortSignal): Promise<void> {
  const reason = `${mark} ${process.pid} on ${os.hostname()}`;
  const args = ['worktree', 'add', '--quiet', '--lock', '--reason', reason, ...(force ? ['--force'] : []), root, branch];
  const output = await repository.write(args, { signal, accept: [0, 1, 128] });
  if (output.exitCode === 0) return;
  // A `post-checkout` hook that fails sets the exit code of a work tree that is complete.
  const made = (await listWorktrees(repository)).find((each) => each.root === root && each.branch === `refs/heads/${branch}`);
  if (made === undefined || made.missing || /^fatal: /m.test(output.stderr)) throw refusal(args, output, `A work tree for ${branch}`);
}

async function removeWorktree(repository: Repository, root: string): Promise<void> {
  const quietly = { accept: [0, 1, 128, 255] };
  const removed = await repository.write(['worktree', 'remove', '--force', '--force', root], quietly);
  if (removed.exitCode === 0) return;
  // Half made, or its folder is gone: git keeps a locked one in its list.
  await fs.rm(root, { recursive: true, force: true });
  await repository.write(['worktree', 'unlock', root], quietly);
  await repository.write(['worktree', 'prune'], quietly);
}

/** Ours, and the process that made it has ended. */
function isStale({ lock }: Listed): boolean {
  const [, pid, host] = lock?.match(/^hearth, process (\d+) on (.*)$/s) ?? [];
  if (pid === undefined || host !== os.hostname() || Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function listWorktrees(repository: Repository): Promise<Listed[]> {
  const { stdout } = await repository.run(['worktree', 'list', '--porcelain', '-z']);
  return stdout
    .toString('utf8')
    .split('\0\0')
    .filter((text) => text !== '')
    .map((text) => {
      const attribute = (name: string) => text.split('\0').find((line) => line === name || line.startsWith(`${name} `));
      const root = attribute('worktree')?.slice('worktree '.length);
      if (root === undefined) throw new Failure('git-failed', 'Git did not list its work trees.');
      return {
        root,
        branch: attribute('branch')?.slice('branch '.length),
        lock: attribute('locked')?.slice('locked '.length),
        missing: attribute('prunable') !== undefined,
      };
    });
}
