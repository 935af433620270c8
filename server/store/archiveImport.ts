import { createHash } from 'node:crypto';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Failure, throwIfCancelled } from '../rpc/failure.ts';
import type { Context } from '../rpc/router.ts';
import {
  type ArchiveEnd,
  type ArchiveHeader,
  archiveFormat,
  archiveVersion,
  quoted,
  type Table,
  tablesOf,
  unarchived,
} from './archiveFormat.ts';
import { mustBeFile } from './backup.ts';
import { readerOf } from './change.ts';
import type { Disk } from './disk.ts';
import { linesOf } from './jsonLines.ts';
import type { Migration } from './migrations.ts';
import { migrateCopy, type Restores } from './restore.ts';
import { isNamedAfter, isSegmentName } from './segmentFile.ts';
import { type Segments, segmentsOf } from './segments.ts';
import { Sqlite } from './sqlite.ts';
import type { Author, Value } from './types.ts';

type Given = Pick<Context, 'signal' | 'progress'>;

/** Replaces the state by that of an archive. All of it is checked before anything is changed. */
export async function importArchive(
  parts: { disk: Disk; segments: Segments; restores: Restores; migrations: readonly Migration[] },
  { file, identity }: { file: string; identity: 'move' | 'copy' },
  author: Author,
  context: Given,
): Promise<{ backup: string; rows: number }> {
  const { disk, segments, restores, migrations } = parts;
  await mustBeFile(file);
  const reading = new ArchiveReading(path.basename(file), migrations);
  try {
    const sqlite = await reading.read(chunksOf(disk, file), context);
    await restores.check(sqlite, reading.what, new Set(reading.segments.keys()));
    // Only now is anything written: segments first, under names that carry their hash, then the state that knows them.
    for await (const [name, bytes] of segmentsIn(disk, file)) await segments.put(name, bytes);
    await restores.check(sqlite, reading.what);
    reading.keep();
    const { backup } = await restores.replaceBy(sqlite, { kind: 'imported', source: { file }, identity }, author);
    return { backup, rows: reading.rows };
  } finally {
    reading.dispose();
  }
}

/** Reads an archive into a database of its own, and checks every line of it. */
class ArchiveReading {
  readonly what: string;
  rows = 0;
  /** SHA-256 of the segments that are in it. */
  readonly segments = new Map<string, string>();
  readonly #migrations: readonly Migration[];
  #sqlite: Sqlite | undefined;
  #schema = 0;
  readonly #tables = new Map<string, { table: Table; sql: string; count: number }>();
  #piece: { name: string; hash: ReturnType<typeof createHash>; size: number } | undefined;
  readonly #sizes = new Map<string, number>();
  #end: ArchiveEnd | undefined;

  constructor(name: string, migrations: readonly Migration[]) {
    this.what = `The archive ${name}`;
    this.#migrations = migrations;
  }

  async read(chunks: AsyncIterable<Uint8Array>, { signal, progress }: Given): Promise<Sqlite> {
    const digest = createHash('sha256');
    let number = 0;
    let sqlite: Sqlite | undefined;
    const endless = () => (number === 0 ? this.#foreign() : this.#damaged(`line ${number + 1} has no end`));
    for await (const text of linesOf(chunks, endless)) {
      number++;
      if (number % 1000 === 0) {
        throwIfCancelled(signal);
        progress({ message: 'Reading the archive', done: number });
        await setImmediate();
      }
      if (this.#end !== undefined) throw this.#damaged(`line ${number} comes after its end`);
      const value = parsed(text);
      if (value === undefined) throw number === 1 ? this.#foreign() : this.#damaged(`line ${number} is cut off or no JSON`);
      if (sqlite === undefined) sqlite = await this.#begin(value);
      else if (value['end'] === true) this.#finish(value as unknown as ArchiveEnd, digest.digest('hex'));
      else this.#line(sqlite, value, number);
      if (this.#end === undefined) digest.update(`${text}\n`);
    }
    if (sqlite === undefined) throw this.#foreign();
    if (this.#end === undefined) throw this.#damaged('its end is missing');
    sqlite.run('commit');
    sqlite.run('pragma foreign_keys = on');
    migrateCopy(
      sqlite,
      this.#migrations.filter(({ version }) => version > this.#schema),
    );
    const index = segmentsOf(readerOf(sqlite));
    if (index.length !== this.segments.size) throw this.#damaged('its sealed segments are not those that its log names');
    for (const { name, sha256 } of index) {
      if (this.segments.get(name) !== sha256) throw this.#damaged(`the sealed segment ${name} is missing in it or damaged`);
    }
    return sqlite;
  }

  /** The database is the caller's from now on. */
  keep(): void {
    this.#sqlite = undefined;
  }

  dispose(): void {
    this.#sqlite?.close();
  }

  async #begin(value: Record<string, unknown>): Promise<Sqlite> {
    const header = value as unknown as ArchiveHeader;
    if (header.format !== archiveFormat) throw this.#foreign();
    const newest = this.#migrations.at(-1)?.version ?? 0;
    if (header.version !== archiveVersion || !(header.schema <= newest)) {
      throw new Failure('precondition', `${this.what} was written by a newer Hearth (${String(header.hearth)}).`, {
        hint: 'Update Hearth; nothing was changed.',
      });
    }
    this.#schema = header.schema;
    const sqlite = await Sqlite.open();
    this.#sqlite = sqlite;
    migrateCopy(
      sqlite,
      this.#migrations.filter(({ version }) => version <= header.schema),
    );
    const known = tablesOf(readerOf(sqlite));
    // As it is written: whatever else stands there, names or types are others.
    const described = known.map(({ name, columns }) => ({ name, columns }));
    if (JSON.stringify(header.tables) !== JSON.stringify(described))
      throw this.#damaged(`its tables are not those of schema ${header.schema}`);
    // Rows come table by table; that they fit together is checked at the end.
    sqlite.run('pragma foreign_keys = off');
    sqlite.run('begin');
    for (const table of known) {
      const columns = table.columns.map(({ name }) => quoted(name));
      sqlite.run(`delete from ${quoted(table.name)}`);
      const sql = `insert into ${quoted(table.name)} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`;
      this.#tables.set(table.name, { table, sql, count: 0 });
    }
    return sqlite;
  }

  #line(sqlite: Sqlite, value: Record<string, unknown>, number: number): void {
    const { table: name, row, segment, base64 } = value;
    if (typeof segment === 'string' && typeof base64 === 'string') {
      this.#segment(segment, Buffer.from(base64, 'base64'));
      return;
    }
    const target = typeof name === 'string' ? this.#tables.get(name) : undefined;
    if (target === undefined || !Array.isArray(row) || row.length !== target.table.columns.length) {
      throw this.#damaged(`line ${number} is no row of its tables`);
    }
    const values = row.map(unarchived);
    if (values.includes(undefined)) throw this.#damaged(`line ${number} has a value that is none of its kinds`);
    try {
      sqlite.run(target.sql, values as Value[]);
    } catch (error) {
      throw this.#damaged(`line ${number} cannot be stored: ${(error as Error).message}`);
    }
    target.count++;
    this.rows++;
  }

  #segment(name: string, bytes: Buffer): void {
    if (this.#piece?.name !== name) {
      this.#endPiece();
      // It becomes the name of a file.
      if (!isSegmentName(name)) throw this.#damaged('it has a sealed segment with a name that is none');
      if (this.segments.has(name)) throw this.#damaged(`the pieces of the segment ${name} are apart`);
      this.#piece = { name, hash: createHash('sha256'), size: 0 };
    }
    this.#piece.hash.update(bytes);
    this.#piece.size += bytes.length;
  }

  #endPiece(): void {
    if (this.#piece === undefined) return;
    const sha256 = this.#piece.hash.digest('hex');
    if (!isNamedAfter(this.#piece.name, sha256)) throw this.#damaged(`the sealed segment ${this.#piece.name} is not what its name says`);
    this.segments.set(this.#piece.name, sha256);
    this.#sizes.set(this.#piece.name, this.#piece.size);
    this.#piece = undefined;
  }

  #finish(end: ArchiveEnd, sha256: string): void {
    this.#endPiece();
    for (const [name, { count }] of this.#tables) {
      if (end.rows?.[name] !== count) throw this.#damaged(`it has ${count} rows of ${name} where ${String(end.rows?.[name])} were written`);
    }
    const sizes = Object.entries(end.segments ?? {});
    const partial = sizes.find(([name, size]) => this.#sizes.get(name) !== size)?.[0];
    if (partial !== undefined) throw this.#damaged(`the sealed segment ${partial} is not whole`);
    if (sizes.length !== this.#sizes.size || Object.keys(end.rows ?? {}).length !== this.#tables.size) {
      throw this.#damaged('its end does not count what is in it');
    }
    if (end.sha256 !== sha256) throw this.#damaged('its content is not what was written (its SHA-256 differs)');
    this.#end = end;
  }

  #damaged(why: string): Failure {
    return new Failure('invalid', `${this.what} is damaged: ${why}.`, { hint: 'Nothing was changed.' });
  }

  #foreign(): Failure {
    return new Failure('invalid', `${this.what} is no archive of Hearth.`, {
      hint: '`hearth store export` writes one; nothing was changed.',
    });
  }
}

/** The sealed segments in an archive that was checked, one at a time. */
async function* segmentsIn(disk: Disk, file: string): AsyncGenerator<[name: string, bytes: Buffer]> {
  let name: string | undefined;
  let pieces: Buffer[] = [];
  for await (const text of linesOf(chunksOf(disk, file))) {
    if (!text.startsWith('{"segment":')) continue;
    const value = parsed(text);
    if (name !== undefined && value?.['segment'] !== name) {
      yield [name, Buffer.concat(pieces)];
      pieces = [];
    }
    name = String(value?.['segment']);
    pieces.push(Buffer.from(String(value?.['base64']), 'base64'));
  }
  if (name !== undefined) yield [name, Buffer.concat(pieces)];
}

/** A file in pieces. */
async function* chunksOf(disk: Disk, file: string, length = 1024 * 1024): AsyncGenerator<Uint8Array> {
  for (let start = 0; ; start += length) {
    const bytes = await disk.read(file, { start, length });
    if (bytes.length > 0) yield bytes;
    if (bytes.length < length) return;
  }
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
