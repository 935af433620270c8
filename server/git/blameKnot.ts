import { throwIfCancelled } from '../rpc/failure.ts';
import { type BlameOptions, runBlame } from './blameCommand.ts';
import type { BlameHistory } from './blameHistory.ts';
import type { BlameWork } from './blameLive.ts';
import { type BlameEntry, utf8 } from './blameParser.ts';
import type { BlameSlot, BlameStore, KeptBlame } from './blameStore.ts';
import { type BlameRun, BlameTable } from './blameTable.ts';
import type { Repository } from './repository.ts';

/** Where a knot is worth its two more processes. */
export interface KnotLimits {
  /** First-parent commits back: branches are seldom older, and a walk this far is short beside a whole blame. */
  readonly commits: number;
  /** Size of the file: a small one is blamed again as quickly. */
  readonly bytes: number;
}

export const knotLimits: KnotLimits = { commits: 1000, bytes: 32 * 1024 };

interface KnotTarget {
  readonly path: string;
  readonly commit: string;
  readonly options: BlameOptions;
  readonly history: BlameHistory;
  readonly slot: BlameSlot;
  readonly limits: KnotLimits;
}

/** Blames at knots have a slot of their own, so that the blames of branches do not push them out. */
function knotSlot(slot: BlameSlot): BlameSlot {
  return { ...slot, print: `${slot.print} knot` };
}

/** The kept blames at knots of a file, most recently used first. */
export async function keptKnots(store: BlameStore, slot: BlameSlot): Promise<KeptBlame[]> {
  const of = knotSlot(slot);
  const kept: KeptBlame[] = [];
  for (const commit of await store.commits(of)) {
    const table = await store.get(of, commit);
    if (table !== undefined) kept.push({ commit, table });
  }
  return kept;
}

/**
 * Blames a whole file in two parts, as far back as a knot of its history and from there, which is hardly more work for git than one: each
 * commit is still looked at once. The blame at the knot is kept too. It knows lines that are gone since, which a branch or a merge may bring
 * back: they need not be followed to the beginning of history then. Answers false when there is no knot; the table then holds only lines that are right.
 */
export async function blameThroughKnot(repository: Repository, store: BlameStore, target: KnotTarget, work: BlameWork): Promise<boolean> {
  const { path, options, history, slot, commit } = target;
  const { table, signal, changed } = work;
  // Looking through a revision weighs whole files: parts of it may not be put together.
  if (history.ignoring) return false;
  const knot = await findKnot(repository, target, signal);
  if (knot === undefined) return false;
  const kept = await store.get(knotSlot(slot), knot);
  const behind = kept ?? new BlameTable();
  const abort = new AbortController();
  const call = { path, options, ignore: history.ignore, signal: AbortSignal.any([signal, abort.signal]) };
  let carry: (() => void) | undefined;
  const later =
    kept === undefined
      ? runBlame(
          repository,
          { ...call, commit: knot },
          (entry) => behind.addEntry(entry),
          () => carry?.(),
        )
      : undefined;
  let near: Promise<void> | undefined;
  try {
    const boundaries = new Set<string>();
    const stopped: BlameEntry[] = [];
    const take = (entry: BlameEntry) => {
      if (entry.facts?.boundary === true) boundaries.add(entry.commit);
      if (boundaries.has(entry.commit)) stopped.push(entry);
      else table.addEntry(entry);
    };
    near = runBlame(repository, { ...call, commit, boundaries: [knot] }, take, changed);
    await Promise.race([near, failureOf(later)]);
    // Renames are not seen when the knot is looked for: a line may have gone another way.
    if (stopped.some((entry) => entry.commit !== knot || utf8(entry.origin.path) !== path)) return false;
    carry = carrier(behind, work, stopped);
    carry();
    await later;
    throwIfCancelled(signal);
    if (kept === undefined) store.keep(knotSlot(slot), knot, behind);
    let complete = true;
    for (const { originalLine, line, count } of stopped) if (!table.copy(behind, originalLine, count, line)) complete = false;
    changed();
    return complete;
  } finally {
    abort.abort();
    await Promise.allSettled([near, later]);
  }
}

/** Rejects when the work fails, and never resolves. */
function failureOf(work: Promise<void> | undefined): Promise<never> {
  return new Promise((_, reject) => work?.catch(reject));
}

/** Copies lines of the knot's file to where they stand now, as far as they are known; called again it goes on from there. */
function carrier(from: BlameTable, { table, changed }: BlameWork, stopped: readonly BlameEntry[]): () => void {
  const now = new Map<number, number>();
  for (const { originalLine, line, count } of stopped)
    for (let index = 0; index < count; index++) now.set(originalLine + index, line + index);
  let next = 0;
  return () => {
    for (; next < from.runs.length; next++) {
      const { line, count } = from.runs[next] as BlameRun;
      for (let index = 0; index < count; ) {
        const at = now.get(line + index);
        let length = 1;
        while (at !== undefined && index + length < count && now.get(line + index + length) === at + length) length++;
        if (at !== undefined) table.copy(from, line + index, length, at);
        index += length;
      }
    }
    changed();
  };
}

/** The oldest commit in reach that all ways through the file's history lead through, as far as renames leave that to be seen. */
async function findKnot(repository: Repository, { path, commit, limits }: KnotTarget, signal: AbortSignal): Promise<string | undefined> {
  const [file, horizon] = await Promise.all([
    repository.objects.info(`${commit}:${path}`, signal),
    repository.objects.info(`${commit}~${limits.commits}`, signal),
  ]);
  if (file === undefined || file.size < limits.bytes || horizon === undefined) return undefined;
  const args = ['rev-list', '--topo-order', '--parents', commit, `^${horizon.id}`, '--', path];
  const lines = (await repository.text(args, { signal })).split('\n');
  return lastKnot(lines.map((line) => line.split(' ')));
}

/** Commits with their parents, children first: the last one but the first that no way leads past. */
export function lastKnot(commits: readonly (readonly string[])[]): string | undefined {
  const ahead = new Set<string>();
  let knot: string | undefined;
  for (const [index, [commit = '', ...parents]] of commits.entries()) {
    ahead.delete(commit);
    if (index > 0 && ahead.size === 0) knot = commit;
    for (const parent of parents) ahead.add(parent);
  }
  return knot;
}
