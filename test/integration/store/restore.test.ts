// The way back: to a backup, a file, a moment. What was acknowledged is in the backup of the present or in the state after.
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyLog } from '../../../server/store/audit.ts';
import { type Disk, type DiskFile, realDisk } from '../../../server/store/disk.ts';
import { migrations } from '../../../server/store/schema.ts';
import { Sqlite } from '../../../server/store/sqlite.ts';
import { author, calm, day, dump, openState, type TestState } from '../../support/stateStore.ts';

let state: TestState;
beforeEach(async () => {
  state = await openState();
});
afterEach(() => state.close());

const addProject = (id: string, by = author) =>
  state.store.write(by, (transaction) => {
    transaction.run('insert into projects (id, name, created) values (?, ?, ?)', [id, `name-${id}`, transaction.now]);
    return transaction.event({ entity: 'project', entityId: id, kind: 'created', payload: { id } });
  });
const projects = () => state.store.read((reader) => reader.all<{ id: string }>('select id from projects order by id').map(({ id }) => id));
const backup = async () => (await state.keeping.backups.create('manual', await state.store.image())).name;
const events = () =>
  state.store.read((reader) =>
    reader.all<{ entity: string; kind: string; payload: string }>('select entity, kind, payload from events order by sequence'),
  );
const healthy = async () => expect((await verifyLog(state.store, state.keeping.segments, calm)).problems).toEqual([]);
const { restore, preview } = {
  restore: (...args: Parameters<TestState['keeping']['restores']['restore']>) => state.keeping.restores.restore(...args),
  preview: (...args: Parameters<TestState['keeping']['restores']['preview']>) => state.keeping.restores.preview(...args),
};

/** As if the hub was killed: the home is opened anew, without an end. */
async function reopened(): Promise<string[]> {
  const other = await openState(state.home);
  try {
    return await other.store.read((reader) => reader.all<{ id: string }>('select id from projects order by id').map(({ id }) => id));
  } finally {
    await other.close();
  }
}

describe('a restore', () => {
  test('says before what it would change, then does that; the log tells what was undone', async () => {
    await addProject('a');
    const name = await backup();
    await addProject('b');
    await addProject('c');
    const head = await state.store.read((reader) =>
      reader.get('select sequence, lower(hex(hash)) as hash from events order by sequence desc limit 1'),
    );
    const said = await preview({ name });
    expect(said).toMatchObject({ eventsUndone: 2, schema: migrations.at(-1)?.version });
    expect(said.tables).toContainEqual({ name: 'projects', now: 3, restored: 1 });
    expect(said.ownerId.now).toBe(said.ownerId.restored);
    expect(await projects()).toEqual(['a', 'b', 'c']);
    const told: number[] = [];
    state.store.onAppended((last) => told.push(last));
    const done = await restore({ name }, 'move', author);
    expect(done).toMatchObject({ eventsUndone: 2, position: state.store.position });
    expect(await projects()).toEqual(['a']);
    const last = (await events()).at(-1);
    expect(last).toMatchObject({ entity: 'store', kind: 'restored' });
    expect(JSON.parse(last?.payload ?? '')).toEqual({
      from: { backup: name },
      identity: 'move',
      backup: done.backup,
      undone: { events: 2, ...head },
    });
    expect(told).toEqual([2]);
    await healthy();
    // The store goes on, and so does one that starts from the files.
    await addProject('d');
    expect(await projects()).toEqual(['a', 'd']);
    expect(await reopened()).toEqual(['a', 'd']);
  });

  test('is itself undone by the backup that it wrote', async () => {
    await addProject('a');
    const name = await backup();
    await addProject('b');
    const before = await state.store.read((reader) => dump(reader, ['events', 'request_keys']));
    const { backup: present } = await restore({ name }, 'move', author);
    expect(await state.keeping.backups.list()).toContainEqual(expect.objectContaining({ name: present, why: 'restore' }));
    await restore({ name: present }, 'move', author);
    expect(await state.store.read((reader) => dump(reader, ['events', 'request_keys']))).toEqual(before);
    await healthy();
  });

  test('of the backup of another home moves its identity here or makes a copy', async () => {
    await addProject('a');
    const name = await backup();
    const other = await openState();
    try {
      const file = path.join(state.home, 'backups', name);
      const mine = (await preview({ name })).ownerId.now;
      const said = await other.keeping.restores.preview({ path: file });
      expect(said.ownerId).toEqual({ now: `owner of ${other.home}`, restored: mine });
      await other.keeping.restores.restore({ path: file }, 'copy', author);
      const copied = (await other.keeping.restores.preview({ path: file })).ownerId.now;
      expect([mine, `owner of ${other.home}`]).not.toContain(copied);
      await other.keeping.restores.restore({ path: file }, 'move', author);
      expect((await other.keeping.restores.preview({ path: file })).ownerId.now).toBe(mine);
    } finally {
      await other.close();
    }
  });

  test('gives nothing the trust that was taken from it, and takes none that is given now', async () => {
    const grants = ({ store }: TestState) => store.read((reader) => reader.all('select repository from trust order by repository'));
    const give = ({ store }: TestState, repository: string) =>
      store.write(author, (t) => void t.run(`insert into trust (connection, repository, time) values ('hub', ?, ?)`, [repository, t.now]));
    await give(state, '/a');
    const name = await backup();
    await state.store.write(author, (transaction) => void transaction.run('delete from trust'));
    await give(state, '/b');
    await restore({ name }, 'move', author);
    expect(await grants(state)).toEqual([{ repository: '/b' }]);
    // Nor does another home's backup bring any.
    const other = await openState();
    await other.keeping.restores.restore({ path: path.join(state.home, 'backups', name) }, 'move', author);
    expect(await grants(other)).toEqual([]);
    await other.close();
  });

  test('asked for twice under one key is done once', async () => {
    await addProject('a');
    const name = await backup();
    await addProject('b');
    const by = { ...author, key: 'restore-1' };
    const first = await restore({ name }, 'move', by);
    await addProject('c');
    expect(await restore({ name }, 'move', by)).toEqual(first);
    expect(await projects()).toEqual(['a', 'c']);
  });

  test('does not do again what it undid, when the answer was lost on the way', async () => {
    const name = await backup();
    const by = { ...author, key: 'b-1' };
    const answer = await addProject('b', by);
    await restore({ name }, 'move', author);
    expect(await addProject('b', by)).toBe(answer);
    expect(await projects()).toEqual([]);
  });

  test.each([
    ['an unknown backup', { name: '20200101T000000000Z-daily-1.backup' }, 'not-found'],
    ['a name that is a path', { name: '../../etc/passwd' }, 'not-found'],
    ['a file that is not there', { path: '/nowhere/at/all' }, 'not-found'],
    ['a folder', { path: import.meta.dirname }, 'invalid'],
    ['a file that is none', { path: import.meta.filename }, 'invalid'],
    ['a moment before the first', { time: 1000 }, 'not-found'],
    ['a moment to come', { time: Date.now() + day }, 'invalid'],
  ])('%s is refused with one sentence, and nothing changes', async (_, source, reason) => {
    await addProject('a');
    const { position } = state.store;
    const failure = await restore(source as { name: string }, 'move', author).then(
      () => undefined,
      (error: { reason: string; message: string }) => error,
    );
    expect(failure).toMatchObject({ message: expect.stringMatching(/^[A-Z][^\n]*\.$/) });
    expect(failure?.reason).toBe(reason);
    expect(state.store.position).toBe(position);
    expect(await projects()).toEqual(['a']);
  });

  test('needs the sealed segments of its state', async () => {
    for (let each = 0; each < 5; each++) await state.happen('kind', { each });
    const early = await backup();
    state.clock += 100 * day;
    const [segment] = await state.keeping.segments.seal(state.store, state.clock);
    const late = await backup();
    // Back to before the sealing: the events are in memory again, and the file stays for who needs it.
    await restore({ name: early }, 'move', author);
    await healthy();
    expect(readdirSync(state.keeping.segments.folder)).toEqual([segment?.name]);
    expect((await preview({ name: late })).eventsUndone).toBe(1);
    await restore({ name: late }, 'move', author);
    await healthy();
    rmSync(path.join(state.keeping.segments.folder, segment?.name as string));
    await expect(restore({ name: late }, 'move', author)).rejects.toMatchObject({
      reason: 'precondition',
      message: expect.stringContaining(segment?.name as string),
    });
    await restore({ name: early }, 'move', author);
    await healthy();
  });
});

test('while writers write, each acknowledged change is in the backup of the present or in the state after, once', async () => {
  const name = await backup();
  const acknowledged: string[] = [];
  let going = true;
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let count = 0; going; count++) {
      const id = `${writer}-${count}`;
      await addProject(id, { ...author, key: id });
      acknowledged.push(id);
    }
  });
  const undone: string[] = [];
  for (let round = 0; round < 5; round++) {
    for (const until = acknowledged.length + 20; acknowledged.length < until; ) await new Promise((resolve) => setTimeout(resolve, 1));
    const { backup: present } = await restore({ name }, 'move', author);
    const { image } = await state.keeping.backups.read({ name: present });
    const sqlite = await Sqlite.open(image);
    undone.push(...sqlite.all<{ id: string }>('select id from projects').map(({ id }) => id));
    sqlite.close();
  }
  going = false;
  await Promise.all(writers);
  const all = [...undone, ...(await projects())];
  expect(all.sort()).toEqual([...acknowledged].sort());
  await healthy();
  expect((await reopened()).sort()).toEqual((await projects()).sort());
});

test('killed at any operation on the disk, the state is that of before or that of after, whole', async () => {
  await addProject('a');
  const name = await backup();
  await addProject('b');
  const outcomes = { before: 0, after: 0 };
  const parent = mkdtempSync(path.join(tmpdir(), 'hearth-restore-killed-'));
  for (let survived = 0, done = false; !done; survived++) {
    const home = path.join(parent, String(survived));
    cpSync(state.home, home, { recursive: true });
    // From then on nothing reaches the disk any more.
    let left = Number.POSITIVE_INFINITY;
    const mortal = dyingDisk(() => left-- > 0);
    const victim = await openState(home, state.clock, mortal);
    left = survived;
    const by = { ...author, key: 'restore' };
    const answer = await victim.keeping.restores.restore({ name }, 'move', by).catch(() => undefined);
    done = left > 0;
    left = 0;
    await victim.close();
    const next = await openState(home);
    const ids = await next.store.read((reader) => reader.all<{ id: string }>('select id from projects order by id').map(({ id }) => id));
    expect([['a'], ['a', 'b']], `killed after ${survived}`).toContainEqual(ids);
    if (answer !== undefined) expect(ids).toEqual(['a']);
    outcomes[ids.length === 1 ? 'after' : 'before']++;
    expect((await verifyLog(next.store, next.keeping.segments, calm)).problems).toEqual([]);
    for (const each of await next.keeping.backups.list()) expect((await next.keeping.backups.verify(each.name)).problems).toEqual([]);
    // Asked again under the same key, it is done once all in all.
    const again = await next.keeping.restores.restore({ name }, 'move', by);
    if (answer !== undefined) expect(again).toEqual(answer);
    const count = await next.store.read((reader) => reader.get("select count(*) as count from events where kind = 'restored'"));
    expect(count).toEqual({ count: 1 });
    await next.close();
  }
  rmSync(parent, { recursive: true });
  expect(outcomes.before).toBeGreaterThan(5);
  expect(outcomes.after).toBeGreaterThan(1);
});

/** A disk that refuses every change once `alive` says so, in the middle of whatever was under way. */
function dyingDisk(alive: () => boolean): Disk {
  const mortal =
    <A extends unknown[], R>(operation: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (!alive()) throw Object.assign(new Error('killed'), { code: 'EIO' });
      return operation(...args);
    };
  const file = async (open: Promise<DiskFile>): Promise<DiskFile> => {
    const { write, truncate, datasync, close } = await open;
    return { write: mortal(write), truncate: mortal(truncate), datasync: mortal(datasync), close };
  };
  return {
    ...realDisk,
    makeFolder: mortal(realDisk.makeFolder),
    create: mortal((name: string) => file(realDisk.create(name))),
    open: mortal((name: string) => file(realDisk.open(name))),
    rename: mortal(realDisk.rename),
    remove: mortal(realDisk.remove),
    syncFolder: mortal(realDisk.syncFolder),
  };
}

describe('a moment', () => {
  test('each of many is the state as it was then, restores included', async () => {
    // The event of a restore is of now, so moments are in the past of the real clock.
    state.clock = Date.now() - 3_600_000;
    const moments: { time: number; state: Record<string, string[]> }[] = [];
    const remember = async () => {
      moments.push({ time: state.clock, state: await state.store.read((reader) => dump(reader)) });
      state.clock += 1000;
    };
    const first = await backup();
    state.clock += 1000;
    for (let each = 0; each < 12; each++) {
      await addProject(`p${each}`);
      if (each % 3 === 2)
        await state.store.write(author, (transaction) => void transaction.run('delete from projects where id = ?', [`p${each - 1}`]));
      if (each === 4) await state.store.snapshot();
      if (each === 7) await restore({ name: first }, 'move', author);
      await remember();
    }
    const leaveOut = ['request_keys'];
    for (const moment of moments) {
      const { image } = await state.store.imageAt(moment.time);
      const sqlite = await Sqlite.open(image);
      expect(dump(sqlite, leaveOut)).toEqual(Object.fromEntries(Object.entries(moment.state).filter(([name]) => !leaveOut.includes(name))));
      sqlite.close();
    }
    const picked = moments[5] as (typeof moments)[number];
    await restore({ time: picked.time }, 'move', author);
    expect(await state.store.read((reader) => dump(reader)['projects'])).toEqual(picked.state['projects']);
    await healthy();
    expect(await reopened()).toEqual(await projects());
  });
});
