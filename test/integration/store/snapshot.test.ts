// Snapshots: generations, damage, and that replaying gives what was there.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { imageAt } from '../../../server/store/moment.ts';
import type { Store } from '../../../server/store/store.ts';
import { addProject, projects, storeHome, systemError, watchedDisk } from '../../support/openStore.ts';
import { Random } from '../../support/repositories/random.ts';
import { dump } from '../../support/stateStore.ts';

const place = storeHome();
const dumped = (store: Store) => store.read((reader) => dump(reader));
const flip = (file: string, at: number) => {
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 16, at);
  writeFileSync(file, bytes);
};

/** A random change: rows come, change and go; some are refused. */
function change(store: Store, random: () => number): Promise<unknown> {
  const id = `p${Math.floor(random() * 20)}`;
  const choice = random();
  return store
    .write({ actor: 'test', correlationId: id, key: choice < 0.2 ? `key-${id}` : undefined }, (transaction) => {
      if (choice < 0.5) transaction.run('insert into projects (id, name, created) values (?, ?, ?)', [id, `${random()}`, transaction.now]);
      else if (choice < 0.7) transaction.run('insert or replace into repositories values (?, ?, ?)', [`/${random()}`, id, transaction.now]);
      else if (choice < 0.8) transaction.run('delete from repositories where project = ?', [id]);
      else if (choice < 0.9) transaction.run('delete from projects where id = ?', [id]);
      else transaction.run('update projects set remote = ? where id = ?', [random() < 0.5 ? null : 'ünï 🌍', id]);
      transaction.event({ entity: 'project', entityId: id, kind: 'changed', payload: { choice, text: '\u2028"\\' } });
      return choice < 0.6 ? { id } : undefined;
    })
    .catch((error: Error) => expect(error.message).toMatch(/constraint/));
}

describe('snapshots', () => {
  it('hold what a replay gives, whatever was done', async () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      rmSync(path.join(place.home, 'store'), { recursive: true, force: true });
      const numbers = new Random(seed);
      const random = () => numbers.next();
      let fence = 1;
      let store = await place.open(fence);
      for (let step = 0; step < 60; step += 1) {
        await Promise.all(Array.from({ length: 1 + Math.floor(random() * 4) }, () => change(store, random)));
        if (random() < 0.1) await store.snapshot();
        if (random() > 0.1) continue;
        const before = await dumped(store);
        if (random() < 0.5) await store.close();
        store = await place.open(++fence);
        expect(await dumped(store)).toEqual(before);
      }
      const live = await dumped(store);
      // From nothing but the journals, too.
      rmSync(place.snapshots(), { recursive: true, force: true });
      const [first] = readdirSync(place.journal());
      if (first === '00000001-0001.journal') expect(await dumped(await place.open(++fence))).toEqual(live);
    }
  });

  it('that are damaged are put aside and lose nothing', async () => {
    const store = await place.open(1);
    for (const id of ['a', 'b', 'c']) {
      await addProject(store, id);
      await store.snapshot();
    }
    await addProject(store, 'd');
    const [, second, newest] = readdirSync(place.snapshots());
    flip(path.join(place.snapshots(), newest ?? ''), 9000);
    const next = await place.open(2);
    expect(await projects(next)).toEqual(['a', 'b', 'c', 'd']);
    expect(next.warnings).toEqual([expect.stringContaining(newest ?? '')]);
    expect(readdirSync(place.quarantine())).toEqual([newest]);
    // In the header as well.
    flip(path.join(place.snapshots(), second ?? ''), 100);
    expect(await projects(await place.open(3))).toEqual(['a', 'b', 'c', 'd']);
    expect(readdirSync(place.quarantine())).toEqual([second, newest]);
  });

  it('refuse to lose what only a damaged one holds', async () => {
    const store = await place.open(1);
    await addProject(store, 'a');
    await store.close();
    rmSync(place.journal(), { recursive: true });
    const [only] = readdirSync(place.snapshots());
    flip(path.join(place.snapshots(), only ?? ''), 9000);
    await expect(place.open(2)).rejects.toMatchObject({ reason: 'io', message: expect.stringMatching(/damaged/) });
    expect(readdirSync(place.snapshots())).toEqual([only]);
  });

  it('keep foreign keys on, and statements usable', async () => {
    const store = await place.open();
    await addProject(store, 'a');
    await store.snapshot();
    const orphan = store.write({ actor: 'test', correlationId: '1' }, (transaction) =>
      transaction.run('insert into repositories values (?, ?, ?)', ['/x', 'nobody', 1]),
    );
    await expect(orphan).rejects.toThrow(/FOREIGN KEY/);
    await addProject(store, 'b');
    expect(await projects(store)).toEqual(['a', 'b']);
  });

  it('and their journals reach back a week, and not much more', async () => {
    let now = Date.UTC(2026, 0, 1);
    const store = await place.open(1, { clock: () => now });
    for (let hour = 0; hour < 20 * 24; hour += 6) {
      now += 6 * 3_600_000;
      await addProject(store, `p${hour}`);
      if (hour % 12 === 0) await store.snapshot();
    }
    await store.snapshot();
    for (const ago of [0, 1, 10, 50, 100, 167]) {
      const { position } = await imageAt(store.disk, store.layout, store.schema, now - ago * 3_600_000);
      expect(position).toBe(store.position - Math.ceil(ago / 6));
    }
    expect(readdirSync(place.snapshots()).length).toBeLessThan(14);
    expect(readdirSync(place.journal()).length).toBeLessThan(20);
  });

  it('are kept for a while, with the journals between them, whatever the clock does', async () => {
    let now = Date.UTC(2026, 0, 1);
    const store = await place.open(1, { clock: () => now });
    const jumps = [0, 3_600_000, -7_200_000, 86_400_000, 10, 3_600_000, -3_600_000, 20 * 86_400_000, 5, 5];
    for (const [index, jump] of jumps.entries()) {
      now += jump;
      await addProject(store, `p${index}`);
      await store.snapshot();
    }
    const kept = readdirSync(place.snapshots());
    expect(kept.length).toBeLessThan(jumps.length);
    expect(kept.length).toBeGreaterThanOrEqual(3);
    // Every one that is kept reaches the present with the journals that are kept.
    for (const newest of kept.slice(1).reverse()) {
      rmSync(path.join(place.snapshots(), newest));
      expect(await projects(await place.open(2))).toHaveLength(jumps.length);
    }
  });

  it('that cannot be written leave the store working and no half file', async () => {
    let full = false;
    const disk = watchedDisk((operation, file) => {
      if (full && operation === 'write' && file.includes('snapshot')) throw systemError('ENOSPC');
    });
    const store = await place.open(1, { disk });
    await addProject(store, 'a');
    full = true;
    await expect(store.snapshot()).rejects.toMatchObject({ code: 'ENOSPC' });
    await addProject(store, 'b');
    expect(readdirSync(place.snapshots())).toEqual([]);
    full = false;
    await store.snapshot();
    writeFileSync(path.join(place.snapshots(), '.000000000009-1.snapshot.4711.tmp'), 'left by a kill');
    expect(await projects(await place.open(2))).toEqual(['a', 'b']);
    expect(readdirSync(place.snapshots())).toHaveLength(1);
  });
});
