import { listActions, type Repository } from '../git/index.ts';
import { ownIdentity } from '../hub/identity.ts';
import type { UndoEntry } from '../protocol/gitActions.ts';
import { beginCompletion, endCompletion, type ItemRow } from '../protocol/work.ts';
import { Failure } from '../rpc/failure.ts';
import { askHub, type Flow } from './flow.ts';

/** Closes open items whose Merge & Complete was undone and then done again; answers which. */
export async function closeRedone(flow: Flow, rows: ReadonlyMap<number, ItemRow>): Promise<number[]> {
  const { repository, signal } = flow;
  const entries = await listActions(repository, 200, signal);
  const closed: number[] = [];
  for (const row of rows.values()) {
    const [newest] = entries.filter(({ item }) => item === row.id);
    const done = entries.find(
      ({ kind, item, state, label }) => kind === 'complete' && item === row.id && state === 'done' && label === newest?.label,
    );
    // Touched since: somebody wants it open.
    if (newest?.kind !== 'redo' || done === undefined || row.updated >= (newest.time + 1) * 1000) continue;
    if (await close(flow, row, done).catch(busy)) closed.push(row.id);
  }
  return closed;
}

/** Another window closes it just now. */
function busy(error: unknown): false {
  if (error instanceof Failure && error.reason === 'locked') return false;
  throw error;
}

async function close(flow: Flow, { id, branch, base }: ItemRow, { refs }: UndoEntry): Promise<boolean> {
  const { repository } = flow;
  const into = refs.find(({ before, after }) => before !== null && after !== null);
  if (into?.before == null || into.after === null) return false;
  const source = refs.find(({ after }) => after === null);
  const merged = await mergeOf(repository, { from: into.before, to: into.after, source: source?.before ?? undefined }, flow.signal);
  const name = into.name.replace(/^refs\/heads\//, '');
  const own = { repository: repository.root, id, holder: ownIdentity() };
  const { completion } = await askHub(flow, beginCompletion, { ...own, plan: { redone: true, branch, base } }, `redone ${id}`);
  const outcome = { kind: 'completed', merged: { ...merged, into: name }, branchDeleted: source !== undefined } as const;
  await askHub(flow, endCompletion, { ...own, completion: completion.id, outcome }, `redone ${id} end`);
  return true;
}

/** What the target got first is the merge; the change log's commit follows it. */
async function mergeOf(
  repository: Repository,
  { from, to, source }: { from: string; to: string; source: string | undefined },
  signal: AbortSignal,
): Promise<{ how: 'merge' | 'squash' | 'fast-forward'; commit: string }> {
  const args = ['rev-list', '--first-parent', '--parents', '--reverse', `${from}..${to}`];
  const commits = (await repository.text(args, { signal })).split('\n').map((line) => line.split(' '));
  const forward = commits.find(([commit]) => commit === source)?.[0];
  if (forward !== undefined) return { how: 'fast-forward', commit: forward };
  const [first = [to]] = commits;
  return { how: first.length > 2 ? 'merge' : 'squash', commit: first[0] ?? to };
}
