/** Lines of the working file as they stand on the other side of a comparison. 1-based, inclusive. */

interface Hunk {
  readonly oldStart: number;
  readonly oldLines: readonly string[];
  readonly newStart: number;
  readonly newCount: number;
}

/** The lines of the old side that a range of the new side covers; undefined when none of its lines is there. */
export function linesBefore(hunks: readonly Hunk[], start: number, end: number): { start: number; end: number } | undefined {
  const first = lineBefore(hunks, start, 'next');
  const last = lineBefore(hunks, end, 'previous');
  return first <= last && last > 0 ? { start: first, end: last } : undefined;
}

/** A changed line has no counterpart: the range starts after its hunk, or ends before it, unless the hunk replaced lines. */
function lineBefore(hunks: readonly Hunk[], line: number, otherwise: 'next' | 'previous'): number {
  let shift = 0;
  for (const { oldStart, oldLines, newStart, newCount } of hunks) {
    if (line < newStart) break;
    if (line < newStart + newCount) {
      if (oldLines.length === 0) return otherwise === 'next' ? oldStart : oldStart - 1;
      return oldStart + Math.min(line - newStart, oldLines.length - 1);
    }
    shift += oldLines.length - newCount;
  }
  return line + shift;
}
