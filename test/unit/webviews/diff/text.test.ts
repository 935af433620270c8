import fc from 'fast-check';
import { expect, test } from 'vitest';
import { highlightLines, languageOf } from '../../../../webviews/ui/code/highlight.ts';
import { tokensOf } from '../../../../webviews/ui/code/highlightTokens.ts';
import { segmentsOf, type Token } from '../../../../webviews/ui/code/segments.ts';
import { sizeOf } from '../../../../webviews/ui/code/status.ts';
import { hasHidden, splitHidden, visibleName } from '../../../../webviews/ui/visibleText.ts';

test('colours are places in the text, never HTML', () => {
  const code = `const a = "<img src=x onerror='1'>"; // </script>\nreturn a;`;
  const [first, second] = highlightLines(code, 'typescript');
  const words = (line: string, tokens: readonly Token[] = []) => tokens.map(({ start, end, scope }) => [line.slice(start, end), scope]);
  expect(words(code.split('\n')[0] ?? '', first)).toEqual([
    ['const', 'keyword'],
    [`"<img src=x onerror='1'>"`, 'string'],
    ['// </script>', 'comment'],
  ]);
  expect(words(code.split('\n')[1] ?? '', second)).toEqual([['return', 'keyword']]);
});

test('a class name is letters only', () => {
  expect(tokensOf('<span class="hljs-x&quot; onload=&quot;1">a</span>')).toEqual([[]]);
  expect(tokensOf('<span class="hljs-title class_">A</span>')).toEqual([[{ start: 0, end: 1, scope: 'type' }]]);
});

test('tokens of any text lie within its lines', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom(
          '<',
          '>',
          '&',
          '&amp;',
          '"',
          "'",
          '`',
          '/*',
          '*/',
          '//',
          '${',
          '}',
          'let ',
          'x',
          '\n',
          '\t',
          '</span>',
          '<span class="hljs-a">',
        ),
        { maxLength: 30 },
      ),
      (parts) => {
        const text = parts.join('');
        const lines = text.split('\n');
        const tokens = highlightLines(text, 'javascript');
        expect(tokens).toHaveLength(lines.length);
        tokens.forEach((found, index) => {
          found.forEach(({ start, end }, at) => {
            expect(start).toBeGreaterThanOrEqual(found[at - 1]?.end ?? 0);
            expect(end).toBeLessThanOrEqual(lines[index]?.length ?? 0);
          });
        });
      },
    ),
  );
});

test('languages by name and ending', () => {
  expect(['a/b.tsx', 'Dockerfile', 'x.unknown', 'README.md', 'a.h', 'constructor'].map(languageOf)).toEqual([
    'typescript',
    'bash',
    undefined,
    'md',
    'cpp',
    undefined,
  ]);
});

test('segments put together are the line', () => {
  const places = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 8 }).map((list) => list.sort((a, b) => a - b));
  const ranges = places.map((list) =>
    Array.from({ length: Math.floor(list.length / 2) }, (_, index) => [list[index * 2] ?? 0, list[index * 2 + 1] ?? 0] as const),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), ranges, ranges, ranges, (text, colours, marks, hits) => {
      const inside = (list: readonly (readonly [number, number])[]) => list.filter(([, end]) => end <= text.length);
      const tokens = inside(colours).map(([start, end]) => ({ start, end, scope: 'keyword' }));
      const segments = segmentsOf(text, tokens, inside(marks), inside(hits));
      expect(segments.map(({ text: part }) => part).join('')).toBe(text);
      const covered = (list: readonly (readonly [number, number])[], test: (segment: (typeof segments)[number]) => boolean) => {
        let at = 0;
        for (const segment of segments) {
          const expected = list.some(([start, end]) => start <= at && at + segment.text.length <= end);
          expect(test(segment)).toBe(expected);
          at += segment.text.length;
        }
      };
      covered(inside(marks), ({ marked }) => marked);
      covered(inside(hits), ({ found }) => found);
      covered(inside(colours), ({ scope }) => scope !== '');
    }),
  );
});

test('characters that hide or reorder text are shown by name', () => {
  expect(hasHidden('plain ünïcode 日本 \t')).toBe(false);
  expect(visibleName('a\nb\u202egnp.txt')).toBe('a⏎b‹U+202E›gnp.txt');
  expect(splitHidden('a\u2066b')).toEqual([
    { text: 'a', hidden: false },
    { text: '‹U+2066›', hidden: true },
    { text: 'b', hidden: false },
  ]);
  expect(splitHidden('\u0007')).toEqual([{ text: '␇', hidden: true }]);
});

test('sizes as people say them', () => {
  expect([0, 1, 999, 1000, 4300, 999_949, 5_000_000, 12_000_000_000].map(sizeOf)).toEqual([
    '0 bytes',
    '1 byte',
    '999 bytes',
    '1.0 kB',
    '4.3 kB',
    '1.0 MB',
    '5.0 MB',
    '12 GB',
  ]);
});
