import path from 'node:path';
import { Failure } from '../rpc/failure.ts';
import type { Disk } from './disk.ts';
import { decodeJournal } from './journalFormat.ts';
import { type Layout, snapshotNames } from './layout.ts';
import { listJournals, loadState } from './load.ts';
import { readSnapshotHeader } from './snapshot.ts';
import type { Image } from './store.ts';

/** More than the header and the first record, which makes the tables. */
const beginning = 256 * 1024;

/** From when on any moment can be restored: from the oldest snapshot, or from the beginning while its journal is still there. */
export async function firstMoment(disk: Disk, layout: Layout): Promise<number | undefined> {
  const [journal] = await listJournals(disk, layout);
  if (journal?.header?.base === 0) {
    const [record] = decodeJournal(await disk.read(path.join(layout.journal, journal.name), { start: 0, length: beginning })).records;
    if (record !== undefined) return record.time;
  }
  const oldest = snapshotNames(await disk.list(layout.snapshots)).at(-1);
  return oldest === undefined ? undefined : (await readSnapshotHeader(disk, path.join(layout.snapshots, oldest.name)))?.time;
}

/** The state as it was at a moment, from snapshots and journals. Nothing may be written meanwhile. `not-found` when it is too long ago. */
export async function imageAt(disk: Disk, layout: Layout, newest: number, time: number): Promise<Image> {
  const tooOld = () =>
    new Failure('not-found', `Nothing is kept of ${new Date(time).toISOString()}: the journals begin later.`, {
      hint: '`hearth backup list` shows what there is.',
    });
  const first = await firstMoment(disk, layout);
  if (first === undefined || time < first) throw tooOld();
  const { sqlite, position, schema } = await loadState(disk, layout, { newest, until: time });
  try {
    if (position === 0) throw tooOld();
    return { image: sqlite.export(), position, schema, time };
  } finally {
    sqlite.close();
  }
}
