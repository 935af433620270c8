import { expect, test } from 'vitest';
import { badgesOf, badgeText, type CommitPlace, placesFrom, placesOfAll, samePlaces } from '../../../extension/deploy/whereBadges.ts';
import type { HealthState } from '../../../server/protocol/health.ts';
import type { Release } from '../../../server/protocol/where.ts';

const release = (environment: string, service: string, more: Partial<Release> & { state?: HealthState } = {}): Release => {
  const { state = 'healthy', ...rest } = more;
  return {
    environment,
    service,
    deployment: '0mf0000000000000',
    commit: '1'.repeat(40),
    since: 0,
    health: { state, since: 0 },
    paths: [],
    known: true,
    concerned: true,
    running: false,
    ...rest,
  };
};
const place = (contained: CommitPlace['contained'], ...given: Parameters<typeof release>): CommitPlace => ({
  contained,
  release: release(...given),
});
const texts = (...places: CommitPlace[]): string[] => badgesOf(places).map(badgeText);

test('an environment is shown when a service that is made from it has the commit', () => {
  expect(texts(place('in', 'production', 'web'), place('in', 'production', 'api'), place('out', 'staging', 'web'))).toEqual([
    '⬤ production',
  ]);
  expect(texts(place('in', 'production', 'web'), place('out', 'production', 'api'))).toEqual(['⬤ production (web)']);
  expect(texts(...['a', 'b', 'c'].map((name) => place('in', 'big', name)), place('out', 'big', 'd'), place('unknown', 'big', 'e'))).toEqual(
    ['⬤ big 3/5'],
  );
  expect(texts()).toEqual([]);
});

test('a service that is not made from the file does not count, whatever it contains', () => {
  expect(texts(place('in', 'production', 'web'), place('out', 'production', 'db', { concerned: false }))).toEqual(['⬤ production']);
  expect(texts(place('in', 'production', 'db', { concerned: false }))).toEqual([]);
  expect(texts(place('out', 'production', 'web'), place('in', 'production', 'db', { concerned: false }))).toEqual([]);
});

test('the symbol is of the worst of those that have it', () => {
  const two = (state: HealthState) =>
    texts(place('in', 'p', 'web'), place('in', 'p', 'api', { state }), place('out', 'p', 'old', { state: 'down' }));
  expect(two('healthy')).toEqual(['⬤ p (web, api)']);
  expect(two('pending')).toEqual(['◐ p (web, api)']);
  expect(two('down')).toEqual(['✕ p (web, api)']);
  for (const state of ['unknown', 'unobserved', 'paused', 'maintenance'] as const) expect(two(state)).toEqual(['◯ p (web, api)']);
});

test('where the deployed commit is not in the repository only a fetch can tell', () => {
  expect(texts(place('unknown', 'production', 'web', { known: false }))).toEqual(['? production']);
  expect(texts(place('unknown', 'production', 'web', { known: false, concerned: false }))).toEqual([]);
  expect(placesFrom([release('p', 'web', { known: false }), release('p', 'api')], []).map(({ contained }) => contained)).toEqual([
    'unknown',
    'out',
  ]);
  expect(placesFrom([release('p', 'web'), release('p', 'api')], [1]).map(({ contained }) => contained)).toEqual(['out', 'in']);
});

test('several commits are where all of them are', () => {
  const states = (...of: CommitPlace['contained'][]) => of.map((contained, at) => place(contained, 'p', `s${at}`));
  expect(
    placesOfAll([states('in', 'in', 'in', 'unknown'), states('in', 'out', 'unknown', 'out')]).map(({ contained }) => contained),
  ).toEqual(['in', 'out', 'unknown', 'out']);
  // Of one nothing is known yet.
  expect(placesOfAll([states('in'), []]).map(({ contained }) => contained)).toEqual(['unknown']);
  expect(placesOfAll([])).toEqual([]);
});

test('what a person sees decides whether there is news', () => {
  const one = [place('in', 'p', 'web')];
  expect(samePlaces(one, [place('in', 'p', 'web', { health: { state: 'healthy', since: 5, checked: 9 } })])).toBe(true);
  expect(samePlaces(one, [place('in', 'p', 'web', { state: 'down' })])).toBe(false);
  expect(samePlaces(one, [place('out', 'p', 'web')])).toBe(false);
  expect(samePlaces(one, [])).toBe(false);
});
