import { expect, test } from 'vitest';
import { hasHunks, placeAfter, rowId, rowsOf, sectionsOf } from '../../../../webviews/commit/sections.ts';
import { hunkTexts, parsePatch } from '../../../../webviews/ui/code/patch.ts';
import { buildRows } from '../../../../webviews/ui/code/rows.ts';
import { changed, twoHunks } from './fakeShell.ts';

const conflict = changed('both.ts', { status: 'unmerged' });

test('a file in conflict stands once, whatever the index has of it', () => {
  const sections = sectionsOf([conflict, changed('a.ts')], [conflict, changed('a.ts'), changed('b.ts')]);
  expect(sections.map(({ name, files }) => [name, files.map(({ path }) => path)])).toEqual([
    ['conflicts', ['both.ts']],
    ['staged', ['a.ts']],
    ['changes', ['a.ts', 'b.ts']],
  ]);
});

test('rows: headings with counts, closed sections without files, no heading for conflicts where there are none', () => {
  const sections = sectionsOf([changed('a.ts')], [changed('a.ts'), changed('b.ts')]);
  expect(rowsOf(sections, new Set()).map(rowId)).toEqual([
    'section:staged',
    'staged/a.ts',
    'section:changes',
    'changes/a.ts',
    'changes/b.ts',
  ]);
  expect(rowsOf(sections, new Set(['changes'])).map(rowId)).toEqual(['section:staged', 'staged/a.ts', 'section:changes']);
  expect(rowsOf(sectionsOf([], [conflict]), new Set())[0]).toEqual({ kind: 'section', section: 'conflicts', count: 1, open: true });
});

test('what is chosen after a list was read anew', () => {
  const sections = sectionsOf([changed('s.ts')], [changed('a.ts'), changed('c.ts')]);
  const at = (key: string, index: number) => placeAfter(sections, { section: 'changes', key }, index);
  expect(at('a.ts', 0)).toEqual({ section: 'changes', key: 'a.ts' });
  expect(at('b.ts', 1), 'the one that took its place').toEqual({ section: 'changes', key: 'c.ts' });
  expect(at('z.ts', 9), 'the last one').toEqual({ section: 'changes', key: 'c.ts' });
  expect(placeAfter(sectionsOf([changed('s.ts')], []), { section: 'changes', key: 'a.ts' }, 0)).toEqual({ section: 'staged', key: 's.ts' });
  expect(placeAfter(sectionsOf([], []), { section: 'changes', key: 'a.ts' }, 0)).toBeUndefined();
});

test('only changed text is staged by hunk', () => {
  expect(hasHunks(changed('a.ts'))).toBe(true);
  for (const status of ['added', 'deleted', 'renamed', 'untracked', 'unmerged', 'type'] as const)
    expect(hasHunks(changed('a.ts', { status })), status).toBe(false);
  expect(hasHunks(changed('a.png', { binary: true }))).toBe(false);
});

test('the text of hunks is byte for byte what git wrote', () => {
  const tricky = ['@@ -1,3 +1,4 @@ f()', ' @@ -1 +1 @@', '-- old', '+\r', '+diff --git a b', '\\ No newline at end of file', ''].join('\n');
  const second = ['@@ -9 +10 @@', '-x', '\\ No newline at end of file', '+y', '\\ No newline at end of file', ''].join('\n');
  const patch = `diff --git a/a b/a\n--- a/a\n+++ b/a\n${tricky.replace('-1,3', '-1,2').replace('+1,4', '+1,3')}${second}`;
  const texts = hunkTexts(patch);
  expect(texts.join('')).toBe(patch.slice(patch.indexOf('@@')));
  expect(texts).toHaveLength(2);
  expect(texts).toHaveLength(parsePatch(patch).hunks.length);
  expect(hunkTexts(twoHunks).map((text) => text.split('\n')[0])).toEqual(['@@ -1,2 +1,2 @@', '@@ -20,2 +20,2 @@ function far()']);
});

test('every hunk has its header where it carries buttons', () => {
  const headers = (every: boolean) => buildRows(parsePatch(twoHunks), 'unified', every).filter(({ kind }) => kind === 'hunk').length;
  expect([headers(false), headers(true)]).toEqual([1, 2]);
});
