import type { UndoEntry } from '../../protocol/gitActions.ts';
import { Failure } from '../../rpc/failure.ts';
import type { Repository } from '../repository.ts';
import { commitsOf, createEntry, type Entry, type RefMove, readEntry, replaceEntry } from './oplog.ts';
import { takeSnapshot } from './snapshot.ts';
import { type RepositoryState, sameState } from './state.ts';

/** What is recorded of an action before it runs (DESIGN §5): refs, index and work tree as hidden commits under `refs/hearth/oplog`. */
export interface Action {
  readonly kind: UndoEntry['kind'];
  readonly label: string;
  readonly actor: string;
  readonly item?: number | undefined;
  /** Work trees whose index and files it may change, beside the repository's own. */
  readonly worktrees?: readonly Repository[];
  /** Short names of the branches it may move, create or delete: an undo looks at no others. When left out: HEAD's for a commit or merge, else all. */
  readonly branches?: readonly string[];
  /**
   * Files (latin1 names) that the action writes or deletes without staging them. They are recorded byte for byte, whatever their name and
   * size; other files that differ from the index afterwards are somebody else's work, and an undo keeps them.
   */
  readonly required?: ReadonlySet<string>;
}

/** Above this many branches an unfinished entry keeps only those alive that the action named. */
const manyBranches = 1000;

/** Work trees of an action, each once, the repository's own first. */
export function placesOf(repository: Repository, { worktrees = [] }: Action): Repository[] {
  return [
    repository,
    ...worktrees.filter((each, at) => each.root !== repository.root && worktrees.findIndex(({ root }) => root === each.root) === at),
  ];
}

/** The same for a state that was taken already, and for an undo or redo `of` another entry. */
export async function begin(repository: Repository, action: Action, before: RepositoryState, of?: string): Promise<Entry> {
  const branches = await readBranches(repository, before);
  const mine = action.branches ?? defaultBranches(action, before);
  const named = mine?.map((name) => branches.get(`refs/heads/${name}`) ?? '') ?? [];
  const tips = branches.size <= manyBranches ? [...branches.values()] : named;
  const { kind, label, actor, item } = action;
  return createEntry(
    repository,
    {
      kind,
      label: label.slice(0, 500),
      actor,
      before,
      ...(item === undefined ? {} : { item }),
      ...(mine === undefined ? {} : { branches: mine }),
      ...(action.required === undefined ? {} : { required: [...action.required] }),
      ...(of === undefined ? {} : { of }),
    },
    [...commitsOf([before]), ...tips.filter((id) => id !== '')],
  );
}

/** Answers the entry, and whether the action changed anything. */
export async function end(
  repository: Repository,
  id: string,
  signal: AbortSignal | undefined,
): Promise<{ entry: Entry; changed: boolean }> {
  const entry = await readEntry(repository, id);
  if (entry === undefined)
    throw new Failure('not-found', `There is no record of the action ${id}.`, { hint: 'Records are kept for 30 days.' });
  const after = await withPlaces(repository, entry, (places) => takeSnapshot(repository, places, signal, new Set(entry.required)));
  const refs = ofAction(entry, refMoves(await readBranches(repository, entry.before), await readBranches(repository, after)));
  const finished: Entry = { ...entry, refs, after };
  const commits = refs.flatMap((move) => [move.before, move.after]).filter((each) => each !== null);
  await replaceEntry(repository, finished, [...commitsOf([entry.before, after]), ...commits]);
  return { entry: finished, changed: !sameState(entry.before, after) };
}

/** Moves of the branches that an action named; of others that moved meanwhile it knows nothing. */
export function ofAction({ branches }: Pick<Entry, 'branches'>, moves: readonly RefMove[]): RefMove[] {
  const names = branches && new Set(branches.map((name) => `refs/heads/${name}`));
  return moves.filter(({ name }) => names === undefined || names.has(name));
}

/** The branch that a commit moves is the one that HEAD names. */
function defaultBranches({ kind }: Action, { worktrees }: RepositoryState): string[] | undefined {
  if (kind !== 'commit' && kind !== 'amend' && kind !== 'merge') return undefined;
  return worktrees.flatMap(({ head }) => ('ref' in head ? [head.ref.replace(/^refs\/heads\//, '')] : []));
}

/** Opens the work trees of an entry that are still there. */
export async function withPlaces<T>(repository: Repository, entry: Entry, act: (places: Repository[]) => Promise<T>): Promise<T> {
  const opened: Repository[] = [];
  const places: Repository[] = [];
  try {
    for (const { root } of entry.before.worktrees) {
      if (root === repository.root) places.push(repository);
      else {
        const place = await repository.beside(root).catch(() => undefined);
        if (place === undefined) continue;
        places.push(place);
        opened.push(place);
      }
    }
    return await act(places);
  } finally {
    for (const place of opened) place.dispose();
  }
}

/** Branch → commit, of a state. */
export async function readBranches(repository: Repository, state: RepositoryState): Promise<Map<string, string>> {
  const { data } = await repository.objects.blob(state.branches);
  const branches = new Map<string, string>();
  for (const line of data.toString('utf8').split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) branches.set(line.slice(space + 1), line.slice(0, space));
  }
  return branches;
}

export function refMoves(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): RefMove[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => {
    const [from, to] = [before.get(name) ?? null, after.get(name) ?? null];
    return from === to ? [] : [{ name, before: from, after: to }];
  });
}
