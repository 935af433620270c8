import path from 'node:path';
import { type Disk, writeWhole } from './disk.ts';
import type { Layout } from './layout.ts';
import type { Damage } from './load.ts';

/** Keeps what is damaged: never deleted, never read again. Answers its name in `store/quarantine`. */
export async function keepDamaged(disk: Disk, layout: Layout, damage: Damage): Promise<string> {
  if (damage.kind === 'snapshot') return putAside(disk, layout.snapshots, layout.quarantine, damage.file);
  // The journal itself stays: whoever writes the next one records how much of it counts.
  const name = `${damage.file}.from-${damage.length}`;
  if ((await disk.size(path.join(layout.quarantine, name))) !== undefined) return name;
  const bytes = await disk.read(path.join(layout.journal, damage.file));
  await writeWhole(disk, path.join(layout.quarantine, name), [bytes.subarray(damage.length)]);
  return name;
}

/** Moves a file to the quarantine, under another name when there is one like it. */
export async function putAside(disk: Disk, folder: string, quarantine: string, file: string): Promise<string> {
  await disk.makeFolder(quarantine);
  const taken = new Set(await disk.list(quarantine));
  let name = file;
  for (let count = 1; taken.has(name); count += 1) name = `${file}.${count}`;
  await disk.rename(path.join(folder, file), path.join(quarantine, name));
  await disk.syncFolder(quarantine);
  await disk.syncFolder(folder);
  return name;
}
