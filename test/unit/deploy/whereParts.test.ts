import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { IdTable } from '../../../server/deploy/where/idTable.ts';
import { matcherOf, pathsOf } from '../../../server/deploy/where/paths.ts';

test.each<[glob: string, yes: string[], no: string[]]>([
  ['web/**', ['web/a.ts', 'web/deep/er/a.ts', 'web/.hidden'], ['web2/a.ts', 'a/web/a.ts', 'WEB/a.ts']],
  ['web', ['web/a.ts', 'web'], ['webs/a.ts', 'a/web']],
  ['./web/', ['web/a.ts'], ['other/web/a.ts']],
  ['**/*.css', ['a.css', 'x/y/a.css'], ['a.css.txt', 'acss']],
  ['src/*.ts', ['src/a.ts', 'src/.ts'], ['src/x/a.ts', 'src/a.tsx']],
  ['src/**/test?.ts', ['src/test1.ts', 'src/x/y/test2.ts'], ['src/test.ts', 'src/test12.ts']],
  ['a+(b)[c].{d}', ['a+(b)[c].{d}'], ['aab', 'a+bc.d']],
  ['**', ['anything', 'at/all', 'a\nnewline'], []],
  ['**/**/a', ['a', 'x/y/a'], ['b']],
])('the glob %s', (glob, yes, no) => {
  const matches = matcherOf([glob]);
  expect(yes.filter((path) => !matches(path))).toEqual([]);
  expect(no.filter((path) => matches(path))).toEqual([]);
});

test('no name makes a glob slow', () => {
  // Where each star tries everything again this takes minutes, and the test its time.
  const matches = matcherOf(['**/a*a*a*a*a*a*/**/b*b*b/**/c']);
  expect(matches(`${'a'.repeat(60)}/${'b/'.repeat(200)}d`)).toBe(false);
});

test('several globs match what one of them does; none match everything', () => {
  expect(matcherOf(['web/**', 'package.json'])('package.json')).toBe(true);
  expect(matcherOf(['web/**', 'package.json'])('api/package.json')).toBe(false);
  expect(matcherOf([])('whatever')).toBe(true);
});

test('a service is made from its paths, else from its contexts; a ready image from hearth.yaml', () => {
  const build = { context: '.', dockerfile: 'Dockerfile', args: {}, secrets: [], contexts: {}, paths: [] };
  const of = (change: object) => pathsOf({ source: { kind: 'build', build: { ...build, ...change } } });
  expect(of({})).toEqual([]);
  expect(of({ paths: ['web/**'] })).toEqual(['web/**', 'hearth.yaml']);
  expect(of({ context: './web/', contexts: { shared: 'lib' } })).toEqual(['web/**', 'lib/**', 'hearth.yaml']);
  expect(of({ context: 'web', contexts: { root: '.' } })).toEqual([]);
  expect(pathsOf({ source: { kind: 'image', image: 'postgres:17' } })).toEqual(['hearth.yaml']);
  const site = (output: string, built: object = {}) =>
    pathsOf({ source: { kind: 'commit' }, site: { root: '/srv/docs', output, ...built } });
  expect(site('site')).toEqual(['site/**', 'hearth.yaml']);
  expect(site('.')).toEqual([]);
  expect(site('dist', { build: { run: ['make'], timeout: 1 } })).toEqual([]);
});

test.each([40, 64])('a table of ids of %i digits finds each by its text, and no other', (digits) => {
  const table = new IdTable(digits);
  const ids = Array.from({ length: 5000 }, () => randomBytes(digits / 2).toString('hex'));
  // Many that begin alike.
  for (let at = 0; at < 500; at++) ids.push(`00000001${(ids[at] as string).slice(8)}`);
  expect(ids.map((id) => table.add(Buffer.from(`  ${id}`), 2))).toEqual(ids.map((_, at) => at));
  expect(ids.map((id) => table.add(Buffer.from(id), 0))).toEqual(ids.map((_, at) => at));
  expect(table.count).toBe(ids.length);
  expect(ids.map((id) => table.find(id))).toEqual(ids.map((_, at) => at));
  expect(table.find(randomBytes(digits / 2).toString('hex'))).toBe(-1);
  expect(table.find('00')).toBe(-1);
  expect(table.count).toBe(ids.length);
});
