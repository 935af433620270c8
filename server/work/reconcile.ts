import { promises as fs } from 'node:fs';
import { defaultBranch, type Repository, readBranchItems } from '../git/index.ts';
import type { ResultOf } from '../protocol/message.ts';
import { find } from '../protocol/project.ts';
import { completions, type Item, type ItemRow, link, list } from '../protocol/work.ts';
import type * as protocol from '../protocol/workFlow.ts';
import { Failure } from '../rpc/failure.ts';
import { isAncestor } from './elsewhere.ts';
import { askHub, type Flow, showItem, textOrNothing } from './flow.ts';
import { type FoundCommit, linkOf, readCommits, readOwnCommits } from './linkedCommits.ts';
import { closeRedone } from './redone.ts';

/** Commits of one branch, and newest commits of all branches, that are looked at in one go. */
const bound = 2000;

/** Git as it was when a repository was looked at last. */
interface Look {
  readonly tips: ReadonlyMap<string, string>;
  /** Branch → item. */
  readonly items: ReadonlyMap<string, number>;
}

/** What this process has seen of repositories, by their common directory; after a restart the first look is a whole one. */
export class Reconciled {
  readonly #last = new Map<string, Look>();
  readonly #turns = new Map<string, Promise<unknown>>();

  last(commonDir: string): Look | undefined {
    return this.#last.get(commonDir);
  }

  keep(commonDir: string, look: Look): void {
    this.#last.set(commonDir, look);
  }

  /** One look at a repository at a time. */
  async inTurn<T>(commonDir: string, act: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(commonDir) ?? Promise.resolve()).then(act, act);
    this.#turns.set(commonDir, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(commonDir) === turn) this.#turns.delete(commonDir);
    }
  }
}

/**
 * Brings branches and commits of the items up to date with git. Cheap when no branch moved: two git processes and no question to the hub.
 * A repository that is no project has no items.
 */
export async function reconcileItems(flow: Flow, seen: Reconciled): Promise<ResultOf<typeof protocol.reconcile>> {
  const { commonDir } = flow.repository.facts;
  return seen.inTurn(commonDir, async () => {
    const now = await look(flow);
    const last = seen.last(commonDir);
    if (last !== undefined && isSame(last.tips, now.tips) && isSame(last.items, now.items)) return { items: [] };
    const project = await textOrNothing(flow.repository, ['config', '--local', '--get', 'hearth.project'], flow.signal);
    const items = project === '' ? [] : await reconcile(flow, last, now);
    seen.keep(commonDir, now);
    return { items: [...new Set(items)].sort((a, b) => a - b) };
  });
}

async function look({ repository, signal }: Flow): Promise<Look> {
  const args = ['for-each-ref', '--format=%(refname)%00%(objectname)', 'refs/heads'];
  const [text, items] = await Promise.all([repository.text(args, { signal }), readBranchItems(repository, signal)]);
  const tips = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [name = '', commit = ''] = line.split('\0');
    if (name !== '') tips.set(name.slice('refs/heads/'.length), commit);
  }
  return { tips, items: new Map([...items].filter(([branch]) => tips.has(branch))) };
}

function isSame<T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

async function reconcile(flow: Flow, last: Look | undefined, now: Look): Promise<number[]> {
  const { repository } = flow;
  const open = await askHub(flow, list, { repository: repository.root, filter: { states: ['planned', 'started', 'review'] } }, 'open');
  const rows = new Map((open.items ?? []).map((row) => [row.id, row]));
  const trailers = await readTrailers(flow, last, now);
  if (last === undefined) await leaveOutClosed(flow, rows, trailers);
  const branches = branchesByItem(now, rows);
  const changed = await closeRedone(flow, rows);
  for (const id of changed) rows.delete(id);
  for (const id of new Set([...branches.keys(), ...trailers.keys()])) {
    const branch = branches.get(id);
    const moved = branch !== undefined && (last?.tips.get(branch) !== now.tips.get(branch) || last?.items.get(branch) !== id);
    const found = trailers.get(id) ?? [];
    if (!moved && found.length === 0) continue;
    if (await reconcileItem(flow, id, branch, found)) changed.push(id);
  }
  const gone = [...rows.values()].filter(({ id, branch }) => branch !== null && !branches.has(id) && !now.tips.has(branch));
  const completing = gone.length === 0 ? [] : (await askHub(flow, completions, { repository: repository.root }, 'completing')).completions;
  for (const row of gone) {
    // A Merge & Complete that is under way writes down itself what becomes of the branch.
    if (completing.some(({ item }) => item === row.id)) continue;
    if (await wasLinkedHere(flow, last, row)) {
      await askHub(flow, link, { repository: repository.root, id: row.id, branch: null }, `gone ${row.id}`);
      changed.push(row.id);
    }
  }
  return changed;
}

/** A copied branch (`git branch -c`) copies its item too: the one that is known stays. */
function branchesByItem({ items }: Look, rows: ReadonlyMap<number, ItemRow>): Map<number, string> {
  const branches = new Map<number, string>();
  for (const [branch, id] of items) {
    if (!branches.has(id) || rows.get(id)?.branch === branch) branches.set(id, branch);
  }
  return branches;
}

/** Commits with a `Hearth-Item:` trailer on any local branch, new since the last look. */
async function readTrailers({ repository, signal }: Flow, last: Look | undefined, now: Look): Promise<Map<number, FoundCommit[]>> {
  const found = new Map<number, FoundCommit[]>();
  if (now.tips.size === 0) return found;
  const known = last === undefined ? [] : [...new Set(last.tips.values())].map((commit) => `^${commit}`);
  const commits = await readNew(repository, [...new Set(now.tips.values())], known, signal);
  for (const commit of commits) {
    for (const id of commit.trailers) found.set(id, [...(found.get(id) ?? []), commit]);
  }
  return found;
}

/** The first look of a process goes far back: what was committed before an item was closed is known. */
async function leaveOutClosed(flow: Flow, open: ReadonlyMap<number, ItemRow>, trailers: Map<number, FoundCommit[]>): Promise<void> {
  if ([...trailers.keys()].every((id) => open.has(id))) return;
  const closed = await askHub(flow, list, { repository: flow.repository.root, filter: { states: ['done', 'canceled'] } }, 'closed');
  for (const { id, closed: time } of closed.items ?? []) {
    const later = trailers.get(id)?.filter(({ committed }) => committed * 1000 > (time ?? 0)) ?? [];
    if (later.length === 0) trailers.delete(id);
    else trailers.set(id, later);
  }
}

async function readNew(repository: Repository, tips: string[], known: string[], signal: AbortSignal): Promise<FoundCommit[]> {
  const how = { limit: bound, source: 'trailer', signal, options: ['--ignore-missing'] } as const;
  return readCommits(repository, [...tips, ...known], how);
}

/** Answers whether the hub had something to write down. */
async function reconcileItem(flow: Flow, id: number, branch: string | undefined, trailers: readonly FoundCommit[]): Promise<boolean> {
  const item = await showItem(flow, id, `item ${id}`).catch((error) => {
    // A trailer or a branch may name what the store never had.
    if (error instanceof Failure && error.reason === 'not-found') return undefined;
    throw error;
  });
  if (item === undefined || item.state === 'canceled') return false;
  const reopens = branch !== undefined && item.state === 'done' && (await wasUndone(flow, item));
  const follows = branch !== undefined && (item.state !== 'done' || reopens) ? branch : undefined;
  const base = follows === undefined ? undefined : (item.base ?? (await baseOf(flow, follows)));
  const own = follows === undefined ? [] : await ownCommits(flow, follows, base);
  const known = new Set(item.commitList.map((commit) => commit.id));
  const commits = [...new Map([...trailers, ...own].map((commit) => [commit.id, commit])).values()].filter(
    (commit) => !known.has(commit.id),
  );
  const gone = follows === undefined ? [] : await unreachable(flow, item, new Set(own.map((commit) => commit.id)));
  const isNew = follows !== undefined && (follows !== item.branch || reopens);
  if (!isNew && commits.length === 0 && gone.length === 0) return false;
  const params = {
    repository: flow.repository.root,
    id,
    ...(follows === undefined ? {} : { branch: follows }),
    ...(base === undefined || item.base !== null ? {} : { base }),
    commits: commits.map(linkOf),
    gone,
    start: reopens,
  };
  return (await askHub(flow, link, params, `link ${id}`)).changed;
}

/** Its Merge & Complete was undone: the branch is back, and what was merged is in the target no more. */
async function wasUndone({ repository, signal }: Flow, { merged }: Item): Promise<boolean> {
  if (merged?.commit === undefined) return false;
  return !(await isAncestor(repository, merged.commit, `refs/heads/${merged.into}`, signal));
}

async function baseOf({ repository, signal }: Flow, branch: string): Promise<string | undefined> {
  const base = await defaultBranch(repository, signal);
  return base === branch ? undefined : base;
}

/** Without a base nothing is the branch's own. */
async function ownCommits({ repository, signal }: Flow, branch: string, base: string | undefined): Promise<FoundCommit[]> {
  return base === undefined ? [] : readOwnCommits(repository, { branch, base, limit: bound, signal });
}

/** Known commits that an amend or a rebase has replaced: no branch, remote branch or tag leads to them. */
async function unreachable({ repository, signal }: Flow, { commitList }: Item, own: ReadonlySet<string>): Promise<string[]> {
  const asked = commitList.map(({ id }) => id).filter((id) => !own.has(id));
  if (asked.length === 0) return [];
  const facts = await Promise.all(asked.map((id) => repository.objects.info(id, signal)));
  const missing = asked.filter((_, at) => facts[at] === undefined);
  const present = asked.filter((_, at) => facts[at] !== undefined);
  if (present.length === 0) return missing;
  const args = ['rev-list', '--no-walk=unsorted', '--stdin', '--not', '--branches', '--remotes', '--tags', 'HEAD'];
  const listed = await repository.text(args, { signal, input: `${present.join('\n')}\n`, accept: [0, 128] });
  const outside = new Set(listed.split('\n'));
  return [...missing, ...present.filter((id) => outside.has(id))];
}

/** Whether a branch that is not here was deleted here, rather than being one of another clone of the project. */
async function wasLinkedHere(flow: Flow, last: Look | undefined, { id, branch }: ItemRow): Promise<boolean> {
  if (branch !== null && last?.items.get(branch) === id) return true;
  const { project } = await askHub(flow, find, { repository: flow.repository.root }, 'project');
  const places = await Promise.all(
    (project?.places ?? []).map((place) =>
      fs.access(place).then(
        () => place,
        () => undefined,
      ),
    ),
  );
  return places.every((place) => place === undefined || place === flow.repository.facts.commonDir);
}
