import { type Repository, readRemoteSettings } from '../git/index.ts';
import { Failure } from '../rpc/failure.ts';
import { normalisedRemote } from './remoteAddress.ts';

/** What of a repository says which project it is: the id in its configuration; what clones of it share. */

const key = 'hearth.project';
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The id in the configuration of the common directory; nobody else's `hearth.project` (global, one worktree's) counts. */
export async function readId(repository: Repository, signal: AbortSignal): Promise<string | undefined> {
  // 1: no such key.
  const { stdout } = await repository.run(['config', '--local', '--get', key], { accept: [0, 1], signal });
  const id = stdout.toString('utf8').trim().toLowerCase();
  if (id === '') return undefined;
  if (uuid.test(id)) return id;
  throw new Failure('conflict', `${key} in the configuration of this repository is not an id of Hearth.`, {
    hint: `Remove it with \`git config --local --unset-all ${key}\` and try again.`,
  });
}

/** Writes the id for all worktrees. Waits a little while another git process holds the configuration. */
export async function writeId(repository: Repository, id: string, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await repository.run(['config', '--local', '--replace-all', key, id], { signal });
      return;
    } catch (error) {
      if (!(error instanceof Failure) || error.reason !== 'locked' || tries === 10) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50 * tries));
    }
  }
}

/**
 * The oldest root commit of HEAD's history. Walks it once in a project's life (a million commits: seconds; with a commit-graph a fraction),
 * outside this process. Undefined without commits, in a shallow clone, whose oldest commits are no roots, and where the walk takes too long.
 */
export async function readRootCommit(repository: Repository, signal: AbortSignal): Promise<string | undefined> {
  const { shallow, head } = repository.facts;
  if (shallow || head.state === 'unborn') return undefined;
  const args = ['rev-list', '--max-parents=0', '--timestamp', 'HEAD'];
  // Replaced objects are one clone's own; and git uses no commit-graph beside them.
  const env = { GIT_NO_REPLACE_OBJECTS: '1' };
  try {
    return oldest(await repository.text(args, { signal, env, priority: 'background', silence: 120_000 }));
  } catch (error) {
    // A damaged or endless history is no reason to have no identity.
    if (error instanceof Failure && (error.reason === 'git-failed' || error.reason === 'timeout')) return undefined;
    throw error;
  }
}

/** Lines of committer time (seconds) and id; of two of the same second the smaller id, so that every clone answers the same. */
function oldest(text: string): string | undefined {
  const roots = text.split('\n').map((line) => line.split(' '));
  roots.sort(([a = '', x = ''], [b = '', y = '']) => Number(a) - Number(b) || (x < y ? -1 : 1));
  return roots[0]?.[1];
}

/** The remote that clones share, normalised: `origin`, else the first in the configuration. */
export async function readRemote(repository: Repository, signal: AbortSignal): Promise<string | undefined> {
  const { remotes } = await readRemoteSettings(repository, signal);
  const chosen = remotes.find(({ name }) => name === 'origin') ?? remotes[0];
  return chosen === undefined ? undefined : normalisedRemote(chosen.url, repository.root);
}
