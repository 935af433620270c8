import { describe, expect, test } from 'vitest';
import { cyclesOf, reachable, reversed } from '../../../server/catalog/graph.ts';
import { worseHealth, worstHealth } from '../../../server/catalog/index.ts';
import { type HealthState, healthStates } from '../../../server/protocol/health.ts';

const edges = (text: string) =>
  new Map(
    text.split(' ').map((part): [string, string[]] => {
      const [name = '', others = ''] = part.split('>');
      return [name, others === '' ? [] : others.split(',')];
    }),
  );

describe('what a service needs, and who needs it', () => {
  const shop = edges('web>api,cdn api>db,gone db cdn>db worker>api');

  test('is found over several steps, the nearest first, each once', () => {
    expect(reachable(shop, 'web')).toEqual([
      { name: 'api', distance: 1 },
      { name: 'cdn', distance: 1 },
      { name: 'db', distance: 2 },
    ]);
    expect(reachable(reversed(shop), 'db').map(({ name, distance }) => `${name} ${distance}`)).toEqual([
      'api 1',
      'cdn 1',
      'web 2',
      'worker 2',
    ]);
    expect(reachable(shop, 'db')).toEqual([]);
    expect(reachable(shop, 'nobody')).toEqual([]);
  });

  test('ends where it leads back', () => {
    expect(reachable(edges('a>b b>c c>a'), 'a').map(({ name }) => name)).toEqual(['b', 'c']);
  });
});

describe('ways that lead back', () => {
  test.each([
    ['a>b b', []],
    ['a>a', ['a']],
    ['b>a a>b', ['a b']],
    ['c>a a>b b>c', ['a b c']],
    ['a>b b>a,c c>d d>c e>a', ['a b', 'c d']],
    ['a>b,c b>a c>a', ['a b', 'a c']],
    ['a>gone', []],
  ])('%s', (text, expected) => {
    expect(cyclesOf(edges(text)).map((cycle) => cycle.join(' '))).toEqual(expected);
  });

  test('are bounded where everything needs everything', () => {
    const names = Array.from({ length: 150 }, (_, index) => `s${index}`);
    const all = new Map(names.map((name): [string, string[]] => [name, names.filter((other) => other !== name)]));
    expect(cyclesOf(all).length).toBeLessThanOrEqual(100);
  });
});

test('the worst health is the one that needs somebody, since the longest time', () => {
  const all = healthStates.map((state, index) => ({ state, since: index }));
  expect(worstHealth(all)?.state).toBe('down');
  expect(
    worstHealth([
      { state: 'healthy', since: 1 },
      { state: 'unknown', since: 2 },
    ])?.state,
  ).toBe('healthy');
  expect(
    worstHealth([
      { state: 'down', since: 9 },
      { state: 'down', since: 3 },
    ])?.since,
  ).toBe(3);
  expect(worstHealth([])).toBeUndefined();
});

test.each<[HealthState, HealthState, HealthState]>([
  ['healthy', 'down', 'down'],
  ['healthy', 'pending', 'pending'],
  ['down', 'pending', 'down'],
  ['healthy', 'unobserved', 'healthy'],
  ['down', 'healthy', 'down'],
  ['unobserved', 'down', 'down'],
])('deployed %s, monitored %s: %s', (deployed, monitored, expected) => {
  expect(worseHealth({ state: deployed, since: 1 }, { state: monitored, since: 2 }).state).toBe(expected);
  expect(worseHealth({ state: deployed, since: 1 }, undefined).state).toBe(deployed);
});
