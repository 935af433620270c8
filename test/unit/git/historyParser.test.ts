import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mapLines } from '../../../server/git/historyLineMap.ts';
import { LineHistoryParser } from '../../../server/git/historyLines.ts';
import { HistoryParser } from '../../../server/git/historyParser.ts';

const a = 'a'.repeat(40);
const b = 'b'.repeat(40);
const fields = (id: string, subject = 'S') => [id, b, 'Ada', 'ada@example.test', '10', '20', subject];

/** Feeds text in pieces of one size. */
function feed<Row>(parser: { push(chunk: Buffer): Row[]; end(): Row[] }, text: string, size: number): Row[] {
  const bytes = Buffer.from(text, 'latin1');
  const rows: Row[] = [];
  for (let at = 0; at < bytes.length; at += size) rows.push(...parser.push(bytes.subarray(at, at + size)));
  return [...rows, ...parser.end()];
}

describe('HistoryParser', () => {
  const output = [
    `${fields(a, 'M\nA').join('\0')}\0\nM\0new.txt\0`,
    `${fields(b, 'R100').join('\0')}\0\nR100\0old.txt\0new.txt\0`,
    `${fields(a).join('\0')}\0`,
    `${fields(b).join('\0')}\0\nA\0dir/x\0A\0dir/y\0`,
  ].join('');

  test.each([1, 2, 3, 7, 50, 10_000])('reads changes, renames, merges and folders in pieces of %i bytes', (size) => {
    expect(feed(new HistoryParser('asked'), output, size)).toMatchObject([
      { id: a, path: 'new.txt', status: 'modified', subject: 'M\nA', authorTime: 10, committerTime: 20 },
      { id: b, path: 'new.txt', oldPath: 'old.txt', status: 'renamed' },
      { id: a, path: 'asked' },
      { id: b, path: 'asked' },
    ]);
  });
});

describe('LineHistoryParser', () => {
  const mark = 'm'.repeat(32);
  const commit = (id: string, patch: string) => `\0${mark}\0${fields(id).join('\0')}\0\n${patch}`;
  const output = [
    commit(a, '\ndiff --git a/new b/new\n--- a/new\n+++ b/new\n@@ -1,3 +1,3 @@\n--- a/liar\n-+++ b/liar\n+\0zero\n+diff --git a/x b/x\n'),
    commit(b, '\ndiff --git "a/o\\"ld" b/new\n--- "a/o\\"ld"\n+++ b/new\n@@ -1 +1 @@\n-x\n+y\n\\ No newline at end of file\n'),
    commit(a, ''),
    commit(b, '\ndiff --git "a/o\\"ld" "b/o\\"ld"\n--- /dev/null\n+++ "b/o\\"ld"\n@@ -0,0 +1 @@\n+x\n'),
  ].join('');

  test.each([1, 5, 33, 64, 10_000])('follows the path through patches that lie, in pieces of %i bytes', (size) => {
    expect(feed(new LineHistoryParser(mark, 'new'), output, size).map(({ path, oldPath, status }) => ({ path, oldPath, status }))).toEqual([
      { path: 'new', oldPath: undefined, status: 'modified' },
      { path: 'new', oldPath: 'o"ld', status: 'renamed' },
      { path: 'o"ld', oldPath: undefined, status: undefined },
      { path: 'o"ld', oldPath: undefined, status: 'added' },
    ]);
  });
});

describe('mapLines', () => {
  test('lines that moved down are found; new ones are not', () => {
    const older = 'a\nb\nc\nd\n';
    const text = 'new\na\nb\nx\nc\nd\n';
    expect(mapLines(text, older, { start: 2, end: 3 })).toEqual({ start: 1, end: 2 });
    expect(mapLines(text, older, { start: 3, end: 5 })).toEqual({ start: 2, end: 3 });
    expect(mapLines(text, older, { start: 4, end: 4 })).toBeUndefined();
    expect(mapLines(text, older, { start: 1, end: 1 })).toBeUndefined();
    expect(mapLines(text, older, { start: 6, end: 6 })).toEqual({ start: 4, end: 4 });
    expect(mapLines('a\r\nb\r\n', older, { start: 2, end: 2 })).toEqual({ start: 2, end: 2 });
  });

  test('whatever was inserted, a kept line of its own text is found where it was', () => {
    const inserted = fc.array(fc.constantFrom('x', 'y', ''), { maxLength: 3 });
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 12 })
          .chain((count) => fc.tuple(fc.constant(count), fc.array(inserted, { minLength: count, maxLength: count }))),
        ([count, inserts]) => {
          const older = Array.from({ length: count }, (_, index) => `line ${index}`);
          const text: string[] = [];
          const at = older.map((line, index) => {
            text.push(...(inserts[index] ?? []), line);
            return text.length;
          });
          for (const [index, line] of at.entries()) {
            expect(mapLines(text.join('\n'), older.join('\n'), { start: line, end: line })).toEqual({ start: index + 1, end: index + 1 });
          }
        },
      ),
    );
  });
});
