import type { Repository } from '../git/index.ts';
import { isAncestor } from './elsewhere.ts';

/** A branch against the one it follows, as last fetched. */
export interface Upstream {
  readonly name: string;
  readonly ahead: number;
  readonly behind: number;
  /** It was pushed over: what this branch had from it is no longer in it. */
  readonly rewritten: boolean;
}

/** `upstream` is the full name of a ref that exists. */
export async function readUpstream(repository: Repository, branch: string, upstream: string, signal: AbortSignal): Promise<Upstream> {
  const own = `refs/heads/${branch}`;
  const counts = await repository.text(['rev-list', '--left-right', '--count', `${own}...${upstream}`], { signal });
  const [ahead = 0, behind = 0] = counts.split('\t').map(Number);
  const rewritten = ahead > 0 && behind > 0 && (await wasRewritten(repository, own, upstream, signal));
  return { name: upstream.replace(/^refs\/(heads|remotes)\//, ''), ahead, behind, rewritten };
}

/** The log of the upstream names a commit that this branch has and the upstream has not any more. */
async function wasRewritten(repository: Repository, own: string, upstream: string, signal: AbortSignal): Promise<boolean> {
  const log = await repository.run(['log', '--walk-reflogs', '--max-count=20', '--format=%H', upstream, '--'], {
    signal,
    accept: [0, 128],
  });
  const earlier = new Set(
    log.stdout
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== ''),
  );
  for (const commit of earlier) {
    if (await isAncestor(repository, commit, upstream, signal)) continue;
    if (await isAncestor(repository, commit, own, signal)) return true;
  }
  return false;
}
