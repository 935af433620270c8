import { expect, test } from 'vitest';
import { buildTree, filesInOrder, flattenTree } from '../../../../webviews/diff/fileTree.ts';
import { fileFilter } from '../../../../webviews/diff/filter.ts';
import { isLarge, withBudget } from '../../../../webviews/diff/gate.ts';
import { type ChangedFile, fileKey } from '../../../../webviews/diff/messages.ts';

const file = (path: string, more: Partial<ChangedFile> = {}): ChangedFile => ({
  path,
  status: 'modified',
  additions: 1,
  deletions: 1,
  binary: false,
  oldMode: '100644',
  newMode: '100644',
  contents: 1,
  ...more,
});

test('folders first, numbers by their value, chains of single folders in one row', () => {
  const tree = buildTree(['readme.md', 'src/a/b/file10.ts', 'src/a/b/file9.ts', 'lib/x.ts', 'lib/y/z.ts'].map((path) => file(path)));
  const rows = flattenTree(tree, new Set());
  expect(rows.map(({ node, level }) => `${' '.repeat(level - 1)}${node.name}`)).toEqual([
    'lib',
    ' y',
    '  z.ts',
    ' x.ts',
    'src/a/b',
    ' file9.ts',
    ' file10.ts',
    'readme.md',
  ]);
  expect(filesInOrder(tree).map(({ path }) => path)).toEqual([
    'lib/y/z.ts',
    'lib/x.ts',
    'src/a/b/file9.ts',
    'src/a/b/file10.ts',
    'readme.md',
  ]);
  expect(rows.map(({ position, size }) => `${position}/${size}`)).toEqual(['1/3', '1/2', '1/1', '2/2', '2/3', '1/2', '2/2', '3/3']);
});

test('a closed folder hides what is in it, and only that', () => {
  const tree = buildTree(['a/x.ts', 'a/y.ts', 'b/z.ts'].map((path) => file(path)));
  expect(flattenTree(tree, new Set(['a/'])).map(({ node }) => node.name)).toEqual(['a', 'b', 'z.ts']);
});

test('a path named like a property of every object is a path', () => {
  const names = ['__proto__/constructor', 'hasOwnProperty', 'toString/x'];
  expect(
    filesInOrder(buildTree(names.map((path) => file(path))))
      .map(({ path }) => path)
      .sort(),
  ).toEqual([...names].sort());
});

test('files that are not UTF-8 and look alike are two files', () => {
  const [a, b] = [file('caf\ufffd', { pathBytes: 'Y2Fm6Q==' }), file('caf\ufffd', { pathBytes: 'Y2Fm6A==' })];
  expect(fileKey(a)).not.toBe(fileKey(b));
  expect(fileKey(file('bytes:x'))).toBe('bytes:x');
});

test('the filter: words, patterns, exclusions, old names, kinds', () => {
  const passes = (text: string, what: ChangedFile, kinds: Parameters<typeof fileFilter>[0]['kinds'] = new Set(), viewed = false) =>
    fileFilter({ text, kinds })(what, viewed);
  expect(passes('CART src', file('src/shop/cart.ts'))).toBe(true);
  expect(passes('cart test', file('src/shop/cart.ts'))).toBe(false);
  expect(passes('*.ts', file('src/cart.ts'))).toBe(true);
  expect(passes('s?c/', file('src/cart.ts'))).toBe(true);
  expect(passes('!test', file('test/cart.ts'))).toBe(false);
  expect(passes('(', file('a(b'))).toBe(true);
  expect(passes('old', file('new.ts', { status: 'renamed', oldPath: 'old.ts' }))).toBe(true);
  expect(passes('', file('a', { status: 'untracked' }), new Set(['added']))).toBe(true);
  expect(passes('', file('a'), new Set(['added', 'deleted']))).toBe(false);
  expect(passes('', file('a', { binary: true }), new Set(['binary']))).toBe(true);
  expect(passes('', file('a'), new Set(['unviewed']), true)).toBe(false);
  expect(passes('', file('a'), new Set(['viewed']), true)).toBe(true);
  expect(passes('', file('a'), new Set(['viewed', 'unviewed']), true)).toBe(true);
});

test('a page stays drawable: large files wait to be asked, files beyond a budget start closed', () => {
  expect(isLarge(file('a', { additions: 1500, deletions: 0 }))).toBe(false);
  expect(isLarge(file('a', { additions: 1500, deletions: 1 }))).toBe(true);
  const many = Array.from({ length: 1000 }, (_, index) => file(`f${index}`, { additions: 1000 }));
  const closed = withBudget(many);
  expect(closed.size).toBeGreaterThan(500);
  expect(closed.has('f0')).toBe(false);
  expect(closed.has('f999')).toBe(true);
});
