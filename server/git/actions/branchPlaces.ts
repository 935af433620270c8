import { promises as fs } from 'node:fs';
import path from 'node:path';
import { readHead } from '../discover.ts';
import type { Repository } from '../repository.ts';
import { readWorktrees } from '../worktrees.ts';

export interface BranchPlace {
  readonly branch: string;
  readonly root: string;
  readonly why: 'checked out' | 'rebased' | 'bisected';
}

/** Branches that a work tree has checked out, or holds on to while it rebases or bisects them. Work trees that are gone hold nothing. */
export async function branchPlaces(repository: Repository, signal: AbortSignal): Promise<BranchPlace[]> {
  const places: BranchPlace[] = [];
  for (const { root, branch, prunable } of await readWorktrees(repository, readHead(repository.facts), signal)) {
    if (prunable) continue;
    if (branch !== undefined) places.push({ branch, root, why: 'checked out' });
    const gitDir = await gitDirOf(root);
    if (gitDir === undefined) continue;
    for (const [file, why] of held) {
      const text = await fs.readFile(path.join(gitDir, file), 'utf8').catch(() => '');
      const name = text.trim().replace(/^refs\/heads\//, '');
      if (name !== '' && name !== 'detached HEAD') places.push({ branch: name, root, why });
    }
  }
  return places;
}

const held = [
  ['rebase-merge/head-name', 'rebased'],
  ['rebase-apply/head-name', 'rebased'],
  ['BISECT_START', 'bisected'],
] as const;

async function gitDirOf(root: string): Promise<string | undefined> {
  const place = path.join(root, '.git');
  const stats = await fs.stat(place).catch(() => undefined);
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return place;
  const named = (await fs.readFile(place, 'utf8')).match(/^gitdir: (.*?)\r?\n?$/s)?.[1];
  return named === undefined ? undefined : path.resolve(root, named);
}
