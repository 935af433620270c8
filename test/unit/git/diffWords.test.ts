import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wordDiff } from '../../../server/git/diffWords.ts';

const marked = (text: string, ranges: readonly (readonly [number, number])[]) => ranges.map(([start, end]) => text.slice(start, end));
const unmarked = (text: string, ranges: readonly (readonly [number, number])[]) => {
  let left = '';
  let at = 0;
  for (const [start, end] of ranges) {
    left += text.slice(at, start);
    at = end;
  }
  return left + text.slice(at);
};

test('what is not marked is the same on both sides', () => {
  const text = fc
    .array(fc.constantFrom('foo', 'bar', ' ', '(', ')', '=', '1', '\xc3\xa9'), { maxLength: 20 })
    .map((words) => words.join(''));
  fc.assert(
    fc.property(text, text, (a, b) => {
      const words = wordDiff(a, b);
      expect(words).toBeDefined();
      if (words === undefined) return;
      expect(unmarked(a, words.old)).toBe(unmarked(b, words.new));
      if (a === b) expect([words.old, words.new]).toEqual([[], []]);
    }),
    { numRuns: 2000 },
  );
});

test('marks the words that differ', () => {
  const [a, b] = ['const total = sum(a, b);', 'const whole = sum(a, c);'];
  const words = wordDiff(a, b);
  expect(words && marked(a, words.old)).toEqual(['total', 'b']);
  expect(words && marked(b, words.new)).toEqual(['whole', 'c']);
});

test('never cuts a character of several bytes', () => {
  const [a, b] = ['x \xc3\xa9 y', 'x \xc3\xa8 y'];
  const words = wordDiff(a, b);
  expect(words && marked(a, words.old)).toEqual(['\xc3\xa9']);
});

test('very long lines are not compared; long ones with nothing in common are marked whole', () => {
  expect(wordDiff('x'.repeat(10_001), 'y')).toBeUndefined();
  const a = Array.from({ length: 900 }, (_, at) => `a${at}`).join(' ');
  const b = Array.from({ length: 900 }, (_, at) => `b${at}`).join(' ');
  expect(wordDiff(a, b)?.old).toEqual([[0, a.length]]);
});
