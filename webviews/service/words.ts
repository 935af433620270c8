import { monitorWords } from '../ui/health.tsx';
import { duration, percent } from '../ui/spans.ts';
import type { Beat, MonitorRow, Past, Span } from './messages.ts';

export const spanNames: Readonly<Record<Span, string>> = { '24h': '24 hours', '7d': '7 days', '30d': '30 days', '1y': '1 year' };

const kindNames: Readonly<Record<MonitorRow['kind'], string>> = {
  http: 'HTTP',
  tcp: 'TCP',
  ping: 'Ping',
  tls: 'TLS',
  dns: 'DNS',
  snmp: 'SNMP',
  docker: 'Docker',
  push: 'Push',
  command: 'Command',
};

export function kindName(kind: MonitorRow['kind']): string {
  return kindNames[kind];
}

/** `84 ms`, `retrying 1/2`, `paused`; what a row of a list says of how it is. */
export function rowWords({ state, milliseconds, failures, failuresToBeDown }: MonitorRow): string {
  if (state === 'pending') return `retrying ${failures}/${failuresToBeDown}`;
  if (state === 'up' && milliseconds !== null) return duration(milliseconds);
  return monitorWords(state).name.toLowerCase();
}

/** `14:03:21`. */
export function clock(time: number): string {
  return new Date(time).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** One look, as a sentence: `Up: in 84 ms, 14:03:21`. */
export function beatWords({ state, milliseconds, message, time }: Beat): string {
  const took = milliseconds === null ? '' : ` in ${duration(milliseconds)}`;
  return `${monitorWords(state).name}${took}, ${clock(time)}${message === null || message === '' ? '' : ` · ${message}`}`;
}

/** `98 of 100 up, the last 5 minutes ago`, for the bar as a whole. */
export function beatsSummary(beats: readonly Beat[]): string {
  if (beats.length === 0) return 'Nobody has looked yet';
  const count = (state: Beat['state']): number => beats.filter((each) => each.state === state).length;
  const parts = (['up', 'pending', 'down', 'maintenance', 'unobserved'] as const)
    .map((state) => [count(state), monitorWords(state).name.toLowerCase()] as const)
    .filter(([many]) => many > 0)
    .map(([many, name]) => `${many} ${name}`);
  return `Last ${beats.length === 1 ? 'look' : `${beats.length} looks`}: ${parts.join(', ')}`;
}

export function uptimeWords(uptime: number | null): string {
  return uptime === null ? 'Not observed' : percent(uptime);
}

/** What the chart shows, in a sentence. */
export function chartSummary({ time, p50, p95, down, row }: Past, span: Span): string {
  if (time.length === 0) return `Nobody has looked in the last ${spanNames[span]}.`;
  const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);
  const medians = known(p50).sort((a, b) => a - b);
  const most = Math.max(...known(row === 0 ? p50 : p95));
  const failed = down.filter((count) => count > 0).length;
  const middle = medians[Math.floor(medians.length / 2)];
  const answers = middle === undefined ? 'no answer was measured' : `the median is ${duration(middle)}, the slowest ${duration(most)}`;
  const rows = row === 0 ? 'looks' : row < 86_400_000 ? 'hours' : 'days';
  return `Answer times of ${spanNames[span]}: ${answers}${failed === 0 ? '' : `; down in ${failed} of ${time.length} ${rows}`}.`;
}

/** When a row of the chart was: `12 Nov, 14:00`. */
export function pointTime(time: number, row: number): string {
  const date = new Date(time);
  const day = { day: 'numeric', month: 'short' } as const;
  if (row >= 86_400_000) return date.toLocaleDateString(undefined, { ...day, year: 'numeric' });
  return date.toLocaleString(undefined, { ...day, hour: '2-digit', minute: '2-digit', ...(row === 0 ? { second: '2-digit' } : {}) });
}
