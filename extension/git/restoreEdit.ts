/** The lines of `before` (0-based, `end` excluded) that have to become `text` to make it `after`; undefined when nothing has to. */
export interface LineChange {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The smallest run of lines to replace: what is equal at both ends keeps its place, its cursor and its marks. Both texts have `\n` only.
 * Where `end` is the number of lines, the run reaches the end of the text and `text` does not end with the last line's break.
 */
export function changedLines(before: string, after: string): LineChange | undefined {
  if (before === after) return undefined;
  const old = before.split('\n');
  const now = after.split('\n');
  let start = 0;
  while (start < old.length - 1 && start < now.length - 1 && old[start] === now[start]) start++;
  let tail = 0;
  while (tail < old.length - start && tail < now.length - start && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  const lines = now.slice(start, now.length - tail);
  return { start, end: old.length - tail, text: tail === 0 ? lines.join('\n') : lines.map((line) => `${line}\n`).join('') };
}
