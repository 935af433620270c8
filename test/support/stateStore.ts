// A real store in a temporary home, with a clock of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rowsOf, tablesOf } from '../../server/store/archiveFormat.ts';
import type { Disk } from '../../server/store/disk.ts';
import { Keeping } from '../../server/store/keeping.ts';
import { Sqlite } from '../../server/store/sqlite.ts';
import { Store } from '../../server/store/store.ts';
import type { Author, Reader } from '../../server/store/types.ts';

export const day = 86_400_000;
export const author: Author = { actor: 'test', correlationId: 'test-1' };
export const calm = { signal: new AbortController().signal, progress: () => {} };

export interface TestState {
  readonly home: string;
  readonly store: Store;
  readonly keeping: Keeping;
  /** What the store takes for now. */
  clock: number;
  /** One event; answers its sequence. */
  happen(kind: string, payload?: Record<string, unknown>, more?: { entity?: string; entityId?: string; project?: string }): Promise<number>;
  close(): Promise<void>;
}

let fences = 0;

/** Opens the store of a home, a new one when none is given; `close` leaves a home that was given. */
export async function openState(given?: string, clock = Date.UTC(2026, 0, 1), disk?: Disk): Promise<TestState> {
  const home = given ?? mkdtempSync(path.join(tmpdir(), 'hearth-state-'));
  const log = () => {};
  const fence = { number: ++fences, check: () => {} };
  const now = { clock };
  const store = await Store.open({ home, fence, log, clock: () => now.clock, ...(disk === undefined ? {} : { disk }) });
  const keeping = new Keeping(store, log, { now: () => now.clock });
  const state: TestState = {
    home,
    store,
    keeping,
    get clock() {
      return now.clock;
    },
    set clock(time) {
      now.clock = time;
    },
    happen: (kind, payload = {}, { entity = 'thing', entityId = 'one', project } = {}) =>
      store.write(author, (transaction) => transaction.event({ entity, entityId, kind, payload, project })),
    close: async () => {
      await keeping.end();
      await store.close();
      if (given === undefined) rmSync(home, { recursive: true, force: true, maxRetries: 10 });
    },
  };
  await store.write(author, (transaction) => {
    transaction.run("insert into meta (key, value) values ('ownerId', ?) on conflict do nothing", [`owner of ${home}`]);
  });
  return state;
}

/** Every row of every table, as text. */
export function dump(reader: Reader, leaveOut: readonly string[] = []): Record<string, string[]> {
  const tables = tablesOf(reader).filter(({ name }) => !leaveOut.includes(name));
  return Object.fromEntries(tables.map((table) => [table.name, [...rowsOf(reader, table)].map((row) => JSON.stringify(row))]));
}

/** The dump of an image. */
export async function dumpOf(image: Uint8Array, leaveOut: readonly string[] = []): Promise<Record<string, string[]>> {
  const sqlite = await Sqlite.open(image);
  try {
    return dump(sqlite, leaveOut);
  } finally {
    sqlite.close();
  }
}
