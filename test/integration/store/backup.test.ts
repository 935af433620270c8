// Backups: written, opened, kept, copied, found damaged.
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Backups } from '../../../server/store/backup.ts';
import { type Disk, realDisk } from '../../../server/store/disk.ts';
import { backupBeforeMigration } from '../../../server/store/keeping.ts';
import { migrations } from '../../../server/store/schema.ts';
import { readSnapshot } from '../../../server/store/snapshot.ts';
import { Store } from '../../../server/store/store.ts';
import { author, day, dump, dumpOf, openState, type TestState } from '../../support/stateStore.ts';

let state: TestState;
beforeEach(async () => {
  state = await openState();
  await state.happen('kind', { text: 'one' });
});
afterEach(() => state.close());

const folder = () => path.join(state.home, 'backups');
const create = async () => state.keeping.backups.create('manual', await state.store.image());

test('a backup holds the state, and only the user can read it', async () => {
  const row = await create();
  expect(row).toMatchObject({
    why: 'manual',
    schema: migrations.length,
    position: state.store.position,
    time: state.clock,
    verified: true,
  });
  const file = path.join(folder(), row.name);
  expect(statSync(file)).toMatchObject({ size: row.size });
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder())).toEqual([row.name]);
  const found = await readSnapshot(realDisk, file);
  expect(await dumpOf(found?.image as Uint8Array)).toEqual(await state.store.read((reader) => dump(reader)));
  expect(await state.keeping.backups.verify(row.name)).toEqual({ backup: row, problems: [] });
});

test('damage is found by verify and refused by restore; a file that was cut is not shown as verified', async () => {
  const row = await create();
  const file = path.join(folder(), row.name);
  const whole = readFileSync(file);
  for (const at of [3, 200, whole.length >> 1, whole.length - 1]) {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(file, bytes);
    expect((await state.keeping.backups.verify(row.name)).problems).toHaveLength(1);
    await expect(state.keeping.restores.restore({ name: row.name }, 'move', author)).rejects.toMatchObject({ reason: 'invalid' });
  }
  writeFileSync(file, whole);
  truncateSync(file, whole.length - 5000);
  expect(await state.keeping.backups.list()).toMatchObject([{ name: row.name, verified: false }]);
  await expect(state.keeping.backups.verify('../store')).rejects.toMatchObject({ reason: 'not-found' });
});

test('a backup whose events were tampered with is not kept', async () => {
  await state.happen('kind', { text: 'two' });
  await state.store.write(author, (transaction) => void transaction.run(`update events set actor = 'nobody' where sequence = 1`));
  await expect(create()).rejects.toMatchObject({ reason: 'io', message: expect.stringContaining('Event 1 is not what was written') });
  expect(readdirSync(folder())).toEqual([]);
});

test('what a crash left behind is no backup, and goes with the next one', async () => {
  let killed = false;
  const dying: Disk = {
    ...realDisk,
    rename: (from, to) => {
      if (to.endsWith('.backup')) {
        killed = true;
        return Promise.reject(new Error('killed'));
      }
      return realDisk.rename(from, to);
    },
  };
  const backups = new Backups(dying, folder(), migrations.length);
  await expect(backups.create('manual', await state.store.image())).rejects.toThrow('killed');
  expect(killed).toBe(true);
  expect(readdirSync(folder())).toHaveLength(1);
  expect(await state.keeping.backups.list()).toEqual([]);
  const { name } = await create();
  expect(readdirSync(folder())).toEqual([name]);
});

describe('over time', () => {
  test('a day makes a backup when something changed; fourteen are kept, and what the user made', async () => {
    const manual = await create();
    for (let passed = 0; passed < 20; passed++) {
      await state.happen('kind', { passed });
      await state.keeping.due();
      await state.keeping.due();
      state.clock += day;
    }
    const kept = await state.keeping.backups.list();
    expect(kept.filter(({ why }) => why === 'daily')).toHaveLength(14);
    expect(kept.at(-1)?.name).toBe(manual.name);
    // Quiet days make none.
    state.clock += 5 * day;
    await state.keeping.due();
    expect((await state.keeping.backups.list()).map(({ name }) => name)).toEqual(kept.map(({ name }) => name));
  });

  test('a clock that was set back does not stop them', async () => {
    await state.keeping.due();
    state.clock -= 400 * day;
    await state.happen('kind');
    await state.keeping.due();
    expect((await state.keeping.backups.list()).filter(({ why }) => why === 'daily')).toHaveLength(2);
  });

  test('one that was made in the future is neither followed by one every hour nor takes the place of others', async () => {
    const present = state.clock;
    state.clock += 400 * day;
    for (let each = 0; each < 14; each++) {
      await state.happen('kind');
      await state.keeping.due();
      state.clock += day;
    }
    state.clock = present;
    for (let hour = 0; hour < 30; hour++) {
      await state.happen('kind');
      await state.keeping.due();
      state.clock += day / 24;
    }
    const made = (await state.keeping.backups.list()).filter(({ why }) => why === 'daily');
    expect(made).toHaveLength(14);
    expect(made.filter(({ time }) => time < present + 2 * day).map(({ time }) => time - present)).toEqual([day, 0]);
  });

  test('a full disk is logged, and nothing is lost by it', async () => {
    const full: Disk = { ...realDisk, create: () => Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' })) };
    const backups = new Backups(full, folder(), migrations.length);
    await expect(backups.create('daily', await state.store.image())).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await state.keeping.backups.list()).toEqual([]);
    expect(await state.happen('kind')).toBe(2);
  });

  test('a migration is preceded by a backup that is its way back', async () => {
    const before = await state.store.read((reader) => dump(reader));
    await state.store.close();
    const version = migrations.length + 1;
    const next = [
      ...migrations,
      { version, name: 'one more', run: (database: { run(sql: string): number }) => void database.run('create table more (x integer)') },
    ];
    const store = await Store.open({
      home: state.home,
      fence: { number: 1000, check: () => {} },
      log: () => {},
      migrations: next,
      beforeMigration: backupBeforeMigration(realDisk, state.store.layout, next),
    });
    expect(store.schema).toBe(version);
    const [backup] = await state.keeping.backups.list();
    expect(backup).toMatchObject({ why: 'migration', schema: version - 1, verified: true });
    const found = await state.keeping.backups.read({ name: backup?.name as string });
    expect(await dumpOf(found.image)).toEqual(before);
    // The program before refuses what the newer one wrote.
    await store.write(author, (transaction) => transaction.event({ entity: 'e', entityId: 'i', kind: 'k', payload: {} }));
    const newer = await new Backups(realDisk, folder(), version).create('manual', await store.image());
    expect((await state.keeping.backups.verify(newer.name)).problems[0]).toContain('newer Hearth');
    await expect(state.keeping.restores.restore({ name: newer.name }, 'move', author)).rejects.toMatchObject({ reason: 'precondition' });
    await store.close();
  });
});

test('a copy goes to a new file or into a folder, never over a file', async () => {
  const row = await create();
  await state.keeping.backups.copy(row.name, path.join(state.home, 'copied'));
  expect(readFileSync(path.join(state.home, 'copied'))).toEqual(readFileSync(path.join(folder(), row.name)));
  await state.keeping.backups.copy(row.name, state.home);
  expect(readdirSync(state.home)).toContain(row.name);
});
