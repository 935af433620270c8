import type { ResultOf } from '../protocol/message.ts';
import type * as protocol from '../protocol/store.ts';
import { type Disk, realDisk } from './disk.ts';
import { layoutOf } from './layout.ts';
import { loadBeside } from './load.ts';
import { tryMigrations } from './migrate.ts';
import type { Migration } from './migrations.ts';
import { migrations as ownMigrations } from './schema.ts';

/** Tries the pending migrations on a copy of what the files hold. Nothing is written. */
export async function dryRun({
  home,
  disk = realDisk,
  migrations = ownMigrations,
}: {
  home: string;
  disk?: Disk;
  migrations?: readonly Migration[];
}): Promise<ResultOf<typeof protocol.migrate>> {
  const { sqlite, schema } = await loadBeside(disk, layoutOf(home), { newest: migrations.at(-1)?.version ?? 0 });
  const image = sqlite.export();
  sqlite.close();
  return tryMigrations(
    image,
    schema,
    migrations.filter(({ version }) => version > schema),
  );
}
