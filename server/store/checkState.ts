import { verifyRows } from './audit.ts';
import { readerOf } from './change.ts';
import type { Sqlite } from './sqlite.ts';

/** What is wrong with a state, a sentence each: SQLite's own check, references that lead nowhere, the chain of the events in memory. */
export async function checkState(sqlite: Sqlite, chain = true): Promise<string[]> {
  const integrity = sqlite.all<{ integrity_check: string }>('pragma integrity_check(10)').map((row) => row.integrity_check);
  if (integrity[0] !== 'ok') return integrity.map((text) => `SQLite says: ${text}.`);
  const references = sqlite.all<{ table: string; parent: string }>('pragma foreign_key_check');
  const names = new Set(references.map(({ table, parent }) => `A row of ${table} refers to a row of ${parent} that does not exist.`));
  return [...names, ...(chain ? await verifyRows(readerOf(sqlite)) : [])];
}
