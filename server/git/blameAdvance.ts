import type { BlameOptions } from './blameCommand.ts';
import { isLineWise, runBlame } from './blameCommand.ts';
import type { BlameHistory } from './blameHistory.ts';
import { type BlameEntry, utf8 } from './blameParser.ts';
import type { KeptBlame } from './blameStore.ts';
import type { BlameTable } from './blameTable.ts';
import type { Repository } from './repository.ts';

/** Lines that stopped at a boundary: where they stand in the answer and in the file of that commit. */
interface Stopped {
  readonly commit: string;
  readonly path: string;
  readonly lines: { originalLine: number; line: number; count: number }[];
}

export interface Advance {
  readonly path: string;
  /** The commit to blame. */
  readonly commit: string;
  /** A finished blame of the same path with the same options and history. */
  readonly kept: KeptBlame;
  /** Reads finished blames of the same path further back. */
  readonly knots: () => Promise<readonly KeptBlame[]>;
  readonly options: BlameOptions;
  readonly history: BlameHistory;
  readonly table: BlameTable;
  readonly changed: () => void;
  readonly signal: AbortSignal;
}

/** More ranges than this are not worth asking for one by one. */
const mostRanges = 300;

/** Whether a kept blame may be used as the beginning of another one. */
export function canAdvance(options: BlameOptions): boolean {
  return isLineWise(options);
}

/**
 * Blames a commit with the help of the finished blame of another one (DESIGN §5): `git blame B ^A` follows each line only as far as the
 * history of A. Git decides line by line, so a line that stops in A's file has the answer that A's blame has for it. A line that stops in
 * another commit C of A's history (B was merged, or is on another branch) may not be looked up by content: the file can have changed and
 * changed back between C and A. `git blame A ^C` says which lines of A's file are lines of C's file, or of a file further back where both
 * histories meet; their answers are known there too. What is left is blamed from C. Answers false when nothing of this is sound; the table then holds only lines that are right.
 */
export async function advanceBlame(repository: Repository, advance: Advance): Promise<boolean> {
  const { kept, path, table, history } = advance;
  const stopped = new Map<string, Stopped>();
  const boundaries = new Set<string>();
  const held: BlameEntry[] = [];
  const take = (entry: BlameEntry) => {
    if (entry.facts?.boundary === true) boundaries.add(entry.commit);
    if (!boundaries.has(entry.commit)) table.addEntry(entry);
    else if (entry.commit === kept.commit && utf8(entry.origin.path) === path)
      table.copy(kept.table, entry.originalLine, entry.count, entry.line);
    else {
      const key = `${entry.commit}\0${entry.origin.path}`;
      let group = stopped.get(key);
      if (group === undefined) {
        group = { commit: entry.commit, path: entry.origin.path, lines: [] };
        stopped.set(key, group);
      }
      group.lines.push(entry);
    }
  };
  const call = { ...common(advance), path, commit: advance.commit, boundaries: [kept.commit] };
  if (history.ignoring) {
    // Looking through a revision compares whole files, and what a side branch did may change what it finds: only a straight line is safe.
    await runBlame(repository, call, (entry) => void held.push(entry));
    for (const { commit, facts } of held) if (facts?.boundary === true && commit !== kept.commit) return false;
    for (const entry of held) take(entry);
    advance.changed();
    if (stopped.size > 0) return false;
  } else await runBlame(repository, call, take, advance.changed);
  await resolveStopped(repository, advance, [...stopped.values()].map(openLines));
  return true;
}

function common({ options, history, signal }: Advance) {
  return { options, ignore: history.ignore, signal };
}

function openLines({ commit, path, lines }: Stopped): Open {
  const open = new Map<number, number[]>();
  for (const { originalLine, line, count } of lines)
    for (let index = 0; index < count; index++) addOpen(open, originalLine + index, line + index);
  return { commit, path, open };
}

function addOpen(open: Map<number, number[]>, originalLine: number, line: number): void {
  const lines = open.get(originalLine);
  if (lines === undefined) open.set(originalLine, [line]);
  else lines.push(line);
}

/** Steps back in history that look for a known answer; each is short, and few lines are left after the first ones. */
const mostSteps = 6;
/** Places that lines are followed from one by one; from more of them they are followed together, from where they stand now. */
const mostPlaces = 2;

/**
 * Finds answers for lines that stopped outside of the kept commit: where they stand now, the kept blame's lines may pass too; where they do
 * not, both go on until they meet. What does not meet is blamed by git, all of it at once.
 */
async function resolveStopped(repository: Repository, advance: Advance, groups: Open[]): Promise<void> {
  if (groups.length === 0) return;
  const knots = await advance.knots();
  const met = new Map<string, KnownLines>();
  const asked = new Set<string>();
  let waiting = groups;
  const left: Open[] = [];
  for (let step = 0; waiting.length > 0; step++) {
    waiting.sort((a, b) => a.open.size - b.open.size);
    const group = waiting.pop() as Open;
    const here = step >= mostSteps ? undefined : await meet(repository, advance, group, met, asked);
    if (here === undefined) {
      left.push(group);
      continue;
    }
    takeKnown(advance, group, met);
    // Only as far as the kept lines went in this step: any other stop would end the way before it gets there.
    const stops = [...here].filter((commit) => commit !== group.commit);
    if (group.open.size === 0) continue;
    // Lines that are gone from the kept file are known at a knot, if there is one.
    if (stops.length === 0 || knots.length > 0) left.push(group);
    else waiting = joined([...waiting, ...(await blameFrom(repository, advance, group, stops))]);
    for (const each of waiting) takeKnown(advance, each, met);
    waiting = waiting.filter(({ open }) => open.size > 0);
    advance.changed();
  }
  const lines = (await throughKnots(repository, advance, knots, left)).flatMap(({ open }) => [...open.values()].flat());
  if (lines.length === 0) return;
  const ranges = rangesOf(lines);
  const call = { ...common(advance), path: advance.path, commit: advance.commit, ...(ranges.length > mostRanges ? {} : { ranges }) };
  await runBlame(repository, call, (entry) => advance.table.addEntry(entry), advance.changed);
}

/** Follows lines as far as a knot, whose blame knows them; answers those that went another way. */
async function throughKnots(repository: Repository, advance: Advance, knots: readonly KeptBlame[], left: readonly Open[]): Promise<Open[]> {
  const { table, path } = advance;
  let from = joined(left);
  if (knots.length === 0 || from.length === 0) return from;
  if (from.length > mostPlaces) {
    const lines = from.flatMap(({ open }) => [...open.values()].flat());
    from = [
      { commit: advance.commit, path: Buffer.from(path, 'utf8').toString('latin1'), open: new Map(lines.map((line) => [line, [line]])) },
    ];
  }
  const others: Open[] = [];
  for (const group of from) {
    // `X ^X` would be no revision at all for git, which then blames the work tree.
    const stops = knots.map(({ commit }) => commit).filter((commit) => commit !== group.commit);
    const arrived = stops.length === knots.length ? await blameFrom(repository, advance, group, stops) : [group];
    for (const stopped of arrived) {
      const knot = utf8(stopped.path) === path ? knots.find(({ commit }) => commit === stopped.commit) : undefined;
      if (knot === undefined) others.push(stopped);
      else for (const [at, lines] of stopped.open) for (const line of lines) table.copy(knot.table, at, 1, line);
    }
  }
  advance.changed();
  return others;
}

/** Lines whose answer is known where they stand leave the group. */
function takeKnown({ kept, table }: Advance, { commit, path, open }: Open, met: ReadonlyMap<string, KnownLines>): void {
  const known = met.get(placeOf(commit, path));
  if (known === undefined) return;
  for (const [originalLine, lines] of open) {
    const at = known.get(originalLine);
    if (at === undefined) continue;
    for (const line of lines) table.copy(kept.table, at, 1, line);
    open.delete(originalLine);
  }
}

function joined(groups: readonly Open[]): Open[] {
  const byPlace = new Map<string, Open>();
  for (const group of groups) {
    const before = byPlace.get(placeOf(group.commit, group.path));
    if (before === undefined) byPlace.set(placeOf(group.commit, group.path), group);
    else for (const [originalLine, lines] of group.open) for (const line of lines) addOpen(before.open, originalLine, line);
  }
  return [...byPlace.values()];
}

/** Lines of another commit's file (1-based) whose answer the kept blame has, by its own line. */
type KnownLines = Map<number, number> & { readonly commit: string };

function placeOf(commit: string, path: string): string {
  return `${commit}\0${path}`;
}

/**
 * Adds where the kept blame's lines cross into the history of a commit: at the commit itself, or past it, where the two histories went
 * apart (a merge takes an unchanged file from either side). What is known of a line there holds for every line that gets there.
 * Answers the commits where they stopped; undefined when asking cannot help.
 */
async function meet(
  repository: Repository,
  advance: Advance,
  { commit }: Open,
  met: Map<string, KnownLines>,
  asked: Set<string>,
): Promise<ReadonlySet<string> | undefined> {
  const { kept, path, signal } = advance;
  if (commit === kept.commit || asked.has(commit) || !(await hasParents(repository, commit, signal))) return undefined;
  asked.add(commit);
  const call = { ...common(advance), path, commit: kept.commit, boundaries: [commit] };
  const boundaries = new Set<string>();
  await runBlame(repository, call, (entry) => {
    if (entry.facts?.boundary === true) boundaries.add(entry.commit);
    if (!boundaries.has(entry.commit)) return;
    const place = placeOf(entry.commit, entry.origin.path);
    let lines = met.get(place);
    if (lines === undefined) {
      lines = Object.assign(new Map<number, number>(), { commit: entry.commit });
      met.set(place, lines);
    }
    for (let index = 0; index < entry.count; index++) lines.set(entry.originalLine + index, entry.line + index);
  });
  return boundaries;
}

interface Open {
  readonly commit: string;
  readonly path: string;
  readonly open: Map<number, number[]>;
}

/** Blames lines of a commit's file as far as the histories of other commits; answers the lines that stopped there. */
async function blameFrom(
  repository: Repository,
  advance: Advance,
  { commit, path, open }: Open,
  boundaries: readonly string[],
): Promise<Open[]> {
  const { table } = advance;
  const ranges = rangesOf([...open.keys()]);
  const call = { ...common(advance), path: utf8(path), commit, boundaries, ...(ranges.length > mostRanges ? {} : { ranges }) };
  const stops = new Set<string>();
  const stopped = new Map<string, Open>();
  await runBlame(
    repository,
    call,
    (entry) => {
      if (entry.facts?.boundary === true) stops.add(entry.commit);
      const stop = stops.has(entry.commit);
      for (let index = 0; index < entry.count; index++) {
        const originalLine = entry.originalLine + index;
        for (const line of open.get(entry.line + index) ?? []) {
          if (!stop) {
            table.addEntry({ ...entry, originalLine, line, count: 1 });
            continue;
          }
          const place = placeOf(entry.commit, entry.origin.path);
          let group = stopped.get(place);
          if (group === undefined) {
            group = { commit: entry.commit, path: entry.origin.path, open: new Map() };
            stopped.set(place, group);
          }
          addOpen(group.open, originalLine, line);
        }
      }
      // Facts come once, maybe with lines that nobody asked for.
      if (entry.facts !== undefined && !stop) table.commitIndex(entry.commit, entry.facts);
    },
    advance.changed,
  );
  return [...stopped.values()];
}

/** A commit without parents is marked as boundary too, and is no part of the other history: its lines are its own. */
async function hasParents(repository: Repository, commit: string, signal: AbortSignal): Promise<boolean> {
  const object = await repository.objects.read(commit, signal);
  return object !== undefined && /\nparent /.test(object.data.toString('latin1', 0, 400));
}

/** Sorted, joined where they touch. */
function rangesOf(lines: number[]): { start: number; end: number }[] {
  lines.sort((a, b) => a - b);
  const ranges: { start: number; end: number }[] = [];
  for (const line of lines) {
    const last = ranges.at(-1);
    if (last !== undefined && last.end + 1 === line) last.end = line;
    else ranges.push({ start: line, end: line });
  }
  return ranges;
}
