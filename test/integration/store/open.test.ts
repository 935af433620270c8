import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Store, type StoreOptions } from '../../../server/store/store.ts';
import type { Author } from '../../../server/store/types.ts';

const author: Author = { actor: 'test', correlationId: '1' };
let home: string;
let opened: Store[];

beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'hearth-store-'));
  opened = [];
});
afterEach(async () => {
  for (const store of opened) await store.close();
  await rm(home, { recursive: true, force: true });
});

async function open(fence = 1, more: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await Store.open({ home, fence: { number: fence, check: () => {} }, log: () => {}, ...more });
  opened.push(store);
  return store;
}

const addProject = (store: Store, id: string, by: Author = author) =>
  store.write(by, (transaction) => {
    transaction.run('insert into projects (id, name, created) values (?, ?, ?)', [id, `name-${id}`, transaction.now]);
    return transaction.event({ entity: 'project', entityId: id, kind: 'created', payload: { id } });
  });
const projects = (store: Store) =>
  store.read((reader) => reader.all<{ id: string }>('select id from projects order by id').map(({ id }) => id));

describe('a store', () => {
  it('has what was acknowledged after a clean end and after none', async () => {
    const first = await open(1);
    expect(await addProject(first, 'a')).toBe(1);
    const [b, c] = await Promise.all([addProject(first, 'b'), addProject(first, 'c')]);
    expect([b, c]).toEqual([2, 3]);
    // No close: as if it had been killed.
    const second = await open(2);
    expect(await projects(second)).toEqual(['a', 'b', 'c']);
    await addProject(second, 'd');
    await second.close();
    expect(await readdir(path.join(home, 'store/snapshots'))).toHaveLength(1);
    const third = await open(3);
    expect(await projects(third)).toEqual(['a', 'b', 'c', 'd']);
    expect(third.position).toBe(second.position);
  });

  it('undoes only the change that throws', async () => {
    const store = await open();
    const [good, bad, other] = await Promise.allSettled([
      addProject(store, 'a'),
      store.write(author, (transaction) => {
        transaction.run('insert into projects (id, name, created) values (?, ?, ?)', ['x', 'x', 1]);
        throw new Error('no');
      }),
      addProject(store, 'b'),
    ]);
    expect([good.status, bad.status, other.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await projects(store)).toEqual(['a', 'b']);
  });

  it('answers a repeated key with the first answer, also after a restart', async () => {
    const key = { ...author, key: 'k' };
    const store = await open(1);
    expect(await Promise.all([addProject(store, 'a', key), addProject(store, 'a', key)])).toEqual([1, 1]);
    expect(await addProject(await open(2), 'a', key)).toBe(1);
  });
});
