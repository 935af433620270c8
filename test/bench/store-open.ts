import { closeSync, copyFileSync, cpSync, fsyncSync, openSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { realDisk } from '../../server/store/disk.ts';
import { appendEvent } from '../../server/store/eventChain.ts';
import { layoutOf, snapshotName } from '../../server/store/layout.ts';
import { writeSnapshot } from '../../server/store/snapshot.ts';
import { Sqlite } from '../../server/store/sqlite.ts';
import { snapshotRecords } from '../../server/store/store.ts';
import { type Bench, type BenchContext, summarise, valueAtMost } from './harness.ts';
import { addItem, insertItem, itemOf, openStore, payloadOf } from './storeSupport.ts';

interface Measured {
  openMs: number;
  opened: number;
  openPeak: number;
  snapshotMs: number;
  peak: number;
  longestMs: number;
}

/** A large home opened by a fresh process: after a clean end, and after a kill just before the next snapshot was due. */
export const bench: Bench = {
  name: 'store-open',
  target: '100 000 items, 200 000 events, 1 000 000 sealed: < 1 s, < 350 MB also during a snapshot',
  async run(ctx) {
    const [items, events, records] = ctx.smoke ? [100, 200, 20] : [100_000, 200_000, snapshotRecords - 100];
    const program = await bundled(ctx);
    const clean = ctx.temporaryFolder('clean');
    await fill(clean, items, events);
    const killed = await journal(ctx, clean, records);
    const [afterEnd, afterKill] = [await rounds(ctx, program, clean), await rounds(ctx, program, killed)];
    const of = (measured: readonly Measured[], field: keyof Measured, scale = 1) =>
      summarise(measured.map((each) => Math.round(each[field] / scale)));
    const megabyte = 1e6;
    return [
      valueAtMost('open after a clean end', 'ms', of(afterEnd, 'openMs'), 1000),
      valueAtMost(`open with ${records} records to replay`, 'ms', of(afterKill, 'openMs'), 1000),
      valueAtMost('memory, open', 'MB', of(afterEnd, 'opened', megabyte)),
      valueAtMost('peak memory, opened, written to and snapshot made', 'MB', of(afterEnd, 'peak', megabyte), 350),
      valueAtMost('the same after the replay', 'MB', of(afterKill, 'peak', megabyte), 350),
      valueAtMost('snapshot', 'ms', of(afterEnd, 'snapshotMs')),
      valueAtMost('longest wait of a writer meanwhile', 'ms', of(afterEnd, 'longestMs')),
    ];
  },
};

/** One file beside the engine, as it is installed: a process that compiles TypeScript needs memory that the hub does not. */
async function bundled(ctx: BenchContext): Promise<string> {
  const folder = ctx.temporaryFolder('program');
  const outfile = path.join(folder, 'storeProcess.js');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'peers/storeProcess.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname' },
    logLevel: 'error',
    outfile,
  });
  copyFileSync(path.join(import.meta.dirname, '../../node_modules/sql.js/dist/sql-wasm.wasm'), path.join(folder, 'sql-wasm.wasm'));
  return outfile;
}

async function rounds(ctx: BenchContext, program: string, home: string): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (let round = 0; round < ctx.size(7); round += 1) {
    const copy = ctx.temporaryFolder('round');
    cpSync(home, copy, { recursive: true });
    settle(copy);
    let text = '';
    await ctx.spawn(process.execPath, [program, copy], {
      cwd: copy,
      onOutput: (chunk) => {
        text += chunk.toString();
      },
    });
    measured.push(JSON.parse(text) as Measured);
  }
  return measured;
}

/** What a store wrote is on the disk; what was copied just now is not, and opening would wait for it. */
function settle(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = openSync(path.join(entry.parentPath, entry.name), 'r+');
    fsyncSync(file);
    closeSync(file);
  }
}

/** A home with one snapshot. Sealed events are files that opening never reads: only their rows weigh. */
async function fill(home: string, items: number, events: number): Promise<void> {
  const store = await openStore(home);
  const { image, position, schema, time } = await store.image();
  await store.close();
  const sqlite = await Sqlite.open(image);
  sqlite.run('begin');
  for (let number = 1; number <= items; number += 1) sqlite.run(insertItem, itemOf(number));
  const author = { actor: 'window', correlationId: '4711-12345' };
  for (let count = 1; count <= events; count += 1) {
    const item = itemOf(1 + (count % items));
    appendEvent(sqlite, author, item[6], {
      project: item[1],
      entity: 'item',
      entityId: String(item[2]),
      kind: 'changed',
      payload: payloadOf(item),
    });
  }
  for (let segment = 0; segment < 20; segment += 1) {
    sqlite.run('insert into segments (first, last, min_time, max_time, name, size, sha256, head) values (?, ?, ?, ?, ?, ?, ?, ?)', [
      segment * 50_000,
      segment * 50_000 + 49_999,
      time,
      time,
      `${segment}.jsonl.gz`,
      1,
      'x',
      new Uint8Array(32),
    ]);
  }
  sqlite.run('commit');
  const layout = layoutOf(home);
  await writeSnapshot(
    realDisk,
    path.join(layout.snapshots, snapshotName(position + 1, 1)),
    { position: position + 1, schema, time },
    sqlite.export(),
  );
  sqlite.close();
}

/** A home with changes after the snapshot, one record each, as a kill leaves it. */
async function journal(ctx: BenchContext, clean: string, records: number): Promise<string> {
  const [home, killed] = [ctx.temporaryFolder('written'), ctx.temporaryFolder('killed')];
  cpSync(clean, home, { recursive: true });
  const fast = { ...realDisk, create: async (file: string) => ({ ...(await realDisk.create(file)), datasync: async () => {} }) };
  const store = await openStore(home, { fence: { number: 2, check: () => {} }, disk: fast });
  const author = { actor: 'window', correlationId: '4711-12345' };
  for (let number = 1; number <= records; number += 1)
    await store.write(author, (transaction) => addItem(transaction, 10_000_000 + number));
  cpSync(home, killed, { recursive: true });
  await store.close();
  return killed;
}
