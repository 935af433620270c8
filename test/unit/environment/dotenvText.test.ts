// `.env` files as text: what stands where, what is no variable, and that a line can be put together again.
import { describe, expect, test } from 'vitest';
import { readDotenv } from '../../../server/environment/dotenvText.ts';

describe.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
])('with %s', (_, end) => {
  const text = [
    '\ufeff# head',
    'A=1 # one',
    '',
    '  export B = "two\\n" # two',
    "KEY='-----BEGIN",
    'line two',
    "-----END' # key",
    'not a variable',
    'C=#',
    'D="open',
    'my-name=1',
    'E="x" y',
    'F=a#b',
  ].join(end);

  test('every variable has its place, and a mistake costs one line', () => {
    const { entries, mistakes, comments, lines } = readDotenv(text);
    expect(entries.map(({ name, value, line, lines: count, quote }) => [name, value, line, count, quote])).toEqual([
      ['A', '1', 2, 1, ''],
      ['B', 'two\n', 4, 1, '"'],
      ['KEY', '-----BEGIN\nline two\n-----END', 5, 3, "'"],
      ['C', '', 9, 1, ''],
      ['F', 'a#b', 13, 1, ''],
    ]);
    expect(mistakes).toEqual([
      { line: 8, kind: 'no-variable' },
      { line: 10, kind: 'after-quote' },
      { line: 11, kind: 'name' },
      { line: 12, kind: 'after-quote' },
    ]);
    expect([...comments]).toEqual([[1, '# head']]);
    expect(lines).toBe(13);
  });

  test('what stands around a value is kept as it is', () => {
    const written = text.replace('\ufeff', '').split(end);
    for (const { before, after, line, lines } of readDotenv(text).entries) {
      const [first = '', last = ''] = [written[line - 1], written[line + lines - 2]];
      expect(first.startsWith(before)).toBe(true);
      expect(last.endsWith(after)).toBe(true);
    }
    const [a, b, key] = readDotenv(text).entries;
    expect([a?.before, a?.after, b?.before, b?.after, key?.after]).toEqual(['A=', ' # one', '  export B = ', ' # two', ' # key']);
  });
});

test('quotes that are open to the end cost one line only', () => {
  const { entries, mistakes } = readDotenv("A='x\nB=2\nC=3");
  expect(mistakes).toEqual([{ line: 1, kind: 'open-quote' }]);
  expect(entries.map(({ name, line }) => [name, line])).toEqual([
    ['B', 2],
    ['C', 3],
  ]);
});

test('the empty piece behind the last line end is no line', () => {
  expect([readDotenv('').lines, readDotenv('A=1').lines, readDotenv('A=1\n').lines, readDotenv('A=1\r\n\r\n').lines]).toEqual([0, 1, 1, 2]);
});

test('a megabyte of quotes is read in one go', () => {
  const { mistakes, lines } = readDotenv('A="\n'.repeat(250_001));
  expect(lines).toBe(250_001);
  expect(mistakes.at(-1)).toEqual({ line: 250_001, kind: 'open-quote' });
});
