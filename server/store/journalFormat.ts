import { crc32 } from 'node:zlib';
import type { Value } from './types.ts';

/**
 * The journal's format, pure. A journal file is a sequence of frames: magic (4 bytes), length of the body (4, little endian), CRC-32 of
 * length and body (4), body (JSON, UTF-8). The first frame is the header, every other one a record: one batch of changes that were made
 * durable together.
 *
 * The magic ends in a control character, which JSON escapes: it never appears inside a body, so frames can be found behind damage.
 */
const magic = Buffer.from([0x89, 0x48, 0x4a, 0x1a]);
const magicNumber = magic.readUInt32LE(0);
const overhead = 12;

/** A statement with its values. */
export type Statement = readonly [sql: string, params: readonly Value[]];

/** Lengths of older journals as found by the owner who wrote this one: later bytes of theirs are ignored for ever. */
export interface Cut {
  readonly file: string;
  readonly length: number;
}

export interface JournalHeader {
  readonly fence: number;
  readonly part: number;
  /** Position of the last record before this file. */
  readonly base: number;
  readonly previous: readonly Cut[];
}

interface RecordFacts {
  /** One more than the record before; over all files. */
  readonly position: number;
  /** Milliseconds since the epoch, by a clock that may jump: order is by position. */
  readonly time: number;
  readonly fence: number;
  /** The schema after the record. */
  readonly schema: number;
}

/** The state was replaced as a whole (a restore, an import) by this file of `store/snapshots`. */
export interface Replacement {
  readonly name: string;
  readonly sha256: string;
}

export type JournalRecord = RecordFacts & ({ readonly changes: readonly (readonly Statement[])[] } | { readonly replace: Replacement });

/** As written: every SQL text once per record. */
interface Packed extends RecordFacts {
  sql?: string[];
  changes?: (readonly [number, ...PackedValue[]])[][];
  replace?: Replacement;
}
type PackedValue = null | string | number | { b: string };

export function encodeHeader(header: JournalHeader): Buffer {
  return frame({ format: 1, ...header });
}

export function encodeRecord(record: JournalRecord): Buffer {
  const { position, time, fence, schema } = record;
  if ('replace' in record) return frame({ position, time, fence, schema, replace: record.replace });
  const texts = new Map<string, number>();
  const changes = record.changes.map((statements) =>
    statements.map(([sql, params]): [number, ...PackedValue[]] => {
      const index = texts.get(sql) ?? texts.size;
      texts.set(sql, index);
      return [index, ...params.map(packValue)];
    }),
  );
  return frame({ position, time, fence, schema, sql: [...texts.keys()], changes });
}

function packValue(value: Value): PackedValue {
  return value instanceof Uint8Array ? { b: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') } : value;
}

function unpackValue(value: PackedValue): Value {
  return value !== null && typeof value === 'object' ? Buffer.from(value.b, 'base64') : value;
}

function frame(body: unknown): Buffer {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(overhead + length);
  magic.copy(bytes);
  bytes.writeUInt32LE(length, 4);
  bytes.write(text, overhead);
  bytes.writeUInt32LE(checksum(bytes, 0, length), 8);
  return bytes;
}

function checksum(bytes: Buffer, at: number, length: number): number {
  return crc32(bytes.subarray(at + overhead, at + overhead + length), crc32(bytes.subarray(at + 4, at + 8)));
}

/** Where the frame that starts here ends; undefined when no whole frame does. */
function endOfFrame(bytes: Buffer, at: number): number | undefined {
  if (at + overhead > bytes.length || bytes.readUInt32LE(at) !== magicNumber) return undefined;
  const length = bytes.readUInt32LE(at + 4);
  const end = at + overhead + length;
  return end > bytes.length || bytes.readUInt32LE(at + 8) !== checksum(bytes, at, length) ? undefined : end;
}

function bodyOf(bytes: Buffer, at: number, end: number): unknown {
  return JSON.parse(bytes.toString('utf8', at + overhead, end));
}

/**
 * How a file ends. `whole`: with its last record. `torn`: a write was interrupted, nothing readable follows; it was never acknowledged.
 * `flipped`: the last record has its full length but a wrong checksum; `damaged`: readable records follow what cannot be read.
 */
export type Ending = 'whole' | 'torn' | 'flipped' | 'damaged';

export interface JournalContent {
  /** Undefined when not even the header is readable. */
  readonly header: JournalHeader | undefined;
  /** Up to the end or the first unreadable byte; decoded one by one as they are asked for, so that a long journal needs little memory. */
  readonly records: Iterable<JournalRecord>;
  /** Bytes up to there. */
  readonly length: number;
  readonly ending: Ending;
  /** What is readable behind the damage. */
  readonly stranded: readonly JournalRecord[];
}

/** Reads a file; `bytes` is what of it counts. */
export function decodeJournal(bytes: Buffer): JournalContent {
  const { header, end: start } = decodeHeader(bytes);
  const ends: number[] = [];
  let length = start;
  if (header !== undefined) {
    for (let end = endOfFrame(bytes, start); end !== undefined; end = endOfFrame(bytes, end)) {
      ends.push(end);
      length = end;
    }
  }
  const records = {
    *[Symbol.iterator]() {
      for (const [index, end] of ends.entries()) yield unpack(bodyOf(bytes, ends[index - 1] ?? start, end) as Packed);
    },
  };
  const stranded = strandedIn(bytes, length);
  const ending = length === bytes.length ? 'whole' : stranded.length > 0 ? 'damaged' : isWhole(bytes, length) ? 'flipped' : 'torn';
  return { header, records, length, ending, stranded };
}

/** Records that start somewhere after what could not be read. */
function strandedIn(bytes: Buffer, from: number): JournalRecord[] {
  const found: JournalRecord[] = [];
  for (let at = bytes.indexOf(magic, from + 1); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    const end = endOfFrame(bytes, at);
    const body = end === undefined ? undefined : (bodyOf(bytes, at, end) as Packed);
    if (typeof body?.position === 'number') found.push(unpack(body));
  }
  return found;
}

/** Whether the unreadable end of a file is not an interrupted write: its length is there, or its text is complete. */
function isWhole(bytes: Buffer, at: number): boolean {
  if (bytes.length - at < overhead) return false;
  if (bytes.readUInt32LE(at + 4) <= bytes.length - at - overhead) return true;
  try {
    JSON.parse(bytes.toString('utf8', at + overhead));
    return true;
  } catch {
    return false;
  }
}

/** The header alone, from the file's first bytes. */
export function decodeHeader(bytes: Buffer): { header: JournalHeader | undefined; end: number } {
  const end = endOfFrame(bytes, 0);
  const body = end === undefined ? undefined : (bodyOf(bytes, 0, end) as JournalHeader & { format?: number });
  if (end === undefined || body?.format !== 1) return { header: undefined, end: 0 };
  return { header: { fence: body.fence, part: body.part, base: body.base, previous: body.previous }, end };
}

function unpack({ position, time, fence, schema, sql = [], changes = [], replace }: Packed): JournalRecord {
  const facts = { position, time, fence, schema };
  if (replace !== undefined) return { ...facts, replace };
  return {
    ...facts,
    changes: changes.map((statements) => statements.map(([index, ...params]): Statement => [sql[index] ?? '', params.map(unpackValue)])),
  };
}
