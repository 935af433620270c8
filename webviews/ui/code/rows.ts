import { pairLines } from './pairing.ts';
import type { Hunk, Patch, PatchLine } from './patch.ts';

/** The rows that a file's difference is drawn as. */

export interface Cell {
  readonly line: PatchLine;
  /** The line's other version, for word marks. */
  readonly twin?: PatchLine;
}

export type Row =
  | {
      readonly kind: 'hunk';
      readonly hunk: number;
      readonly header: Hunk /** Unchanged lines left out before it. */;
      readonly skipped: number;
    }
  | { readonly kind: 'unified'; readonly hunk: number; readonly cell: Cell }
  | { readonly kind: 'split'; readonly hunk: number; readonly left?: Cell; readonly right?: Cell };

/** Rows of a patch. A combined patch (conflicts) has more than two sides and is always unified. `everyHunk`: each begins with its header. */
export function buildRows(patch: Patch, layout: 'side-by-side' | 'unified', everyHunk = false): Row[] {
  const rows: Row[] = [];
  let oldEnd = 1;
  patch.hunks.forEach((header, hunk) => {
    // A side without lines names the line before the place.
    const start = header.oldCount === 0 ? header.oldStart + 1 : header.oldStart;
    const skipped = Math.max(0, start - oldEnd);
    // What begins at the top of the file needs no line that says so.
    if (everyHunk || hunk > 0 || skipped > 0 || header.section !== '') rows.push({ kind: 'hunk', hunk, header, skipped });
    oldEnd = start + header.oldCount;
    if (patch.parents > 1) for (const line of header.lines) rows.push({ kind: 'unified', hunk, cell: { line } });
    else for (const block of blocksOf(header.lines)) pushBlock(rows, hunk, block, layout);
  });
  return rows;
}

interface Block {
  readonly context: PatchLine[];
  readonly removed: PatchLine[];
  readonly added: PatchLine[];
}

/** Runs of context, and runs of changes (what was removed, then what was added). */
function blocksOf(lines: readonly PatchLine[]): Block[] {
  const blocks: Block[] = [];
  let block: Block | undefined;
  for (const line of lines) {
    const kind = line.type === 'context' ? 'context' : line.type;
    const fits =
      block !== undefined &&
      (kind === 'context'
        ? block.removed.length + block.added.length === 0
        : block.context.length === 0 && !(kind === 'removed' && block.added.length > 0));
    if (block === undefined || !fits) {
      block = { context: [], removed: [], added: [] };
      blocks.push(block);
    }
    block[kind].push(line);
  }
  return blocks;
}

function pushBlock(rows: Row[], hunk: number, { context, removed, added }: Block, layout: 'side-by-side' | 'unified'): void {
  for (const line of context) {
    rows.push(layout === 'unified' ? { kind: 'unified', hunk, cell: { line } } : { kind: 'split', hunk, left: { line }, right: { line } });
  }
  if (removed.length + added.length === 0) return;
  const pairs = pairLines(
    removed.map(({ text }) => text),
    added.map(({ text }) => text),
  );
  const left = removed.map((line): Cell => ({ line }));
  const right = added.map((line): Cell => ({ line }));
  for (const [old, now] of pairs) {
    const [before, after] = [removed[old], added[now]];
    if (before === undefined || after === undefined) continue;
    left[old] = { line: before, twin: after };
    right[now] = { line: after, twin: before };
  }
  if (layout === 'unified') {
    for (const cell of [...left, ...right]) rows.push({ kind: 'unified', hunk, cell });
    return;
  }
  let [i, j] = [0, 0];
  const pushUntil = (oldEnd: number, newEnd: number): void => {
    while (i < oldEnd || j < newEnd) {
      const [a, b] = [i < oldEnd ? left[i++] : undefined, j < newEnd ? right[j++] : undefined];
      rows.push({ kind: 'split', hunk, ...(a === undefined ? {} : { left: a }), ...(b === undefined ? {} : { right: b }) });
    }
  };
  for (const [old, now] of pairs) {
    pushUntil(old, now);
    pushUntil(old + 1, now + 1);
  }
  pushUntil(left.length, right.length);
}

/** Cells of a row, left to right. */
export function cellsOf(row: Row): Cell[] {
  if (row.kind === 'unified') return [row.cell];
  if (row.kind === 'hunk') return [];
  return [row.left, row.right].filter((cell) => cell !== undefined);
}
