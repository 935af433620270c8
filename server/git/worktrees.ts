import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Refs } from './refs.ts';
import type { Repository } from './repository.ts';

type Worktree = Refs['worktrees'][number];

/** Worktrees of the repository, the main one first; `current` is the one asked through. */
export async function readWorktrees(repository: Repository, head: Promise<Refs['head']>, signal: AbortSignal): Promise<Worktree[]> {
  if (await isAlone(repository)) return [only(repository, await head)];
  const { stdout } = await repository.run(['worktree', 'list', '--porcelain', '-z'], { signal });
  return parseWorktrees(stdout.toString('utf8'), repository.root);
}

/** Reads `git worktree list --porcelain -z`: attributes end with NUL, an empty one ends a worktree. A bare main one is left out. */
export function parseWorktrees(text: string, current: string): Worktree[] {
  const worktrees: Worktree[] = [];
  let attributes = new Map<string, string>();
  for (const line of text.split('\0')) {
    if (line !== '') {
      const space = line.indexOf(' ');
      attributes.set(space < 0 ? line : line.slice(0, space), space < 0 ? '' : line.slice(space + 1));
      continue;
    }
    const root = attributes.get('worktree');
    if (root !== undefined && !attributes.has('bare')) {
      const head = attributes.get('HEAD');
      const branch = attributes.get('branch')?.replace(/^refs\/heads\//, '');
      worktrees.push({
        root,
        ...(head === undefined || /^0+$/.test(head) ? {} : { head }),
        ...(branch === undefined ? {} : { branch }),
        locked: attributes.has('locked'),
        prunable: attributes.has('prunable'),
        current: root === current,
      });
    }
    attributes = new Map();
  }
  return worktrees;
}

/** Without `worktrees` in the common folder there is only the main one, and no process needs to say so. */
async function isAlone({ facts }: Repository): Promise<boolean> {
  if (facts.kind === 'linked' || facts.refFormat === 'reftable') return false;
  return (await fs.stat(path.join(facts.commonDir, 'worktrees')).catch(() => undefined)) === undefined;
}

function only({ facts }: Repository, { branch, commit }: Refs['head']): Worktree {
  return {
    root: facts.root,
    ...(commit === undefined ? {} : { head: commit }),
    ...(branch === undefined ? {} : { branch }),
    locked: false,
    prunable: false,
    current: true,
  };
}
