import { appendEvent } from './eventChain.ts';
import type { Statement } from './journalFormat.ts';
import type { Sqlite } from './sqlite.ts';
import { checkSql, checkValues } from './sqlRules.ts';
import type { Author, NewEvent, Reader, Row, Transaction, Value } from './types.ts';

/** A reader that refuses to write. */
export function readerOf(sqlite: Sqlite): Reader {
  return {
    get: (sql, params = []) => {
      checkSql('read', sql);
      checkValues(params);
      return sqlite.get(sql, params);
    },
    all: (sql, params = []) => {
      checkSql('read', sql);
      checkValues(params);
      return sqlite.all(sql, params);
    },
  };
}

/** One change while it runs: remembers each statement for the journal. */
export class Change implements Transaction {
  readonly now: number;
  readonly statements: Statement[] = [];
  /** About how many bytes they will take in the journal. */
  size = 0;
  /** It was asked for before: what it answers rests on a record that is there already. */
  repeated = false;
  /** Sequence of the last event it added. */
  lastEvent: number | undefined;
  readonly #sqlite: Sqlite;
  readonly #reader: Reader;
  readonly #author: Author;

  constructor(sqlite: Sqlite, reader: Reader, author: Author, now: number) {
    this.#sqlite = sqlite;
    this.#reader = reader;
    this.#author = author;
    this.now = now;
  }

  get<R extends Row>(sql: string, params?: readonly Value[]): R | undefined {
    return this.#reader.get<R>(sql, params);
  }

  all<R extends Row>(sql: string, params?: readonly Value[]): R[] {
    return this.#reader.all<R>(sql, params);
  }

  run(sql: string, params: readonly Value[] = []): number {
    checkSql('change', sql);
    checkValues(params);
    const changed = this.#sqlite.run(sql, params);
    this.statements.push([sql, params]);
    for (const value of params) this.size += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8;
    return changed;
  }

  event(event: NewEvent): number {
    this.lastEvent = appendEvent(this, this.#author, this.now, event);
    return this.lastEvent;
  }
}
