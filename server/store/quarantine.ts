import path from 'node:path';
import { type Disk, writeWhole } from './disk.ts';
import type { Layout } from './layout.ts';
import type { Damage } from './load.ts';

/** Puts a damaged file aside: never deleted, never read again. Answers its name in `store/quarantine`. */
export async function keepDamaged(disk: Disk, layout: Layout, damage: Damage): Promise<string> {
  await disk.makeFolder(layout.quarantine);
  if (damage.kind === 'snapshot') {
    const name = await freeName(disk, layout, damage.file);
    await disk.rename(path.join(layout.snapshots, damage.file), path.join(layout.quarantine, name));
    await disk.syncFolder(layout.quarantine);
    await disk.syncFolder(layout.snapshots);
    return name;
  }
  // The journal itself stays: whoever writes the next one records how much of it counts.
  const name = `${damage.file}.from-${damage.length}`;
  if ((await disk.size(path.join(layout.quarantine, name))) !== undefined) return name;
  const bytes = await disk.read(path.join(layout.journal, damage.file));
  await writeWhole(disk, path.join(layout.quarantine, name), [bytes.subarray(damage.length)]);
  return name;
}

async function freeName(disk: Disk, layout: Layout, file: string): Promise<string> {
  const taken = new Set(await disk.list(layout.quarantine));
  for (let count = 0; ; count += 1) {
    const name = count === 0 ? file : `${file}.${count}`;
    if (!taken.has(name)) return name;
  }
}
