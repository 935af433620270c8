import type { Repository } from '../git/index.ts';

/** A local branch: where it is, what it follows, which work tree has it checked out. */
interface LocalBranch {
  readonly commit: string;
  /** Full name of the ref it follows, when that exists. */
  readonly upstream?: string;
  readonly worktree?: string;
}

export interface Branches {
  readonly local: ReadonlyMap<string, LocalBranch>;
  /** Short names (`origin/main`) and their commits. */
  readonly remote: ReadonlyMap<string, string>;
}

const fields = ['refname', 'objectname', 'symref', 'upstream', 'worktreepath'];

/** Local and remote branches by one git process; newest first. */
export async function readBranches(repository: Repository, signal: AbortSignal): Promise<Branches> {
  const format = `${fields.map((field) => `%(${field})`).join('%00')}%00`;
  const args = ['for-each-ref', '--sort=-committerdate', `--format=${format}`, 'refs/heads', 'refs/remotes'];
  const { stdout } = await repository.run(args, { signal });
  const rows: string[][] = [];
  const parts = stdout.toString('utf8').split('\0');
  for (let at = 0; at + fields.length <= parts.length - 1; at += fields.length) rows.push(parts.slice(at, at + fields.length));
  const names = new Set(rows.map(([name = '']) => name.replace(/^\n/, '')));
  const local = new Map<string, LocalBranch>();
  const remote = new Map<string, string>();
  for (const [rawName = '', commit = '', symref = '', upstream = '', worktree = ''] of rows) {
    const name = rawName.replace(/^\n/, '');
    if (name.startsWith('refs/heads/')) {
      // What it follows may be gone from the remote.
      const follows = names.has(upstream) ? { upstream } : {};
      local.set(name.slice('refs/heads/'.length), { commit, ...follows, ...(worktree === '' ? {} : { worktree }) });
    } else if (symref === '') remote.set(name.slice('refs/remotes/'.length), commit);
  }
  return { local, remote };
}
