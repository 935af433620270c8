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
 * Deletes snapshots and journals that neither start-up nor a restore to any moment of the last seven days needs. What cannot be deleted
 * now is deleted another time.
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
    const oldest = snapshots.filter(({ name }) => kept.has(name)).at(-1);
    const remove = async (file: string) => {
      // Who was replaced while deleting must not go on.
      fence.check();
      await disk.remove(file);
    };
    for (const { name } of snapshots) if (!kept.has(name)) await remove(path.join(layout.snapshots, name));
    // While no snapshot is as old as that, the journals alone reach back; and while there are few, the journals stand in for a damaged one.
    if (oldest === undefined || kept.size < newestKept || now - oldest.time < daysKept * day) return;
    const journals = await listJournals(disk, layout);
    for (const [index, { name }] of journals.entries()) {
      // A journal ends where the next one begins.
      const next = journals.slice(index + 1).find(({ header }) => header !== undefined)?.header;
      if (next === undefined || next.base > oldest.position) break;
      await remove(path.join(layout.journal, name));
    }
    for (const name of await disk.list(layout.snapshots)) {
      const match = /^(\d+)-\d+\.replacement$/.exec(name);
      if (match !== null && Number(match[1]) <= oldest.position) await remove(path.join(layout.snapshots, name));
    }
  } catch (error) {
    log('warn', 'old snapshots and journals could not be deleted', { error: (error as Error).message });
  }
}

/**
 * Newest first in, names out: the newest three whatever the clock says; the first of each day; and the newest that is older than all of
 * them have to reach back. A time in the future counts as now.
 */
export function keptSnapshots(snapshots: readonly { name: string; time: number }[], now: number): Set<string> {
  const kept = new Set(snapshots.slice(0, newestKept).map(({ name }) => name));
  const recent = snapshots.filter(({ time }) => now - time < daysKept * day);
  const firstOfDay = new Map(recent.map(({ name, time }) => [Math.floor(time / day), name]));
  for (const name of firstOfDay.values()) kept.add(name);
  const before = snapshots.find(({ time }) => now - time >= daysKept * day);
  if (before !== undefined) kept.add(before.name);
  return kept;
}
