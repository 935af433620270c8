import type { Incident, TimelineEntry } from '../../protocol/incident.ts';
import { Failure } from '../../rpc/failure.ts';
import type { Reader, Row } from '../../store/types.ts';

/** An incident with what only the hub needs to know of it. Times are milliseconds since the epoch. */
export interface IncidentRecord extends Incident {
  /** The id. */
  readonly project: string;
  /** Since when nothing of it is down any more; null while something is, or when nothing is watched. */
  readonly recovered: number | null;
}

type Stored = Row & Record<string, string | number | null>;
type MemberRow = { incident: string; id: string; name: string; joined: number; recovered: number | null };

const all = 'select * from incidents';
/** `merged` has a time at which it was resolved, too. */
const open = 'resolved is null';

/** Undefined when there is none of that id. */
export function readIncident(reader: Reader, id: string): IncidentRecord | undefined {
  return recordsOf(reader, reader.all<Stored>(`${all} where id = ?`, [id]))[0];
}

/** Open incidents of a project, newest first; all unless told. */
export function openIncidents(reader: Reader, project: string, most = -1): IncidentRecord[] {
  return recordsOf(reader, reader.all<Stored>(`${all} where project = ? and ${open} order by number desc limit ?`, [project, most]));
}

/** Id of the newest open incident that a monitor is part of, whether it is down or has recovered. */
export function openIncidentWith(reader: Reader, monitor: string): string | undefined {
  return reader.get<{ id: string }>(
    `select incidents.id from incident_monitors join incidents on incidents.id = incident_monitors.incident
     where incident_monitors.monitor = ? and incidents.${open} order by incidents.number desc limit 1`,
    [monitor],
  )?.id;
}

/** Id of the newest incident that a monitor is part of, open or resolved. */
export function lastIncidentWith(reader: Reader, monitor: string): string | undefined {
  return reader.get<{ id: string }>(
    `select incidents.id from incident_monitors join incidents on incidents.id = incident_monitors.incident
     where incident_monitors.monitor = ? and incidents.merged_into is null order by incidents.number desc limit 1`,
    [monitor],
  )?.id;
}

/** Id of the newest open incident that concerns a service in an environment; undefined for no service. */
export function openIncidentOn(
  reader: Reader,
  { project, service, environment }: { project: string; service: string | null; environment: string | null },
): string | undefined {
  if (service === null) return undefined;
  return reader.get<{ id: string }>(
    `select id from incidents where project = ? and ${open} and environment is ?
     and exists (select 1 from json_each(services) where json_each.value = ?) order by number desc limit 1`,
    [project, environment, service],
  )?.id;
}

/** Id of the open incident in which a monitor is down; undefined when there is none. */
export function openIncidentOf(reader: Reader, monitor: string): string | undefined {
  return reader.get<{ id: string }>(
    `select incidents.id from incident_monitors join incidents on incidents.id = incident_monitors.incident
     where incident_monitors.monitor = ? and incident_monitors.recovered is null and incidents.${open} order by incidents.number desc limit 1`,
    [monitor],
  )?.id;
}

/** `I-7`, `7`, the id or its beginning. Throws `not-found`, and `invalid` when several ids begin so. */
export function findIncident(reader: Reader, project: string, word: string): IncidentRecord {
  const number = /^(?:i-)?(\d{1,9})$/i.exec(word.trim())?.[1];
  if (number !== undefined) {
    const [found] = reader.all<Stored>(`${all} where project = ? and number = ?`, [project, Number(number)]);
    if (found !== undefined) return onlyRecord(reader, found);
  }
  const prefix = word.trim().toLowerCase();
  const rows = /^[0-9a-z]{4,40}$/.test(prefix)
    ? reader.all<Stored>(`${all} where project = ? and id >= ? and id < ? order by id limit 2`, [project, prefix, `${prefix}~`])
    : [];
  const [row, other] = rows;
  if (row === undefined)
    throw new Failure('not-found', `There is no incident ${JSON.stringify(word)} here.`, { hint: '`hearth incident list` lists them.' });
  if (other !== undefined && row['id'] !== prefix)
    throw new Failure('invalid', `Several incidents begin with ${prefix}.`, { hint: 'Give its number: `I-7`.' });
  return onlyRecord(reader, row);
}

export interface IncidentFilter {
  readonly open: boolean;
  readonly service?: string | undefined;
  /** Those behind this one, in the order of the list. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Open ones first, then the newest. Throws `not-found` when `before` is none. */
export function listIncidents(
  reader: Reader,
  project: string,
  { open: onlyOpen, service, before, limit }: IncidentFilter,
): IncidentRecord[] {
  const conditions = ['project = ?'];
  const values: (string | number)[] = [project];
  if (onlyOpen) conditions.push(open);
  if (service !== undefined) {
    conditions.push('exists (select 1 from json_each(services) where json_each.value = ?)');
    values.push(service);
  }
  if (before !== undefined) {
    const last = findIncident(reader, project, before);
    conditions.push(last.resolved === null ? '(resolved is not null or number < ?)' : 'resolved is not null and number < ?');
    values.push(last.number);
  }
  const order = 'order by resolved is not null, number desc limit ?';
  return recordsOf(reader, reader.all<Stored>(`${all} where ${conditions.join(' and ')} ${order}`, [...values, limit]));
}

export function countOpen(reader: Reader, project: string): number {
  return reader.get<{ count: number }>(`select count(*) as count from incidents where project = ? and ${open}`, [project])?.count ?? 0;
}

/** Everything that happened, oldest first. */
export function timelineOf(reader: Reader, incident: string): TimelineEntry[] {
  return reader.all<TimelineEntry & Row>('select time, actor, kind, text from incident_entries where incident = ? order by n', [incident]);
}

/** `I-7` */
export const incidentName = ({ number }: Pick<Incident, 'number'>): string => `I-${number}`;

/** As the contract has it. */
export function incidentOf({ project: _, recovered: __, ...incident }: IncidentRecord): Incident {
  return incident;
}

function onlyRecord(reader: Reader, row: Stored): IncidentRecord {
  const [record] = recordsOf(reader, [row]);
  if (record === undefined) throw new Failure('internal', 'An incident has no row.');
  return record;
}

function recordsOf(reader: Reader, rows: readonly Stored[]): IncidentRecord[] {
  const members = membersOf(
    reader,
    rows.map((row) => String(row['id'])),
  );
  return rows.map((row) => {
    const text = (name: string): string => String(row[name]);
    const maybe = (name: string): string | null => (row[name] === null ? null : text(name));
    const number = (name: string): number | null => (row[name] === null ? null : Number(row[name]));
    const acknowledged = number('acknowledged');
    return {
      id: text('id'),
      project: text('project'),
      number: Number(row['number']),
      title: text('title'),
      state: text('state') as Incident['state'],
      severity: text('severity') as Incident['severity'],
      source: text('source') as Incident['source'],
      services: JSON.parse(text('services')) as string[],
      environment: maybe('environment'),
      monitors: (members.get(text('id')) ?? []).map(({ incident: _, ...member }) => member),
      deployment: maybe('deployment'),
      commit: maybe('commit_id'),
      item: number('item'),
      runbook: maybe('runbook'),
      started: Number(row['started']),
      acknowledged: acknowledged === null ? null : { time: acknowledged, actor: maybe('acknowledged_by') ?? '' },
      recovered: number('recovered'),
      resolved: number('resolved'),
      mergedInto: maybe('merged_into'),
      postmortem: maybe('postmortem'),
    };
  });
}

/** By incident, in the order in which they went down. */
function membersOf(reader: Reader, incidents: readonly string[]): Map<string, MemberRow[]> {
  const rows = reader.all<MemberRow>(
    `select incident, monitor as id, name, joined, recovered from incident_monitors
     where incident in (select value from json_each(?)) order by joined, name`,
    [JSON.stringify(incidents)],
  );
  const members = new Map<string, MemberRow[]>();
  for (const row of rows) {
    const known = members.get(row.incident);
    if (known === undefined) members.set(row.incident, [row]);
    else known.push(row);
  }
  return members;
}
