import { setImmediate } from 'node:timers/promises';
import { asFailure, Failure } from '../rpc/failure.ts';
import { Change, readerOf } from './change.ts';
import type { Journal } from './journal.ts';
import { encodeRecord, type JournalRecord, type Statement } from './journalFormat.ts';
import type { Sqlite } from './sqlite.ts';
import type { Author, Fence, Reader, Transaction } from './types.ts';

interface Waiting {
  readonly author: Author;
  readonly change: (transaction: Transaction) => unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (failure: unknown) => void;
}

/** What became of a change; told only when it is durable, for also a refusal may rest on what others changed in the same batch. */
type Outcome = { readonly kind: 'done'; readonly answer: unknown } | { readonly kind: 'thrown'; readonly error: unknown };

/** Of a change that is running: told when even undoing it fails. */
const pending: Outcome = { kind: 'thrown', error: new Failure('internal', 'The change did not end.') };

export interface WriterOptions {
  readonly sqlite: Sqlite;
  readonly journal: Journal;
  readonly fence: Fence;
  readonly clock: () => number;
  readonly position: number;
  readonly schema: number;
  /** After a batch is durable and answered. */
  readonly onDurable: (batch: { bytes: number; lastEvent: number | undefined }) => void;
  /** Nothing can be acknowledged any more. */
  readonly onFailed: (failure: Failure) => void;
}

/** A batch ends when it has so many changes, so many bytes, or took so long: who waits for others' changes should not wait long. */
const mostChanges = 256;
const mostBytes = 4 * 1024 * 1024;
const longestMs = 10;

/** The one serial writer: changes that wait share a journal record; reads and other work come between batches. */
export class Writer {
  readonly #options: WriterOptions;
  #sqlite: Sqlite;
  #reader: Reader;
  #position: number;
  #schema: number;
  readonly #waiting: Waiting[] = [];
  readonly #between: (() => Promise<void>)[] = [];
  #running = false;
  #failure: Failure | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#sqlite = options.sqlite;
    this.#reader = readerOf(options.sqlite);
    this.#position = options.position;
    this.#schema = options.schema;
  }

  /** The last record. */
  get position(): number {
    return this.#position;
  }

  get schema(): number {
    return this.#schema;
  }

  write(author: Author, change: (transaction: Transaction) => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#waiting.push({ author, change, resolve, reject });
      this.#start();
    });
  }

  read<T>(query: (reader: Reader) => T): Promise<T> {
    return this.between(() => query(this.#reader));
  }

  /** Runs when no batch is under way: the database holds exactly what is durable. */
  between<T>(task: (sqlite: Sqlite) => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#between.push(async () => {
        try {
          if (this.#failure !== undefined) throw this.#failure;
          resolve(await task(this.#sqlite));
        } catch (error) {
          reject(error);
        }
      });
      this.#start();
    });
  }

  /** Makes one record of `fill` durable: what is not a change (a migration, a replacement). Only from within `between`. */
  async append(record: DistributedOmit<JournalRecord, 'position' | 'time' | 'fence'>, apply: () => void, undo: () => void): Promise<void> {
    const { journal, fence, clock } = this.#options;
    const bytes = encodeRecord({ position: this.#position + 1, time: clock(), fence: fence.number, ...record } as JournalRecord);
    let written = false;
    try {
      await journal.write(bytes, this.#position);
      written = true;
      await journal.sync();
      fence.check();
      apply();
    } catch (error) {
      undo();
      const failure = asFailure(error);
      if (written || journal.broken) this.fail(failure);
      throw failure;
    }
    this.#position += 1;
    this.#schema = record.schema;
    this.#options.onDurable({ bytes: bytes.length, lastEvent: undefined });
  }

  /** The database. Only from within `between`. */
  get current(): Sqlite {
    return this.#sqlite;
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.between(() => {});
  }

  /** Nothing runs after this. */
  async end(): Promise<void> {
    const closed = new Failure('io', 'The store is closed.');
    await this.between(() => {}).catch(() => {});
    this.#failure ??= closed;
    for (const { reject } of this.#waiting.splice(0)) reject(closed);
    await this.#options.journal.rotate().catch(() => {});
    this.#sqlite.close();
  }

  /** The state is another one from now on. Only from within `between`. */
  exchange(sqlite: Sqlite): void {
    this.#sqlite = sqlite;
    this.#reader = readerOf(sqlite);
  }

  /** Everything that waits and whatever comes later is answered with this. */
  fail(failure: Failure): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    for (const { reject } of this.#waiting.splice(0)) reject(failure);
    this.#options.onFailed(failure);
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#loop().catch((error: unknown) => this.fail(asFailure(error)));
  }

  async #loop(): Promise<void> {
    while (this.#between.length > 0 || this.#waiting.length > 0) {
      // Those that come while these run wait for the next round: readers never keep the writer waiting.
      for (const task of this.#between.splice(0)) await task();
      if (this.#waiting.length === 0) continue;
      // Those who were answered just now may ask again and share the record.
      await setImmediate();
      await this.#batch();
    }
    this.#running = false;
  }

  async #batch(): Promise<void> {
    const { journal, fence, clock, onDurable } = this.#options;
    const now = clock();
    const taken: { readonly waiting: Waiting; outcome: Outcome }[] = [];
    const changes: (readonly Statement[])[] = [];
    let lastEvent: number | undefined;
    let bytes = 0;
    let repeated = false;
    let written = false;
    try {
      this.#sqlite.run('begin');
      const start = performance.now();
      let size = 0;
      while (taken.length < mostChanges && size < mostBytes && (taken.length === 0 || performance.now() - start < longestMs)) {
        const waiting = this.#waiting.shift();
        if (waiting === undefined) break;
        const change = new Change(this.#sqlite, this.#reader, waiting.author, now);
        const each = { waiting, outcome: pending };
        taken.push(each);
        each.outcome = this.#run(waiting, change);
        if (each.outcome.kind === 'thrown') continue;
        size += change.size;
        repeated ||= change.repeated;
        if (change.statements.length > 0) changes.push(change.statements);
        lastEvent = change.lastEvent ?? lastEvent;
      }
      // The first answer may rest on a record of an owner who never acknowledged it. It counts for ever once our journal names that one's.
      if (changes.length > 0 || (repeated && !journal.begun)) {
        const record = encodeRecord({ position: this.#position + 1, time: now, fence: fence.number, schema: this.#schema, changes });
        bytes = record.length;
        await journal.write(record, this.#position);
        written = true;
        await journal.sync();
      }
      fence.check();
      this.#sqlite.run('commit');
    } catch (error) {
      this.#abandon(taken, asFailure(error), written);
      return;
    }
    if (written) this.#position += 1;
    for (const { waiting, outcome } of taken) {
      if (outcome.kind === 'done') waiting.resolve(outcome.answer);
      else waiting.reject(outcome.error);
    }
    if (written) onDurable({ bytes, lastEvent });
  }

  /** Runs one change in a savepoint: when it throws, only it is undone. */
  #run({ author, change }: Waiting, transaction: Change): Outcome {
    this.#sqlite.run('savepoint change');
    try {
      const answer = author.key === undefined ? change(transaction) : answerOnce(transaction, author.key, change);
      if (answer instanceof Promise) throw new Failure('internal', 'A change must not wait for anything.');
      this.#sqlite.run('release change');
      return { kind: 'done', answer };
    } catch (error) {
      this.#sqlite.run('rollback to change');
      this.#sqlite.run('release change');
      return { kind: 'thrown', error };
    }
  }

  /**
   * The batch is not acknowledged: all of it is undone. The store goes on when only a write was refused and the file is as before; a
   * record that may be in the file is not in this database any more, so this process must not write another one behind it.
   */
  #abandon(taken: readonly { waiting: Waiting }[], failure: Failure, written: boolean): void {
    let undone = true;
    try {
      this.#sqlite.run('rollback');
    } catch {
      undone = false;
    }
    const { journal } = this.#options;
    if (!undone || written || journal.broken || failure.reason === 'locked') this.fail(failure);
    for (const { waiting } of taken) waiting.reject(failure);
  }
}

/** A change asked for again under the same key is not run again: its first answer is given. */
function answerOnce(transaction: Change, key: string, change: (transaction: Transaction) => unknown): unknown {
  const before = transaction.get<{ answer: string | null }>('select answer from request_keys where key = ?', [key]);
  if (before !== undefined) {
    transaction.repeated = true;
    return before.answer === null ? undefined : JSON.parse(before.answer);
  }
  const answer = change(transaction);
  transaction.run('insert into request_keys (key, answer, time) values (?, ?, ?)', [key, JSON.stringify(answer) ?? null, transaction.now]);
  return answer;
}

/** `Omit` for each member of a union. */
type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
