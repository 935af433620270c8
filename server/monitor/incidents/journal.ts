import { newDeploymentId } from '../../deploy/index.ts';
import type { Incident, TimelineEntry } from '../../protocol/incident.ts';
import { Failure } from '../../rpc/failure.ts';
import type { Transaction } from '../../store/types.ts';
import { type IncidentRecord, readIncident } from './records.ts';

/** Everything that changes rows of incidents. Called within one change of the store each. */

export interface NewIncident {
  readonly project: string;
  readonly title: string;
  readonly severity: Incident['severity'];
  readonly source: Incident['source'];
  readonly services: readonly string[];
  readonly environment: string | null;
  readonly deployment: string | null;
  readonly commit: string | null;
  readonly item: number | null;
  readonly runbook: string | null;
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly actor: string;
  /** Name of the monitor that opened it. */
  readonly monitor?: string;
}

type Entry = Omit<TimelineEntry, 'time'> & { readonly time?: number };

/** What an event says of an incident beside its number and title. */
type More = Readonly<Record<string, unknown>>;

export function insertIncident(transaction: Transaction, given: NewIncident): IncidentRecord {
  const { project, title, severity, source, services, environment, monitor } = given;
  const id = newDeploymentId(transaction.now);
  const number = nextNumber(transaction, project);
  transaction.run(
    `insert into incidents (id, project, number, title, state, severity, source, services, environment, deployment, commit_id, item, runbook, started)
     values (?, ?, ?, ?, 'investigating', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      ...[id, project, number, title, severity, source, JSON.stringify(services), environment],
      ...[given.deployment, given.commit, given.item, given.runbook, given.started],
    ],
  );
  const record = mustRead(transaction, id);
  addEntry(transaction, id, { actor: given.actor, kind: 'opened', text: title, time: given.started });
  event(transaction, record, 'opened', { source, severity, services, environment, ...(monitor === undefined ? {} : { monitor }) });
  return record;
}

/** A row of the timeline; the time is that of the change unless told. */
export function addEntry(transaction: Transaction, incident: string, { time = transaction.now, actor, kind, text }: Entry): void {
  transaction.run(
    `insert into incident_entries (incident, n, time, actor, kind, text)
     values (?1, (select coalesce(max(n), 0) + 1 from incident_entries where incident = ?1), ?2, ?3, ?4, ?5)`,
    [incident, time, actor, kind, text],
  );
}

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly time: number;
}

/** A monitor is down in this incident (again). */
export function joinMonitor(transaction: Transaction, incident: string, { id, name, time }: Member): void {
  transaction.run(
    `insert into incident_monitors (incident, monitor, name, joined, recovered) values (?, ?, ?, ?, null)
     on conflict (incident, monitor) do update set name = excluded.name, recovered = null,
     joined = case when recovered is null then joined else excluded.joined end`,
    [incident, id, name, time],
  );
  transaction.run('update incidents set recovered = null where id = ?', [incident]);
}

/** A monitor is not down any more; answers whether the last one is. */
export function leaveMonitor(transaction: Transaction, incident: string, { id, time }: Omit<Member, 'name'>): boolean {
  transaction.run('update incident_monitors set recovered = ? where incident = ? and monitor = ? and recovered is null', [
    time,
    incident,
    id,
  ]);
  return markRecovered(transaction, incident, time);
}

/** Notes since when nothing is down; answers whether nothing is. */
export function markRecovered(transaction: Transaction, incident: string, time: number): boolean {
  const { count, down } = transaction.get<{ count: number; down: number }>(
    'select count(*) as count, coalesce(sum(recovered is null), 0) as down from incident_monitors where incident = ?',
    [incident],
  ) ?? { count: 0, down: 0 };
  const recovered = count > 0 && down === 0;
  transaction.run('update incidents set recovered = ? where id = ?', [recovered ? time : null, incident]);
  return recovered;
}

/** Enters a state; being in it already changes nothing. What is resolved has a time, what is not has none. */
export function enterState(
  transaction: Transaction,
  incident: IncidentRecord,
  to: Exclude<Incident['state'], 'merged'>,
  { actor, text, note }: { actor: string; text: string; note?: string | undefined },
): void {
  if (incident.state === to) return;
  transaction.run('update incidents set state = ?, resolved = ? where id = ?', [
    to,
    to === 'resolved' ? transaction.now : null,
    incident.id,
  ]);
  addEntry(transaction, incident.id, { actor, kind: 'state', text });
  event(transaction, incident, 'state', { from: incident.state, to, ...(note === undefined ? {} : { note: shortened(note) }) });
}

/** Services that it concerns too; one that others of it need stands before them. */
export function concernServices(transaction: Transaction, { id, services }: IncidentRecord, all: readonly string[]): void {
  if (services.length === all.length && services.every((each, at) => each === all[at])) return;
  transaction.run('update incidents set services = ? where id = ?', [JSON.stringify(all), id]);
}

export function acknowledge(transaction: Transaction, incident: IncidentRecord, actor: string): void {
  if (incident.acknowledged !== null) return;
  transaction.run('update incidents set acknowledged = ?, acknowledged_by = ? where id = ?', [transaction.now, actor, incident.id]);
  addEntry(transaction, incident.id, { actor, kind: 'acknowledged', text: 'Acknowledged' });
  event(transaction, incident, 'acknowledged');
}

export function takeBackAcknowledgement(transaction: Transaction, incident: IncidentRecord, actor: string): void {
  if (incident.acknowledged === null) return;
  transaction.run('update incidents set acknowledged = null, acknowledged_by = null where id = ?', [incident.id]);
  addEntry(transaction, incident.id, { actor, kind: 'acknowledged', text: 'The acknowledgement was taken back' });
  event(transaction, incident, 'unacknowledged');
}

/** The first goes into the second, with its monitors, services and messages. Both are open, or the first is resolved. */
export function mergeInto(transaction: Transaction, from: IncidentRecord, into: IncidentRecord, actor: string): void {
  const { now } = transaction;
  transaction.run("update incidents set state = 'merged', merged_into = ?, resolved = coalesce(resolved, ?) where id = ?", [
    into.id,
    now,
    from.id,
  ]);
  for (const { id, name, joined, recovered } of from.monitors) {
    transaction.run(
      `insert into incident_monitors (incident, monitor, name, joined, recovered) values (?, ?, ?, ?, ?)
       on conflict (incident, monitor) do update set joined = min(joined, excluded.joined),
       recovered = case when recovered is null or excluded.recovered is null then null else max(recovered, excluded.recovered) end`,
      [into.id, id, name, joined, recovered],
    );
  }
  transaction.run('update incident_monitors set recovered = coalesce(recovered, ?) where incident = ?', [now, from.id]);
  transaction.run('update outbox set incident = ? where incident = ?', [into.id, from.id]);
  transaction.run(
    'update incidents set started = min(started, ?), item = coalesce(item, ?), deployment = coalesce(deployment, ?), commit_id = coalesce(commit_id, ?) where id = ?',
    [from.started, from.item, from.deployment, from.commit, into.id],
  );
  concernServices(transaction, into, [...new Set([...into.services, ...from.services])]);
  if (from.monitors.length > 0) markRecovered(transaction, into.id, now);
  addEntry(transaction, from.id, { actor, kind: 'merged', text: `It goes on as I-${into.number}: ${into.title}` });
  addEntry(transaction, into.id, { actor, kind: 'merged', text: `I-${from.number} belongs to it: ${from.title}` });
  event(transaction, from, 'merged', { into: into.number });
}

/** A change of one fact, told in the timeline and in the event log. */
export function note(transaction: Transaction, incident: IncidentRecord, entry: Entry, kind: string, more: More = {}): void {
  addEntry(transaction, incident.id, entry);
  event(transaction, incident, kind, more);
}

export function event(transaction: Transaction, { id, project, number, title }: IncidentRecord, kind: string, more: More = {}): void {
  transaction.event({ project, entity: 'incident', entityId: id, kind, payload: { number, title, ...more } });
}

export function mustRead(transaction: Transaction, id: string): IncidentRecord {
  const record = readIncident(transaction, id);
  if (record === undefined) throw new Failure('not-found', `There is no incident ${id}.`);
  return record;
}

/** For the event log, which is for lists: the whole text is in the timeline. */
export function shortened(text: string, most = 300): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

function nextNumber(transaction: Transaction, project: string): number {
  transaction.run('insert into incident_counters (project, last) values (?, 1) on conflict (project) do update set last = last + 1', [
    project,
  ]);
  return transaction.get<{ last: number }>('select last from incident_counters where project = ?', [project])?.last ?? 1;
}
