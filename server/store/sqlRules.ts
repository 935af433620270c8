import { Failure } from '../rpc/failure.ts';
import type { Value } from './types.ts';

/**
 * What SQL may do where. A journal replays statements, so whatever changes rows must give the same rows again: time, random values and
 * counters of the connection are bound as parameters, never asked of SQLite.
 */
type Kind = 'read' | 'change' | 'migration';

/** Differs from run to run, or asks the connection. */
const unsteady =
  /\b(random|randomblob|changes|total_changes|last_insert_rowid|sqlite_version|sqlite_source_id|date|time|datetime|julianday|unixepoch|strftime|timediff)\s*\(|\bcurrent_(time|date|timestamp)\b/;
const first: Record<Kind, RegExp> = {
  read: /^(select|with|values|explain|pragma\s+(table_x?info|foreign_key_list|foreign_key_check|index_list|index_info|integrity_check|quick_check|page_count|page_size))\b/,
  change: /^(insert|update|delete|replace|with)\b/,
  migration: /^(insert|update|delete|replace|with|create|alter|drop)\b/,
};
const writes = /\b(insert|update|delete)\b|\breplace\s+into\b/;
/** They would undo the batch of others, live outside the file, or fail only when it commits, which is after the journal has it. */
const outside = /\b(or|conflict)\s+rollback\b|\braise\s*\(\s*rollback\b|\bdeferr|^create\s+temp/;

const allowed: Record<Kind, Set<string>> = { read: new Set(), change: new Set(), migration: new Set() };

/** Throws `internal` when the statement may not be used so. Answers are remembered: statements are constants of the program. */
export function checkSql(kind: Kind, sql: string): void {
  if (allowed[kind].has(sql)) return;
  const words = wordsOf(sql);
  const refuse = (why: string): never => {
    throw new Failure('internal', `This SQL ${why}: ${sql.trim().slice(0, 200)}`);
  };
  if (/;\s*\S/.test(words.replace(/^create\s+trigger\b.*\bend\b/s, ''))) refuse('is more than one statement');
  if (!first[kind].test(words)) refuse(kind === 'read' ? 'does not only read' : 'is not allowed in a change');
  if (kind === 'read') {
    if (writes.test(words)) refuse('does not only read');
  } else {
    if (unsteady.test(words)) refuse('would not give the same rows when the journal is replayed; bind such values');
    if (outside.test(words)) refuse('would leave the transaction');
  }
  if (allowed[kind].size > 2000) allowed[kind].clear();
  allowed[kind].add(sql);
}

/** Throws `internal` on a value that the journal or SQLite would change: NaN, infinities, integers beyond 2^53, booleans, bigints. */
export function checkValues(values: readonly Value[]): void {
  for (const value of values as readonly unknown[]) {
    if (value === null || typeof value === 'string' || value instanceof Uint8Array) continue;
    if (typeof value === 'number' && Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))) continue;
    throw new Failure('internal', `A value of type ${typeof value} (${String(value)}) cannot be stored exactly.`);
  }
}

/** Lower case, without comments, literals and quoted names: only the words of the language are left. */
function wordsOf(sql: string): string {
  return sql
    .replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\//g, (text) => (/^['"`[]/.test(text) ? "''" : ' '))
    .trim()
    .toLowerCase();
}
