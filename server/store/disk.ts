import { promises as fs } from 'node:fs';
import path from 'node:path';

/** An open file. Writes go to where they say; a short write is continued. */
export interface DiskFile {
  write(data: Uint8Array, position: number): Promise<void>;
  truncate(length: number): Promise<void>;
  /** What was written is on the disk when this resolves (`fdatasync`, the size included). */
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** All that the store does with files: fault tests wrap it, so no fault code is in the product. Files 0600, folders 0700. */
export interface Disk {
  /** Names in a folder, sorted; none when it does not exist. */
  list(folder: string): Promise<string[]>;
  /** Bytes. Undefined when the file does not exist. */
  size(file: string): Promise<number | undefined>;
  read(file: string, range?: { start: number; length: number }): Promise<Buffer>;
  /** Makes folders that are missing; their names are on the disk when it resolves. */
  makeFolder(folder: string): Promise<void>;
  /** A new file; EEXIST when there is one. */
  create(file: string): Promise<DiskFile>;
  open(file: string): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  /** Nothing happens when it does not exist. */
  remove(file: string): Promise<void>;
  /** The names in a folder are on the disk when this resolves. */
  syncFolder(folder: string): Promise<void>;
}

export const realDisk: Disk = {
  list: async (folder) => {
    try {
      return (await fs.readdir(folder)).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  size: async (file) => {
    try {
      return (await fs.stat(file)).size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  read: async (file, range) => {
    if (range === undefined) return fs.readFile(file);
    const handle = await fs.open(file, 'r');
    try {
      const buffer = Buffer.allocUnsafe(range.length);
      let filled = 0;
      while (filled < range.length) {
        const { bytesRead } = await handle.read(buffer, filled, range.length - filled, range.start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    } finally {
      await handle.close();
    }
  },
  makeFolder: async (folder) => {
    const made = await fs.mkdir(folder, { recursive: true, mode: 0o700 });
    if (made === undefined) return;
    for (let each = folder; each.length >= made.length; each = path.dirname(each)) await realDisk.syncFolder(path.dirname(each));
  },
  create: async (file) => fileOf(await fs.open(file, 'wx', 0o600)),
  open: async (file) => fileOf(await fs.open(file, 'r+')),
  rename: (from, to) => fs.rename(from, to),
  remove: (file) => fs.rm(file, { force: true }),
  syncFolder: async (folder) => {
    // Windows has no such thing: a folder cannot be opened there.
    if (process.platform === 'win32') return;
    const handle = await fs.open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

function fileOf(handle: fs.FileHandle): DiskFile {
  return {
    write: async (data, position) => {
      let written = 0;
      while (written < data.length) {
        const { bytesWritten } = await handle.write(data, written, data.length - written, position + written);
        written += bytesWritten;
      }
    },
    truncate: (length) => handle.truncate(length),
    datasync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** A new file whose name appears only when all of it is on the disk: temp → fdatasync → rename → folder. Nothing is left when it fails. */
export async function writeWhole(disk: Disk, file: string, parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<number> {
  const folder = path.dirname(file);
  await disk.makeFolder(folder);
  const temporary = path.join(folder, `.${path.basename(file)}.${process.pid}.tmp`);
  await disk.remove(temporary);
  let size = 0;
  try {
    const open = await disk.create(temporary);
    try {
      for await (const part of parts) {
        await open.write(part, size);
        size += part.length;
      }
      await open.datasync();
    } finally {
      await open.close();
    }
    await disk.rename(temporary, file);
  } catch (error) {
    await disk.remove(temporary).catch(() => {});
    throw error;
  }
  await disk.syncFolder(folder);
  return size;
}

/** Removes what an interrupted `writeWhole` left. Only for the owner, before it writes. */
export async function removeLeftovers(disk: Disk, folder: string): Promise<void> {
  for (const name of await disk.list(folder)) if (/^\..*\.tmp$/.test(name)) await disk.remove(path.join(folder, name));
}
