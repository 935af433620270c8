import type { HealthState } from '../../server/protocol/health.ts';
import type { Release } from '../../server/protocol/where.ts';
import { worst } from './deployHealth.ts';

/** What a commit's places come to, environment by environment. Pure: words are added in `whereWords.ts`. */

/** One release, and whether it contains the commit. `unknown`: the deployed commit is not in this repository. */
export interface CommitPlace {
  readonly release: Release;
  readonly contained: 'in' | 'out' | 'unknown';
}
export type Places = readonly CommitPlace[];

export function placesFrom(releases: readonly Release[], contained: readonly number[]): Places {
  return releases.map((release, index) => ({ release, contained: contained.includes(index) ? 'in' : release.known ? 'out' : 'unknown' }));
}

/** Whether a person would see the same. */
export function samePlaces(a: Places, b: Places): boolean {
  const shown = (places: Places): string =>
    JSON.stringify(
      places.map(({ release: { environment, service, deployment, concerned, health }, contained }) => [
        environment,
        service,
        deployment,
        concerned,
        health.state,
        health.message,
        contained,
      ]),
    );
  return a.length === b.length && shown(a) === shown(b);
}

/** `all`: every service that is made from what is asked about contains the commit. `fetch`: none does for sure, and of some it is not known. */
export interface EnvironmentBadge {
  readonly environment: string;
  readonly extent: 'all' | 'some' | 'fetch';
  /** Those that contain it. */
  readonly services: readonly string[];
  /** How many services could. */
  readonly of: number;
  /** The worst of those that contain it. */
  readonly health: HealthState;
}

/** Environments where the commit is, or may be; in the order of the releases. */
export function badgesOf(places: Places): EnvironmentBadge[] {
  const environments = [...new Set(places.map(({ release }) => release.environment))];
  return environments.flatMap((environment): EnvironmentBadge[] => {
    const concerned = places.filter(({ release }) => release.environment === environment && release.concerned);
    const there = concerned.filter(({ contained }) => contained === 'in');
    const services = there.map(({ release }) => release.service);
    if (there.length > 0) {
      const health = worst(there.map(({ release }) => release.health.state)) ?? 'unknown';
      return [{ environment, extent: there.length === concerned.length ? 'all' : 'some', services, of: concerned.length, health }];
    }
    const unknown = concerned.some(({ contained }) => contained === 'unknown');
    return unknown ? [{ environment, extent: 'fetch', services: [], of: concerned.length, health: 'unknown' }] : [];
  });
}

/** The places of several commits as those of one: a release has it when it has them all. */
export function placesOfAll(all: readonly Places[]): Places {
  const [first = [], ...others] = all;
  return first.map(({ release, contained }, index) => {
    const states = [contained, ...others.map((places) => places[index]?.contained ?? 'unknown')];
    return { release, contained: states.includes('out') ? 'out' : states.includes('unknown') ? 'unknown' : 'in' };
  });
}

/** Filled for what answers, half for what is about to, crossed for what does not, hollow for what nobody looks at. */
export function symbolOf({ extent, health }: Pick<EnvironmentBadge, 'extent' | 'health'>): string {
  if (extent === 'fetch') return '?';
  switch (health) {
    case 'healthy':
      return '⬤';
    case 'pending':
      return '◐';
    case 'down':
      return '✕';
    default:
      return '◯';
  }
}

/** `⬤ production`, `⬤ staging (web)`, `⬤ staging 3/5`. */
export function badgeText(badge: EnvironmentBadge): string {
  return `${symbolOf(badge)} ${badgeName(badge)}`;
}

/** The same without the symbol. */
export function badgeName({ environment, extent, services, of }: EnvironmentBadge): string {
  if (extent !== 'some') return environment;
  return services.length <= 2 ? `${environment} (${services.join(', ')})` : `${environment} ${services.length}/${of}`;
}
