import type { inlineDiff } from '../../server/protocol/git.ts';
import type { ResultOf } from '../../server/protocol/message.ts';

type Diffed = Extract<ResultOf<typeof inlineDiff>, { state: 'diffed' }>;

/** A changed range; see the contract. A pure deletion has `newCount` 0 and stands before line `newStart`. */
export type Hunk = Diffed['hunks'][number];

/** What a hunk does to the text. */
export function hunkKind({ oldLines, newCount }: Hunk): 'added' | 'removed' | 'changed' {
  if (newCount === 0) return 'removed';
  return oldLines.length === 0 ? 'added' : 'changed';
}

/** First and last document line (0-based, inclusive) on which a hunk is seen. A deletion is seen on the line after it, at the end on the last. */
export function hunkLines({ newStart, newCount }: Hunk, lineCount: number): { first: number; last: number } {
  const first = Math.max(0, Math.min(newStart - 1, lineCount - 1));
  return { first, last: Math.max(first, Math.min(newStart - 1 + newCount - 1, lineCount - 1)) };
}

/** The hunk at a document line (0-based); a deletion also answers for the line before it. */
export function hunkAt(hunks: readonly Hunk[], line: number, lineCount: number): Hunk | undefined {
  const within = hunks.find((hunk) => {
    const { first, last } = hunkLines(hunk, lineCount);
    return first <= line && line <= last;
  });
  return within ?? hunks.find((hunk) => hunk.newCount === 0 && hunk.newStart - 2 === line);
}

/** The hunk after (or before) a document line, going round at the ends. */
export function hunkBeside(hunks: readonly Hunk[], line: number, way: 'next' | 'previous', lineCount: number): Hunk | undefined {
  const at = (hunk: Hunk): number => hunkLines(hunk, lineCount).first;
  if (way === 'next') return hunks.find((hunk) => at(hunk) > line) ?? hunks[0];
  const current = hunkAt(hunks, line, lineCount);
  const start = current === undefined ? line : Math.min(line, at(current));
  return hunks.findLast((hunk) => at(hunk) < start) ?? hunks.at(-1);
}

/** A replacement in a document: positions are 0-based, `text` has `\n` only. */
export interface Replacement {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
  readonly text: string;
}

/**
 * Brings back the old lines of a hunk. `lastLength` is the length of the document's last line. Lines of the contract are those between
 * line breaks, the empty one after a final break included.
 */
export function revertEdit({ oldLines, newStart, newCount }: Hunk, lineCount: number, lengthOf: (line: number) => number): Replacement {
  const first = newStart - 1;
  const end = first + newCount;
  const text = oldLines.join('\n');
  // Whole lines with their breaks, as long as a line follows; at the end of the document the break before them goes or comes with them.
  if (end < lineCount)
    return { start: { line: first, character: 0 }, end: { line: end, character: 0 }, text: oldLines.length === 0 ? '' : `${text}\n` };
  const last = lineCount - 1;
  const atEnd = { line: last, character: lengthOf(last) };
  if (newCount === 0) return { start: atEnd, end: atEnd, text: `\n${text}` };
  if (oldLines.length === 0 && first > 0) return { start: { line: first - 1, character: lengthOf(first - 1) }, end: atEnd, text: '' };
  return { start: { line: first, character: 0 }, end: atEnd, text };
}
