import { diffArrays } from 'diff';

/** Lines `[oldStart, oldStart + oldLines.length)` of the base became `newCount` lines from `newStart`; 1-based. */
export interface InlineHunk {
  oldStart: number;
  oldLines: string[];
  newStart: number;
  newCount: number;
}

/** Beyond so many edits the middle counts as one change: a person who sees that many marks reads none of them. */
const maxEditLength = 4000;

/** Lines as an editor counts them: whatever ends them is no part of them, and a final line end opens an empty last line. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** What turns the lines of the base into the lines of the document; hunks in order, never touching each other. */
export function inlineHunks(base: readonly string[], document: readonly string[]): InlineHunk[] {
  const shorter = Math.min(base.length, document.length);
  let head = 0;
  while (head < shorter && base[head] === document[head]) head++;
  let tail = 0;
  while (tail < shorter - head && base[base.length - 1 - tail] === document[document.length - 1 - tail]) tail++;
  const old = base.slice(head, base.length - tail);
  const now = document.slice(head, document.length - tail);
  if (old.length === 0 && now.length === 0) return [];
  if (old.length === 0 || now.length === 0) return [{ oldStart: head + 1, oldLines: old, newStart: head + 1, newCount: now.length }];
  // The time is for texts that the edit limit lets through and that are slow all the same; a busy machine must not reach it.
  const changes = diffArrays(old, now, { maxEditLength, timeout: 1500 });
  if (changes === undefined) return [{ oldStart: head + 1, oldLines: old, newStart: head + 1, newCount: now.length }];
  const hunks: InlineHunk[] = [];
  let oldLine = head + 1;
  let newLine = head + 1;
  let open: InlineHunk | undefined;
  for (const { added, removed, value } of changes) {
    if (!added && !removed) {
      open = undefined;
      oldLine += value.length;
      newLine += value.length;
      continue;
    }
    if (open === undefined) {
      open = { oldStart: oldLine, oldLines: [], newStart: newLine, newCount: 0 };
      hunks.push(open);
    }
    if (removed) {
      for (const line of value) open.oldLines.push(line);
      oldLine += value.length;
    } else {
      open.newCount += value.length;
      newLine += value.length;
    }
  }
  return hunks;
}
