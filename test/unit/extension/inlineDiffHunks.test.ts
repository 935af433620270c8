import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Hunk, hunkAt, hunkBeside, hunkLines, revertEdit } from '../../../extension/git/inlineDiffHunks.ts';
import { changedLines } from '../../../extension/git/restoreEdit.ts';
import { inlineHunks, linesOf } from '../../../server/git/inlineDiffHunks.ts';

/** Applies a replacement the way an editor does. */
function apply(text: string, { start, end, text: put }: ReturnType<typeof revertEdit>): string {
  const rows = text.split('\n');
  const offset = ({ line, character }: { line: number; character: number }) =>
    rows.slice(0, line).reduce((sum, row) => sum + row.length + 1, 0) + character;
  return text.slice(0, offset(start)) + put + text.slice(offset(end));
}

const text = fc.array(fc.constantFrom('a', 'b', '', 'c d'), { maxLength: 9 }).map((rows) => rows.join('\n'));

describe('reverting hunks', () => {
  test('one after the other, in any order, gives the old text exactly', () => {
    fc.assert(
      fc.property(text, text, fc.infiniteStream(fc.nat()), (old, now, picks) => {
        let current = now;
        for (let left = 0; left < 40; left++) {
          const hunks: Hunk[] = inlineHunks(linesOf(old), linesOf(current));
          if (hunks.length === 0) break;
          const hunk = hunks[(picks.next().value ?? 0) % hunks.length];
          if (hunk === undefined) break;
          const rows = current.split('\n');
          current = apply(
            current,
            revertEdit(hunk, rows.length, (line) => rows[line]?.length ?? 0),
          );
        }
        expect(current).toBe(old);
      }),
      { numRuns: 3000 },
    );
  });

  test('each hunk is found from each of its lines, and next and previous visit all of them', () => {
    fc.assert(
      fc.property(text, text, (old, now) => {
        const hunks: Hunk[] = inlineHunks(linesOf(old), linesOf(now));
        const count = now.split('\n').length;
        for (const hunk of hunks) {
          const { first, last } = hunkLines(hunk, count);
          expect(first).toBeGreaterThanOrEqual(0);
          expect(last).toBeLessThan(count);
          for (let line = first; line <= last; line++) expect(hunkAt(hunks, line, count)).toBeDefined();
        }
        const starts = new Set(hunks.map((hunk) => hunkLines(hunk, count).first));
        for (const way of ['next', 'previous'] as const) {
          const seen = new Set<number>();
          let line = 0;
          for (let steps = 0; steps <= hunks.length; steps++) {
            const hunk = hunkBeside(hunks, line, way, count);
            if (hunk === undefined) break;
            line = hunkLines(hunk, count).first;
            seen.add(line);
          }
          expect(seen).toEqual(starts);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('restoring a text', () => {
  test('replaces one run of lines and gives the other text exactly', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const change = changedLines(before, after);
        if (change === undefined) {
          expect(before).toBe(after);
          return;
        }
        const rows = before.split('\n');
        const last = rows.length - 1;
        const end = change.end >= rows.length ? { line: last, character: rows[last]?.length ?? 0 } : { line: change.end, character: 0 };
        expect(apply(before, { start: { line: change.start, character: 0 }, end, text: change.text })).toBe(after);
      }),
      { numRuns: 3000 },
    );
  });

  test('leaves what is equal at both ends alone', () => {
    expect(changedLines('a\nb\nc\nd', 'a\nx\ny\nc\nd')).toEqual({ start: 1, end: 2, text: 'x\ny\n' });
    expect(changedLines('a\nb\nc\n', 'a\nc\n')).toEqual({ start: 1, end: 2, text: '' });
    expect(changedLines('same', 'same')).toBeUndefined();
  });
});
