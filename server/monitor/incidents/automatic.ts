import { readService } from '../../catalog/index.ts';
import type { IncidentConfig } from '../../config/hearthTypes.ts';
import { liveDeployment } from '../../deploy/index.ts';
import type { Reader, Row, Transaction } from '../../store/types.ts';
import type { MonitorRecord } from '../types.ts';
import { incidentFor, type Needs, withService } from './causes.ts';
import { addEntry, concernServices, enterState, event, insertIncident, joinMonitor, leaveMonitor, mustRead } from './journal.ts';
import type { IncidentRecord } from './records.ts';

/** What monitors do to incidents by themselves. */

export interface Fault {
  readonly monitor: MonitorRecord;
  readonly time: number;
  readonly message: string | null;
  /** Names of services it needs that are down: nobody is told, and no incident is opened for it. */
  readonly behind: readonly string[];
  readonly known: Needs;
}

export interface Drawn {
  readonly incident: IncidentRecord;
  readonly opened: boolean;
}

const hub = 'hub';

/** A monitor went down: it joins an incident, or opens one where the rules say so. Undefined: neither. */
export function drawFault(transaction: Transaction, { auto, correlate }: IncidentConfig, fault: Fault): Drawn | undefined {
  const { monitor, time, message, behind, known: needs } = fault;
  const text = [`${monitor.name} is down`, message === null ? '' : `: ${message}`, behindText(behind)].join('');
  const found = incidentFor(transaction, monitor, time, needs, correlate);
  if (found === undefined && (!auto || behind.length > 0)) return undefined;
  const before = found ?? openFor(transaction, fault);
  const known = before.monitors.find(({ id }) => id === monitor.id);
  joinMonitor(transaction, before.id, { id: monitor.id, name: monitor.name, time });
  addEntry(transaction, before.id, { time, actor: hub, kind: 'monitor-down', text });
  if (found !== undefined) {
    concernServices(transaction, before, withService(before, monitor.service, needs));
    if (known === undefined) event(transaction, before, 'joined', { monitor: monitor.name });
    if (before.state === 'monitoring') {
      enterState(transaction, before, 'investigating', { actor: hub, text: `Investigating again: ${monitor.name} is down` });
    }
  }
  return { incident: mustRead(transaction, before.id), opened: found === undefined };
}

function behindText(behind: readonly string[]): string {
  return behind.length === 0 ? '' : ` (it needs ${behind.join(', ')}: nobody is told of it)`;
}

function openFor(transaction: Transaction, { monitor, time }: Fault): IncidentRecord {
  const { project, service, environment, name } = monitor;
  const live = service === null || environment === null ? undefined : liveDeployment(transaction, { project, environment, service });
  return insertIncident(transaction, {
    ...{ project, environment, severity: 'major', source: 'monitor', actor: hub, started: time, item: null, monitor: name },
    title: `${service ?? name} is down${environment === null ? '' : ` in ${environment}`}`,
    services: service === null ? [] : [service],
    deployment: live?.id ?? null,
    commit: live?.commit ?? null,
    runbook: service === null ? null : runbookOf(transaction, project, service),
  });
}

export function runbookOf(reader: Reader, project: string, service: string): string | null {
  return readService(reader, project, service)?.facts.runbook ?? null;
}

/** A monitor is not down any more, or is not looked at. Answers the incident it leaves; undefined when it is in none. */
export function drawRecovery(
  transaction: Transaction,
  incident: string | undefined,
  { monitor, time, text }: { monitor: Pick<MonitorRecord, 'id' | 'name'>; time: number; text: string },
): IncidentRecord | undefined {
  if (incident === undefined) return undefined;
  const all = leaveMonitor(transaction, incident, { id: monitor.id, time });
  const record = mustRead(transaction, incident);
  addEntry(transaction, incident, { time, actor: hub, kind: 'monitor-up', text });
  event(transaction, record, 'recovered', { monitor: monitor.name });
  if (all && record.source === 'monitor' && (record.state === 'investigating' || record.state === 'identified')) {
    enterState(transaction, record, 'monitoring', { actor: hub, text: 'Nothing is down any more: monitoring' });
  }
  return mustRead(transaction, incident);
}

/** When an incident that has recovered by itself is resolved, in milliseconds since the epoch; undefined when it is not. */
export function settlesAt({ source, recovered, resolved }: IncidentRecord, { settle }: IncidentConfig): number | undefined {
  return source !== 'monitor' || recovered === null || resolved !== null ? undefined : recovered + settle;
}

export function settleIncident(transaction: Transaction, incident: IncidentRecord): void {
  enterState(transaction, incident, 'resolved', { actor: hub, text: 'Resolved: it has stayed up' });
}

/** Monitors that are gone, paused or orphans hold no incident open. */
export function releaseUnwatched(transaction: Transaction, incident: IncidentRecord): void {
  const members = transaction.all<{ id: string; name: string }>(`${unwatchedSql} and incidents.id = ?`, [incident.id]);
  for (const { id, name } of members) {
    drawRecovery(transaction, incident.id, { monitor: { id, name }, time: transaction.now, text: `${name} is not watched any more` });
  }
}

export interface Ripe {
  readonly id: string;
  readonly project: string;
  /** Since when nothing in it is down; null: something is that is not watched any more. */
  readonly recovered: number | null;
}

/** Open incidents that are to be looked after. */
export function ripeIncidents(reader: Reader): Ripe[] {
  const recovered = "resolved is null and recovered is not null and source = 'monitor'";
  return [
    ...reader.all<Ripe & Row>(`select id, project, recovered from incidents where ${recovered}`),
    ...reader.all<Ripe & Row>(`select distinct incident as id, project, null as recovered from (${unwatchedSql})`),
  ];
}

const unwatchedSql = `select incidents.project, incident_monitors.incident, incident_monitors.monitor as id, incident_monitors.name from incidents
  join incident_monitors on incident_monitors.incident = incidents.id left join monitors on monitors.id = incident_monitors.monitor
  where incidents.resolved is null and incident_monitors.recovered is null
  and (monitors.id is null or monitors.paused = 1 or monitors.orphan is not null)`;
