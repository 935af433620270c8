import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type InlineHunk, inlineHunks, linesOf } from '../../../server/git/inlineDiffHunks.ts';

/** The document, made from the base by its hunks and the document's own new lines. */
function apply(base: readonly string[], hunks: readonly InlineHunk[], document: readonly string[]): string[] {
  const result: string[] = [];
  let at = 0;
  for (const { oldStart, oldLines, newStart, newCount } of hunks) {
    result.push(...base.slice(at, oldStart - 1));
    expect(base.slice(oldStart - 1, oldStart - 1 + oldLines.length)).toEqual(oldLines);
    expect(newStart).toBe(result.length + 1);
    result.push(...document.slice(newStart - 1, newStart - 1 + newCount));
    at = oldStart - 1 + oldLines.length;
  }
  return [...result, ...base.slice(at)];
}

const line = fc.constantFrom('', 'a', 'b', 'c', ' a', '}', 'return;');
const lines = fc.array(line, { maxLength: 40 });

test('hunks applied to the base give the document', () => {
  fc.assert(
    fc.property(lines, lines, (base, document) => {
      expect(apply(base, inlineHunks(base, document), document)).toEqual(document);
    }),
    { numRuns: 2000 },
  );
});

test('hunks applied to the base give the document after edits, and touch no line that was not edited around', () => {
  const edit = fc.record({ at: fc.nat(200), remove: fc.nat(3), insert: fc.array(line, { maxLength: 3 }) });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 200 }), fc.array(edit, { maxLength: 5 }), (base, edits) => {
      const document = [...base];
      for (const { at, remove, insert } of edits) document.splice(at % (document.length + 1), remove, ...insert);
      const hunks = inlineHunks(base, document);
      expect(apply(base, hunks, document)).toEqual(document);
      // They are in order, do not touch, and are not empty.
      for (const [index, hunk] of hunks.entries()) {
        expect(hunk.oldLines.length + hunk.newCount).toBeGreaterThan(0);
        const next = hunks[index + 1];
        if (next !== undefined) expect(next.oldStart).toBeGreaterThan(hunk.oldStart + hunk.oldLines.length);
      }
    }),
    { numRuns: 1000 },
  );
});

test('line ends are no difference; a final line end is a line more', () => {
  expect(inlineHunks(linesOf('a\r\nb\r\n'), linesOf('a\nb\n'))).toEqual([]);
  expect(inlineHunks(linesOf('a\nb'), linesOf('a\nb\n'))).toEqual([{ oldStart: 3, oldLines: [], newStart: 3, newCount: 1 }]);
  expect(linesOf('a\rb\r\nc\n')).toEqual(['a', 'b', 'c', '']);
});

test('texts that have nothing in common are one change, however long', () => {
  const base = Array.from({ length: 20_000 }, (_, at) => `old ${at}`);
  const document = Array.from({ length: 20_000 }, (_, at) => `new ${at}`);
  expect(inlineHunks(base, document)).toEqual([{ oldStart: 1, oldLines: base, newStart: 1, newCount: 20_000 }]);
});
