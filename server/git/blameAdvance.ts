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
 * changed back between C and A. `git blame A ^C` says which lines of A's file are lines of C's file; their answers are known too.
 * What is left is blamed from C. Answers false when nothing of this is sound; the table then holds only lines that are right.
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
  for (const group of stopped.values()) {
    await resolveStopped(repository, advance, group);
    advance.changed();
  }
  return true;
}

function common({ options, history, signal }: Advance) {
  return { options, ignore: history.ignore, signal };
}

async function resolveStopped(repository: Repository, advance: Advance, group: Stopped): Promise<void> {
  const { kept, table } = advance;
  const known = new Map<number, number>();
  const groupPath = utf8(group.path);
  if (group.commit !== kept.commit && (await hasParents(repository, group.commit, advance.signal))) {
    const call = { ...common(advance), path: advance.path, commit: kept.commit, boundaries: [group.commit] };
    await runBlame(repository, call, (entry) => {
      if (entry.commit !== group.commit || entry.origin.path !== group.path) return;
      for (let index = 0; index < entry.count; index++) known.set(entry.originalLine + index, entry.line + index);
    });
  }
  /** Line in the boundary's file → lines of the answer. */
  const open = new Map<number, number[]>();
  for (const { originalLine, line, count } of group.lines) {
    for (let index = 0; index < count; index++) {
      const at = known.get(originalLine + index);
      if (at !== undefined && table.copy(kept.table, at, 1, line + index)) continue;
      const lines = open.get(originalLine + index);
      if (lines === undefined) open.set(originalLine + index, [line + index]);
      else lines.push(line + index);
    }
  }
  if (open.size === 0) return;
  const ranges = rangesOf([...open.keys()]);
  const call = { ...common(advance), path: groupPath, commit: group.commit, ...(ranges.length > mostRanges ? {} : { ranges }) };
  await runBlame(
    repository,
    call,
    (entry) => {
      for (let index = 0; index < entry.count; index++) {
        for (const line of open.get(entry.line + index) ?? []) {
          table.addEntry({ ...entry, originalLine: entry.originalLine + index, line, count: 1 });
        }
      }
      // Facts come once, maybe with lines that nobody asked for.
      if (entry.facts !== undefined) table.commitIndex(entry.commit, entry.facts);
    },
    advance.changed,
  );
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
