// What was acknowledged is there after any end; what was damaged is found, kept and said.
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../../server/store/store.ts';
import { addProject, projects, storeHome } from '../../support/openStore.ts';

const place = storeHome();
const onlyJournal = () => {
  const [name] = readdirSync(place.journal());
  return path.join(place.journal(), name ?? '');
};
/** A store that was never closed, as a kill leaves it: one record each. */
async function killed(...ids: string[]): Promise<Store> {
  const store = await place.open(1);
  for (const id of ids) await addProject(store, id);
  return store;
}

describe('opening a store', () => {
  it('has what was acknowledged after a clean end and after none', async () => {
    const first = await place.open(1);
    expect(await addProject(first, 'a')).toBe(1);
    expect(await Promise.all([addProject(first, 'b'), addProject(first, 'c')])).toEqual([2, 3]);
    const second = await place.open(2);
    expect(await projects(second)).toEqual(['a', 'b', 'c']);
    await addProject(second, 'd');
    await second.close();
    expect(readdirSync(place.snapshots())).toHaveLength(1);
    const third = await place.open(3);
    expect(await projects(third)).toEqual(['a', 'b', 'c', 'd']);
    expect([third.position, third.warnings]).toEqual([second.position, []]);
  });

  it('leaves nothing behind when only read, and its files to nobody else', async () => {
    await (await killed('a')).close();
    const before = readdirSync(place.home, { recursive: true });
    const reader = await place.open(2);
    expect(await projects(reader)).toEqual(['a']);
    await reader.close();
    expect(readdirSync(place.home, { recursive: true })).toEqual(before);
    for (const name of before as string[]) {
      const stats = statSync(path.join(place.home, name));
      expect((stats.mode & 0o777).toString(8), name).toBe(stats.isDirectory() ? '700' : '600');
    }
  });

  it('cuts off a write that was interrupted, wherever it was', async () => {
    const first = await killed('a', 'b');
    const whole = readFileSync(onlyJournal()).length;
    await addProject(first, 'c');
    const all = readFileSync(onlyJournal());
    for (let length = whole; length < all.length; length += 7) {
      writeFileSync(onlyJournal(), all);
      truncateSync(onlyJournal(), length);
      const store = await place.open(2);
      expect([await projects(store), store.warnings]).toEqual([['a', 'b'], []]);
    }
  });

  it('ignores for ever what a replaced owner appends later', async () => {
    const replaced = await killed('a');
    const owner = await place.open(2);
    await addProject(owner, 'b');
    // Nobody told the old one yet.
    await addProject(replaced, 'late');
    await addProject(owner, 'c');
    expect(await projects(await place.open(3))).toEqual(['a', 'b', 'c']);
    await owner.close();
    expect(await projects(await place.open(4))).toEqual(['a', 'b', 'c']);
  });

  it('keeps the bytes of a last record with a flipped bit, says so, and goes on', async () => {
    await killed('a', 'b');
    const bytes = readFileSync(onlyJournal());
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 5) ^ 4, bytes.length - 5);
    writeFileSync(onlyJournal(), bytes);
    const store = await place.open(2);
    expect(await projects(store)).toEqual(['a']);
    expect(store.warnings).toHaveLength(1);
    const [kept] = readdirSync(place.quarantine());
    expect(bytes.subarray(-50)).toEqual(readFileSync(path.join(place.quarantine(), kept ?? '')).subarray(-50));
    await addProject(store, 'c');
    const next = await place.open(3);
    expect([await projects(next), next.warnings]).toEqual([['a', 'c'], []]);
  });

  it('refuses damage before the last record, wherever it is, and changes nothing', async () => {
    await killed('a', 'b', 'c');
    const whole = readFileSync(onlyJournal());
    const last = whole.lastIndexOf(Buffer.from([0x89, 0x48, 0x4a, 0x1a]));
    for (let at = 0; at < whole.length; at += 31) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at & 7)), at);
      writeFileSync(onlyJournal(), bytes);
      if (at >= last) {
        expect(await projects(await place.open(2))).toEqual(['a', 'b']);
      } else {
        await expect(place.open(2), `byte ${at}`).rejects.toMatchObject({ reason: 'io', message: expect.stringMatching(/damaged.*\.$/) });
        expect(readFileSync(onlyJournal())).toEqual(bytes);
      }
    }
  });

  it('refuses a journal that is missing in the middle', async () => {
    await killed('a');
    await addProject(await place.open(2), 'b');
    await addProject(await place.open(3), 'c');
    const [, second] = readdirSync(place.journal());
    rmSync(path.join(place.journal(), second ?? ''));
    await expect(place.open(4)).rejects.toMatchObject({ reason: 'io' });
  });

  it('goes on after an end in the first moment of a new journal', async () => {
    await killed('a');
    writeFileSync(path.join(place.journal(), '00000002-0001.journal'), '');
    appendFileSync(path.join(place.journal(), '00000003-0001.journal'), Buffer.from([0x89, 0x48]));
    const store = await place.open(4);
    expect(await projects(store)).toEqual(['a']);
    await addProject(store, 'b');
    expect(await projects(await place.open(5))).toEqual(['a', 'b']);
  });
});
