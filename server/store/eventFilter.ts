import type { Event } from '../protocol/events.ts';
import { type EventRow, hex } from './eventChain.ts';
import type { Value } from './types.ts';

/** What a reader of the log asks for; every part that is given must hold. Times in milliseconds, `until` excluded. */
export interface EventFilter {
  readonly project?: string | undefined;
  readonly entity?: string | undefined;
  readonly entityId?: string | undefined;
  readonly kind?: string | undefined;
  readonly actor?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly text?: string | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

const equal = [
  ['project', 'project'],
  ['entity', 'entity'],
  ['entityId', 'entity_id'],
  ['kind', 'kind'],
  ['actor', 'actor'],
  ['correlationId', 'correlation'],
] as const;

/** Whether it looks at more than times: then only a search that says so goes through the sealed segments. */
export function asksForContent(filter: EventFilter): boolean {
  return filter.text !== undefined || equal.some(([name]) => filter[name] !== undefined);
}

/** The rows that may match, as SQL conditions. Exact but for `text`, where `matcher` decides. */
export function conditions(filter: EventFilter): { where: string[]; params: Value[] } {
  const where: string[] = [];
  const params: Value[] = [];
  const add = (condition: string, ...values: Value[]) => {
    where.push(condition);
    params.push(...values);
  };
  for (const [name, column] of equal) {
    const value = filter[name];
    if (value !== undefined) add(`${column} = ?`, value);
  }
  if (filter.since !== undefined) add('time >= ?', filter.since);
  if (filter.until !== undefined) add('time < ?', filter.until);
  // LIKE folds the case of ASCII only, so other text is left to the matcher.
  if (filter.text !== undefined && /^[\x20-\x7e]*$/.test(filter.text)) {
    const like = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`;
    const plain = like(filter.text);
    add(
      `(payload like ? escape '\\' or entity_id like ? escape '\\' or kind like ? escape '\\')`,
      like(JSON.stringify(filter.text).slice(1, -1)),
      plain,
      plain,
    );
  }
  return { where, params };
}

/** Whether a row matches all of the filter. */
export function matcher(filter: EventFilter): (row: EventRow) => boolean {
  const wanted = equal.flatMap(([name, column]) => (filter[name] === undefined ? [] : [[column, filter[name]] as const]));
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = filter;
  const needle = filter.text?.toLowerCase();
  return (row) =>
    row.time >= since &&
    row.time < until &&
    wanted.every(([column, value]) => row[column] === value) &&
    (needle === undefined ||
      row.kind.toLowerCase().includes(needle) ||
      row.entity_id.toLowerCase().includes(needle) ||
      holds(payloadOf(row), needle));
}

/** Looks through the values, not the names, of a payload. */
function holds(value: unknown, needle: string): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some((each) => holds(each, needle));
  return value !== null && String(value).toLowerCase().includes(needle);
}

/** The payload as data; one that was erased, or cannot be read, is empty. */
function payloadOf(row: EventRow): Record<string, unknown> {
  try {
    const payload: unknown = JSON.parse(row.payload ?? 'null');
    return typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A row as the contract shows it. */
export function eventOf(row: EventRow): Event {
  return {
    sequence: row.sequence,
    time: row.time,
    actor: row.actor,
    correlationId: row.correlation,
    ...(row.project === null ? {} : { project: row.project }),
    entity: row.entity,
    entityId: row.entity_id,
    kind: row.kind,
    payload: payloadOf(row),
  };
}

/** A row with what is needed to check it: lines of segments and of `audit/export`. */
export interface AuditLine {
  sequence: number;
  time: number;
  actor: string;
  correlationId: string;
  project?: string | undefined;
  entity: string;
  entityId: string;
  kind: string;
  payload: string | null;
  payloadHash?: string | undefined;
  salt: string;
  hash: string;
}

export function auditLineOf(row: EventRow): AuditLine {
  return {
    ...eventOf(row),
    payload: row.payload,
    ...(row.payload_hash === null ? {} : { payloadHash: hex(row.payload_hash) }),
    salt: hex(row.salt),
    hash: hex(row.hash),
  };
}

/** The way back. Throws when it is not such a line. */
export function rowOf(line: AuditLine): EventRow {
  const text = (value: unknown) => {
    if (typeof value !== 'string') throw new Error('not a row of the event log');
    return value;
  };
  if (!Number.isSafeInteger(line.sequence) || !Number.isSafeInteger(line.time)) throw new Error('not a row of the event log');
  return {
    sequence: line.sequence,
    time: line.time,
    actor: text(line.actor),
    correlation: text(line.correlationId),
    project: line.project === undefined ? null : text(line.project),
    entity: text(line.entity),
    entity_id: text(line.entityId),
    kind: text(line.kind),
    payload: line.payload === null ? null : text(line.payload),
    payload_hash: line.payloadHash === undefined ? null : Buffer.from(text(line.payloadHash), 'hex'),
    salt: Buffer.from(text(line.salt), 'hex'),
    hash: Buffer.from(text(line.hash), 'hex'),
  };
}
