import { Failure } from '../rpc/failure.ts';
import { readerOf } from './change.ts';
import type { Statement } from './journalFormat.ts';
import type { Migration, MigrationDatabase } from './migrations.ts';
import { Sqlite } from './sqlite.ts';
import { checkSql, checkValues } from './sqlRules.ts';
import type { Writer } from './writer.ts';

/** What the pending migrations would do, found out on a copy. */
export interface Trial {
  readonly from: number;
  readonly to: number;
  readonly steps: { version: number; name: string; statements: number }[];
  /** `ok`, or what SQLite found. */
  readonly integrity: string;
  /** Rows that refer to nothing. */
  readonly foreignKeys: number;
  readonly tables: { name: string; before?: number; after?: number }[];
  /** `+`/`-` lines of the schema. */
  readonly schemaDifference: string[];
}

/** Tries the migrations on a copy; the copy is thrown away. Rejects when one of them throws. */
export async function tryMigrations(image: Uint8Array, schema: number, pending: readonly Migration[]): Promise<Trial> {
  const clone = await Sqlite.open(image);
  try {
    const [rowsBefore, schemaBefore] = [rowCounts(clone), schemaLines(clone)];
    clone.run('begin');
    const steps = pending.map(({ version, name, ...migration }) => {
      const { database, statements } = recorder(clone);
      migration.run(database);
      clone.forgetStatements();
      return { version, name, statements: statements.length };
    });
    const [rowsAfter, schemaAfter] = [rowCounts(clone), schemaLines(clone)];
    clone.run('commit');
    const names = [...new Set([...rowsBefore.keys(), ...rowsAfter.keys()])].sort();
    return {
      from: schema,
      to: pending.at(-1)?.version ?? schema,
      steps,
      integrity: clone
        .all<{ integrity_check: string }>('pragma integrity_check')
        .map((row) => row.integrity_check)
        .join('; '),
      foreignKeys: clone.all('pragma foreign_key_check').length,
      tables: names.map((name) => {
        const [before, after] = [rowsBefore.get(name), rowsAfter.get(name)];
        return { name, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
      }),
      schemaDifference: [
        ...schemaBefore.filter((line) => !schemaAfter.includes(line)).map((line) => `- ${line}`),
        ...schemaAfter.filter((line) => !schemaBefore.includes(line)).map((line) => `+ ${line}`),
      ],
    };
  } finally {
    clone.close();
  }
}

/** Tries the migrations on a copy, then runs them as one durable record. Rejects, with nothing changed, when anything is wrong. */
export async function migrate(writer: Writer, sqlite: Sqlite, pending: readonly Migration[]): Promise<void> {
  const refuse = (why: string, cause?: unknown): Failure =>
    new Failure('internal', `The state could not be migrated to schema ${pending.at(-1)?.version}: ${why}.`, {
      hint: 'Nothing was changed; `hearth store migrate --dry-run` shows more. The version of Hearth before still works.',
      cause,
    });
  const trial = await tryMigrations(sqlite.export(), writer.schema, pending).catch((error: unknown) => {
    throw refuse((error as Error).message, error);
  });
  if (trial.integrity !== 'ok') throw refuse(trial.integrity);
  if (trial.foreignKeys > 0) throw refuse(`${trial.foreignKeys} rows would refer to nothing`);
  sqlite.run('begin');
  const { database, statements } = recorder(sqlite);
  try {
    for (const migration of pending) migration.run(database);
  } catch (error) {
    sqlite.forgetStatements();
    sqlite.run('rollback');
    throw refuse((error as Error).message, error);
  }
  await writer.append(
    { schema: trial.to, changes: [statements] },
    () => sqlite.run('commit'),
    () => sqlite.run('rollback'),
  );
  sqlite.forgetStatements();
}

/** What a migration is given: checks, and remembers what it ran. */
function recorder(sqlite: Sqlite): { database: MigrationDatabase; statements: Statement[] } {
  const statements: Statement[] = [];
  const database: MigrationDatabase = {
    ...readerOf(sqlite),
    run: (sql, params = []) => {
      checkSql('migration', sql);
      checkValues(params);
      const changed = sqlite.run(sql, params);
      statements.push([sql, params]);
      return changed;
    },
  };
  return { database, statements };
}

/** Rows of each table. */
export function rowCounts(sqlite: Pick<Sqlite, 'all' | 'get'>): Map<string, number> {
  const names = sqlite.all<{ name: string }>(
    "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name",
  );
  return new Map(
    names.map(({ name }) => [
      name,
      sqlite.get<{ count: number }>(`select count(*) as count from "${name.replaceAll('"', '""')}"`)?.count ?? 0,
    ]),
  );
}

function schemaLines(sqlite: Sqlite): string[] {
  return sqlite
    .all<{ sql: string }>('select sql from sqlite_schema where sql is not null order by type, name')
    .map(({ sql }) => sql.replace(/\s+/g, ' '));
}
