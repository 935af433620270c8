import { diffWordsWithSpace } from 'diff';

/** `[start, end)` in UTF-16 units. */
export type Mark = readonly [start: number, end: number];

/** Longer lines get no word marks: comparing them costs more than a frame. */
const longest = 1000;

/** What of two versions of a line differs. Nothing is marked where almost everything does. */
export function wordMarks(before: string, after: string): { before: Mark[]; after: Mark[] } {
  const none = { before: [], after: [] };
  if (before === after || before.length > longest || after.length > longest) return none;
  const marks: { before: Mark[]; after: Mark[] } = { before: [], after: [] };
  let [old, now, changed] = [0, 0, 0];
  for (const { value, added, removed } of diffWordsWithSpace(before, after)) {
    const { length } = value;
    if (removed) add(marks.before, old, old + length);
    if (added) add(marks.after, now, now + length);
    changed += added || removed ? length : 0;
    if (!added) old += length;
    if (!removed) now += length;
  }
  return changed > 0.8 * (before.length + after.length) ? none : marks;
}

/** Marks one character apart read as one. */
function add(marks: Mark[], start: number, end: number): void {
  const last = marks.at(-1);
  if (last !== undefined && start - last[1] <= 1) marks[marks.length - 1] = [last[0], end];
  else marks.push([start, end]);
}
