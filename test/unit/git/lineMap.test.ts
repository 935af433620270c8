import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineMap, uncommitted } from '../../../server/git/lineMap.ts';
import { matchLines } from '../../../server/git/lineMatch.ts';

/** Few different lines, so that the same text stands in many places. */
const line: fc.Arbitrary<string> = fc.constantFrom('', '}', 'return', 'alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta');
const text = fc.array(line, { minLength: 1, maxLength: 40 });
/** Where (as a share of the text), how many lines go, what comes. */
const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), removed: fc.nat(6), added: fc.array(line, { maxLength: 6 }) });

function identity(lines: readonly string[]): number[] {
  return lines.map((_, index) => index);
}

/** Applies an edit to the text and the map, as an editor reports it. Answers the edit that undoes it. */
function apply(now: string[], map: LineMap, { at, removed, added }: { at: number; removed: number; added: string[] }) {
  const start = Math.min(now.length - 1, Math.floor(at * now.length));
  const end = Math.min(now.length - 1, start + Math.max(0, removed - 1));
  const replacement = added.length === 0 ? ['x'] : added;
  const before = now.splice(start, end - start + 1, ...replacement);
  map.edit(start, end, replacement.length);
  map.settle((index) => now[index] as string);
  return { start, end: start + replacement.length - 1, lines: before };
}

describe('LineMap', () => {
  it('never maps a line to one with another text, and never crosses lines', () => {
    fc.assert(
      fc.property(text, fc.array(edit, { maxLength: 12 }), (base, edits) => {
        const now = [...base];
        const map = new LineMap(base, identity(base));
        for (const each of edits) {
          apply(now, map, each);
          expect(map.lineCount).toBe(now.length);
          let last = -1;
          now.forEach((content, index) => {
            const at = map.at(index);
            if (at === uncommitted) return;
            expect(base[at]).toBe(content);
            expect(at).toBeGreaterThan(last);
            last = at;
          });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('leaves lines alone that no edit touched, unless the same text was typed', () => {
    fc.assert(
      fc.property(text, edit, (lines0, each) => {
        // Where a typed line equals an old one, git's rule decides (equal beginnings and ends belong together).
        const base = lines0.map((content, index) => `${content} ${index}`);
        const now = [...base];
        const map = new LineMap(base, identity(base));
        const { start, end, lines } = apply(now, map, each);
        for (let index = 0; index < start; index++) expect(map.at(index)).toBe(index);
        for (let index = end + 1; index < now.length; index++) expect(map.at(index)).toBe(index + lines.length - (end - start + 1));
      }),
    );
  });

  it('restoring the text restores every line, by undo or by putting all of it back', () => {
    fc.assert(
      fc.property(text, fc.array(edit, { maxLength: 8 }), fc.boolean(), (base, edits, byUndo) => {
        const now = [...base];
        const map = new LineMap(base, identity(base));
        const undo = edits.map((each) => apply(now, map, each));
        if (byUndo) {
          for (const { start, end, lines } of undo.reverse()) {
            now.splice(start, end - start + 1, ...lines);
            map.edit(start, end, lines.length);
            map.settle((index) => now[index] as string);
          }
        } else {
          map.edit(0, now.length - 1, base.length);
          now.splice(0, now.length, ...base);
          map.settle((index) => now[index] as string);
        }
        expect(now).toEqual(base);
        expect(map.lines).toEqual(identity(base));
      }),
      { numRuns: 1000 },
    );
  });

  it('several edits before one settling are the same as one after the other', () => {
    fc.assert(
      fc.property(text, fc.array(edit, { minLength: 1, maxLength: 5 }), (base, edits) => {
        const now = [...base];
        const map = new LineMap(base, identity(base));
        for (const { at, removed, added } of edits) {
          const start = Math.min(now.length - 1, Math.floor(at * now.length));
          const end = Math.min(now.length - 1, start + Math.max(0, removed - 1));
          const replacement = added.length === 0 ? ['x'] : added;
          now.splice(start, end - start + 1, ...replacement);
          map.edit(start, end, replacement.length);
        }
        map.settle((index) => now[index] as string);
        expect(map.lineCount).toBe(now.length);
        let last = -1;
        now.forEach((content, index) => {
          const at = map.at(index);
          expect(at).toBeGreaterThanOrEqual(uncommitted);
          if (at === uncommitted) return;
          expect(base[at]).toBe(content);
          expect(at).toBeGreaterThan(last);
          last = at;
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe('matchLines', () => {
  it('finds a longest common subsequence', () => {
    fc.assert(
      fc.property(text, text, (before, now) => {
        const found = matchLines(before, now);
        const matched = [...found].filter((index) => index >= 0).length;
        expect(matched).toBe(longestCommon(before, now));
      }),
    );
  });

  it('divides what is too large for that at lines that occur once', () => {
    const before = Array.from({ length: 3000 }, (_, index) => (index % 3 === 0 ? '' : `line ${index}`));
    const now = before.filter((_, index) => index % 50 !== 7).flatMap((each, index) => (index % 40 === 11 ? ['new', each] : [each]));
    const found = matchLines(before, now);
    let last = -1;
    found.forEach((at, index) => {
      if (at < 0) return;
      expect(before[at]).toBe(now[index]);
      expect(at).toBeGreaterThan(last);
      last = at;
    });
    expect([...found].filter((at) => at >= 0).length).toBe(now.filter((each) => each !== 'new').length);
  });
});

function longestCommon(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const x of a) {
    const next = [0];
    for (const [index, y] of b.entries())
      next.push(x === y ? (row[index] as number) + 1 : Math.max(row[index + 1] as number, next[index] as number));
    row = next;
  }
  return row.at(-1) as number;
}
