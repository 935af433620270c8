import path from 'node:path';
import type { Disk } from './disk.ts';
import { type Cut, decodeHeader, decodeJournal, type JournalContent, type JournalHeader } from './journalFormat.ts';
import { type JournalName, journalNames, type Layout, snapshotNames } from './layout.ts';
import { gap, refuseNewer, replay, type State } from './replay.ts';
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

/** Reading beside an owner that writes: files come, grow and go between one look and the next. */
const attempts = 3;

/** `loadState` for whoever does not own the home: only what cannot be read again and again is damaged. */
export async function loadBeside(disk: Disk, layout: Layout, options: LoadOptions): Promise<Loaded> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await loadState(disk, layout, options);
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
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

/** The newest snapshot that is as it was written, or nothing. */
export async function startingPoint(disk: Disk, layout: Layout, options: LoadOptions, damage: Damage[]): Promise<State> {
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

export interface ListedJournal extends JournalName {
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
  let newest: number | undefined;
  for (const [index, { name, fence }] of [...names.entries()].reverse()) {
    // An owner names every journal that it found. One it did not find was made by somebody who had lost the home before: never acknowledged.
    if (newest !== undefined && fence < newest && !cuts.has(name)) cuts.set(name, 0);
    if (cuts.get(name) === 0) headers[index] = undefined;
    const header = headers[index];
    if (header === undefined) continue;
    newest ??= fence;
    for (const { file, length } of header.previous) if (!cuts.has(file)) cuts.set(file, length);
  }
  return names.map((name, index) => ({ ...name, header: headers[index], cut: cuts.get(name.name) }));
}

/** What of a journal counts. */
export async function readJournal(disk: Disk, layout: Layout, { name, cut }: Pick<ListedJournal, 'name' | 'cut'>): Promise<JournalContent> {
  const bytes = await disk.read(path.join(layout.journal, name));
  return decodeJournal(cut === undefined ? bytes : bytes.subarray(0, cut));
}
