import type { Migration } from '../../server/store/migrations.ts';
import { migrations } from '../../server/store/schema.ts';
import { Store, type StoreOptions } from '../../server/store/store.ts';
import type { Transaction } from '../../server/store/types.ts';

/** A table as work items will have it, so that the benches weigh what the store will hold. */
export const itemTable =
  'create table bench_items (id text primary key, project text not null, number integer not null, title text not null, body text not null, state text not null, created integer not null, updated integer not null) strict, without rowid';

const withItems: readonly Migration[] = [
  ...migrations,
  { version: (migrations.at(-1)?.version ?? 0) + 1, name: 'items of the bench', run: (database) => void database.run(itemTable) },
];

export function openStore(home: string, more: Partial<StoreOptions> = {}): Promise<Store> {
  return Store.open({ home, fence: { number: 1, check: () => {} }, log: () => {}, migrations: withItems, ...more });
}

export type Item = readonly [string, string, number, string, string, string, number, number];

export function itemOf(number: number): Item {
  const id = `${String(number).padStart(8, '0')}-4f1c-4d1e-8b7a-5b3c2d1e0f9a`;
  const title = `An item with a title of ordinary length ${number}`;
  return [
    id,
    'project-1',
    number,
    title,
    `Some words of explanation, as people write them. `.repeat(3),
    'open',
    1.7e12 + number,
    1.7e12 + number,
  ];
}

export const insertItem = 'insert into bench_items values (?, ?, ?, ?, ?, ?, ?, ?)';

export function addItem(transaction: Transaction, number: number): number {
  const item = itemOf(number);
  transaction.run(insertItem, item);
  return transaction.event({ project: item[1], entity: 'item', entityId: String(item[2]), kind: 'created', payload: payloadOf(item) });
}

export function payloadOf(item: Item): Record<string, string> {
  return { title: item[3], state: item[5] };
}
