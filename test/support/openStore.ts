// Stores over real files whose disk, clock and fence a test holds in its hand.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type Disk, type DiskFile, realDisk } from '../../server/store/disk.ts';
import { Store, type StoreOptions } from '../../server/store/store.ts';
import type { Author } from '../../server/store/types.ts';

const author: Author = { actor: 'test', correlationId: 'test-1' };

/** A temporary home for each test of the file, and stores in it that are closed after it. */
export function storeHome() {
  const place = {
    home: '',
    opened: [] as Store[],
    journal: () => path.join(place.home, 'store/journal'),
    snapshots: () => path.join(place.home, 'store/snapshots'),
    quarantine: () => path.join(place.home, 'store/quarantine'),
    async open(fence = 1, more: Partial<StoreOptions> = {}): Promise<Store> {
      const store = await Store.open({ home: place.home, fence: { number: fence, check: () => {} }, log: () => {}, ...more });
      place.opened.push(store);
      return store;
    },
  };
  beforeEach(() => {
    place.home = mkdtempSync(path.join(tmpdir(), 'hearth-store-'));
  });
  afterEach(async () => {
    for (const store of place.opened.splice(0)) await store.close();
    rmSync(place.home, { recursive: true, force: true, maxRetries: 10 });
  });
  return place;
}

/** A change with a row and an event; answers the event's sequence. */
export function addProject(store: Store, id: string, by: Author = author): Promise<number> {
  return store.write(by, (transaction) => {
    transaction.run('insert into projects (id, name, created) values (?, ?, ?)', [id, `name-${id}`, transaction.now]);
    return transaction.event({ entity: 'project', entityId: id, kind: 'created', payload: { id } });
  });
}

export function projects(store: Store): Promise<string[]> {
  return store.read((reader) => reader.all<{ id: string }>('select id from projects order by id').map(({ id }) => id));
}

/** The real disk with some operations on journals replaced: `on` is asked before each. */
export function watchedDisk(on: (operation: keyof DiskFile, file: string, data?: Uint8Array) => Promise<void> | void): Disk {
  const watch = (name: string, file: DiskFile): DiskFile => ({
    write: async (data, position) => {
      await on('write', name, data);
      await file.write(data, position);
    },
    truncate: async (length) => {
      await on('truncate', name);
      await file.truncate(length);
    },
    datasync: async () => {
      await on('datasync', name);
      await file.datasync();
    },
    close: () => file.close(),
  });
  return {
    ...realDisk,
    create: async (file) => watch(path.basename(file), await realDisk.create(file)),
    open: async (file) => watch(path.basename(file), await realDisk.open(file)),
  };
}

/** What a system call fails with. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: refused by the test`), { code });
}
