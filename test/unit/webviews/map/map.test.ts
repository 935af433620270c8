// The map of services: where each stands, what a failure means, which way the arrow keys go.
import { describe, expect, test } from 'vitest';
import { layOut, neighbour, nodeSize, pathOf } from '../../../../webviews/map/layout.ts';
import { cycleEdges, edgeKey, reachable, turned } from '../../../../webviews/map/relations.ts';

const shop = new Map([
  ['web', ['api', 'cache']],
  ['api', ['db', 'cache']],
  ['worker', ['db']],
  ['db', []],
  ['cache', []],
  ['docs', []],
]);
const round = new Map([
  ['a', ['b']],
  ['b', ['c']],
  ['c', ['a', 'gone']],
]);

describe('relations', () => {
  test('what fails with a service, nearest first; its own needs are the other direction', () => {
    expect([...reachable(turned(shop), 'db')]).toEqual([
      ['api', 1],
      ['worker', 1],
      ['web', 2],
    ]);
    expect([...reachable(shop, 'web')]).toEqual([
      ['api', 1],
      ['cache', 1],
      ['db', 2],
    ]);
    expect([...reachable(turned(shop), 'docs')]).toEqual([]);
  });

  test('a way round ends, and the service itself is not among what fails with it', () => {
    expect([...reachable(round, 'a').keys()]).toEqual(['b', 'c', 'gone']);
    expect([...reachable(turned(round), 'a').keys()]).toEqual(['c', 'b']);
    expect(cycleEdges([['a', 'b', 'c']])).toEqual(new Set([edgeKey('a', 'b'), edgeKey('b', 'c'), edgeKey('c', 'a')]));
    expect(cycleEdges([['self']])).toEqual(new Set([edgeKey('self', 'self')]));
  });

  test('what nobody has described is on the map, too', () => {
    expect(turned(round).get('gone')).toEqual(['c']);
    expect(layOut(round).places.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'gone']);
  });
});

describe('layout', () => {
  const at = (name: string) => layOut(shop).places.find((place) => place.name === name) ?? { x: Number.NaN, y: Number.NaN };

  test('what needs stands left of what is needed, and none covers another', () => {
    for (const [from, all] of shop) for (const to of all) expect(at(from).x + nodeSize.width, `${from} → ${to}`).toBeLessThan(at(to).x);
    const { places, width, height } = layOut(shop);
    for (const [index, one] of places.entries()) {
      expect(one.x).toBeGreaterThanOrEqual(0);
      expect(one.x + nodeSize.width).toBeLessThanOrEqual(width);
      expect(one.y + nodeSize.height).toBeLessThanOrEqual(height);
      for (const other of places.slice(index + 1)) {
        const apart = Math.abs(one.x - other.x) >= nodeSize.width || Math.abs(one.y - other.y) >= nodeSize.height;
        expect(apart, `${one.name} and ${other.name}`).toBe(true);
      }
    }
  });

  test('the same services are laid out the same, whatever order they come in', () => {
    expect(layOut(new Map([...shop].reverse()))).toEqual(layOut(shop));
  });

  test('both lines of a pair that need each other are seen', () => {
    const { lines } = layOut(
      new Map([
        ['a', ['b']],
        ['b', ['a']],
      ]),
    );
    const [forth, back] = lines.map(({ points }) => pathOf(points));
    expect(lines).toHaveLength(2);
    expect(forth).not.toBe(back);
    const ys = lines.map(({ points }) => points[0]?.y);
    expect(ys[0]).not.toBe(ys[1]);
  });

  test('an empty project, and one with a service that needs itself', () => {
    expect(layOut(new Map())).toMatchObject({ places: [], lines: [] });
    const alone = layOut(new Map([['a', ['a']]]));
    expect(alone.places).toHaveLength(1);
    expect(alone.lines).toEqual([]);
  });

  test('arrow keys go to the nearest service in their direction, and nowhere at the edge', () => {
    const places = [
      { name: 'left', x: 0, y: 100 },
      { name: 'beside', x: 300, y: 120 },
      { name: 'far aside', x: 280, y: 400 },
      { name: 'further', x: 600, y: 100 },
      { name: 'below', x: 10, y: 200 },
    ];
    expect(neighbour(places, 'left', 'ArrowRight')).toBe('beside');
    expect(neighbour(places, 'further', 'ArrowLeft')).toBe('beside');
    expect(neighbour(places, 'left', 'ArrowDown')).toBe('below');
    expect(neighbour(places, 'below', 'ArrowUp')).toBe('left');
    expect(neighbour(places, 'left', 'ArrowUp')).toBeUndefined();
    expect(neighbour(places, 'further', 'ArrowRight')).toBeUndefined();
  });
});
