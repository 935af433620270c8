import type { StatusRow } from '../../server/protocol/deployTypes.ts';
import type { HealthState } from '../../server/protocol/health.ts';
import type { Incident } from '../../server/protocol/incident.ts';
import type { MonitorRow } from '../../server/protocol/monitorTypes.ts';

const worstFirst: readonly HealthState[] = ['down', 'pending', 'unobserved', 'unknown', 'maintenance', 'paused', 'healthy'];

/** The health that needs the eye most; undefined of nothing. */
export function worst(states: readonly HealthState[]): HealthState | undefined {
  return worstFirst.find((state) => states.includes(state));
}

/** For sorting: what needs the eye most first. */
export function byWorst(a: HealthState, b: HealthState): number {
  return worstFirst.indexOf(a) - worstFirst.indexOf(b);
}

/** A service that serves, or should. */
export function isLive({ state }: StatusRow): boolean {
  return state === 'live';
}

/** Somebody has stopped it on purpose: it neither serves nor fails. */
export function isStopped({ state, stopped }: StatusRow): boolean {
  return state === 'live' && typeof stopped === 'number';
}

/** Given up on counts as down, and what was stopped on purpose as paused, whatever the last probe said. */
export function healthOf({ health, crashLoop, stopped }: Pick<StatusRow, 'health' | 'crashLoop' | 'stopped'>): HealthState {
  if (typeof stopped === 'number') return 'paused';
  return crashLoop ? 'down' : health.state;
}

/** What the status item says of the environment that needs the eye most. */
export interface Summary {
  /** Empty: what is watched and belongs to no environment. */
  readonly environment: string;
  readonly state: HealthState;
  readonly healthy: number;
  /** Services that serve, or are watched. */
  readonly live: number;
  readonly running: StatusRow | undefined;
  /** What an open incident is about and is down now. */
  readonly broken: readonly string[];
}

interface Facts {
  readonly environments: readonly { readonly name: string }[];
  readonly services: readonly StatusRow[];
  readonly monitors?: readonly MonitorRow[];
  readonly incidents?: readonly Incident[];
}

/** What monitors look at counts as a service beside those that are deployed; what nobody looks at now does not. */
const counted: readonly HealthState[] = ['healthy', 'pending', 'down', 'unobserved'];

/** Docker is asked about what is deployed only: the deployer has a row for it. */
function isCounted({ orphan, health, kind }: MonitorRow): boolean {
  return orphan === null && kind !== 'docker' && counted.includes(health.state);
}

/** The environment with the worst health; among equals the one with an incident, then where something is on its way, then the first. */
export function summaryOf({ environments, services, monitors = [], incidents = [] }: Facts): Summary | undefined {
  const watched = monitors.filter(isCounted);
  const names = new Set([
    ...environments.map(({ name }) => name),
    ...services.map(({ environment }) => environment),
    ...watched.map(({ environment }) => environment ?? ''),
  ]);
  const summaries = [...names].flatMap((environment): Summary[] => {
    const rows = services.filter((row) => row.environment === environment);
    const parts = new Map<string, HealthState[]>();
    const add = (part: string, state: HealthState): unknown => parts.set(part, [...(parts.get(part) ?? []), state]);
    for (const row of rows.filter((each) => isLive(each) && !isStopped(each))) add(row.service, healthOf(row));
    const serving = new Set(parts.keys());
    const stopped = new Set(rows.filter(isStopped).map(({ service }) => service));
    for (const { environment: where, service, name, health } of watched) {
      if (service !== null && stopped.has(service)) continue;
      const part = service ?? `monitor ${name}`;
      // What the deployer sees is not made less certain by a monitor that sees nothing.
      const says = health.state === 'down' || health.state === 'pending' || !serving.has(part);
      if ((where ?? '') === environment && says) add(part, health.state);
    }
    const states = [...parts.values()].flatMap((each) => worst(each) ?? []);
    const running = rows.find((row) => row.running !== null);
    const state = worst(states);
    if (state === undefined && running === undefined) return [];
    const healthy = states.filter((each) => each === 'healthy').length;
    return [{ environment, state: state ?? 'unknown', healthy, live: states.length, running, broken: brokenIn(environment, incidents) }];
  });
  const state = worst(summaries.filter(({ live }) => live > 0).map((each) => each.state));
  const worstOnes = summaries.filter((each) => each.live > 0 && each.state === state);
  const broken = worstOnes.find((each) => each.broken.length > 0);
  if (state !== undefined && state !== 'healthy') return broken ?? worstOnes[0];
  return summaries.find(({ running }) => running !== undefined) ?? worstOnes[0];
}

/** Services, or else monitors, of open incidents with something that has not recovered. */
function brokenIn(environment: string, incidents: readonly Incident[]): string[] {
  const open = incidents.filter(
    (each) =>
      (each.environment ?? '') === environment &&
      (each.state === 'investigating' || each.state === 'identified') &&
      each.monitors.some(({ recovered }) => recovered === null),
  );
  const names = open.flatMap(({ services, monitors }) =>
    services.length > 0 ? services : monitors.filter(({ recovered }) => recovered === null).map(({ name }) => name),
  );
  return [...new Set(names)];
}
