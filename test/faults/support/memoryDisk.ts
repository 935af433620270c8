// A disk in memory that can lose power: what was not synced is kept, lost, torn or mixed up, as the seed says.
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Disk, DiskFile } from '../../../server/store/disk.ts';
import type { Random } from '../../support/repositories/random.ts';

type Change = { kind: 'write'; data: Buffer; position: number } | { kind: 'truncate'; length: number };
type Naming = { kind: 'add'; name: string; file: Inode } | { kind: 'remove'; name: string } | { kind: 'rename'; from: string; to: string };

interface Inode {
  content: Buffer;
  /** As of the last sync. */
  durable: Buffer;
  /** Since then. */
  changes: Change[];
}

export class MemoryDisk implements Disk {
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  /** Changes of names since the folders were synced, in order. */
  #namings: Naming[] = [];
  #folders = new Set<string>();

  async list(folder: string): Promise<string[]> {
    const prefix = `${folder}${path.sep}`;
    const below = [...this.#names.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    return below.filter((name) => !name.includes(path.sep)).sort();
  }

  async size(file: string): Promise<number | undefined> {
    return this.#names.get(file)?.content.length;
  }

  async read(file: string, range?: { start: number; length: number }): Promise<Buffer> {
    const { content } = this.#find(file);
    return Buffer.from(range === undefined ? content : content.subarray(range.start, range.start + range.length));
  }

  async makeFolder(folder: string): Promise<void> {
    this.#folders.add(folder);
  }

  async create(file: string): Promise<DiskFile> {
    if (this.#names.has(file)) throw systemError('EEXIST');
    const inode: Inode = { content: Buffer.alloc(0), durable: Buffer.alloc(0), changes: [] };
    this.#names.set(file, inode);
    this.#namings.push({ kind: 'add', name: file, file: inode });
    return this.#fileOf(inode);
  }

  async open(file: string): Promise<DiskFile> {
    return this.#fileOf(this.#find(file));
  }

  async rename(from: string, to: string): Promise<void> {
    applyNaming(this.#names, { kind: 'rename', from, to });
    this.#namings.push({ kind: 'rename', from, to });
  }

  async remove(file: string): Promise<void> {
    if (this.#names.delete(file)) this.#namings.push({ kind: 'remove', name: file });
  }

  /** File systems keep the order of names: a sync of one folder makes all earlier changes durable. */
  async syncFolder(): Promise<void> {
    await setImmediate();
    for (const each of this.#namings.splice(0)) applyNaming(this.#durableNames, each);
  }

  /** The disk as the next start finds it. */
  afterPowerCut(random: Random): MemoryDisk {
    const names = new Map(this.#durableNames);
    for (const each of this.#namings.slice(0, random.below(this.#namings.length + 1))) applyNaming(names, each);
    return diskOf([...names].map(([name, inode]) => [name, survivorOf(inode, random)]));
  }

  /** Everything as it is now. */
  files(): Map<string, Buffer> {
    return new Map([...this.#names].map(([name, { content }]) => [name, content]));
  }

  /** Puts a durable file. */
  put(name: string, content: Buffer): void {
    const inode = { content, durable: content, changes: [] };
    this.#names.set(name, inode);
    this.#durableNames.set(name, inode);
  }

  #find(file: string): Inode {
    const inode = this.#names.get(file);
    if (inode === undefined) throw systemError('ENOENT');
    return inode;
  }

  #fileOf(inode: Inode): DiskFile {
    const change = (each: Change) => {
      inode.content = applyChange(inode.content, each);
      inode.changes.push(each);
    };
    return {
      write: async (data, position) => change({ kind: 'write', data: Buffer.from(data), position }),
      truncate: async (length) => change({ kind: 'truncate', length }),
      datasync: async () => {
        const [content, count] = [inode.content, inode.changes.length];
        await setImmediate();
        inode.durable = content;
        inode.changes.splice(0, count);
      },
      close: async () => {},
    };
  }
}

/** A disk with these files, all of them durable. */
export function diskOf(files: Iterable<readonly [name: string, content: Buffer]>): MemoryDisk {
  const disk = new MemoryDisk();
  for (const [name, content] of files) disk.put(name, content);
  return disk;
}

function applyNaming(names: Map<string, Inode>, each: Naming): void {
  if (each.kind === 'add') names.set(each.name, each.file);
  else if (each.kind === 'remove') names.delete(each.name);
  else {
    const inode = names.get(each.from);
    if (inode === undefined) throw systemError('ENOENT');
    names.delete(each.from);
    names.set(each.to, inode);
  }
}

function applyChange(content: Buffer, change: Change): Buffer {
  if (change.kind === 'truncate') return Buffer.from(content.subarray(0, change.length));
  const grown = Buffer.alloc(Math.max(content.length, change.position + change.data.length));
  content.copy(grown);
  change.data.copy(grown, change.position);
  return grown;
}

const sector = 512;

/** What is left of a file whose last changes were not synced: some of them, the last of those torn. */
function survivorOf({ durable, changes }: Inode, random: Random): Buffer {
  const whole = random.below(changes.length + 1);
  let content = durable;
  for (const each of changes.slice(0, whole)) content = applyChange(content, each);
  const torn = changes[whole];
  if (torn?.kind !== 'write' || torn.data.length === 0) return Buffer.from(content);
  const data = Buffer.from(torn.data);
  switch (random.below(3)) {
    case 0:
      return applyChange(content, { ...torn, data: data.subarray(0, random.below(data.length)) });
    case 1:
      data.fill(0, random.below(data.length));
      return applyChange(content, { ...torn, data });
    default:
      // Sectors reach the disk in any order.
      for (let at = 0; at < data.length; ) {
        const end = Math.min(data.length, at + sector - ((torn.position + at) % sector));
        if (random.chance(0.5)) data.fill(0, at, end);
        at = end;
      }
      return applyChange(content, { ...torn, data });
  }
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: by the test`), { code });
}
