import path from 'node:path';
import type { Log } from '../rpc/log.ts';
import type { Disk } from './disk.ts';
import { type Layout, snapshotNames } from './layout.ts';
import { listJournals } from './load.ts';
import { readSnapshotHeader } from './snapshot.ts';
import type { Fence } from './types.ts';

const newestKept = 3;
const day = 24 * 3_600_000;
const daysKept = 7;

/**
 * Deletes snapshots and journals that neither start-up nor a restore of the last days needs. The newest three snapshots stay whatever the
 * clock says, then one for each of the last seven days; journals stay from the oldest kept snapshot on. What cannot be deleted now is
 * deleted another time.
 */
export async function prune(disk: Disk, layout: Layout, { fence, now, log }: { fence: Fence; now: number; log: Log }): Promise<void> {
  try {
    const snapshots = await Promise.all(
      snapshotNames(await disk.list(layout.snapshots)).map(async ({ name, position }) => ({
        name,
        position,
        time: (await readSnapshotHeader(disk, path.join(layout.snapshots, name)))?.time ?? now,
      })),
    );
    const kept = keptSnapshots(snapshots, now);
    const oldest = snapshots.filter(({ name }) => kept.has(name)).at(-1)?.position;
    if (oldest === undefined || snapshots.length < newestKept) return;
    const remove = async (file: string) => {
      // Who was replaced while deleting must not go on.
      fence.check();
      await disk.remove(file);
    };
    for (const { name } of snapshots) if (!kept.has(name)) await remove(path.join(layout.snapshots, name));
    const journals = await listJournals(disk, layout);
    for (const [index, { name }] of journals.entries()) {
      // A journal ends where the next one begins.
      const next = journals.slice(index + 1).find(({ header }) => header !== undefined)?.header;
      if (next === undefined || next.base > oldest) break;
      await remove(path.join(layout.journal, name));
    }
    for (const name of await disk.list(layout.snapshots)) {
      const match = /^(\d+)-\d+\.replacement$/.exec(name);
      if (match !== null && Number(match[1]) <= oldest) await remove(path.join(layout.snapshots, name));
    }
  } catch (error) {
    log('warn', 'old snapshots and journals could not be deleted', { error: (error as Error).message });
  }
}

/** Newest first in, names out: the newest three, and the newest of each day. A time in the future counts as today. */
export function keptSnapshots(snapshots: readonly { name: string; time: number }[], now: number): Set<string> {
  const kept = new Set(snapshots.slice(0, newestKept).map(({ name }) => name));
  const days = new Set<number>();
  for (const { name, time } of snapshots) {
    const age = Math.max(0, Math.floor((now - time) / day));
    if (age >= daysKept || days.has(age)) continue;
    days.add(age);
    kept.add(name);
  }
  return kept;
}
