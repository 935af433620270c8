import path from 'node:path';
import type { ResultOf } from '../protocol/message.ts';
import type * as protocol from '../protocol/store.ts';
import type { Disk } from './disk.ts';
import { rowCounts } from './migrate.ts';
import type { Store } from './store.ts';

/** What the store holds and how large it is. */
export async function storeInfo(store: Store): Promise<ResultOf<typeof protocol.info>> {
  const { disk, layout, snapshotFile } = store;
  const held = await store.read((reader) => ({
    ownerId: reader.get<{ value: string }>("select value from meta where key = 'ownerId'")?.value ?? '',
    tables: [...rowCounts(reader)].map(([name, rows]) => ({ name, rows })),
    pages: reader.get<{ page_count: number }>('pragma page_count')?.page_count ?? 0,
    pageSize: reader.get<{ page_size: number }>('pragma page_size')?.page_size ?? 0,
    position: store.position,
    schema: store.schema,
  }));
  const [journals, snapshots, segments, backups, quarantine] = await Promise.all(
    [layout.journal, layout.snapshots, layout.segments, layout.backups, layout.quarantine].map((folder) => sizeOf(disk, folder)),
  );
  return {
    home: layout.home,
    ownerId: held.ownerId,
    schema: held.schema,
    tables: held.tables,
    position: held.position,
    ...(snapshotFile === undefined ? {} : { snapshot: snapshotFile }),
    size: {
      database: held.pages * held.pageSize,
      journals: journals ?? 0,
      snapshots: snapshots ?? 0,
      segments: segments ?? 0,
      backups: backups ?? 0,
      quarantine: quarantine ?? 0,
    },
    records: held.position - (snapshotFile?.position ?? 0),
    quarantined: await disk.list(layout.quarantine),
    warnings: [...store.warnings],
  };
}

/** Bytes of the files in a folder. */
async function sizeOf(disk: Disk, folder: string): Promise<number> {
  const sizes = await Promise.all((await disk.list(folder)).map((name) => disk.size(path.join(folder, name))));
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}
