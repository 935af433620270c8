import type { Health } from '../protocol/health.ts';
import type { MonitorRow } from '../protocol/monitorTypes.ts';
import { targetOf } from './checks/index.ts';
import { uptimeOf } from './history/windows.ts';
import type { Live } from './live.ts';
import { type Seen, shownHealth, shownState } from './shown.ts';

/** What a row needs beside the monitor itself. */
export interface RowFacts {
  readonly seen: Seen;
  /** Id of the open incident that it is part of. */
  readonly incident: string | null;
  /** How many beats it shows. */
  readonly beats: number;
}

export function monitorRow(live: Live, { seen, incident, beats }: RowFacts): MonitorRow {
  const { record, status, certificate, milliseconds, day, recent = '' } = live;
  const { id, name, service, environment, check, source, orphan, settings } = record;
  const state = shownState(seen);
  return {
    ...{ id, name, service, environment, kind: check.kind, target: targetOf(check), source, orphan, state },
    health: shownHealth(seen),
    failures: status.failures,
    failuresToBeDown: settings.failures,
    milliseconds: state === 'up' || state === 'pending' ? milliseconds : null,
    certificate,
    uptime24h: day === undefined ? null : uptimeOf(day),
    incident,
    beats: beats === 0 ? '' : recent.slice(-beats),
  };
}

/** The worst first: what somebody must act on leads. */
const order = ['down', 'pending', 'unobserved', 'unknown', 'maintenance', 'up', 'paused'] as const;

export function byWorst(a: Pick<MonitorRow, 'state' | 'name' | 'id'>, b: Pick<MonitorRow, 'state' | 'name' | 'id'>): number {
  return order.indexOf(a.state) - order.indexOf(b.state) || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1);
}

/** How much a state weighs where several monitors say how one thing is: one that nobody has looked at yet says less than one that is up. */
const weight: Readonly<Record<Health['state'], number>> = {
  down: 6,
  pending: 5,
  unobserved: 4,
  healthy: 3,
  maintenance: 2,
  unknown: 1,
  paused: 0,
};

/** The worst of several; undefined of none. */
export function worstOf(healths: readonly Health[]): Health | undefined {
  return healths.toSorted((a, b) => weight[b.state] - weight[a.state] || a.since - b.since)[0];
}

/** What runs, as the deployer and the monitors see it: monitors can only make it worse. */
export function worseOf(deployed: Health, watched: Health | undefined): Health {
  if (watched === undefined || (watched.state !== 'down' && watched.state !== 'pending')) return deployed;
  return weight[watched.state] > weight[deployed.state] ? watched : deployed;
}
