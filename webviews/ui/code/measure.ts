import type { ChangedFile, FileDiff } from './files.ts';
import { columnsOf, Offsets, wrappedRows } from './layout.ts';
import { type Patch, parsePatch } from './patch.ts';
import { buildRows, cellsOf, type Row } from './rows.ts';

/** What heights depend on. Pixels. */
export interface Metrics {
  readonly width: number;
  readonly line: number;
  readonly character: number;
  readonly tabSize: number;
  readonly wordWrap: boolean;
  readonly layout: 'side-by-side' | 'unified';
  /** Each hunk begins with its header, which carries what can be done with it. */
  readonly everyHunk?: boolean;
}

/** Heights that the stylesheet has too (diff.css); what is really there is measured later. */
export const fixed = { header: 36, gap: 12, hunk: 28, note: 44, message: 46, image: 320, skeleton: 96 } as const;

/** A line longer than this is cut on the page; the native editor shows it whole. */
export const longestLine = 2000;

/** A text difference as it is drawn: its rows, where each is, and where changes begin. */
export interface TextView {
  readonly patch: Patch;
  readonly rows: readonly Row[];
  readonly offsets: Offsets;
  /** Row indexes at which a run of changed lines begins. */
  readonly changes: readonly number[];
  /** Digits of the greatest line number. */
  readonly digits: number;
  /** Columns of the longest line. */
  readonly columns: number;
  readonly metrics: Metrics;
  /** Both sides stand beside each other. */
  readonly split: boolean;
  /** Lines of the file end in CRLF throughout, so that a carriage return is nothing to show. */
  readonly crlf: boolean;
}

/** `previous` is the view of the same difference for other metrics: what does not depend on them is taken from it. */
export function textView(diff: Extract<FileDiff, { patch: string }>, metrics: Metrics, previous?: TextView): TextView {
  const patch = previous?.patch ?? parsePatch(diff.patch);
  // A file that is new or gone as a whole has nothing to put beside it.
  const split = metrics.layout === 'side-by-side' && patch.parents === 1 && !isWhole(patch);
  const rows =
    previous?.metrics.layout === metrics.layout ? previous.rows : buildRows(patch, split ? 'side-by-side' : 'unified', metrics.everyHunk);
  const numbers = patch.hunks.map(({ oldStart, oldCount, newStart, newCount }) => Math.max(oldStart + oldCount, newStart + newCount));
  const digits = Math.max(3, String(numbers.reduce((a, b) => Math.max(a, b), 0)).length);
  const width = textColumns(metrics, digits, patch.parents, split);
  const heights = new Float64Array(rows.length);
  const changes: number[] = [];
  let columns = 0;
  let [withReturn, without] = [0, 0];
  let inChange = false;
  rows.forEach((row, index) => {
    if (row.kind === 'hunk') {
      heights[index] = fixed.hunk;
      inChange = false;
      return;
    }
    const changed = isChanged(row);
    if (changed && !inChange) changes.push(index);
    inChange = changed;
    let lines = 1;
    for (const { line } of cellsOf(row)) {
      const text = line.text.length > longestLine ? line.text.slice(0, longestLine) : line.text;
      if (line.text.endsWith('\r')) withReturn++;
      else if (line.noNewline !== true) without++;
      if (metrics.wordWrap) lines = Math.max(lines, wrappedRows(text, width, metrics.tabSize));
      else columns = Math.max(columns, columnsOf(text, metrics.tabSize));
    }
    heights[index] = lines * metrics.line;
  });
  return { patch, rows, offsets: new Offsets(heights), changes, digits, columns, metrics, split, crlf: withReturn > 0 && without === 0 };
}

function isWhole({ hunks }: Patch): boolean {
  const [only] = hunks;
  return (
    hunks.length === 1 && only !== undefined && (only.oldCount === 0 || only.newCount === 0) && only.oldStart <= 1 && only.newStart <= 1
  );
}

export function isChanged(row: Row): boolean {
  return cellsOf(row).some(({ line }) => line.type !== 'context');
}

/** Pixels of one column of line numbers. */
export function gutterWidth({ character }: Metrics, digits: number): number {
  return Math.ceil(digits * character) + 14;
}

/** Pixels of the column of signs. */
export function signWidth({ character }: Metrics, parents: number): number {
  return Math.ceil(character * Math.max(1, parents)) + 8;
}

/** How many characters fit in a line's text. */
function textColumns(metrics: Metrics, digits: number, parents: number, split: boolean): number {
  const gutter = gutterWidth(metrics, digits);
  const sign = signWidth(metrics, parents);
  const pixels = split ? metrics.width / 2 - gutter - sign - 9 : metrics.width - 2 * gutter - sign - 8;
  return Math.max(10, Math.floor(pixels / metrics.character));
}

/** A guess at how high a file's difference will be, from its counts. */
export function estimatedHeight(file: ChangedFile, metrics: Metrics, context: number): number {
  if (file.binary) return /\.(png|jpe?g|gif|webp|bmp|ico|avif)$/i.test(file.path) ? fixed.image : fixed.message;
  const changed = file.additions + file.deletions;
  if (changed === 0) return fixed.message;
  const lines = metrics.layout === 'unified' ? changed : Math.max(file.additions, file.deletions);
  const whole = file.status === 'added' || file.status === 'deleted' || file.status === 'untracked';
  const hunks = whole ? 1 : Math.min(6, Math.ceil(changed / 8));
  return hunks * fixed.hunk + (lines + (whole ? 0 : hunks * 2 * Math.min(context, 30))) * metrics.line;
}
