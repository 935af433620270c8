import { expect, test } from 'vitest';
import { draftsOf, needsOf } from '../../../server/config/compose.ts';
import { load } from './compose.ts';

const namesOf = (names: readonly string[]) => new Map(names.map((name) => [name, name]));
const edge = (text: string, kind: 'depends_on' | 'variable' = 'depends_on') => {
  const [from = '', to = ''] = text.split('>');
  return { from, to, kind, file: 'compose.yaml', line: 1 };
};
const told = (edges: readonly ReturnType<typeof edge>[]) =>
  [...needsOf({ edges }, namesOf(edges.flatMap(({ from, to }) => [from, to])))].map(([from, needs]) => [
    from,
    ...needs.map(({ to }) => to),
  ]);

test('layers of services that all need the next layer are read at once: there are very many ways, but few services', async () => {
  const layer = (index: number) => [`a${index}`, `b${index}`];
  const layers = Array.from({ length: 30 }, (_, index) => layer(index));
  const lines = layers.flatMap((names, index) => {
    const needs = index === layers.length - 1 ? '' : `, depends_on: [${layer(index + 1)}]`;
    return names.map((name) => `  ${name}: { image: x${needs} }`);
  });
  for (const each of [lines, [...lines].reverse()]) {
    const loaded = await load({ 'compose.yaml': `services:\n${each.join('\n')}\n` });
    const drafts = draftsOf(loaded, loaded);
    expect(drafts).toHaveLength(60);
    for (const { name, keys } of drafts) {
      const index = Number(name.slice(1));
      expect(keys['depends_on']).toEqual(index === layers.length - 1 ? undefined : layer(index + 1));
    }
  }
});

test('a need that would lead back is left out, over however many others; what variables say comes last', () => {
  expect(told([edge('a>b'), edge('b>c'), edge('c>a'), edge('c>d')])).toEqual([
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'd'],
  ]);
  expect(told([edge('a>b', 'variable'), edge('b>a')])).toEqual([['b', 'a']]);
  expect(told([edge('a>a'), edge('a>b'), edge('a>b', 'variable')])).toEqual([['a', 'b']]);
  // A service whose needs do not stand together.
  expect(told([edge('b>a'), edge('a>b'), edge('c>a'), edge('a>c')])).toEqual([
    ['b', 'a'],
    ['c', 'a'],
  ]);
  expect(told([edge('a>b'), edge('c>a'), edge('a>c'), edge('a>d')])).toEqual([
    ['a', 'b', 'd'],
    ['c', 'a'],
  ]);
});
