import type { HearthConfig, MonitorConfig } from '../config/hearthTypes.ts';
import type { Check } from '../protocol/monitorTypes.ts';
import type { Transaction } from '../store/types.ts';
import { targetOf } from './checks/index.ts';
import { writeStep } from './keeper.ts';
import { nothingKnown, setAside } from './machine.ts';
import { allMonitors, insertMonitor, lineOf, newMonitorId, readState, updateMonitor, writeState } from './records.ts';
import type { Consequences, MonitorRecord } from './types.ts';

type Draw = Consequences['draw'];

/**
 * Makes the monitors of a project those of the configuration that is being applied: by name, new ones added, changed ones changed, those that
 * it does not have any more orphans; one that is back has the id and the history it had. The same again changes nothing.
 */
export function applyMonitors(transaction: Transaction, project: string, config: HearthConfig, draw: Draw): void {
  const known = new Map(allMonitors(transaction, project).map((record) => [record.name, record]));
  for (const wanted of config.monitors) {
    const record = known.get(wanted.name);
    if (record === undefined) add(transaction, project, wanted);
    else change(transaction, record, wanted, (happening) => draw(transaction, config, happening));
  }
  const names = new Set(config.monitors.map(({ name }) => name));
  for (const record of known.values()) {
    if (record.source !== 'file' || record.orphan !== null || names.has(record.name)) continue;
    leave(transaction, record, 'unknown', (happening) => draw(transaction, config, happening));
    updateMonitor(transaction, { ...record, orphan: transaction.now }, null);
    event(transaction, record, 'orphaned', {});
  }
}

function add(transaction: Transaction, project: string, wanted: MonitorConfig): void {
  const { name, service = null, environment = null, check, settings, line } = wanted;
  const id = newMonitorId(transaction.now);
  const record = insertMonitor(transaction, { id, project, name, service, environment, source: 'file', check, settings, line });
  writeState(transaction, id, newState(transaction.now));
  event(transaction, record, 'added', { source: 'file', kind: check.kind });
}

function change(transaction: Transaction, record: MonitorRecord, wanted: MonitorConfig, draw: Parameters<typeof leave>[3]): void {
  const { service = null, environment = null, check, settings, line } = wanted;
  const next = { ...record, service, environment, check, settings, source: 'file' as const, orphan: null };
  const same = isSame(record, next);
  if (same && lineOf(transaction, record.id) === line) return;
  const other = JSON.stringify(record.check) !== JSON.stringify(check);
  if (other) lookElsewhere(transaction, record, check, draw);
  updateMonitor(transaction, next, line);
  if (!same) event(transaction, next, record.orphan === null ? 'changed' : 'back', { source: 'file', kind: check.kind });
}

function isSame(a: MonitorRecord, b: MonitorRecord): boolean {
  const facts = ({ service, environment, check, settings, source, orphan }: MonitorRecord) =>
    JSON.stringify([service, environment, check, settings, source, orphan]);
  return facts(a) === facts(b);
}

/** Nobody looks at it any more, or at something else from now on: it is neither up nor down. A paused one stays paused. */
export function leave(
  transaction: Transaction,
  record: MonitorRecord,
  to: 'paused' | 'unknown',
  draw: (happening: Parameters<Draw>[2]) => void,
): void {
  const before = readState(transaction, record.id) ?? newState(transaction.now);
  const { status, step } = setAside(before.status, record.paused && to === 'unknown' ? 'paused' : to, transaction.now);
  writeState(transaction, record.id, { ...before, status, reminded: null });
  if (step !== undefined) writeStep(transaction, record, { step, time: transaction.now, message: null }, draw);
}

/** It looks at something else from now on: what was seen was seen of something else, and so was the certificate of another server. */
export function lookElsewhere(
  transaction: Transaction,
  record: MonitorRecord,
  check: Check,
  draw: (happening: Parameters<Draw>[2]) => void,
): void {
  leave(transaction, record, 'unknown', draw);
  const state = readState(transaction, record.id);
  if (state === undefined || serverOf(record.check) === serverOf(check)) return;
  writeState(transaction, record.id, { ...state, certificate: null, certificateTold: [] });
}

/** Who shows a certificate; undefined: nobody does. */
function serverOf(check: Check): string | undefined {
  if (check.kind === 'tls') return `${targetOf(check)} ${check.serverName ?? ''}`;
  return check.kind === 'http' && URL.canParse(check.url) ? new URL(check.url).origin : undefined;
}

export function newState(now: number) {
  return {
    status: nothingKnown(now),
    ...{ checked: null, milliseconds: null, certificate: null, certificateTold: [], reminded: null, pushed: null },
  };
}

/** An event about the monitor itself; how it is has events of its own (`writeStep`). */
export function event(
  transaction: Transaction,
  { id, project, name }: MonitorRecord,
  kind: string,
  payload: Record<string, unknown>,
): void {
  transaction.event({ project, entity: 'monitor', entityId: id, kind, payload: { name, ...payload } });
}
