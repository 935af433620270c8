import path from 'node:path';

/** Where the store keeps its files below HEARTH_HOME, and how they are named. */
export interface Layout {
  readonly home: string;
  readonly store: string;
  readonly journal: string;
  readonly snapshots: string;
  readonly segments: string;
  readonly quarantine: string;
  readonly backups: string;
}

export function layoutOf(home: string): Layout {
  const store = path.join(home, 'store');
  return {
    home,
    store,
    journal: path.join(store, 'journal'),
    snapshots: path.join(store, 'snapshots'),
    segments: path.join(store, 'segments'),
    quarantine: path.join(store, 'quarantine'),
    backups: path.join(home, 'backups'),
  };
}

/** A journal file is named after the owner's fence and its own number: their order is the order of records. */
export interface JournalName {
  readonly name: string;
  readonly fence: number;
  readonly part: number;
}

export function journalName(fence: number, part: number): string {
  return `${String(fence).padStart(8, '0')}-${String(part).padStart(4, '0')}.journal`;
}

/** Oldest first; other files are left out. */
export function journalNames(names: readonly string[]): JournalName[] {
  return names
    .flatMap((name): JournalName[] => {
      const match = /^(\d+)-(\d+)\.journal$/.exec(name);
      return match === null ? [] : [{ name, fence: Number(match[1]), part: Number(match[2]) }];
    })
    .sort((a, b) => a.fence - b.fence || a.part - b.part);
}

/** A snapshot is named after the position it holds, and after the fence of who wrote it: two owners never write the same file. */
export function snapshotName(position: number, fence: number): string {
  return `${String(position).padStart(12, '0')}-${fence}.snapshot`;
}

/** Newest first; other files are left out. */
export function snapshotNames(names: readonly string[]): { name: string; position: number }[] {
  return names
    .flatMap((name) => {
      const match = /^(\d+)-(\d+)\.snapshot$/.exec(name);
      return match === null ? [] : [{ name, position: Number(match[1]), fence: Number(match[2]) }];
    })
    .sort((a, b) => b.position - a.position || b.fence - a.fence);
}

/** What a journal record that replaces the whole state refers to. It is no snapshot that start-up may choose by itself. */
export function replacementName(position: number, fence: number): string {
  return `${String(position).padStart(12, '0')}-${fence}.replacement`;
}
