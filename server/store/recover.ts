import path from 'node:path';
import type { ResultOf } from '../protocol/message.ts';
import type * as protocol from '../protocol/store.ts';
import { asFailure } from '../rpc/failure.ts';
import type { Log } from '../rpc/log.ts';
import { type Disk, realDisk } from './disk.ts';
import { type Layout, layoutOf, snapshotName, snapshotNames } from './layout.ts';
import { type Damage, listJournals, loadBeside, readJournal, startingPoint } from './load.ts';
import type { Migration } from './migrations.ts';
import { putAside } from './quarantine.ts';
import { applyRecord, refuseNewer, type State } from './replay.ts';
import { migrations as ownMigrations } from './schema.ts';
import { writeSnapshot } from './snapshot.ts';
import { Store } from './store.ts';
import type { Fence } from './types.ts';

/** What of a damaged store can be read in order. */
interface Salvage {
  readonly state: State;
  /** The highest position that was ever seen: new records come after it. */
  readonly highest: number;
  /** Journals with records that were left out, and snapshots that are not as they were written. */
  readonly journals: readonly string[];
  readonly snapshots: readonly string[];
}

interface RecoverOptions {
  readonly home: string;
  readonly disk?: Disk;
  readonly migrations?: readonly Migration[];
}

/** Whether the store can be opened; if not, what could be kept. Writes nothing. */
export async function diagnoseStore({
  home,
  disk = realDisk,
  migrations = ownMigrations,
}: RecoverOptions): Promise<ResultOf<typeof protocol.diagnose>> {
  const layout = layoutOf(home);
  const newest = migrations.at(-1)?.version ?? 0;
  try {
    const { sqlite, position } = await loadBeside(disk, layout, { newest });
    sqlite.close();
    return { state: 'whole', position, lost: 0, damaged: [] };
  } catch (error) {
    const failure = asFailure(error);
    if (failure.reason === 'precondition') throw failure;
    const { state, highest, journals, snapshots } = await salvage(disk, layout, newest);
    state.sqlite.close();
    const { position } = state;
    return { state: 'damaged', problem: failure.message, position, lost: highest - position, damaged: [...journals, ...snapshots] };
  }
}

/** Goes on with what can be read in order; everything else is put aside. The caller owns the home. A whole store is left as it is. */
export async function recoverStore(options: RecoverOptions & { fence: Fence; log: Log }): Promise<ResultOf<typeof protocol.recover>> {
  const { home, disk = realDisk, migrations = ownMigrations, fence, log } = options;
  const before = await diagnoseStore(options);
  if (before.state === 'whole') return { position: before.position, lost: 0, quarantined: [] };
  const layout = layoutOf(home);
  const { state, highest, journals, snapshots } = await salvage(disk, layout, migrations.at(-1)?.version ?? 0);
  const lost = highest - state.position;
  const image = state.sqlite.export();
  state.sqlite.close();
  fence.check();
  // The state comes first: when this is interrupted, the store opens with it, and what was not put aside yet harms nobody.
  await writeSnapshot(
    disk,
    path.join(layout.snapshots, snapshotName(highest, fence.number)),
    { position: highest, schema: state.schema, time: Date.now() },
    image,
  );
  const quarantined: string[] = [];
  for (const file of snapshots) quarantined.push(await putAside(disk, layout.snapshots, layout.quarantine, file));
  for (const file of journals) quarantined.push(await putAside(disk, layout.journal, layout.quarantine, file));
  const store = await Store.open({ home, disk, migrations, fence, log });
  try {
    const author = { actor: 'hub', correlationId: `recover-${process.pid}` };
    await store.write(author, (transaction) =>
      transaction.event({
        entity: 'store',
        entityId: 'store',
        kind: 'recovered',
        payload: { position: state.position, lost, quarantined },
      }),
    );
    return { position: store.position, lost, quarantined };
  } finally {
    await store.close();
  }
}

/** The newest valid snapshot and every record after it up to the first that is missing or cannot be applied. */
async function salvage(disk: Disk, layout: Layout, newest: number): Promise<Salvage> {
  const damage: Damage[] = [];
  const state = await startingPoint(disk, layout, { newest }, damage);
  let highest = Math.max(state.position, ...snapshotNames(await disk.list(layout.snapshots)).map(({ position }) => position));
  let reading = true;
  const journals: string[] = [];
  for (const journal of await listJournals(disk, layout)) {
    const content = await readJournal(disk, layout, journal);
    const from = state.position;
    let [last, unreadable] = [0, content.ending === 'damaged' || (journal.header === undefined && content.stranded.length > 0)];
    // What a headless journal said of the lengths of older ones is lost: its records are not taken.
    const usable = journal.header === undefined ? [] : [...content.records, ...content.stranded];
    for (const record of usable) {
      last = record.position;
      if (!reading || record.position <= state.position) continue;
      refuseNewer(record.schema, newest);
      reading = record.position === state.position + 1 && (await applied(disk, layout, state, journal.name, record));
    }
    for (const { position } of content.stranded) last = Math.max(last, position);
    highest = Math.max(highest, last);
    unreadable ||= last > state.position;
    // A damaged journal whose records are all in the snapshot harms nobody.
    if (unreadable && last > from) journals.push(journal.name);
  }
  return { state, highest, journals, snapshots: damage.map(({ file }) => file) };
}

async function applied(
  disk: Disk,
  layout: Layout,
  state: State,
  file: string,
  record: Parameters<typeof applyRecord>[4],
): Promise<boolean> {
  const replaces = 'replace' in record;
  try {
    if (!replaces) state.sqlite.run('begin');
    await applyRecord(disk, layout, state, file, record);
    if (!replaces) state.sqlite.run('commit');
    return true;
  } catch {
    if (!replaces) state.sqlite.run('rollback');
    return false;
  }
}
