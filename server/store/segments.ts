import { hash } from 'node:crypto';
import path from 'node:path';
import { asFailure, Failure } from '../rpc/failure.ts';
import { type Disk, writeWhole } from './disk.ts';
import { type EventRow, eventColumns } from './eventChain.ts';
import { decodeSegment, encodeSegment, isNamedAfter, type SegmentHeader, type SegmentRow, segmentColumns } from './segmentFile.ts';
import type { Author, Reader, StateStore, Transaction } from './types.ts';

const day = 86_400_000;
/** Events are sealed when they are older than this. */
const sealedAfter = 90 * day;
/** A quiet log is sealed once a week at most, not one tiny file a day. */
const slack = 7 * day;
/** What one segment holds at most; read at once by whoever searches in it. */
const most = { rows: 10_000, bytes: 8_000_000 };
/** Rows read from the store in one go, so that others get their turn. */
const page = 2000;

const sealer: Author = { actor: 'hub', correlationId: 'seal' };

/** A sealed segment that is not there, or is not what was sealed. `problem` is a sentence that names it. */
export class SegmentDamage extends Error {
  readonly segment: string;

  constructor(segment: string, problem: string) {
    super(`The sealed segment ${segment} ${problem}.`);
    this.segment = segment;
  }
}

/** The index of the sealed segments, oldest first. */
export function segmentsOf(reader: Reader): SegmentRow[] {
  return reader.all<SegmentRow>(`select ${segmentColumns} from segments order by first`);
}

/** The folder of sealed segments, `store/segments`. Nothing is ever changed or removed there: a backup may know it. */
export class Segments {
  readonly #disk: Disk;
  readonly folder: string;

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.folder = folder;
  }

  /** The bytes of a segment, checked against the index. Rejects with `SegmentDamage`. */
  async bytes(segment: SegmentRow): Promise<Buffer> {
    let bytes: Buffer;
    try {
      bytes = await this.#disk.read(path.join(this.folder, segment.name));
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      throw new SegmentDamage(segment.name, missing ? 'is missing' : `cannot be read: ${asFailure(error).message.replace(/\.$/, '')}`);
    }
    if (hash('sha256', bytes, 'hex') !== segment.sha256)
      throw new SegmentDamage(segment.name, 'is damaged: its content is not what was sealed');
    return bytes;
  }

  /** Its events, oldest first. Rejects with `SegmentDamage` before the first one when the file is not what was sealed. */
  async *rows(segment: SegmentRow): AsyncGenerator<EventRow> {
    for await (const each of this.#decoded(segment)) if (!('format' in each)) yield each;
  }

  async header(segment: SegmentRow): Promise<SegmentHeader> {
    for await (const each of this.#decoded(segment)) if ('format' in each) return each as SegmentHeader;
    throw new SegmentDamage(segment.name, 'is empty');
  }

  async *#decoded(segment: SegmentRow): AsyncGenerator<SegmentHeader | EventRow> {
    const bytes = await this.bytes(segment);
    try {
      yield* decodeSegment(bytes);
    } catch (error) {
      throw new SegmentDamage(segment.name, `cannot be read: ${(error as Error).message}`);
    }
  }

  /** Those of a state that are not in the folder. */
  async missing(segments: readonly SegmentRow[]): Promise<SegmentRow[]> {
    const sizes = await Promise.all(segments.map(({ name }) => this.#disk.size(path.join(this.folder, name))));
    return segments.filter(({ size }, index) => sizes[index] !== size);
  }

  /** Writes a segment, also one that came from elsewhere (an archive). One that is there and whole is never written over. */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    const file = path.join(this.folder, name);
    const present = (await this.#disk.size(file)) === undefined ? undefined : hash('sha256', await this.#disk.read(file), 'hex');
    if (present !== undefined && isNamedAfter(name, present)) {
      if (present === hash('sha256', bytes, 'hex')) return;
      throw new Failure('conflict', `Another sealed segment is called ${name} already.`, { hint: 'Nothing was changed.' });
    }
    await writeWhole(this.#disk, file, [bytes]);
  }

  /**
   * Moves events older than 90 days out of memory into sealed files. A file is whole on the disk before one change removes its rows; when
   * the process ends in between, the next time writes the same file again. Answers what it sealed.
   */
  async seal(store: StateStore, now: number, signal?: AbortSignal): Promise<SegmentRow[]> {
    const sealed: SegmentRow[] = [];
    const end = await store.read((reader) => endOfOld(reader, now));
    while (signal?.aborted !== true) {
      const { rows, before } = await oldest(store, end);
      if (rows.length === 0) break;
      const { row, bytes } = await encodeSegment(rows, before);
      await this.put(row.name, bytes);
      if (!(await store.write(sealer, (transaction) => replaceRows(transaction, row, rows.length, before)))) break;
      sealed.push(row);
    }
    return sealed;
  }
}

/** The first sequence that stays: the newest one, or the first that is too young; 0 when it is not time yet. */
function endOfOld(reader: Reader, now: number): number {
  const oldestTime = reader.get<{ time: number }>('select time from events order by sequence limit 1')?.time ?? now;
  if (oldestTime >= now - sealedAfter - slack) return 0;
  const last = reader.get<{ last: number | null }>('select max(sequence) as last from events')?.last ?? 0;
  const young = 'select min(sequence) as first from events where time >= ?';
  return Math.min(reader.get<{ first: number | null }>(young, [now - sealedAfter])?.first ?? last, last);
}

/** The next events to seal, as many as a segment takes. */
async function oldest(store: StateStore, end: number): Promise<{ rows: EventRow[]; before: SegmentRow | undefined }> {
  const before = await store.read((reader) => reader.get<SegmentRow>(`select ${segmentColumns} from segments order by first desc limit 1`));
  const rows: EventRow[] = [];
  let bytes = 0;
  for (let at = 0; at < end; ) {
    const some = await store.read((reader) =>
      reader.all<EventRow>(`select ${eventColumns} from events where sequence > ? and sequence < ? order by sequence limit ${page}`, [
        at,
        end,
      ]),
    );
    for (const row of some) {
      bytes += row.payload?.length ?? 0;
      if (rows.length === most.rows || (bytes > most.bytes && rows.length > 0)) return { rows, before };
      rows.push(row);
    }
    at = some.length < page ? end : (some.at(-1)?.sequence ?? end);
  }
  return { rows, before };
}

/** The one change of a sealing. Answers false when the rows are not those of the file any more (a restore came in between). */
function replaceRows(transaction: Transaction, segment: SegmentRow, count: number, before: SegmentRow | undefined): boolean {
  const newest = transaction.get<{ sha256: string }>('select sha256 from segments order by first desc limit 1');
  if (newest?.sha256 !== before?.sha256) return false;
  const range = [segment.first, segment.last];
  const present = transaction.get<{ count: number }>('select count(*) as count from events where sequence between ? and ?', range);
  const last = transaction.get<{ hash: Uint8Array }>('select hash from events where sequence = ?', [segment.last]);
  if (present?.count !== count || last === undefined || Buffer.compare(last.hash, segment.head) !== 0) return false;
  transaction.run('delete from events where sequence between ? and ?', range);
  const { first, last: end, min_time, max_time, name, size, sha256, head } = segment;
  const values = [first, end, min_time, max_time, name, size, sha256, head];
  transaction.run(`insert into segments (${segmentColumns}) values (?, ?, ?, ?, ?, ?, ?, ?)`, values);
  transaction.event({ entity: 'segment', entityId: name, kind: 'sealed', payload: { first, last: end, count, sha256 } });
  return true;
}
