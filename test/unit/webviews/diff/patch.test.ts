import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePatch } from '../../../../webviews/ui/code/patch.ts';
import { buildRows, cellsOf } from '../../../../webviews/ui/code/rows.ts';
import { createRepository } from '../../../support/repositories/repository.ts';

test('text that looks like a header is text', () => {
  const patch = ['--- a/x', '+++ b/x', '@@ -1,3 +1,3 @@ section', ' diff --git a/x b/x', '--- a/x', '+++ b/y', ' @@ -1 +1 @@', ''].join(
    '\n',
  );
  const [hunk] = parsePatch(patch).hunks;
  expect(parsePatch(patch).hunks).toHaveLength(1);
  expect(hunk?.section).toBe('section');
  expect(hunk?.lines.map(({ type, text }) => [type, text])).toEqual([
    ['context', 'diff --git a/x b/x'],
    ['removed', '-- a/x'],
    ['added', '++ b/y'],
    ['context', '@@ -1 +1 @@'],
  ]);
});

test('lines without a line end, on both sides', () => {
  const { hunks } = parsePatch('@@ -1,2 +1,2 @@\n one\n-two\n\\ No newline at end of file\n+three\n\\ No newline at end of file\n');
  expect(hunks[0]?.lines.map(({ text, noNewline }) => [text, noNewline === true])).toEqual([
    ['one', false],
    ['two', true],
    ['three', true],
  ]);
});

test('a combined patch has a sign for each parent', () => {
  const { hunks, parents } = parsePatch(
    '@@@ -1,3 -1,3 +1,7 @@@\n  first\n++<<<<<<< HEAD\n +ours\n++=======\n+ theirs\n++>>>>>>> side\n  last\n',
  );
  expect(parents).toBe(2);
  expect(hunks[0]?.lines.map(({ signs, oldNumber, newNumber }) => [signs, oldNumber, newNumber])).toEqual([
    ['  ', 1, 1],
    ['++', undefined, 2],
    [' +', 2, 3],
    ['++', undefined, 4],
    ['+ ', undefined, 5],
    ['++', undefined, 6],
    ['  ', 3, 7],
  ]);
});

test('a patch that was cut gives what it has', () => {
  expect(parsePatch('@@ -1,9 +1,9 @@\n a\n-b\n').hunks[0]?.lines).toHaveLength(2);
  expect(parsePatch('').hunks).toEqual([]);
  expect(parsePatch('similarity index 100%\nrename from a\nrename to b\n').hunks).toEqual([]);
});

test('the sides of what git prints are the files that it compared', () => {
  using repository = createRepository();
  const line = fc.constantFrom('', 'a', 'b', '-- a', '++ b', '@@ -1 +1 @@', 'diff --git', 'c\r', '\\ No newline at end of file', '  d');
  const text = fc
    .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
    .map(([lines, end]) => lines.join('\n') + (end && lines.length > 0 ? '\n' : ''));
  fc.assert(
    fc.property(text, text, fc.constantFrom('side-by-side' as const, 'unified' as const), (before, after, layout) => {
      repository.write('before', before);
      repository.write('after', after);
      const { stdout } = repository.tryGit(['diff', '--no-index', '--no-color', '-U100', 'before', 'after']);
      const patch = parsePatch(stdout.toString());
      if (patch.hunks.length === 0) {
        expect(after).toBe(before);
        return;
      }
      const cells = buildRows(patch, layout).flatMap((row) => {
        // Context stands on both sides of a row, once each.
        const found = cellsOf(row);
        return row.kind === 'split' && found[0]?.line === found[1]?.line ? found.slice(0, 1) : found;
      });
      const side = (skip: 'added' | 'removed') => {
        const lines = cells.filter(({ line: { type } }) => type !== skip).map(({ line }) => line);
        return lines
          .map(({ text: shown }) => `${shown}\n`)
          .join('')
          .slice(0, lines.at(-1)?.noNewline ? -1 : undefined);
      };
      expect(side('added')).toBe(before);
      expect(side('removed')).toBe(after);
    }),
    { numRuns: 60 },
  );
});
