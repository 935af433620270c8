/** What SQLite can bind and we can write into the journal exactly. Booleans are 0 and 1, times integer milliseconds since the epoch. */
export type Value = null | string | number | Uint8Array;
export type Row = Readonly<Record<string, Value>>;

/** Reads rows. Statements are prepared once and kept. */
export interface Reader {
  get<R extends Row>(sql: string, params?: readonly Value[]): R | undefined;
  all<R extends Row>(sql: string, params?: readonly Value[]): R[];
}

/** A new row of the event log; sequence, time, salt and hashes are added by the store. */
export interface NewEvent {
  readonly project?: string | undefined;
  readonly entity: string;
  readonly entityId: string;
  readonly kind: string;
  /** JSON. Never a secret. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** One change: what it runs is rolled back as a whole when it throws, and written to the journal statement by statement when it does not. */
export interface Transaction extends Reader {
  /** Milliseconds since the epoch, the same in the whole change: SQL must be deterministic, so time and random values are bound. */
  readonly now: number;
  /** Runs a statement that changes rows; answers how many it changed. */
  run(sql: string, params?: readonly Value[]): number;
  /** Adds a row to the event log; answers its sequence. */
  event(event: NewEvent): number;
}

/** Who asks for a change. */
export interface Author {
  readonly actor: string;
  readonly correlationId: string;
  /** Idempotency key: a change asked for again under the same key is not run again, its first answer is given. */
  readonly key?: string | undefined;
}

/** Whether this process still owns the home: read from disk before every acknowledgement (DESIGN §1). */
export interface Fence {
  readonly number: number;
  /** Throws `Failure('locked')` when another process has raised the fence. */
  check(): void;
}

/**
 * The one door to the state. A change is durable before its promise resolves: begin → run → append to the journal → fdatasync → check the
 * fence → commit → tell the listeners → answer. Changes that wait share one journal record and one fdatasync. Reads never see what is
 * not durable yet.
 */
export interface StateStore {
  /** Rejects with what `change` threw, or `io` when the disk refused (nothing changed then). The answer must be JSON. */
  write<T>(author: Author, change: (transaction: Transaction) => T): Promise<T>;
  read<T>(query: (reader: Reader) => T): Promise<T>;
  /** Called after each durable change that added events, with the last sequence. Returns the way to stop. */
  onAppended(listener: (last: number) => void): () => void;
}
