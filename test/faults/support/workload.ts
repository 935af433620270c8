// Changes of a random workload, and what of them a store holds. Each one has several effects, which must be there together or not at all.
import { createHash } from 'node:crypto';
import { rowsOf, tablesOf } from '../../../server/store/archiveFormat.ts';
import { verifyLog } from '../../../server/store/audit.ts';
import type { Disk } from '../../../server/store/disk.ts';
import { layoutOf } from '../../../server/store/layout.ts';
import { loadState } from '../../../server/store/load.ts';
import { Segments, segmentsOf } from '../../../server/store/segments.ts';
import { Sqlite } from '../../../server/store/sqlite.ts';
import type { Store } from '../../../server/store/store.ts';
import type { Reader, Transaction } from '../../../server/store/types.ts';
import type { Random } from '../../support/repositories/random.ts';

export interface Work {
  readonly id: string;
  /** `note`: an event. `project`: event and rows of three tables. `count`: reads and raises a number. The others throw: by themselves, or a row without its parent. */
  readonly kind: 'note' | 'project' | 'count' | 'thrown' | 'orphan';
  /** Asked for under an idempotency key. */
  readonly keyed: boolean;
  readonly rows: number;
  readonly size: number;
}

/** What a change answers: the sequence of its event. */
export interface Answer {
  readonly sequence: number;
}

/** The effects of one piece of work: where its events are, and how many rows of each table. */
export type Effects = { sequences: number[]; projects: number; repositories: number; trust: number };

/** All that a store holds of the workload. */
export interface Seen {
  readonly work: Readonly<Record<string, Effects>>;
  readonly counter: number;
  /** Of every row. */
  readonly digest: string;
  /** What is wrong with the store itself. */
  readonly problems: readonly string[];
}

export function planWork(random: Random, prefix: string, count: number): Work[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = random.pick(['note', 'note', 'project', 'project', 'count', 'thrown', 'orphan'] as const);
    return {
      id: `${prefix}-${index}`,
      kind,
      keyed: kind !== 'thrown' && kind !== 'orphan' && random.chance(0.6),
      rows: random.between(1, 4),
      size: random.chance(0.1) ? random.between(1000, 20_000) : random.below(80),
    };
  });
}

export function perform(store: Store, work: Work): Promise<Answer> {
  const author = { actor: 'test', correlationId: work.id, ...(work.keyed ? { key: `key-${work.id}` } : {}) };
  return store.write(author, (transaction) => act(transaction, work));
}

function act(transaction: Transaction, { id, kind, rows, size }: Work): Answer {
  const filling = 'x'.repeat(size);
  if (kind === 'note') return { sequence: transaction.event({ entity: 'work', entityId: id, kind, payload: { filling } }) };
  if (kind === 'count') {
    const before = transaction.get<{ value: string }>("select value from meta where key = 'counter'");
    const value = Number(before?.value ?? 0) + 1;
    const sql = "insert into meta (key, value) values ('counter', ?) on conflict (key) do update set value = excluded.value";
    transaction.run(sql, [String(value)]);
    return { sequence: transaction.event({ entity: 'work', entityId: id, kind, payload: { value } }) };
  }
  const sequence = transaction.event({ entity: 'work', entityId: id, kind, payload: { rows } });
  transaction.run('insert into projects (id, name, created) values (?, ?, ?)', [id, filling, transaction.now]);
  for (let row = 0; row < rows; row++) {
    const parent = kind === 'orphan' && row === rows - 1 ? 'nobody' : id;
    transaction.run('insert into repositories (common_dir, project, seen) values (?, ?, ?)', [`${id}/${row}`, parent, transaction.now]);
  }
  transaction.run('insert into trust (connection, repository, time) values (?, ?, ?)', ['connection', id, transaction.now]);
  if (kind === 'thrown') throw new Error('on purpose');
  return { sequence };
}

/** The effects that a piece of work has when it was done. */
export function expectedRows({ kind, rows }: Work): Omit<Effects, 'sequences'> {
  return kind === 'project' ? { projects: 1, repositories: rows, trust: 1 } : { projects: 0, repositories: 0, trust: 0 };
}

/** Looks at everything, sealed segments included, and checks the store itself: chain, references, integrity, and that a replay gives the same. */
export async function inspect(store: Store, disk: Disk = store.disk): Promise<Seen> {
  const problems: string[] = [];
  const segments = new Segments(disk, store.layout.segments);
  const verified = await verifyLog(store, segments, { signal: new AbortController().signal, progress: () => {} });
  problems.push(...verified.problems.map(({ problem }) => problem));
  const image = await store.image();
  const copy = await Sqlite.open(image.image);
  try {
    const integrity = copy.get<{ integrity_check: string }>('pragma integrity_check')?.integrity_check;
    if (integrity !== 'ok') problems.push(`integrity: ${integrity}`);
    const orphans = copy.all('pragma foreign_key_check').length;
    if (orphans > 0) problems.push(`${orphans} rows refer to nothing`);
    return { ...(await effectsIn(copy, segments)), digest: digestOf(copy), problems };
  } finally {
    copy.close();
  }
}

async function effectsIn(reader: Reader, segments: Segments): Promise<Pick<Seen, 'work' | 'counter'>> {
  const work: Record<string, Effects> = {};
  const of = (id: string) => {
    work[id] ??= { sequences: [], projects: 0, repositories: 0, trust: 0 };
    return work[id];
  };
  for (const segment of segmentsOf(reader)) {
    for await (const row of segments.rows(segment)) if (row.entity === 'work') of(row.entity_id).sequences.push(row.sequence);
  }
  type Found = { id: string; sequence: number };
  for (const { id, sequence } of reader.all<Found>("select entity_id as id, sequence from events where entity = 'work'")) {
    of(id).sequences.push(sequence);
  }
  for (const { id } of reader.all<{ id: string }>('select id from projects')) of(id).projects++;
  for (const { id } of reader.all<{ id: string }>('select project as id from repositories')) of(id).repositories++;
  for (const { id } of reader.all<{ id: string }>('select repository as id from trust')) of(id).trust++;
  const counter = Number(reader.get<{ value: string }>("select value from meta where key = 'counter'")?.value ?? 0);
  return { work, counter };
}

export function digestOf(reader: Reader): string {
  const hash = createHash('sha256');
  for (const table of tablesOf(reader)) {
    hash.update(table.name);
    for (const row of rowsOf(reader, table)) hash.update(JSON.stringify(row));
  }
  return hash.digest('hex');
}

/** The same state built without the newest snapshots: from the given one on, or from nothing while the first journal is there. */
export async function replayed(disk: Disk, home: string, newest: number, without: number): Promise<{ digest: string; position: number }> {
  const layout = layoutOf(home);
  const names = await disk.list(layout.snapshots);
  const kept = names
    .filter((name) => !name.endsWith('.snapshot'))
    .concat(names.filter((name) => name.endsWith('.snapshot')).slice(0, without));
  const hiding: Disk = {
    ...bound(disk),
    list: (folder) => (folder === layout.snapshots ? Promise.resolve(kept.sort()) : disk.list(folder)),
  };
  const { sqlite, position } = await loadState(hiding, layout, { newest });
  try {
    return { digest: digestOf(sqlite), position };
  } finally {
    sqlite.close();
  }
}

function bound(disk: Disk): Disk {
  return {
    list: (folder) => disk.list(folder),
    size: (file) => disk.size(file),
    read: (file, range) => disk.read(file, range),
    makeFolder: (folder) => disk.makeFolder(folder),
    create: (file) => disk.create(file),
    open: (file) => disk.open(file),
    rename: (from, to) => disk.rename(from, to),
    remove: (file) => disk.remove(file),
    syncFolder: (folder) => disk.syncFolder(folder),
  };
}
