/** Following a line back through one change, with git's own patch. Lines are 1-based. */

/** The line before a change that stands where `line` stands after it; for a line that was added, its nearest neighbour. */
export function lineBefore(patch: string, line: number): number {
  let shift = 0;
  let lines: IterableIterator<string> | undefined;
  for (const hunk of patch.matchAll(/^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@.*\n((?:[ +\-\\].*(?:\n|$)|\n)*)/gm)) {
    const [oldStart, oldCount, newStart, newCount] = [hunk[1], hunk[2] ?? 1, hunk[3], hunk[4] ?? 1].map(Number) as [
      number,
      number,
      number,
      number,
    ];
    const first = newCount === 0 ? newStart + 1 : newStart;
    if (line < first) return Math.max(1, line + shift);
    if (line < first + newCount) {
      lines = (hunk[5] ?? '').split('\n').values();
      return within(lines, oldCount === 0 ? oldStart + 1 : oldStart, first, line);
    }
    shift += oldCount - newCount;
  }
  return Math.max(1, line + shift);
}

function within(lines: IterableIterator<string>, oldStart: number, newStart: number, line: number): number {
  let before = oldStart;
  let after = newStart;
  /** The block of removed lines just read: where it starts and how long it is, and how many added ones followed. */
  let block = { start: before, removed: 0, added: 0 };
  for (const text of lines) {
    if (text.startsWith('-')) {
      if (block.added > 0) block = { start: before, removed: 0, added: 0 };
      block.removed++;
      before++;
    } else if (text.startsWith('+')) {
      if (after === line)
        return block.removed === 0 ? Math.max(1, block.start - 1) : block.start + Math.min(block.added, block.removed - 1);
      block.added++;
      after++;
    } else if (!text.startsWith('\\')) {
      if (after === line) return before;
      before++;
      after++;
      block = { start: before, removed: 0, added: 0 };
    }
  }
  return Math.max(1, before);
}
