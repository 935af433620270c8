import { promises as fs } from 'node:fs';
import path from 'node:path';
import { Failure } from '../rpc/failure.ts';
import { collectGarbage } from './memory.ts';
import type { Row, Value } from './types.ts';

/** What we use of sql.js 1.16; the package has no types of its own. */
interface RawStatement {
  bind(params: readonly Value[]): boolean;
  step(): boolean;
  get(): Value[];
  getColumnNames(): string[];
  reset(): void;
  free(): void;
}
interface RawDatabase {
  run(sql: string): unknown;
  prepare(sql: string): RawStatement;
  export(): Uint8Array;
  getRowsModified(): number;
  close(): void;
}
interface Engine {
  Database: new (image?: Uint8Array) => RawDatabase;
}

/** More than this many different statements are never in use at once; the least recently used is freed. */
const mostStatements = 400;
/** Bytes of a database whose copies are worth a garbage collection. */
const large = 16 * 1024 * 1024;

/**
 * One database in memory. Prepared statements are kept, foreign keys are enforced. Integers beyond 32 bits are bound as doubles by
 * sql.js: a column declared `integer` stores them as integers again, an expression does not.
 */
export class Sqlite {
  readonly #database: RawDatabase;
  /** Least recently used first. */
  readonly #statements = new Map<string, { statement: RawStatement; columns: readonly string[] }>();

  private constructor(database: RawDatabase) {
    this.#database = database;
    // Nothing here touches a disk: what is durable is the journal. Rollback needs a journal in memory; the lock calls are for nobody.
    database.run('pragma journal_mode = memory; pragma synchronous = off; pragma locking_mode = exclusive; pragma temp_store = memory');
    database.run('pragma cache_size = -4000; pragma foreign_keys = on; pragma trusted_schema = off');
  }

  /** `image` becomes the database's own memory: the caller must not use it again. Throws when it is no database. */
  static async open(image?: Uint8Array): Promise<Sqlite> {
    const engine = await loadEngine();
    return new Sqlite(new engine.Database(image));
  }

  get<R extends Row = Row>(sql: string, params: readonly Value[] = []): R | undefined {
    const { statement, columns } = this.#prepared(sql);
    try {
      statement.bind(params);
      return statement.step() ? (rowOf(columns, statement.get()) as R) : undefined;
    } finally {
      statement.reset();
    }
  }

  all<R extends Row = Row>(sql: string, params: readonly Value[] = []): R[] {
    const { statement, columns } = this.#prepared(sql);
    const rows: R[] = [];
    try {
      statement.bind(params);
      while (statement.step()) rows.push(rowOf(columns, statement.get()) as R);
      return rows;
    } finally {
      statement.reset();
    }
  }

  /** Answers how many rows it changed. */
  run(sql: string, params: readonly Value[] = []): number {
    const { statement } = this.#prepared(sql);
    try {
      statement.bind(params);
      statement.step();
    } finally {
      statement.reset();
    }
    return this.#database.getRowsModified();
  }

  /** After a change of the schema: the columns of `select *` are others. */
  forgetStatements(): void {
    for (const { statement } of this.#statements.values()) statement.free();
    this.#statements.clear();
  }

  /** The whole database as one file image: one copy of it, about 1.2 ms per MB. Not inside a transaction. */
  export(): Uint8Array {
    const { page_count: pages } = this.get<{ page_count: number }>('pragma page_count') ?? { page_count: 0 };
    const { page_size: size } = this.get<{ page_size: number }>('pragma page_size') ?? { page_size: 0 };
    if (pages * size > large) collectGarbage();
    return this.#database.export();
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #prepared(sql: string): { statement: RawStatement; columns: readonly string[] } {
    let kept = this.#statements.get(sql);
    if (kept === undefined) {
      const statement = this.#database.prepare(sql);
      kept = { statement, columns: statement.getColumnNames() };
      for (const [oldest, { statement: unused }] of this.#statements) {
        if (this.#statements.size < mostStatements) break;
        unused.free();
        this.#statements.delete(oldest);
      }
    } else {
      this.#statements.delete(sql);
    }
    this.#statements.set(sql, kept);
    return kept;
  }
}

function rowOf(columns: readonly string[], values: readonly Value[]): Row {
  const row: Record<string, Value> = {};
  for (let index = 0; index < columns.length; index += 1) row[columns[index] ?? ''] = values[index] ?? null;
  return row;
}

let engine: Promise<Engine> | undefined;

/** Loads sql.js once, on first need, and checks what we rely on. A failed load is tried again by the next caller. */
function loadEngine(): Promise<Engine> {
  engine ??= load().catch((error: unknown) => {
    engine = undefined;
    throw error;
  });
  return engine;
}

async function load(): Promise<Engine> {
  const wasmBinary = await readWasm();
  // @ts-expect-error sql.js has no types of its own
  const { default: initSqlJs } = (await import('sql.js')) as { default: (options: object) => Promise<Engine> };
  const loaded = await initSqlJs({ wasmBinary, useOldExtensionFunctions: false });
  selfTest(loaded);
  return loaded;
}

/** Beside the bundle; when run from source, in node_modules. */
async function readWasm(): Promise<Uint8Array> {
  const here = import.meta.dirname;
  for (const file of [path.join(here, 'sql-wasm.wasm'), path.join(here, '../../node_modules/sql.js/dist/sql-wasm.wasm')]) {
    const bytes = await fs.readFile(file).catch(() => undefined);
    if (bytes !== undefined) return bytes;
  }
  throw new Failure('internal', 'The file sql-wasm.wasm is missing beside the Hearth server.', { hint: 'Install Hearth again.' });
}

/**
 * sql.js before 1.16 lost foreign keys, prepared statements and open transactions in `export()`: a build that does must not hold state.
 */
function selfTest({ Database }: Engine): void {
  const database = new Database();
  try {
    database.run('pragma foreign_keys = on; create table a (x integer primary key); create table b (x integer references a (x))');
    const statement = database.prepare('select count(*) from a');
    database.export();
    let enforced = false;
    try {
      database.run('insert into b values (1)');
    } catch {
      enforced = true;
    }
    if (!enforced) throw new Failure('internal', 'This build of sql.js loses foreign keys when it exports; it must not hold state.');
    if (!statement.step()) throw new Failure('internal', 'This build of sql.js loses prepared statements when it exports.');
    statement.free();
    database.run('begin; insert into a values (1)');
    try {
      database.export();
    } catch {
      // Refused inside a transaction: as it must be.
    }
    database.run('rollback');
  } finally {
    database.close();
  }
}
