import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { claimFence, fenceOf } from '../../server/hub/owner.ts';
import { migrations } from '../../server/store/schema.ts';
import type { Bench, BenchContext, Result } from './harness.ts';
import { addItem, insertItem, itemOf, itemTable, openStore, payloadOf } from './storeSupport.ts';

/** Durable commits a second: item and event row, each commit of its own, acknowledged only when it is on the disk. */
export const bench: Bench = {
  name: 'store-write',
  target: '≥ 0.8 × node:sqlite (WAL, synchronous = FULL), 32 writers waiting',
  async run(ctx) {
    return [await compare(ctx, 32, 1600, { atLeast: 0.8 }), await compare(ctx, 1, 300)];
  },
};

async function compare(ctx: BenchContext, writers: number, full: number, target?: { atLeast: number }): Promise<Result> {
  const count = ctx.smoke ? writers * 2 : full;
  const home = ctx.temporaryFolder('store');
  const owner = claimFence(home, undefined);
  if (owner === undefined) throw new Error('the fence was not to be had');
  const store = await openStore(home, { fence: fenceOf(home, owner) });
  ctx.cleanup(() => store.close());
  const raw = peer(path.join(ctx.temporaryFolder('sqlite'), 'peer.db'));
  ctx.cleanup(() => raw.close());
  let [ours, theirs] = [0, 0];
  const author = { actor: 'bench', correlationId: '1-1' };
  const rate = (ms: number) => (count / ms) * 1000;
  const pair = await ctx.pair(
    async () => {
      const ms = await ctx.time(() =>
        Promise.all(
          Array.from({ length: writers }, async () => {
            for (let done = 0; done < count / writers; done += 1) {
              const number = ++ours;
              await store.write(author, (transaction) => addItem(transaction, number));
            }
          }),
        ),
      );
      return rate(ms);
    },
    async () =>
      rate(
        await ctx.time(() => {
          for (let done = 0; done < count; done += 1) raw.write(++theirs);
        }),
      ),
    { rounds: 7 },
  );
  const kept = await store.read((reader) => reader.get<{ count: number }>('select count(*) as count from bench_items')?.count);
  if (kept !== ours || raw.count() !== theirs) throw new Error('rows are missing');
  return {
    measure: `${writers} writer${writers === 1 ? '' : 's'}`,
    unit: 'commits/s',
    ...pair,
    ...(target === undefined ? { note: 'no target' } : { target }),
  };
}

/** node:sqlite with the same tables. It is given hashes and salts, we make ours. */
function peer(file: string) {
  const database = new DatabaseSync(file);
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
  const create = (sql: string) => {
    database.exec(sql);
    return 0;
  };
  for (const { run } of migrations) run({ run: create, get: () => undefined, all: () => [] });
  database.exec(itemTable);
  const item = database.prepare(insertItem);
  const event = database.prepare('insert into events values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const [salt, hash] = [randomBytes(16), randomBytes(32)];
  return {
    write: (number: number) => {
      const row = itemOf(number);
      database.exec('begin');
      item.run(...row);
      event.run(number, row[6], 'bench', '1-1', row[1], 'item', row[0], 'created', JSON.stringify(payloadOf(row)), null, salt, hash);
      database.exec('commit');
    },
    count: () => (database.prepare('select count(*) as count from bench_items').get() as { count: number }).count,
    close: () => database.close(),
  };
}
