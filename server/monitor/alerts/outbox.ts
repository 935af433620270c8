import type * as z from 'zod/mini';
import type { message, messageState } from '../../protocol/notify.ts';
import type { Reader, Row, Transaction, Value } from '../../store/types.ts';
import type { Payload } from './payload.ts';

/** Messages on their way. A row is written in the change that it tells of, and is sent once that is durable. */

export type MessageState = z.output<typeof messageState>;
export type Message = z.output<typeof message>;

/** A row of `outbox`. Times are milliseconds since the epoch. */
export interface MessageRecord {
  readonly id: number;
  /** The id. */
  readonly project: string;
  /** Name of the notification. */
  readonly channel: string;
  /** What it tells of; a channel is told of it once. */
  readonly cause: string;
  readonly kind: Payload['kind'];
  readonly payload: Payload;
  /** Id of the incident it belongs to. */
  readonly incident: string | null;
  readonly state: MessageState;
  readonly attempts: number;
  /** When it is tried next, while it waits. */
  readonly next: number | null;
  /** Who was sending it. */
  readonly fence: number | null;
  /** What was sent together, under one key, and may have been taken. */
  readonly batch: string | null;
  readonly created: number;
  readonly ended: number | null;
  readonly error: string | null;
}

export interface NewMessage {
  readonly project: string;
  readonly channel: { readonly name: string; readonly group: number };
  readonly cause: string;
  readonly payload: Payload;
  readonly incident?: string | undefined;
}

/**
 * Keeps a message to be sent after the time in which others may join it. False when the channel was told of that cause before; one that was
 * dropped waits anew.
 */
export function queueMessage(transaction: Transaction, { project, channel, cause, payload, incident }: NewMessage): boolean {
  const due = transaction.now + channel.group;
  const place = [project, channel.name, cause] as const;
  const revived = transaction.run(
    `update outbox set state = 'waiting', next = ?, ended = null, error = null, payload = ?, incident = ?
     where project = ? and channel = ? and cause = ? and state = 'dropped' and attempts = 0`,
    [due, JSON.stringify(payload), incident ?? null, ...place],
  );
  if (revived > 0) return true;
  if (transaction.get('select id from outbox where project = ? and channel = ? and cause = ?', place) !== undefined) return false;
  const last = transaction.get<{ id: number | null }>('select max(id) as id from outbox')?.id ?? 0;
  transaction.run(
    `insert into outbox (id, project, channel, cause, kind, payload, incident, state, attempts, next, created)
     values (?, ?, ?, ?, ?, ?, ?, 'waiting', 0, ?, ?)`,
    [...[last + 1, ...place, payload.kind, JSON.stringify(payload), incident ?? null], ...[due, transaction.now]],
  );
  return true;
}

type Stored = Omit<MessageRecord, 'payload'> & Row & { payload: string };

export function readMessages(reader: Reader, where: string, values: readonly Value[]): MessageRecord[] {
  return reader
    .all<Stored>(`select * from outbox where ${where}`, values)
    .map(({ payload, ...row }) => ({ ...row, payload: JSON.parse(payload) as Payload }));
}

export interface MessageFilter {
  readonly states?: readonly MessageState[] | undefined;
  readonly channel?: string | undefined;
  readonly limit: number;
}

/** Newest first. */
export function listMessages(reader: Reader, project: string, { states, channel, limit }: MessageFilter): MessageRecord[] {
  const conditions = ['project = ?'];
  const values: Value[] = [project];
  if (states !== undefined) {
    conditions.push('state in (select value from json_each(?))');
    values.push(JSON.stringify(states));
  }
  if (channel !== undefined) {
    conditions.push('channel = ?');
    values.push(channel);
  }
  return readMessages(reader, `${conditions.join(' and ')} order by id desc limit ?`, [...values, limit]);
}

/** As the contract has it. `rest`: until when its channel is left alone, in milliseconds since the epoch; null when it is not. */
export function messageOf(
  { id, channel, kind, payload, state, attempts, created, next, ended, error, incident }: MessageRecord,
  rest: number | null,
): Message {
  const { title } = payload;
  const due = state === 'waiting' && next !== null ? Math.max(next, rest ?? next) : null;
  return { id, channel, kind, title, state, attempts, created, next: due, ended, error, incident };
}

/** Nobody needs to know any more. Only what was never tried is dropped: of the rest somebody may have heard. */
export function dropMessages(transaction: Transaction, ids: readonly number[], why: string): void {
  for (const id of ids) {
    transaction.run(
      "update outbox set state = 'dropped', next = null, ended = ?, error = ? where id = ? and state = 'waiting' and attempts = 0",
      [transaction.now, why, id],
    );
  }
}

/** Messages of one channel about a monitor or an incident, oldest first, that were neither dropped nor given up. */
export function messagesAbout(
  reader: Reader,
  project: string,
  channel: string,
  about: { incident: string } | { monitor: string },
): MessageRecord[] {
  const living = "state not in ('dropped', 'dead') order by id";
  if ('incident' in about)
    return readMessages(reader, `project = ? and channel = ? and incident = ? and ${living}`, [project, channel, about.incident]);
  // The unique index finds them by the beginning of their cause.
  const prefix = `monitor:${about.monitor}:`;
  return readMessages(reader, `project = ? and channel = ? and cause >= ? and cause < ? and ${living}`, [
    ...[project, channel, prefix],
    `${prefix}~`,
  ]);
}

/** Whether it was never tried: it can be dropped as if nothing had happened. */
export const isUntold = ({ state, attempts }: Pick<MessageRecord, 'state' | 'attempts'>): boolean => state === 'waiting' && attempts === 0;

/** The id of the monitor that a message is about, by its cause. */
export function monitorOfCause(cause: string): string | undefined {
  return /^monitor:([^:]+):/.exec(cause)?.[1];
}
