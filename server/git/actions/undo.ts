import os from 'node:os';
import type { UndoEntry } from '../../protocol/gitActions.ts';
import { Failure } from '../../rpc/failure.ts';
import type { Repository } from '../repository.ts';
import { deleteEntry, type Entry, readEntries } from './oplog.ts';
import { shown } from './paths.ts';
import { begin, end, ofAction, readBranches, refMoves, withPlaces } from './recording.ts';
import { reflogMark } from './reflog.ts';
import { applyMove, type Move, planMove } from './restore.ts';
import { takeSnapshot } from './snapshot.ts';
import type { RepositoryState } from './state.ts';

type State = UndoEntry['state'];

export interface Undone {
  readonly entry: UndoEntry;
  /** Files that were changed back. */
  readonly files: number;
  /** Files that changed since, and stay. */
  readonly kept: string[];
}

/** Newest first. */
export async function listActions(repository: Repository, limit: number, signal: AbortSignal): Promise<UndoEntry[]> {
  const entries = await readEntries(repository, signal);
  const states = statesOf(entries);
  return entries
    .slice(-limit)
    .reverse()
    .map((entry) => shownEntry(entry, states.get(entry.id) ?? 'interrupted'));
}

/**
 * Undoes one entry (the newest that is not undone when no id is given). `interrupted` ones go back to how everything was before. `conflict`
 * when something that the action changed was changed again since: nothing is changed then. Records itself.
 */
export async function undoAction(repository: Repository, id: string | undefined, actor: string, signal: AbortSignal): Promise<Undone> {
  const entries = await readEntries(repository, signal);
  const states = statesOf(entries);
  const asked = find(entries, id) ?? entries.findLast((each) => each.of === undefined && states.get(each.id) !== 'undone');
  if (asked === undefined) throw nothing('undo');
  // To undo an undo is to do it again.
  if (asked.of !== undefined) return asked.kind === 'undo' ? redo(asked.of) : undo(asked.of);
  return undo(asked.id);

  function undo(target: string): Promise<Undone> {
    const entry = required(entries, target);
    if (states.get(entry.id) === 'undone') throw already(entry, 'undone', 'Redo does it again.');
    refuseRunning(entry);
    return act(repository, { entry, kind: 'undo', from: entry.after, to: entry.before, actor, signal });
  }

  function redo(target: string): Promise<Undone> {
    return redoAction(repository, target, actor, signal);
  }
}

/** Does an undone entry again (the one undone last when no id is given). */
export async function redoAction(repository: Repository, id: string | undefined, actor: string, signal: AbortSignal): Promise<Undone> {
  const entries = await readEntries(repository, signal);
  const states = statesOf(entries);
  const asked = find(entries, id);
  const last = entries.findLast((each) => each.kind === 'undo' && each.after !== undefined && states.get(each.of ?? '') === 'undone');
  const target = asked?.of ?? asked?.id ?? last?.of;
  if (target === undefined) throw nothing('redo');
  const entry = required(entries, target);
  if (states.get(entry.id) !== 'undone') throw already(entry, 'not undone', 'Undo it first.');
  const undone = entries.findLast((each) => each.kind === 'undo' && each.of === entry.id && each.after !== undefined);
  const to = entry.after ?? undone?.before;
  if (to === undefined) throw nothing('redo');
  return act(repository, { entry, kind: 'redo', from: entry.before, to, actor, signal });
}

interface Act {
  readonly entry: Entry;
  readonly kind: 'undo' | 'redo';
  /** How it should be now; of an interrupted action nobody knows. */
  readonly from: RepositoryState | undefined;
  readonly to: RepositoryState;
  readonly actor: string;
  readonly signal: AbortSignal;
}

async function act(repository: Repository, { entry, kind, from, to, actor, signal }: Act): Promise<Undone> {
  return withPlaces(repository, entry, async (places) => {
    const required = new Set(entry.required);
    const now = await takeSnapshot(repository, places, signal, required);
    const move = await moveOf(repository, entry, { from: from ?? now, to, now, kind });
    const plan = await planMove(repository, places, { ...move, required, acted: entry.after }, signal);
    const { id } = await begin(repository, { ...entry, kind, actor, required, worktrees: places }, now, entry.id);
    let applied: Awaited<ReturnType<typeof applyMove>>;
    try {
      applied = await applyMove(repository, plan);
    } catch (error) {
      // What was refused at the first step changed nothing and needs no record.
      const same = await takeSnapshot(repository, places, undefined, required).then(
        (after) => JSON.stringify(after) === JSON.stringify(now),
      );
      if (same) await deleteEntry(repository, id);
      throw error;
    }
    await end(repository, id, undefined);
    return {
      entry: shownEntry(entry, kind === 'undo' ? 'undone' : doneState(entry)),
      files: applied.files,
      kept: [...applied.stayed, ...plan.worktrees.flatMap((each) => each.plan.kept)].map(shown),
    };
  });
}

async function moveOf(
  repository: Repository,
  entry: Entry,
  { from, to, now, kind }: { from: RepositoryState; to: RepositoryState; now: RepositoryState; kind: string },
): Promise<Omit<Move, 'required' | 'acted'>> {
  const [before, after, current] = await Promise.all([from, to, now].map((state) => readBranches(repository, state)));
  const moves = ofAction(entry, refMoves(before ?? new Map(), after ?? new Map()));
  const refs = moves.map((each) => ({ ...each, now: current?.get(each.name) ?? null }));
  if (entry.after === undefined && kind === 'undo') await refuseLaterWork(repository, entry, refs);
  return { from, to, now, refs, branches: entry.branches, reason: `${reflogMark}${kind}: ${entry.kind}` };
}

/** An interrupted action must not take back what somebody else committed since: the reflog says who moved a branch. */
async function refuseLaterWork(repository: Repository, entry: Entry, refs: Move['refs']): Promise<void> {
  for (const { name, now, after: before } of refs) {
    if (now === null || now === before) continue;
    const log = await repository.text(['log', '--walk-reflogs', '--max-count=50', '--format=%H %gs', name, '--'], { accept: [0, 128] });
    const lines = log === '' ? [] : log.split('\n');
    const since = before === null ? lines.length : lines.findIndex((line) => line.startsWith(before));
    const ours = (line: string) => [reflogMark, 'branch: Created from '].some((mark) => line.slice(line.indexOf(' ') + 1).startsWith(mark));
    if (since > 0 && lines.slice(0, since).every(ours)) continue;
    throw new Failure('conflict', `${name.replace(/^refs\/heads\//, '')} has moved on since "${entry.label}" was interrupted.`, {
      hint: 'Nothing is taken back by itself: look at `git log` and `git reflog`, and reset the branch by hand if you mean it.',
    });
  }
}

/** What undos and redos, in order, made of each entry. Those that never ended count for nothing. */
function statesOf(entries: readonly Entry[]): Map<string, State> {
  const states = new Map<string, State>();
  for (const entry of entries) {
    states.set(entry.id, doneState(entry));
    if (entry.of === undefined || entry.after === undefined) continue;
    const target = entries.find(({ id }) => id === entry.of);
    if (target !== undefined) states.set(target.id, entry.kind === 'undo' ? 'undone' : doneState(target));
  }
  return states;
}

function doneState(entry: Entry): State {
  return entry.after === undefined ? 'interrupted' : 'done';
}

function find(entries: readonly Entry[], id: string | undefined): Entry | undefined {
  return id === undefined ? undefined : required(entries, id);
}

function required(entries: readonly Entry[], id: string): Entry {
  const entry = entries.find((each) => each.id === id);
  if (entry !== undefined) return entry;
  throw new Failure('not-found', `There is no record of an action ${id} here.`, {
    hint: '`hearth undo --list` shows them; they are kept for 30 days.',
  });
}

/** Without an end, and its process lives: it is still at work. */
function refuseRunning({ after, label, process: { pid, host } }: Entry): void {
  if (after !== undefined || host !== os.hostname() || pid === process.pid) return;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
  }
  throw new Failure('locked', `"${label}" is still under way in another process.`, { hint: 'Wait for it to end, or stop it.' });
}

function nothing(what: 'undo' | 'redo'): Failure {
  return new Failure('not-found', `There is nothing to ${what} here.`, { hint: '`hearth undo --list` shows what Hearth did.' });
}

function already({ label }: Entry, how: string, hint: string): Failure {
  return new Failure('precondition', `"${label}" is ${how}.`, { hint });
}

function shownEntry(entry: Entry, state: State): UndoEntry {
  const { id, time, kind, label, actor, refs, before, item, of } = entry;
  return {
    id,
    time: Math.floor(time / 1000),
    kind,
    label,
    actor,
    state,
    refs: [...refs],
    worktree: before.worktrees[0]?.root ?? '',
    ...(item === undefined ? {} : { item }),
    ...(of === undefined ? {} : { of }),
  };
}
