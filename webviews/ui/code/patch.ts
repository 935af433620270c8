/**
 * Reads git's patch of one file. Lines inside a hunk are counted by its header, so text that looks like a header ("--- a", "@@ -1 +1 @@",
 * "diff --git") is text. A patch cut in the middle gives what it has.
 */

export type LineType = 'context' | 'added' | 'removed';

export interface PatchLine {
  readonly type: LineType;
  readonly text: string;
  /** 1-based; absent where that side has no such line. In a combined patch `oldNumber` is of the first parent. */
  readonly oldNumber?: number;
  readonly newNumber?: number;
  /** The file ends here without a line end. */
  readonly noNewline?: boolean;
  /** Of a combined patch: one character per parent. */
  readonly signs?: string;
}

export interface Hunk {
  readonly oldStart: number;
  readonly oldCount: number;
  readonly newStart: number;
  readonly newCount: number;
  /** What git found to name the place by: a function, a section. */
  readonly section: string;
  readonly lines: readonly PatchLine[];
}

export interface Patch {
  readonly hunks: readonly Hunk[];
  /** 1, or the number of parents of a combined patch. */
  readonly parents: number;
}

const header = /^(@@+) ((?:-\d+(?:,\d+)? )+)\+(\d+)(?:,(\d+))? \1 ?(.*)$/s;

export function parsePatch(text: string): Patch {
  const { hunks, parents } = readPatch(linesOf(text));
  return { hunks, parents };
}

/** The text of each hunk as git wrote it: from its `@@` to before the next one. */
export function hunkTexts(text: string): string[] {
  const lines = linesOf(text);
  return readPatch(lines).places.map(({ first, end }) => `${lines.slice(first, end).join('\n')}\n`);
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function readPatch(lines: readonly string[]): Patch & { places: { first: number; end: number }[] } {
  const hunks: Hunk[] = [];
  const places: { first: number; end: number }[] = [];
  let parents = 1;
  let at = 0;
  while (at < lines.length) {
    const match = header.exec(lines[at] ?? '');
    at++;
    if (match === null) continue;
    const [, ats = '@@', ranges = '', newStart = '0', newCount = '1', section = ''] = match;
    parents = ats.length - 1;
    const olds = [...ranges.matchAll(/-(\d+)(?:,(\d+))?/g)].map(([, start, count]) => ({
      start: Number(start),
      count: Number(count ?? 1),
    }));
    const read = readHunk(lines, at, olds, { start: Number(newStart), count: Number(newCount) });
    places.push({ first: at - 1, end: read.next });
    at = read.next;
    const first = olds[0] ?? { start: 0, count: 0 };
    hunks.push({
      oldStart: first.start,
      oldCount: first.count,
      newStart: Number(newStart),
      newCount: Number(newCount),
      section,
      lines: read.lines,
    });
  }
  return { hunks, parents, places };
}

interface Range {
  readonly start: number;
  readonly count: number;
}

function readHunk(lines: readonly string[], from: number, olds: readonly Range[], now: Range): { lines: PatchLine[]; next: number } {
  const found: PatchLine[] = [];
  const left = olds.map(({ count }) => count);
  let newLeft = now.count;
  let oldNumber = olds[0]?.start ?? 0;
  let newNumber = now.start;
  let at = from;
  for (; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line.startsWith('\\')) {
      const last = found.pop();
      if (last !== undefined) found.push({ ...last, noNewline: true });
      continue;
    }
    if (newLeft <= 0 && left.every((count) => count <= 0)) break;
    const signs = line.slice(0, olds.length);
    const removed = signs.includes('-');
    const inFirst = removed ? signs[0] === '-' : signs[0] === ' ';
    for (let parent = 0; parent < olds.length; parent++) {
      if (removed ? signs[parent] === '-' : signs[parent] !== '+') left[parent] = (left[parent] ?? 0) - 1;
    }
    if (!removed) newLeft--;
    found.push({
      type: removed ? 'removed' : signs.includes('+') ? 'added' : 'context',
      text: line.slice(olds.length),
      ...(inFirst ? { oldNumber: oldNumber++ } : {}),
      ...(removed ? {} : { newNumber: newNumber++ }),
      ...(olds.length > 1 ? { signs } : {}),
    });
  }
  return { lines: found, next: at };
}
