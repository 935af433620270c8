import { promises as fs } from 'node:fs';
import path from 'node:path';
import { Flights, type Repository } from '../../git/index.ts';
import { type Ancestry, readAncestry } from './ancestry.ts';

/** What the history is cut or replaced by, in the common folder: with another one of these ancestors may be others. */
const historyFiles = ['shallow', 'info/grafts', 'refs/replace'];
/** What a fetch touches, too. */
const fetchFiles = ['FETCH_HEAD', 'objects/pack', 'packed-refs'];

interface Kept {
  readonly history: string;
  readonly fetched: string;
  readonly ancestry: Ancestry;
}

/** Repositories whose ancestry is kept; the oldest is forgotten. */
const mostKept = 20;

/** The ancestry of what is deployed, worked out once for each state of a repository and shared by all its work trees. */
export class Ancestries {
  readonly #kept = new Map<string, Kept>();
  readonly #flights = new Flights<Ancestry>();

  /** Rejects with `cancelled`, `git-failed`. */
  async of(repository: Repository, deployed: readonly string[], signal: AbortSignal): Promise<Ancestry> {
    const commits = [...new Set(deployed)].sort();
    const { commonDir } = repository.facts;
    const [history, fetched] = await Promise.all([stampOf(commonDir, historyFiles), stampOf(commonDir, fetchFiles)]);
    const kept = this.#kept.get(commonDir);
    if (kept !== undefined && answers(kept, { commits, history, fetched })) return kept.ancestry;
    return this.#flights.join(JSON.stringify([commonDir, commits, history, fetched]), signal, async (shared) => {
      const ancestry = await readAncestry(repository, commits, shared);
      this.#kept.delete(commonDir);
      this.#kept.set(commonDir, { history, fetched, ancestry });
      const [oldest] = this.#kept.keys();
      if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
      return ancestry;
    });
  }

  /** The same, only when it was worked out before. */
  async known(repository: Repository, deployed: readonly string[]): Promise<Ancestry | undefined> {
    const { commonDir } = repository.facts;
    const kept = this.#kept.get(commonDir);
    if (kept === undefined) return undefined;
    const [history, fetched] = await Promise.all([stampOf(commonDir, historyFiles), stampOf(commonDir, fetchFiles)]);
    return answers(kept, { commits: deployed, history, fetched }) ? kept.ancestry : undefined;
  }
}

/** Fewer commits than it was made for are no reason to make another one; a commit that was missing may be there after a fetch. */
function answers(
  { ancestry, history, fetched }: Kept,
  asked: { readonly commits: readonly string[]; readonly history: string; readonly fetched: string },
): boolean {
  if (history !== asked.history || !asked.commits.every((commit) => ancestry.deployed.includes(commit))) return false;
  return fetched === asked.fetched || asked.commits.every((commit) => ancestry.knows(commit));
}

async function stampOf(folder: string, files: readonly string[]): Promise<string> {
  const stats = await Promise.all(files.map((file) => fs.stat(path.join(folder, file), { bigint: true }).catch(() => undefined)));
  return stats.map((stat) => (stat === undefined ? '-' : `${stat.ino}:${stat.size}:${stat.mtimeNs}`)).join(' ');
}
