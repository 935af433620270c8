import type { Health, HealthState } from '../protocol/health.ts';

/** What nobody has looked at yet says less than what is known. */
const worstFirst: readonly HealthState[] = ['down', 'pending', 'unobserved', 'healthy', 'maintenance', 'unknown', 'paused'];

/** The one that needs somebody most; among equals the one that is so for the longest time. Undefined when there is none. */
export function worstHealth(all: readonly Health[]): Health | undefined {
  return all.toSorted(compareHealth)[0];
}

/** Worst first, for sorting. */
export function compareHealth(a: Health, b: Health): number {
  return worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state) || a.since - b.since;
}

/** What runs, as the deployer and the monitors see it: monitors can only make it worse. */
export function worseHealth(deployed: Health, monitored: Health | undefined): Health {
  if (monitored?.state !== 'down' && monitored?.state !== 'pending') return deployed;
  return worstHealth([deployed, monitored]) ?? deployed;
}
