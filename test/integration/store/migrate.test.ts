// Migrations: tried on a copy, then one durable record; a way back, and no way for an older program to touch a newer store.
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkState } from '../../../server/store/checkState.ts';
import { dryRun } from '../../../server/store/dryRun.ts';
import type { Migration, MigrationDatabase } from '../../../server/store/migrations.ts';
import { migrations } from '../../../server/store/schema.ts';
import { Sqlite } from '../../../server/store/sqlite.ts';
import type { Image, Store } from '../../../server/store/store.ts';
import { addProject, projects, storeHome } from '../../support/openStore.ts';

const place = storeHome();
const own = migrations.at(-1)?.version ?? 0;
const next = (run: (database: MigrationDatabase) => void): Migration[] => [...migrations, { version: own + 1, name: 'labels', run }];
const labels = next((database) => {
  database.run('create table labels (project text primary key references projects (id), label text not null) strict, without rowid');
  for (const { id } of database.all<{ id: string }>('select id from projects'))
    database.run('insert into labels values (?, ?)', [id, `of ${id}`]);
});
const all = () => readdirSync(place.home, { recursive: true });

describe('migrations', () => {
  it('are one record, replayed without their code, with the state before in hand', async () => {
    await addProject(await place.open(1), 'a');
    const before: Image[] = [];
    const store = await place.open(2, { migrations: labels, beforeMigration: async (image) => void before.push(image) });
    expect(before.map(({ schema }) => schema)).toEqual([own]);
    expect(await store.read((reader) => reader.all('select * from labels'))).toEqual([{ project: 'a', label: 'of a' }]);
    const again = labels.map((each) => ({ ...each, run: () => expect.unreachable('replay runs no migration') }));
    const later = await place.open(3, { migrations: again });
    expect(await later.read((reader) => reader.all('select * from labels'))).toEqual([{ project: 'a', label: 'of a' }]);
    expect(later.schema).toBe(labels.at(-1)?.version);
  });

  it('of ours bring a store of schema 1 to the newest, with all that was in it', async () => {
    const first = await place.open(1, { migrations: migrations.slice(0, 1) });
    for (const id of ['a', 'b']) await addProject(first, id);
    const rows = (store: Store) => store.read((reader) => [reader.all('select * from projects'), reader.all('select * from events')]);
    const before = await rows(first);
    const images: Image[] = [];
    const store = await place.open(2, { beforeMigration: async (image) => void images.push(image) });
    expect([first.schema, images.map(({ schema }) => schema), store.schema]).toEqual([1, [1], own]);
    expect(await rows(store)).toEqual(before);
    const sqlite = await Sqlite.open((await store.image()).image);
    expect(await checkState(sqlite)).toEqual([]);
    sqlite.close();
    const tables = ['item_counters', 'items', 'item_tags', 'item_checks', 'item_comments', 'item_commits', 'completions'];
    for (const table of tables) expect(await store.read((reader) => reader.all(`select * from ${table}`)), table).toEqual([]);
    await addProject(store, 'c');
    expect(await projects(await place.open(3))).toEqual(['a', 'b', 'c']);
  });

  it('are refused as a whole when anything is wrong, and the store stays as it was', async () => {
    const first = await place.open(1);
    await addProject(first, 'a');
    await first.close();
    const before = all();
    const wrong: [string, (database: MigrationDatabase) => void][] = [
      ['throws', () => expect.unreachable('thrown by the migration')],
      ['half way', (database) => [database.run('delete from projects'), database.run('create table projects (x)')]],
      ['ends the transaction', (database) => database.run('commit')],
      ['pragma', (database) => database.run('pragma foreign_keys = off')],
      ['vacuum', (database) => database.run('vacuum')],
      ['attach', (database) => database.run(`attach 'x' as y`)],
      ['time', (database) => database.run(`update projects set created = unixepoch()`)],
    ];
    for (const [name, run] of wrong) {
      await expect(place.open(2, { migrations: next(run) }), name).rejects.toMatchObject({
        message: expect.stringMatching(/could not be migrated/),
      });
      expect(all(), name).toEqual(before);
    }
    expect(await projects(await place.open(3))).toEqual(['a']);
  });

  it('do not begin when the backup before them fails', async () => {
    await addProject(await place.open(1), 'a');
    const refused = place.open(2, { migrations: labels, beforeMigration: () => Promise.reject(new Error('no room for a backup')) });
    await expect(refused).rejects.toThrow('no room for a backup');
    expect((await place.open(3)).schema).toBe(own);
  });

  it('say in a dry run what they would do, and write nothing', async () => {
    const first = await place.open(1);
    await addProject(first, 'a');
    await first.close();
    const before = all();
    const trial = await dryRun({ home: place.home, migrations: labels });
    expect(trial).toMatchObject({
      from: own,
      to: own + 1,
      steps: [{ version: own + 1, name: 'labels', statements: 2 }],
      integrity: 'ok',
      foreignKeys: 0,
    });
    expect(trial.tables.filter(({ before: rows, after }) => rows !== after)).toEqual([{ name: 'labels', after: 1 }]);
    expect(trial.schemaDifference).toEqual([expect.stringMatching(/^\+ create table labels/i)]);
    expect(all()).toEqual(before);
    expect((await dryRun({ home: place.home })).steps).toEqual([]);
  });

  it('of a newer program make an older one refuse and touch nothing', async () => {
    const newer = await place.open(1, { migrations: labels });
    await addProject(newer, 'a');
    for (const closed of [false, true]) {
      if (closed) await newer.close();
      const before = all();
      await expect(place.open(2)).rejects.toMatchObject({
        reason: 'precondition',
        message: expect.stringContaining(`newer Hearth (schema ${own + 1}`),
      });
      expect(all()).toEqual(before);
    }
    expect(await projects(await place.open(3, { migrations: labels }))).toEqual(['a']);
  });
});
