import { randomUUID } from 'node:crypto';
import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import type * as protocol from '../protocol/store.ts';
import { Failure } from '../rpc/failure.ts';
import type { Backups } from './backup.ts';
import { readerOf } from './change.ts';
import { checkState } from './checkState.ts';
import { commonEvents, headOf } from './commonEvents.ts';
import { appendEvent } from './eventChain.ts';
import { rowCounts } from './migrate.ts';
import type { Migration } from './migrations.ts';
import { isSegmentName } from './segmentFile.ts';
import { type Segments, segmentsOf } from './segments.ts';
import { Sqlite } from './sqlite.ts';
import type { Image, Store } from './store.ts';
import type { Author, Reader } from './types.ts';

type Source = ParamsOf<typeof protocol.restore>['source'];
type Identity = ParamsOf<typeof protocol.restore>['identity'];

/** What replaces the state, and what is said about it in the event. */
export interface Replacement {
  readonly kind: 'restored' | 'imported';
  readonly source: Readonly<Record<string, unknown>>;
  readonly identity: Identity;
}

/** What was replaced: name of the backup of the present, position of the record, events that are gone from the log. */
export type Replaced = ResultOf<typeof protocol.restore>;

/** Replaces the state by that of a backup, a file, or a moment. */
export class Restores {
  readonly #store: Store;
  readonly #backups: Backups;
  readonly #segments: Segments;
  readonly #migrations: readonly Migration[];

  constructor(store: Store, backups: Backups, segments: Segments, migrations: readonly Migration[]) {
    this.#store = store;
    this.#backups = backups;
    this.#segments = segments;
    this.#migrations = migrations;
  }

  async preview(source: Source): Promise<ResultOf<typeof protocol.previewRestore>> {
    const { sqlite, time, schema } = await this.#open(source);
    try {
      const restored = readerOf(sqlite);
      const after = rowCounts(sqlite);
      const common = await commonEvents(
        this.#segments,
        (query) => this.#store.read(query),
        (query) => query(restored),
      );
      return await this.#store.read((present) => {
        const before = rowCounts(present);
        const names = [...new Set([...before.keys(), ...after.keys()])].sort();
        return {
          time,
          schema,
          tables: names.map((name) => ({ name, now: before.get(name) ?? 0, restored: after.get(name) ?? 0 })),
          eventsUndone: headOf(present).sequence - common,
          ownerId: { now: ownerIdOf(present), restored: ownerIdOf(restored) },
        };
      });
    } finally {
      sqlite.close();
    }
  }

  async restore(source: Source, identity: Identity, author: Author): Promise<Replaced> {
    const { sqlite } = await this.#open(source);
    const named = 'path' in source ? { file: source.path } : 'name' in source ? { backup: source.name } : { time: source.time };
    return this.replaceBy(sqlite, { kind: 'restored', source: named, identity }, author);
  }

  /**
   * Makes `sqlite`, a checked state of the current schema, the present one. Nobody reads or writes from the backup of the present until the
   * new state is durable: every acknowledged change is in one of the two. Closes `sqlite`.
   */
  async replaceBy(sqlite: Sqlite, by: Replacement, author: Author): Promise<Replaced> {
    try {
      return await this.#store.replace(async (present, reader) => {
        const before = answerBefore<Replaced>(reader, author.key);
        if (before !== undefined) throw new AnsweredBefore(before);
        const backup = await this.#backups.create('restore', present);
        const common = await commonEvents(
          this.#segments,
          (query) => query(reader),
          (query) => query(readerOf(sqlite)),
        );
        const head = headOf(reader);
        const answer = { backup: backup.name, position: present.position + 1, eventsUndone: head.sequence - common };
        const lastEvent = finish(sqlite, reader, { ...by, author, answer, head, time: present.time });
        return { image: sqlite.export(), lastEvent, answer };
      });
    } catch (error) {
      // Asked as a change: what rests on an earlier owner's record is made sure of.
      if (error instanceof AnsweredBefore) return this.#store.write(author, () => error.answer);
      throw error;
    } finally {
      sqlite.close();
    }
  }

  /** A state of this or an older schema, checked and brought up to date. `what` begins the sentence when it cannot be used. */
  async prepare(image: Uint8Array, schema: number, what: string): Promise<Sqlite> {
    const newest = this.#migrations.at(-1)?.version ?? 0;
    if (schema > newest) {
      throw new Failure('precondition', `${what} was written by a newer Hearth (schema ${schema}, this one knows ${newest}).`, {
        hint: 'Update Hearth; nothing was changed.',
      });
    }
    const sqlite = await Sqlite.open(image).catch((error: Error) => {
      throw new Failure('invalid', `${what} holds no database: ${error.message}.`, { hint: 'Nothing was changed.' });
    });
    try {
      const broken = await checkState(sqlite, false);
      if (broken.length > 0) throw new Failure('invalid', `${what} is damaged: ${broken[0]}`, { hint: 'Nothing was changed.' });
      migrateCopy(
        sqlite,
        this.#migrations.filter(({ version }) => version > schema),
      );
      await this.check(sqlite, what);
      return sqlite;
    } catch (error) {
      sqlite.close();
      if (error instanceof Failure) throw error;
      // Not the tables that its schema has.
      throw new Failure('invalid', `${what} is damaged: ${(error as Error).message}.`, { hint: 'Nothing was changed.', cause: error });
    }
  }

  /** Throws one sentence when a state of the current schema cannot be used. `given` are segments that come with it. */
  async check(sqlite: Sqlite, what: string, given: ReadonlySet<string> = new Set()): Promise<void> {
    const [problem] = await checkState(sqlite);
    if (problem !== undefined) throw new Failure('invalid', `${what} is damaged: ${problem}`, { hint: 'Nothing was changed.' });
    const needed = segmentsOf(readerOf(sqlite)).filter(({ name }) => !given.has(name));
    if (!needed.every(({ name }) => isSegmentName(name))) throw new Failure('invalid', `${what} names a sealed segment that is none.`);
    const [missing] = await this.#segments.missing(needed);
    if (missing !== undefined) {
      throw new Failure('precondition', `${what} needs the sealed segment ${missing.name}, which is not in ${this.#segments.folder}.`, {
        hint: 'Copy it there from the home the backup was made in, or use `hearth store export` there; nothing was changed.',
      });
    }
  }

  async #open(source: Source): Promise<{ sqlite: Sqlite; time: number; schema: number }> {
    let image: Image;
    if (!('time' in source)) image = await this.#backups.read(source);
    else if (source.time > Date.now()) throw new Failure('invalid', 'That moment is in the future.');
    else image = await this.#store.imageAt(source.time);
    const what = 'path' in source ? `The file ${source.path}` : 'name' in source ? `The backup ${source.name}` : 'The state of that moment';
    const { time, schema } = image;
    return { sqlite: await this.prepare(image.image, schema, what), time, schema };
  }
}

/** The request was answered already, before its answer was lost on the way. */
class AnsweredBefore extends Error {
  readonly answer: Replaced;

  constructor(answer: Replaced) {
    super('answered before');
    this.answer = answer;
  }
}

/** What was answered to the same request before. */
export function answerBefore<T>(reader: Reader, key: string | undefined): T | undefined {
  if (key === undefined) return undefined;
  const row = reader.get<{ answer: string | null }>('select answer from request_keys where key = ?', [key]);
  return row === undefined ? undefined : (JSON.parse(row.answer ?? 'null') as T);
}

/** Runs migrations on a state that nobody serves from. */
export function migrateCopy(sqlite: Sqlite, pending: readonly Migration[]): void {
  if (pending.length === 0) return;
  sqlite.run('begin');
  for (const migration of pending) migration.run(sqlite);
  sqlite.run('commit');
  sqlite.forgetStatements();
}

/** The last rows of the new state: whose it is, what was answered to whom, and the event that says what was undone. Answers its sequence. */
function finish(
  sqlite: Sqlite,
  present: Reader,
  more: Replacement & { author: Author; answer: Replaced; head: { sequence: number; hash: string }; time: number },
): number {
  const { author, answer, head, time } = more;
  sqlite.run('begin');
  const kept = ownerIdOf(readerOf(sqlite)) || ownerIdOf(present);
  const ownerId = more.identity === 'copy' ? randomUUID() : kept;
  sqlite.run(`insert into meta (key, value) values ('ownerId', ?) on conflict (key) do update set value = excluded.value`, [ownerId]);
  // Who asks again for something that was undone gets the old answer; it is not done a second time behind the restore.
  sqlite.run('delete from request_keys');
  const keys = present.all<{ key: string; answer: string | null; time: number }>('select key, answer, time from request_keys');
  const own = author.key === undefined ? [] : [{ key: author.key, answer: JSON.stringify(answer), time }];
  for (const row of [...keys, ...own]) {
    sqlite.run('insert into request_keys (key, answer, time) values (?, ?, ?)', [row.key, row.answer, row.time]);
  }
  // What may run here is decided here: a grant that was taken back does not return, and none comes from elsewhere.
  sqlite.run('delete from trust');
  type Grant = { connection: string; repository: string; time: number };
  for (const grant of present.all<Grant>('select connection, repository, time from trust')) {
    sqlite.run('insert into trust (connection, repository, time) values (?, ?, ?)', [grant.connection, grant.repository, grant.time]);
  }
  const lastEvent = appendEvent(sqlite, author, time, {
    entity: 'store',
    entityId: ownerId,
    kind: more.kind,
    payload: { from: more.source, identity: more.identity, backup: answer.backup, undone: { events: answer.eventsUndone, ...head } },
  });
  sqlite.run('commit');
  return lastEvent;
}

export function ownerIdOf(reader: Reader): string {
  return reader.get<{ value: string }>(`select value from meta where key = 'ownerId'`)?.value ?? '';
}
