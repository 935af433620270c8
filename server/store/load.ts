import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Failure } from '../rpc/failure.ts';
import type { Disk } from './disk.ts';
import { type Cut, decodeHeader, decodeJournal, type JournalContent, type JournalHeader, type JournalRecord } from './journalFormat.ts';
import { type JournalName, journalNames, type Layout, snapshotNames } from './layout.ts';
import { readSnapshot } from './snapshot.ts';
import { Sqlite } from './sqlite.ts';

/** A file that is not as it was written. What is done about it is up to who loads: a reader without ownership does nothing. */
export type Damage =
  | { readonly kind: 'snapshot'; readonly file: string }
  /** The end of a journal, from `length` on. */
  | { readonly kind: 'tail'; readonly file: string; readonly length: number };

export interface Loaded {
  readonly sqlite: Sqlite;
  /** The last record that is in it. */
  readonly position: number;
  readonly schema: number;
  /** What it started from; undefined when it was replayed from nothing. */
  readonly snapshot: { readonly name: string; readonly position: number; readonly time: number } | undefined;
  /** Replayed since then. */
  readonly replayed: { readonly records: number; readonly bytes: number };
  /** Journals whose length no later one has written down: whoever writes the next one does. */
  readonly unrecorded: readonly Cut[];
  readonly damage: readonly Damage[];
}

export interface LoadOptions {
  /** The newest schema this program knows. */
  readonly newest: number;
  /** The state as it was then: up to the first record after that time. */
  readonly until?: number;
}

/** Builds the state from files without changing any: the newest valid snapshot, then every record after it, without a gap. */
export async function loadState(disk: Disk, layout: Layout, options: LoadOptions): Promise<Loaded> {
  const journals = await listJournals(disk, layout);
  const damage: Damage[] = [];
  const state = await startingPoint(disk, layout, options, damage);
  const { snapshot } = state;
  let records = 0;
  let bytes = 0;
  const unrecorded: Cut[] = [];
  try {
    await refuseHeadless(disk, layout, journals, state.position);
    for (const [index, journal] of journals.entries()) {
      const next = journals.slice(index + 1).find(({ header }) => header !== undefined)?.header;
      const passed = next !== undefined && next.base <= state.position;
      if (passed && journal.cut !== undefined) continue;
      const content = await readJournal(disk, layout, journal);
      if (journal.cut === undefined) unrecorded.push({ file: journal.name, length: content.length });
      if (content.ending === 'flipped') damage.push({ kind: 'tail', file: journal.name, length: content.length });
      if (content.header !== undefined && content.header.base > state.position) throw gap(journal.name, state.position);
      const before = state.position;
      const ended =
        (await replay(disk, layout, state, journal.name, content.records, options)) ||
        (await replay(disk, layout, state, journal.name, content.stranded, options));
      records += state.position - before;
      if (state.position > before) bytes += content.length;
      if (ended) break;
    }
    const claimed = Math.max(0, ...(await disk.list(layout.snapshots).then(snapshotNames)).map(({ position }) => position));
    if (options.until === undefined && claimed > state.position) throw gap('store/snapshots', state.position);
  } catch (error) {
    state.sqlite.close();
    throw error;
  }
  return {
    sqlite: state.sqlite,
    position: state.position,
    schema: state.schema,
    snapshot,
    replayed: { records, bytes },
    unrecorded,
    damage,
  };
}

/**
 * A journal whose header cannot be read but whose records can: what it said of the lengths of older ones is lost, so records that were
 * never acknowledged could not be told from others.
 */
async function refuseHeadless(disk: Disk, layout: Layout, journals: readonly ListedJournal[], position: number): Promise<void> {
  for (const journal of journals) {
    if (journal.header !== undefined) continue;
    const { stranded } = await readJournal(disk, layout, journal);
    if (stranded.some((record) => record.position > position)) throw gap(journal.name, position);
  }
}

interface State {
  sqlite: Sqlite;
  position: number;
  schema: number;
  readonly snapshot: Loaded['snapshot'];
}

async function startingPoint(disk: Disk, layout: Layout, options: LoadOptions, damage: Damage[]): Promise<State> {
  for (const { name } of snapshotNames(await disk.list(layout.snapshots))) {
    const found = await readSnapshot(disk, path.join(layout.snapshots, name));
    if (found === undefined) {
      damage.push({ kind: 'snapshot', file: name });
      continue;
    }
    const { position, schema, time } = found.header;
    if (options.until !== undefined && time > options.until) continue;
    refuseNewer(schema, options.newest);
    return { sqlite: await Sqlite.open(found.image), position, schema, snapshot: { name, position, time } };
  }
  return { sqlite: await Sqlite.open(), position: 0, schema: 0, snapshot: undefined };
}

/** A newer Hearth wrote this: nothing of it is touched. */
function refuseNewer(schema: number, newest: number): void {
  if (schema <= newest) return;
  throw new Failure('precondition', `This state was written by a newer Hearth (schema ${schema}, this one knows ${newest}).`, {
    hint: 'Update Hearth; nothing was changed.',
  });
}

interface ListedJournal extends JournalName {
  readonly header: JournalHeader | undefined;
  /** How much of it counts, as a later journal wrote down. */
  readonly cut: number | undefined;
}

/** More than the longest header: a header names the few journals that none before it has named. */
const headerBytes = 64 * 1024;

export async function listJournals(disk: Disk, layout: Layout): Promise<ListedJournal[]> {
  const names = journalNames(await disk.list(layout.journal));
  const headers: (JournalHeader | undefined)[] = [];
  for (const { name } of names) {
    headers.push(decodeHeader(await disk.read(path.join(layout.journal, name), { start: 0, length: headerBytes })).header);
  }
  const cuts = new Map<string, number>();
  for (const header of headers) {
    for (const { file, length } of header?.previous ?? []) if (!cuts.has(file)) cuts.set(file, length);
  }
  return names.map((name, index) => ({ ...name, header: headers[index], cut: cuts.get(name.name) }));
}

/** What of a journal counts. */
export async function readJournal(disk: Disk, layout: Layout, { name, cut }: Pick<ListedJournal, 'name' | 'cut'>): Promise<JournalContent> {
  const bytes = await disk.read(path.join(layout.journal, name));
  return decodeJournal(cut === undefined ? bytes : bytes.subarray(0, cut));
}

/** Records per transaction, after which the event loop turns. */
const perTransaction = 500;

/** Applies what comes after the state's position. Answers true when the moment that was asked for is reached. */
async function replay(
  disk: Disk,
  layout: Layout,
  state: State,
  file: string,
  records: Iterable<JournalRecord>,
  { newest, until = Number.POSITIVE_INFINITY }: LoadOptions,
): Promise<boolean> {
  let pending = 0;
  const flush = () => {
    if (pending > 0) state.sqlite.run('commit');
    pending = 0;
  };
  for (const record of records) {
    if (record.position <= state.position) continue;
    if (record.position !== state.position + 1) throw gap(file, state.position);
    refuseNewer(record.schema, newest);
    if (record.time > until) {
      flush();
      return true;
    }
    if ('replace' in record) {
      flush();
      const found = await readSnapshot(disk, path.join(layout.snapshots, record.replace.name)).catch(() => undefined);
      if (found?.sha256 !== record.replace.sha256) throw gap(record.replace.name, state.position);
      state.sqlite.close();
      state.sqlite = await Sqlite.open(found.image);
    } else {
      if (pending === 0) state.sqlite.run('begin');
      try {
        for (const statements of record.changes) for (const [sql, params] of statements) state.sqlite.run(sql, params);
      } catch (error) {
        throw new Failure('io', `The record ${record.position} of the journal ${file} cannot be replayed: ${(error as Error).message}.`, {
          hint: recoverHint,
          cause: error,
        });
      }
      if (++pending === perTransaction) {
        flush();
        await setImmediate();
      }
    }
    if (record.schema !== state.schema) state.sqlite.forgetStatements();
    state.position = record.position;
    state.schema = record.schema;
  }
  flush();
  return false;
}

const recoverHint = '`hearth store recover` shows what can be read and goes on with it; nothing was changed.';

function gap(file: string, position: number): Failure {
  return new Failure('io', `The store is damaged: after change ${position}, ${file} cannot be read in order.`, { hint: recoverHint });
}
