import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pairLines } from '../../../../webviews/ui/code/pairing.ts';
import { parsePatch } from '../../../../webviews/ui/code/patch.ts';
import { buildRows } from '../../../../webviews/ui/code/rows.ts';
import { wordMarks } from '../../../../webviews/ui/code/wordDiff.ts';

const patch = (...lines: string[]) => {
  const removed = lines.filter((line) => !line.startsWith('+')).length;
  const added = lines.filter((line) => !line.startsWith('-')).length;
  return parsePatch(`@@ -5,${removed} +5,${added} @@\n${lines.join('\n')}\n`);
};

test('a changed line stands beside its other version, an inserted one alone', () => {
  const rows = buildRows(
    patch(' a', '-const total = price * count;', '+// the sum', '+const total = price * amount;', ' b'),
    'side-by-side',
  );
  const texts = rows.map((row) => (row.kind === 'split' ? [row.left?.line.text, row.right?.line.text] : row.kind));
  expect(texts).toEqual([
    'hunk',
    ['a', 'a'],
    [undefined, '// the sum'],
    ['const total = price * count;', 'const total = price * amount;'],
    ['b', 'b'],
  ]);
});

test('unified: what was removed, then what was added, each knowing its twin', () => {
  const rows = buildRows(patch('-one two', '-gone', '+one three'), 'unified');
  expect(rows.map((row) => (row.kind === 'unified' ? [row.cell.line.text, row.cell.twin?.text] : row.kind))).toEqual([
    'hunk',
    ['one two', 'one three'],
    ['gone', undefined],
    ['one three', 'one two'],
  ]);
});

test('how many lines were left out before a hunk', () => {
  const { hunks } = { hunks: buildRows(parsePatch('@@ -10,1 +10,1 @@\n a\n@@ -20,1 +20,1 @@\n b\n'), 'unified') };
  expect(hunks.flatMap((row) => (row.kind === 'hunk' ? [row.skipped] : []))).toEqual([9, 9]);
  expect(buildRows(parsePatch('@@ -1,1 +1,1 @@\n a\n'), 'unified').map(({ kind }) => kind)).toEqual(['unified']);
});

test('pairs go forward on both sides and never use a line twice', () => {
  const lines = fc.array(fc.constantFrom('', 'let a = 1;', 'let b = 2;', 'return a + b;', '}', 'if (a) {'), { maxLength: 12 });
  fc.assert(
    fc.property(lines, lines, (removed, added) => {
      const pairs = pairLines(removed, added);
      pairs.forEach(([old, now], index) => {
        expect(old).toBeGreaterThan(pairs[index - 1]?.[0] ?? -1);
        expect(now).toBeGreaterThan(pairs[index - 1]?.[1] ?? -1);
        expect(old).toBeLessThan(removed.length);
        expect(now).toBeLessThan(added.length);
      });
      // Equal blocks pair line by line.
      expect(pairLines(removed, removed)).toHaveLength(removed.length);
    }),
  );
});

test('marks cover exactly what differs', () => {
  expect(wordMarks('price(20); // c', 'price(21); // c')).toEqual({ before: [[6, 8]], after: [[6, 8]] });
  expect(wordMarks('same', 'same')).toEqual({ before: [], after: [] });
  expect(wordMarks('alpha', 'omega')).toEqual({ before: [], after: [] });
  expect(wordMarks('x'.repeat(2000), 'y')).toEqual({ before: [], after: [] });
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (before, after) => {
      const marks = wordMarks(before, after);
      for (const [list, text] of [[marks.before, before] as const, [marks.after, after] as const]) {
        list.forEach(([start, end], index) => {
          expect(start).toBeGreaterThanOrEqual(list[index - 1]?.[1] ?? 0);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
        });
      }
    }),
  );
});
