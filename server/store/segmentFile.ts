import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import { type EventRow, genesis, hex } from './eventChain.ts';
import { auditLineOf, rowOf } from './eventFilter.ts';
import { linesOf } from './jsonLines.ts';

/**
 * A sealed part of the event log: gzip of JSON lines. The first line says what the file holds and what it follows (the segment before by the
 * SHA-256 of its file, the event before by its hash), then one line per event, oldest first, as `audit/export` writes them.
 */

const format = 'hearth-segment';
const version = 1;

export interface SegmentHeader {
  format: typeof format;
  version: typeof version;
  /** Sequences of the first and the last event. */
  first: number;
  last: number;
  count: number;
  /** SHA-256 of the file of the segment before, hexadecimal; null in the first one. */
  previousSegment: string | null;
  /** Hash of the event before `first`, hexadecimal; 64 zeros when there is none. */
  previousHash: string;
}

/** A row of the table `segments`: the index that says which file to open. Times are the smallest and the largest within. */
export type SegmentRow = {
  readonly first: number;
  readonly last: number;
  readonly min_time: number;
  readonly max_time: number;
  /** Of the file in `store/segments`. */
  readonly name: string;
  readonly size: number;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
  /** Hash of the last event. */
  readonly head: Uint8Array;
};

export const segmentColumns = 'first, last, min_time, max_time, name, size, sha256, head';

/** Whether a name that comes from elsewhere is one of ours: first and last sequence, and the beginning of the file's SHA-256. */
export function isSegmentName(name: string): boolean {
  return /^\d+-\d+-[0-9a-f]{8}\.jsonl\.gz$/.test(name);
}

/** Whether a file of that name holds what its name says. */
export function isNamedAfter(name: string, sha256: string): boolean {
  return name.endsWith(`-${sha256.slice(0, 8)}.jsonl.gz`);
}

/** Whether a search by time has to open it. */
export function withinTimes(segment: SegmentRow, { since, until }: { since?: number | undefined; until?: number | undefined }): boolean {
  return (since === undefined || segment.max_time >= since) && (until === undefined || segment.min_time < until);
}

const compress = promisify(gzip);

/** Makes a segment of rows that follow one another. The same rows give the same bytes, and the name carries their hash. */
export async function encodeSegment(
  rows: readonly EventRow[],
  before: SegmentRow | undefined,
  previousHash = before === undefined ? genesis : hex(before.head),
): Promise<{ row: SegmentRow; bytes: Buffer }> {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) throw new Error('a segment holds at least one event');
  const header: SegmentHeader = {
    format,
    version,
    first: first.sequence,
    last: last.sequence,
    count: rows.length,
    previousSegment: before?.sha256 ?? null,
    previousHash,
  };
  const lines = [header, ...rows.map(auditLineOf)].map((line) => `${JSON.stringify(line)}\n`);
  const bytes = await compress(lines.join(''), { level: 9 });
  const sha256 = hash('sha256', bytes, 'hex');
  const times = rows.map(({ time }) => time);
  const row = {
    first: first.sequence,
    last: last.sequence,
    min_time: Math.min(...times),
    max_time: Math.max(...times),
    name: `${first.sequence}-${last.sequence}-${sha256.slice(0, 8)}.jsonl.gz`,
    size: bytes.length,
    sha256,
    head: last.hash,
  };
  return { row, bytes };
}

/** Reads a segment as a stream: the header, then its events, oldest first. Throws on anything that is no segment. */
export async function* decodeSegment(bytes: Uint8Array): AsyncGenerator<SegmentHeader | EventRow> {
  const unpacked = Readable.from([bytes]).pipe(createGunzip());
  let header: SegmentHeader | undefined;
  let count = 0;
  for await (const line of linesOf(unpacked)) {
    const value = JSON.parse(line);
    if (header !== undefined) {
      count++;
      yield rowOf(value);
      continue;
    }
    header = value as SegmentHeader;
    if (header.format !== format) throw new Error('not a segment');
    if (header.version !== version) throw new Error('written by a newer Hearth');
    yield header;
  }
  if (header === undefined || count !== header.count) throw new Error('cut off');
}
