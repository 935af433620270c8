import path from 'node:path';
import { Failure } from '../rpc/failure.ts';
import type { Log } from '../rpc/log.ts';
import { readerOf } from './change.ts';
import { type Disk, realDisk, removeLeftovers } from './disk.ts';
import { Journal, writeFailure } from './journal.ts';
import { type Layout, layoutOf, replacementName, snapshotName } from './layout.ts';
import { type Damage, type Loaded, loadState } from './load.ts';
import { migrate } from './migrate.ts';
import type { Migration } from './migrations.ts';
import { firstMoment, imageAt } from './moment.ts';
import { keepDamaged } from './quarantine.ts';
import { prune } from './retention.ts';
import { migrations as ownMigrations } from './schema.ts';
import { writeSnapshot } from './snapshot.ts';
import { Sqlite } from './sqlite.ts';
import type { Author, Fence, Reader, StateStore, Transaction } from './types.ts';
import { Writer } from './writer.ts';

export interface StoreOptions {
  /** HEARTH_HOME. */
  readonly home: string;
  readonly fence: Fence;
  readonly log: Log;
  /** Given by fault tests. */
  readonly disk?: Disk;
  /** Given by tests and benches. */
  readonly migrations?: readonly Migration[];
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Called once when nothing can be acknowledged any more: `locked` when another process owns the home, else `io`. The hub ends. */
  readonly onFailed?: (failure: Failure) => void;
  /** Called with the state as it was, before a migration of a store that is not new. A rejection stops the start; nothing was changed. */
  readonly beforeMigration?: (before: Image) => Promise<void>;
}

/** The whole state at one position. */
export interface Image {
  readonly image: Uint8Array;
  readonly position: number;
  readonly schema: number;
  readonly time: number;
}

/** A snapshot is made after so many bytes or records of journal: what may have to be replayed after a kill takes less than half a second. */
const snapshotBytes = 16 * 1024 * 1024;
export const snapshotRecords = 10_000;
/** After a snapshot could not be written, the next attempt waits for so many records. */
const snapshotRetry = 1000;
/** Idempotency keys are remembered so long: longer than any client asks again. */
const keyLife = 24 * 3_600_000;

/** The state: one database in memory, every acknowledged change in the journal on disk. */
export class Store implements StateStore {
  readonly layout: Layout;
  readonly disk: Disk;
  /** What was found at start-up, in a sentence each. */
  readonly warnings: readonly string[];
  readonly #options: StoreOptions;
  readonly #clock: () => number;
  readonly #journal: Journal;
  readonly #writer: Writer;
  readonly #listeners = new Set<(last: number) => void>();
  #snapshot: Loaded['snapshot'];
  /** Bytes of records since the snapshot. */
  #bytes: number;
  #snapshotting: Promise<void> | undefined;
  #nextSnapshot = snapshotRecords;
  #keysForgotten = 0;
  #closed = false;

  private constructor(options: StoreOptions, layout: Layout, disk: Disk, loaded: Loaded, warnings: readonly string[]) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.layout = layout;
    this.disk = disk;
    this.warnings = warnings;
    this.#snapshot = loaded.snapshot;
    this.#bytes = loaded.replayed.bytes;
    this.#journal = new Journal(disk, layout, options.fence.number, loaded.unrecorded);
    this.#writer = new Writer({
      sqlite: loaded.sqlite,
      journal: this.#journal,
      fence: options.fence,
      clock: this.#clock,
      position: loaded.position,
      schema: loaded.schema,
      onDurable: (batch) => this.#onDurable(batch),
      onFailed: (failure) => {
        options.log('error', 'the store has failed', { reason: failure.reason, error: failure.message });
        options.onFailed?.(failure);
      },
    });
  }

  /** Loads the state, migrates it. The caller owns the home. Rejects with one sentence and changes nothing when it cannot. */
  static async open(options: StoreOptions): Promise<Store> {
    const disk = options.disk ?? realDisk;
    const layout = layoutOf(options.home);
    const known = options.migrations ?? ownMigrations;
    const loaded = await loadState(disk, layout, { newest: known.at(-1)?.version ?? 0 });
    try {
      const warnings: string[] = [];
      await makeDurable(disk, layout, loaded);
      options.fence.check();
      for (const folder of [layout.snapshots, layout.segments, layout.backups, layout.quarantine]) await removeLeftovers(disk, folder);
      for (const each of loaded.damage) {
        options.fence.check();
        const kept = await keepDamaged(disk, layout, each);
        const text = sentenceOf(each, kept);
        warnings.push(text);
        options.log('warn', text);
      }
      const store = new Store(options, layout, disk, loaded, warnings);
      await store.#migrate(known);
      return store;
    } catch (error) {
      loaded.sqlite.close();
      throw error;
    }
  }

  /** Position of the last durable record. */
  get position(): number {
    return this.#writer.position;
  }

  get schema(): number {
    return this.#writer.schema;
  }

  /** What start-up would read. */
  get snapshotFile(): Loaded['snapshot'] {
    return this.#snapshot;
  }

  write<T>(author: Author, change: (transaction: Transaction) => T): Promise<T> {
    if (this.#closed) return Promise.reject(ended());
    return this.#writer.write(author, change) as Promise<T>;
  }

  read<T>(query: (reader: Reader) => T): Promise<T> {
    if (this.#closed) return Promise.reject(ended());
    return this.#writer.read(query);
  }

  onAppended(listener: (last: number) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A copy of the state, for a backup. */
  image(): Promise<Image> {
    return this.#writer.between((sqlite) => this.#image(sqlite));
  }

  /** The state of a moment, as far back as snapshots and journals reach (`firstMoment`); `not-found` before that. */
  imageAt(time: number): Promise<Image> {
    return this.#writer.between(() => imageAt(this.disk, this.layout, this.schema, time));
  }

  /** From when on `imageAt` answers; undefined when nothing is on the disk yet. */
  firstMoment(): Promise<number | undefined> {
    return this.#writer.between(() => firstMoment(this.disk, this.layout));
  }

  /**
   * Replaces the whole state by an image of the same schema that `build` gives, as one durable record; `lastEvent` is the end of its log.
   * Who reads or writes waits from before `build` until it is durable, so every acknowledged change is in what `build` is given or in the
   * new state. Rejects, with nothing changed, with what `build` rejects with. `build` must not ask the store.
   */
  async replace<T>(build: (present: Image, reader: Reader) => Promise<{ image: Uint8Array; lastEvent: number; answer: T }>): Promise<T> {
    const { fence, log } = this.#options;
    const answer = await this.#writer.between(async (before) => {
      const built = await build(this.#image(before), readerOf(before));
      const position = this.#writer.position + 1;
      const name = replacementName(position, fence.number);
      fence.check();
      const facts = { position, schema: this.schema, time: this.#clock() };
      // The image in memory becomes the database, which changes it: the file is written from it before.
      const sha256 = await writeSnapshot(this.disk, path.join(this.layout.snapshots, name), facts, built.image);
      const sqlite = await Sqlite.open(built.image);
      await this.#writer.append(
        { schema: this.schema, replace: { name, sha256 } },
        () => this.#writer.exchange(sqlite),
        () => sqlite.close(),
      );
      before.close();
      this.#tell(built.lastEvent);
      return built.answer;
    });
    await this.snapshot().catch((error: unknown) => log('warn', 'no snapshot could be written', { error: (error as Error).message }));
    return answer;
  }

  /** Writes a snapshot unless nothing changed since the last one, then deletes what no longer serves a restore. */
  snapshot(): Promise<void> {
    this.#snapshotting ??= this.#takeSnapshot().finally(() => {
      this.#snapshotting = undefined;
    });
    return this.#snapshotting;
  }

  /** Finishes what was asked for, writes a snapshot when something changed, frees the memory. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#snapshotting?.catch(() => {});
    try {
      // Everything that waits is written first: a snapshot comes between batches.
      await this.#writer.drain();
      await this.snapshot();
    } catch (error) {
      this.#options.log('warn', 'no snapshot at the end', { error: (error as Error).message });
    }
    await this.#writer.end();
  }

  async #takeSnapshot(): Promise<void> {
    const taken = await this.#writer.between(async (sqlite) => {
      if (this.#snapshot?.position === this.position) return undefined;
      await this.#journal.rotate();
      return { ...this.#image(sqlite), bytes: this.#bytes };
    });
    if (taken === undefined) return;
    const { fence, log } = this.#options;
    const name = snapshotName(taken.position, fence.number);
    fence.check();
    await writeSnapshot(this.disk, path.join(this.layout.snapshots, name), taken, taken.image);
    this.#snapshot = { name, position: taken.position, time: taken.time };
    this.#bytes -= taken.bytes;
    this.#nextSnapshot = snapshotRecords;
    await prune(this.disk, this.layout, { fence, now: this.#clock(), log });
  }

  #image(sqlite: Sqlite): Image {
    return { image: sqlite.export(), position: this.position, schema: this.schema, time: this.#clock() };
  }

  #onDurable({ bytes, lastEvent }: { bytes: number; lastEvent: number | undefined }): void {
    this.#bytes += bytes;
    if (lastEvent !== undefined) this.#tell(lastEvent);
    if (this.#closed) return;
    this.#forgetKeys();
    const records = this.position - (this.#snapshot?.position ?? 0);
    if ((records >= this.#nextSnapshot || this.#bytes >= snapshotBytes) && this.#snapshotting === undefined) {
      this.snapshot().catch((error: unknown) => {
        this.#nextSnapshot = records + snapshotRetry;
        this.#options.log('warn', 'no snapshot could be written; the journal has everything', { error: (error as Error).message });
      });
    }
  }

  #tell(last: number): void {
    for (const listener of this.#listeners) {
      try {
        listener(last);
      } catch (error) {
        this.#options.log('error', 'a listener of the event log failed', { error: (error as Error).stack });
      }
    }
  }

  #forgetKeys(): void {
    const now = this.#clock();
    if (Math.abs(now - this.#keysForgotten) < 3_600_000) return;
    this.#keysForgotten = now;
    void this.#writer
      .write({ actor: 'hub', correlationId: 'store' }, (transaction) => {
        const [old] = transaction.all('select 1 from request_keys where time < ? limit 1', [now - keyLife]);
        if (old !== undefined) transaction.run('delete from request_keys where time < ?', [now - keyLife]);
      })
      .catch(() => {});
  }

  async #migrate(known: readonly Migration[]): Promise<void> {
    const pending = known.filter(({ version }) => version > this.schema);
    if (pending.length === 0) return;
    await this.#writer.between(async (sqlite) => {
      if (this.schema > 0) await this.#options.beforeMigration?.(this.#image(sqlite));
      await migrate(this.#writer, sqlite, pending);
    });
  }
}

/**
 * What was read may be in the memory of the system only, when the one who wrote it was killed before it synced. It counts now, so it must
 * be on the disk before anything is built on it.
 */
async function makeDurable(disk: Disk, layout: Layout, { unrecorded }: Loaded): Promise<void> {
  for (const { file, length } of unrecorded) {
    if (length === 0) continue;
    const open = await disk.open(path.join(layout.journal, file)).catch((error: unknown) => {
      throw writeFailure(error);
    });
    try {
      await open.datasync();
    } finally {
      await open.close();
    }
  }
  if (unrecorded.length > 0) await disk.syncFolder(layout.journal);
}

function sentenceOf(damage: Damage, kept: string): string {
  switch (damage.kind) {
    case 'snapshot':
      return `The snapshot ${damage.file} was damaged; it is kept as ${kept}, and the state was read from an older one and the journal.`;
    case 'tail':
      return `The last change in ${damage.file} was damaged and is left out; its bytes are kept as ${kept}.`;
  }
}

function ended(): Failure {
  return new Failure('io', 'The store is closed.');
}
