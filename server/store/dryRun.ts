import type { ResultOf } from '../protocol/message.ts';
import type * as protocol from '../protocol/store.ts';
import { type Disk, isMissing, realDisk } from './disk.ts';
import { layoutOf } from './layout.ts';
import { type Loaded, loadState } from './load.ts';
import { tryMigrations } from './migrate.ts';
import type { Migration } from './migrations.ts';
import { migrations as ownMigrations } from './schema.ts';

/** Reading while a hub goes on writing: a file may be deleted between its name and its bytes. */
const attempts = 3;

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
  const { sqlite, schema } = await load(disk, home, migrations.at(-1)?.version ?? 0);
  const image = sqlite.export();
  sqlite.close();
  return tryMigrations(
    image,
    schema,
    migrations.filter(({ version }) => version > schema),
  );
}

async function load(disk: Disk, home: string, newest: number): Promise<Loaded> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await loadState(disk, layoutOf(home), { newest });
    } catch (error) {
      if (attempt === attempts || !isMissing(error)) throw error;
    }
  }
}
