import type { StatusRow } from '../../server/protocol/deployTypes.ts';
import type { HealthState } from '../../server/protocol/health.ts';

const worstFirst: readonly HealthState[] = ['down', 'pending', 'unobserved', 'unknown', 'maintenance', 'paused', 'healthy'];

/** The health that needs the eye most; undefined of nothing. */
export function worst(states: readonly HealthState[]): HealthState | undefined {
  return worstFirst.find((state) => states.includes(state));
}

/** A service that serves, or should. */
export function isLive({ state }: StatusRow): boolean {
  return state === 'live';
}

/** Given up on counts as down, whatever the last probe said. */
export function healthOf({ health, crashLoop }: Pick<StatusRow, 'health' | 'crashLoop'>): HealthState {
  return crashLoop ? 'down' : health.state;
}

/** What the status item says of the environment that needs the eye most. */
export interface Summary {
  readonly environment: string;
  readonly state: HealthState;
  readonly healthy: number;
  readonly live: number;
  readonly running: StatusRow | undefined;
}

/** The environment with the worst health; among equals the one where something is on its way, then the first. */
export function summaryOf({
  environments,
  services,
}: {
  readonly environments: readonly { readonly name: string }[];
  readonly services: readonly StatusRow[];
}): Summary | undefined {
  const names = [...new Set([...environments.map(({ name }) => name), ...services.map(({ environment }) => environment)])];
  const summaries = names.flatMap((environment): Summary[] => {
    const rows = services.filter((row) => row.environment === environment);
    const states = rows.filter(isLive).map(healthOf);
    const running = rows.find((row) => row.running !== null);
    const state = worst(states);
    if (state === undefined && running === undefined) return [];
    const healthy = states.filter((each) => each === 'healthy').length;
    return [{ environment, state: state ?? 'unknown', healthy, live: states.length, running }];
  });
  const state = worst(summaries.filter(({ live }) => live > 0).map((each) => each.state));
  const worstOnes = summaries.filter((each) => each.live > 0 && each.state === state);
  if (state !== undefined && state !== 'healthy') return worstOnes[0];
  return summaries.find(({ running }) => running !== undefined) ?? worstOnes[0];
}
