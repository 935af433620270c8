import type { Reader, Value } from './types.ts';

/** What a migration may use: rows and tables, deterministic, inside the transaction that the store has begun. */
export interface MigrationDatabase extends Reader {
  run(sql: string, params?: readonly Value[]): number;
}

/** One step of the schema. It runs once, on a clone first; what it ran is journaled, so replay never needs it again. */
export interface Migration {
  /** One more than the one before; the first is 1. */
  readonly version: number;
  readonly name: string;
  run(database: MigrationDatabase): void;
}
