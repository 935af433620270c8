// A store that is damaged in the middle: what can be read in order is kept, everything else is put aside and counted.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Disk, realDisk } from '../../../server/store/disk.ts';
import { dryRun } from '../../../server/store/dryRun.ts';
import { diagnoseStore, recoverStore } from '../../../server/store/recover.ts';
import { addProject, projects, storeHome } from '../../support/openStore.ts';

const place = storeHome();
const recover = (fence: number) => recoverStore({ home: place.home, fence: { number: fence, check: () => {} }, log: () => {} });
const journals = () => readdirSync(place.journal());
const damage = (name: string | undefined, record: number) => {
  const file = path.join(place.journal(), name ?? '');
  const bytes = readFileSync(file);
  let at = -1;
  for (let count = 0; count <= record; count += 1) at = bytes.indexOf(Buffer.from([0x89, 0x48, 0x4a, 0x1a]), at + 1);
  bytes.writeUInt8(bytes.readUInt8(at + 30) ^ 1, at + 30);
  writeFileSync(file, bytes);
};

describe('recovering', () => {
  it('leaves a whole store alone', async () => {
    const store = await place.open(1);
    await addProject(store, 'a');
    const { position } = store;
    await store.close();
    const before = readdirSync(place.home, { recursive: true });
    expect(await diagnoseStore({ home: place.home })).toEqual({ state: 'whole', position, lost: 0, damaged: [] });
    expect(await recover(2)).toEqual({ position, lost: 0, quarantined: [] });
    expect(readdirSync(place.home, { recursive: true })).toEqual(before);
  });

  it('finds a store whole beside a hub that writes, takes snapshots and deletes old files', async () => {
    let now = 1_800_000_000_000;
    const store = await place.open(1, { clock: () => now });
    await addProject(store, 'a');
    for (let operation = 1, operations = 1; operation <= operations; operation += 1) {
      let done = 0;
      const busy = async () => {
        done += 1;
        if (done !== operation) return;
        // Ten days pass: what is older than the last three snapshots goes.
        for (let each = 0; each < 4; each += 1) {
          now += 3 * 24 * 3_600_000;
          await addProject(store, `p${operation}-${each}`);
          await store.snapshot();
        }
      };
      const disk: Disk = {
        ...realDisk,
        list: async (folder) => busy().then(() => realDisk.list(folder)),
        read: async (file, range) => busy().then(() => realDisk.read(file, range)),
      };
      expect(await diagnoseStore({ home: place.home, disk })).toMatchObject({ state: 'whole' });
      expect((await dryRun({ home: place.home, disk })).steps).toEqual([]);
      operations = Math.max(operations, Math.min(done, 20));
    }
  });

  it('keeps what is before the damage, says how much is lost, and numbers go on', async () => {
    const store = await place.open(1);
    for (const id of ['a', 'b', 'c', 'd']) await addProject(store, id);
    const { position } = store;
    // Header, migration, a, b, c, d (and the forgetting of keys changes nothing).
    damage(journals()[0], 3);
    await expect(place.open(2)).rejects.toMatchObject({ reason: 'io', hint: expect.stringContaining('hearth store recover') });
    const found = await diagnoseStore({ home: place.home });
    expect(found).toMatchObject({ state: 'damaged', position: 2, lost: position - 2, damaged: ['00000001-0001.journal'] });
    expect(found.problem).toMatch(/damaged.*\.$/);
    expect(journals()).toHaveLength(1);

    const done = await recover(2);
    expect(done).toMatchObject({ lost: position - 2, quarantined: ['00000001-0001.journal'] });
    expect(done.position).toBe(position + 1);
    expect(readdirSync(place.quarantine())).toEqual(['00000001-0001.journal']);
    const next = await place.open(3);
    expect(await projects(next)).toEqual(['a']);
    expect(await next.read((reader) => reader.all('select kind from events order by sequence'))).toEqual([
      { kind: 'created' },
      { kind: 'recovered' },
    ]);
    await addProject(next, 'e');
    expect(await projects(await place.open(4))).toEqual(['a', 'e']);
  });

  it('goes from the newest snapshot when the damage lies behind it', async () => {
    const store = await place.open(1);
    await addProject(store, 'a');
    await store.snapshot();
    await addProject(store, 'b');
    await addProject(store, 'c');
    await addProject(await place.open(2), 'd');
    damage(journals()[1], 1);
    expect(await recover(3)).toMatchObject({ lost: 3 });
    expect(await projects(await place.open(4))).toEqual(['a']);
  });

  it('does not mind damage that a snapshot covers', async () => {
    const store = await place.open(1);
    await addProject(store, 'a');
    await addProject(store, 'b');
    await store.snapshot();
    await addProject(store, 'c');
    damage(journals()[0], 2);
    expect(await projects(await place.open(2))).toEqual(['a', 'b', 'c']);
  });

  it('takes no record of a journal whose header is lost', async () => {
    const store = await place.open(1);
    await addProject(store, 'a');
    await addProject(await place.open(2), 'b');
    damage(journals()[1], 0);
    await expect(place.open(3)).rejects.toMatchObject({ reason: 'io' });
    expect(await recover(3)).toMatchObject({ lost: 1, quarantined: ['00000002-0001.journal'] });
    expect(await projects(await place.open(4))).toEqual(['a']);
  });

  it('makes do with an older snapshot when the journal between is lost', async () => {
    const store = await place.open(1);
    await addProject(store, 'a');
    await store.snapshot();
    await addProject(store, 'b');
    await store.close();
    const [, newest] = readdirSync(place.snapshots());
    const file = path.join(place.snapshots(), newest ?? '');
    writeFileSync(file, readFileSync(file).subarray(0, 9000));
    for (const name of journals().slice(1)) rmSync(path.join(place.journal(), name));
    expect(await recover(2)).toMatchObject({ lost: 1, quarantined: [newest] });
    expect(await projects(await place.open(3))).toEqual(['a']);
  });
});
