import type { Reader, Value } from './types.ts';

/**
 * The archive of everything: JSON lines. The first line says what follows (`ArchiveHeader`), then one line per row, then the sealed segments
 * in pieces, at last `ArchiveEnd` with counts and the SHA-256 of every byte before it. What a table is comes from the database itself, so a
 * new table or column is never forgotten.
 */

export const archiveFormat = 'hearth-archive';
export const archiveVersion = 1;

export interface ArchiveHeader {
  readonly format: typeof archiveFormat;
  readonly version: number;
  /** Version of the Hearth that wrote it. */
  readonly hearth: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly schema: number;
  readonly ownerId: string;
  readonly tables: readonly { readonly name: string; readonly columns: readonly { readonly name: string; readonly type: string }[] }[];
}

/** One row, in the order of the header's columns. Binary values are `{"base64": "…"}`. */
export interface ArchiveRow {
  readonly table: string;
  readonly row: readonly ArchiveValue[];
}
export type ArchiveValue = null | string | number | { readonly base64: string };

/** A piece of a sealed segment's file; pieces follow one another. */
export interface ArchivePiece {
  readonly segment: string;
  readonly base64: string;
}

export interface ArchiveEnd {
  readonly end: true;
  /** Rows per table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Bytes per segment. */
  readonly segments: Readonly<Record<string, number>>;
  /** Of every byte before this line, hexadecimal. */
  readonly sha256: string;
}

/** A table as the database describes it. */
export interface Table {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Columns that order its rows. */
  readonly key: readonly string[];
}

/** Every table that holds rows of ours. Throws on a virtual table: what it is made of must be thought about before it is archived. */
export function tablesOf(reader: Reader): Table[] {
  const found = reader.all<{ name: string; sql: string }>(
    `select name, sql from sqlite_schema where type = 'table' and name not like 'sqlite!_%' escape '!' order by name`,
  );
  return found.map(({ name, sql }) => {
    if (/^create\s+virtual/i.test(sql)) throw new Error(`the archive does not know what to do with the virtual table ${name}`);
    const columns = reader.all<{ name: string; type: string; pk: number; hidden: number }>(`pragma table_xinfo(${quoted(name)})`);
    const own = columns.filter(({ hidden }) => hidden === 0);
    const key = own.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
    return {
      name,
      columns: own.map(({ name: column, type }) => ({ name: column, type })),
      key: key.length === 0 ? ['rowid'] : key.map((column) => column.name),
    };
  });
}

/** All rows of a table in the order of its key, a page at a time. */
export function* rowsOf(reader: Reader, table: Table, page = 1000): Generator<Value[]> {
  const columns = table.columns.map(({ name }) => quoted(name)).join(', ');
  const key = table.key.map(quoted).join(', ');
  const keyed = table.key.map((name, index) => `${quoted(name)} as "key ${index}"`).join(', ');
  const marks = table.key.map(() => '?').join(', ');
  let after: Value[] | undefined;
  for (;;) {
    const rows = reader.all(
      `select ${columns}, ${keyed} from ${quoted(table.name)} ${after === undefined ? '' : `where (${key}) > (${marks})`} order by ${key} limit ${page}`,
      after ?? [],
    );
    for (const row of rows) {
      yield table.columns.map(({ name }) => row[name] ?? null);
      after = table.key.map((_, index) => row[`key ${index}`] ?? null);
    }
    if (rows.length < page) return;
  }
}

export function archived(value: Value): ArchiveValue {
  return value instanceof Uint8Array ? { base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') } : value;
}

/** The way back. Undefined when it is none of ours. */
export function unarchived(value: unknown): Value | undefined {
  if (value === null || typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) return value;
  const base64 = (value as { base64?: unknown }).base64;
  return typeof base64 === 'string' ? new Uint8Array(Buffer.from(base64, 'base64')) : undefined;
}

/** A name of SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
