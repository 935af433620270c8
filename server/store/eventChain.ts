import { hash, randomBytes } from 'node:crypto';
import type { Author, NewEvent, Transaction } from './types.ts';

/**
 * The chain of the event log: each row's hash covers the row, its salted payload and the hash of the row before. Whoever notes the last hash
 * elsewhere can prove later that nothing before it changed. The salt lets a payload be erased one day (only its hash stays) without anybody
 * being able to guess it from the hash.
 */

/** What the hash of the first event follows: 32 zero bytes. */
export const genesis = '0'.repeat(64);

/** A row of the table `events`. */
export type EventRow = {
  readonly sequence: number;
  readonly time: number;
  readonly actor: string;
  readonly correlation: string;
  readonly project: string | null;
  readonly entity: string;
  readonly entity_id: string;
  readonly kind: string;
  /** JSON, exactly as hashed; null when it was erased, then its hash is kept. */
  readonly payload: string | null;
  readonly payload_hash: Uint8Array | null;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
};

export const eventColumns = 'sequence, time, actor, correlation, project, entity, entity_id, kind, payload, payload_hash, salt, hash';

/** Lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** SHA-256 of salt and payload, hexadecimal. */
export function payloadHash(salt: Uint8Array, payload: string): string {
  return hash('sha256', Buffer.concat([salt, Buffer.from(payload, 'utf8')]), 'hex');
}

/**
 * Hash of a row: SHA-256 over the JSON array of its fields without blanks (JSON.stringify: numbers in decimal, `project` null when absent),
 * the payload's hash and the hash of the row before, both hexadecimal.
 */
export function eventHash(row: Omit<EventRow, 'hash'>, previous: string): string {
  const payload = row.payload_hash === null ? payloadHash(row.salt, row.payload ?? '') : hex(row.payload_hash);
  const fields = [row.sequence, row.time, row.actor, row.correlation, row.project, row.entity, row.entity_id, row.kind, payload, previous];
  return hash('sha256', JSON.stringify(fields), 'hex');
}

/** Adds a row to the log within a change; answers its sequence. The newest row always stays in the table, so that the chain has its end at hand. */
export function appendEvent(transaction: Pick<Transaction, 'get' | 'run'>, author: Author, now: number, event: NewEvent): number {
  const last = transaction.get<{ sequence: number; hash: Uint8Array }>('select sequence, hash from events order by sequence desc limit 1');
  const row = {
    sequence: (last?.sequence ?? 0) + 1,
    time: now,
    actor: storable(author.actor),
    correlation: storable(author.correlationId),
    project: event.project === undefined ? null : storable(event.project),
    entity: storable(event.entity),
    entity_id: storable(event.entityId),
    kind: storable(event.kind),
    payload: JSON.stringify(event.payload),
    payload_hash: null,
    salt: new Uint8Array(randomBytes(16)),
  };
  const own = Buffer.from(eventHash(row, last === undefined ? genesis : hex(last.hash)), 'hex');
  transaction.run(`insert into events (${eventColumns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
    row.sequence,
    row.time,
    row.actor,
    row.correlation,
    row.project,
    row.entity,
    row.entity_id,
    row.kind,
    row.payload,
    row.payload_hash,
    row.salt,
    new Uint8Array(own),
  ]);
  return row.sequence;
}

/** Text as it will be read back: SQLite keeps neither half of a surrogate pair, and reading ends at a NUL. Hashed is what is stored. */
function storable(text: string): string {
  return text.replace(/[\0\ud800-\udfff]/gu, '\ufffd');
}
