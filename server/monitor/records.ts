import { randomBytes } from 'node:crypto';
import type { Certificate, Check, Monitor, MonitorSettings, MonitorState } from '../protocol/monitorTypes.ts';
import { Failure } from '../rpc/failure.ts';
import type { Reader, Row, Transaction } from '../store/types.ts';
import type { Status } from './machine.ts';
import type { MonitorRecord } from './types.ts';

/** Rows of `monitors`, `monitor_states` and `monitor_changes`, parsed. */

type Stored = Row & Record<string, string | number | null>;

/** Undefined when there is none of that id. */
export function readMonitor(reader: Reader, id: string): MonitorRecord | undefined {
  const row = reader.get<Stored>('select * from monitors where id = ?', [id]);
  return row === undefined ? undefined : recordOf(row);
}

export function monitorByName(reader: Reader, project: string, name: string): MonitorRecord | undefined {
  const row = reader.get<Stored>('select * from monitors where project = ? and name = ?', [project, name]);
  return row === undefined ? undefined : recordOf(row);
}

/** By name or id, in a project. Throws `not-found`. */
export function findMonitor(reader: Reader, project: string | undefined, named: string): MonitorRecord {
  const byId = readMonitor(reader, named);
  const found =
    project === undefined ? undefined : (monitorByName(reader, project, named) ?? (byId?.project === project ? byId : undefined));
  if (found !== undefined) return found;
  throw new Failure('not-found', `There is no monitor "${named}" here.`, { hint: '`hearth monitor list` shows them.' });
}

/** Of all projects unless told, by name; orphans and paused ones too. */
export function allMonitors(reader: Reader, project?: string): MonitorRecord[] {
  const rows =
    project === undefined
      ? reader.all<Stored>('select * from monitors order by project, name')
      : reader.all<Stored>('select * from monitors where project = ? order by name', [project]);
  return rows.map(recordOf);
}

/** Line of `hearth.yaml` a monitor of it is on, from 1. */
export function lineOf(reader: Reader, id: string): number | null {
  return reader.get<{ line: number | null }>('select line from monitors where id = ?', [id])?.line ?? null;
}

function recordOf(row: Stored): MonitorRecord {
  const text = (name: string): string => String(row[name]);
  const maybe = (name: string): string | null => (row[name] === null ? null : text(name));
  return {
    id: text('id'),
    project: text('project'),
    name: text('name'),
    service: maybe('service'),
    environment: maybe('environment'),
    source: text('source') as MonitorRecord['source'],
    check: JSON.parse(text('spec')) as Check,
    settings: JSON.parse(text('settings')) as MonitorSettings,
    paused: row['paused'] === 1,
    orphan: row['orphan'] === null ? null : Number(row['orphan']),
    created: Number(row['created']),
    updated: Number(row['updated']),
  };
}

/** As the contract has it. */
export function monitorOf(record: MonitorRecord): Monitor {
  const { id, name, service, environment, source, check, settings, paused, orphan, created } = record;
  return { id, name, service, environment, source, check, settings, paused, orphan, created };
}

export type NewMonitor = Pick<MonitorRecord, 'id' | 'project' | 'name' | 'service' | 'environment' | 'source' | 'check' | 'settings'> & {
  readonly line: number | null;
};

export function insertMonitor(transaction: Transaction, monitor: NewMonitor): MonitorRecord {
  const { id, project, name, service, environment, source, check, settings, line } = monitor;
  transaction.run(
    `insert into monitors (id, project, name, service, environment, source, spec, settings, line, paused, created, updated)
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10, ?10)`,
    [id, project, name, service, environment, source, JSON.stringify(check), JSON.stringify(settings), line, transaction.now],
  );
  return mustRead(transaction, id);
}

/** Writes what a monitor is now; `updated` moves. */
export function updateMonitor(
  transaction: Transaction,
  record: Pick<MonitorRecord, 'id' | 'name' | 'service' | 'environment' | 'source' | 'check' | 'settings' | 'paused' | 'orphan'>,
  line: number | null,
): MonitorRecord {
  const { id, name, service, environment, source, check, settings, paused, orphan } = record;
  transaction.run(
    `update monitors set name = ?2, service = ?3, environment = ?4, source = ?5, spec = ?6, settings = ?7, paused = ?8, orphan = ?9, line = ?10,
     updated = max(updated + 1, ?11) where id = ?1`,
    [
      ...[id, name, service, environment, source, JSON.stringify(check), JSON.stringify(settings)],
      ...[paused ? 1 : 0, orphan, line, transaction.now],
    ],
  );
  return mustRead(transaction, id);
}

function mustRead(reader: Reader, id: string): MonitorRecord {
  const record = readMonitor(reader, id);
  if (record === undefined) throw new Failure('internal', `The monitor ${id} is gone.`);
  return record;
}

/** A row of `monitor_states`: what survives the hub. */
export interface StateRecord {
  readonly status: Status;
  /** When somebody looked last with an outcome that was written; beats may be newer. */
  readonly checked: number | null;
  readonly milliseconds: number | null;
  readonly certificate: Certificate | null;
  /** Thresholds in days that were told of this certificate. */
  readonly certificateTold: readonly number[];
  /** When it was said last that it is (still) down. */
  readonly reminded: number | null;
  /** It is down, and nobody was told because a service it needs is. */
  readonly suppressed: boolean;
  /** When somebody called in last. */
  readonly pushed: number | null;
}

export function readState(reader: Reader, monitor: string): StateRecord | undefined {
  const row = reader.get<Stored>(`${statesSql} where s.monitor = ?`, [monitor]);
  return row === undefined ? undefined : stateOf(row);
}

/** By id of the monitor; of one project, or all. */
export function readStates(reader: Reader, project?: string): Map<string, StateRecord> {
  const rows =
    project === undefined
      ? reader.all<Stored>(statesSql)
      : reader.all<Stored>(`${statesSql} where s.monitor in (select id from monitors where project = ?)`, [project]);
  return new Map(rows.map((row) => [String(row['monitor']), stateOf(row)]));
}

const lastChange = (column: string): string =>
  `(select c.${column} from monitor_changes c where c.monitor = s.monitor order by c.time desc limit 1)`;
const statesSql = `select s.*, ${lastChange('state')} as settled, ${lastChange('time')} as settled_since from monitor_states s`;

function stateOf(row: Stored): StateRecord {
  const number = (name: string): number | null => (row[name] === null ? null : Number(row[name]));
  const state = String(row['state']) as Status['state'];
  const settled = state === 'pending' ? ((row['settled'] ?? 'unknown') as Status['settled']) : state;
  return {
    status: {
      state,
      settled,
      settledSince: Number((state === 'pending' ? row['settled_since'] : null) ?? row['since']),
      since: Number(row['since']),
      failures: Number(row['failures']),
      successes: Number(row['successes']),
      message: row['message'] === null ? null : String(row['message']),
    },
    checked: number('checked'),
    milliseconds: number('milliseconds'),
    certificate: row['certificate'] === null ? null : (JSON.parse(String(row['certificate'])) as Certificate),
    certificateTold: JSON.parse(String(row['certificate_told'])) as number[],
    reminded: number('reminded'),
    suppressed: row['suppressed'] === 1,
    pushed: number('pushed'),
  };
}

/** Everything but `suppressed`, which belongs to those who tell. */
export function writeState(transaction: Transaction, monitor: string, state: Omit<StateRecord, 'suppressed'>): void {
  const { status, checked, milliseconds, certificate, certificateTold, reminded, pushed } = state;
  transaction.run(
    `insert into monitor_states (monitor, state, since, checked, failures, successes, message, milliseconds, certificate, fingerprint,
       certificate_told, reminded, suppressed, pushed) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, ?13)
     on conflict (monitor) do update set state = excluded.state, since = excluded.since, checked = excluded.checked,
       failures = excluded.failures, successes = excluded.successes, message = excluded.message, milliseconds = excluded.milliseconds,
       certificate = excluded.certificate, fingerprint = excluded.fingerprint, certificate_told = excluded.certificate_told,
       reminded = excluded.reminded, pushed = excluded.pushed`,
    [
      ...[monitor, status.state, status.since, checked, status.failures, status.successes, status.message, milliseconds],
      ...[certificate === null ? null : JSON.stringify(certificate), certificate?.fingerprint ?? null],
      ...[JSON.stringify(certificateTold), reminded, pushed],
    ],
  );
}

export interface ChangeRecord {
  readonly time: number;
  readonly from: MonitorState;
  readonly to: MonitorState;
  readonly message: string | null;
}

/** Answers the time it is kept under: one millisecond holds one change. */
export function writeChange(transaction: Transaction, monitor: string, { time, from, to, message }: ChangeRecord): number {
  const last = transaction.get<{ time: number }>('select time from monitor_changes where monitor = ? and time >= ? order by time desc', [
    monitor,
    time,
  ]);
  const at = last === undefined ? time : last.time + 1;
  transaction.run('insert into monitor_changes (monitor, time, was, state, message) values (?, ?, ?, ?, ?)', [
    ...[monitor, at, from, to],
    message,
  ]);
  return at;
}

/** Newest first. */
export function readChanges(
  reader: Reader,
  monitor: string,
  limit: number,
  { from = 0, to = Number.MAX_SAFE_INTEGER } = {},
): ChangeRecord[] {
  return reader
    .all<{ time: number; was: string; state: string; message: string | null }>(
      'select time, was, state, message from monitor_changes where monitor = ? and time >= ? and time < ? order by time desc limit ?',
      [monitor, from, to, limit],
    )
    .map(({ time, was, state, message }) => ({ time, from: was as MonitorState, to: state as MonitorState, message }));
}

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';

/** A new id of 12 characters, in order of time. It stands in the journal with every beat: short on purpose. */
export function newMonitorId(now: number): string {
  const time = Math.floor(now / 1000)
    .toString(36)
    .padStart(7, '0')
    .slice(-7);
  const random = [...randomBytes(24)].filter((byte) => byte < 252).map((byte) => alphabet[byte % 36]);
  return `${time}${random.join('').slice(0, 5)}`;
}
