import { createHash } from 'node:crypto';
import type { ResultOf } from '../protocol/message.ts';
import type { exportArchive } from '../protocol/store.ts';
import { Failure, throwIfCancelled } from '../rpc/failure.ts';
import type { Context } from '../rpc/router.ts';
import {
  type ArchiveEnd,
  type ArchiveHeader,
  type ArchivePiece,
  type ArchiveRow,
  archived,
  archiveFormat,
  archiveVersion,
  rowsOf,
  tablesOf,
} from './archiveFormat.ts';
import { refuseExisting } from './backup.ts';
import { readerOf } from './change.ts';
import { writeWhole } from './disk.ts';
import type { Keeping } from './keeping.ts';
import { ownerIdOf } from './restore.ts';
import { SegmentDamage, type Segments, segmentsOf } from './segments.ts';
import { Sqlite } from './sqlite.ts';

/** Lines are written in pieces of about this size. */
const pieceBytes = 256 * 1024;

/** Writes the state of this moment and all sealed segments to a file. Nothing is left when it fails or is cancelled. */
export async function writeArchive(
  { store, segments, version }: Pick<Keeping, 'store' | 'segments' | 'version'>,
  file: string,
  context: Pick<Context, 'signal' | 'progress'>,
): Promise<ResultOf<typeof exportArchive>> {
  await refuseExisting(store.disk, file);
  const { image, schema, time } = await store.image();
  const sqlite = await Sqlite.open(image);
  const counts: { rows: Record<string, number>; segments: Record<string, number> } = { rows: {}, segments: {} };
  try {
    const size = await writeWhole(
      store.disk,
      file,
      hashed(linesOf(sqlite, segments, { hearth: version, time, schema }, counts, context), counts),
    );
    return { path: file, rows: Object.values(counts.rows).reduce((sum, count) => sum + count, 0), size };
  } finally {
    sqlite.close();
  }
}

/** Everything but the last line. */
async function* linesOf(
  sqlite: Sqlite,
  segments: Segments,
  facts: { hearth: string; time: number; schema: number },
  counts: Pick<ArchiveEnd, 'rows' | 'segments'> & { rows: Record<string, number>; segments: Record<string, number> },
  context: Pick<Context, 'signal' | 'progress'>,
): AsyncGenerator<string> {
  const reader = readerOf(sqlite);
  const tables = tablesOf(reader);
  yield line({
    format: archiveFormat,
    version: archiveVersion,
    ...facts,
    ownerId: ownerIdOf(reader),
    tables: tables.map(({ name, columns }) => ({ name, columns })),
  } satisfies ArchiveHeader);
  for (const table of tables) {
    let count = 0;
    for (const row of rowsOf(reader, table)) {
      if (count++ % 1000 === 0) {
        throwIfCancelled(context.signal);
        context.progress({ message: `Writing ${table.name}`, done: count });
      }
      yield line({ table: table.name, row: row.map(archived) } satisfies ArchiveRow);
    }
    counts.rows[table.name] = count;
  }
  for (const segment of segmentsOf(reader)) {
    throwIfCancelled(context.signal);
    context.progress({ message: `Writing segment ${segment.name}` });
    const bytes = await segments.bytes(segment).catch((error: unknown) => {
      if (!(error instanceof SegmentDamage)) throw error;
      throw new Failure('io', error.message, { hint: '`hearth audit verify` shows all of them; no archive was written.' });
    });
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const base64 = bytes.subarray(at, at + pieceBytes).toString('base64');
      yield line({ segment: segment.name, base64 } satisfies ArchivePiece);
    }
    counts.segments[segment.name] = bytes.length;
  }
}

/** The lines as bytes, and the last line with the digest of them. */
async function* hashed(lines: AsyncIterable<string>, counts: Pick<ArchiveEnd, 'rows' | 'segments'>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let waiting = '';
  for await (const text of lines) {
    waiting += text;
    if (waiting.length < pieceBytes) continue;
    const bytes = Buffer.from(waiting);
    waiting = '';
    hash.update(bytes);
    yield bytes;
  }
  const rest = Buffer.from(waiting);
  yield rest;
  yield Buffer.from(line({ end: true, ...counts, sha256: hash.update(rest).digest('hex') } satisfies ArchiveEnd));
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
