import path from 'node:path';
import { realDisk } from '../../server/store/disk.ts';
import { layoutOf, snapshotName } from '../../server/store/layout.ts';
import { writeSnapshot } from '../../server/store/snapshot.ts';
import { Sqlite } from '../../server/store/sqlite.ts';
import { Store } from '../../server/store/store.ts';
import { endHub } from '../support/hubProcess.ts';
import { createRepository, type Repository } from '../support/repositories/repository.ts';
import { type Bench, summarise, valueAtMost } from './harness.ts';

const project = '3f0c2a4e-1111-4222-8333-444455556666';

/** A project with many items, asked for as a window does: through its server and the hub, over real pipes and sockets. */
export const bench: Bench = {
  name: 'work-list',
  target: '10 000 items, list and filter: < 100 ms',
  async run(ctx) {
    const count = ctx.size(10_000, 50);
    const repository = createRepository();
    ctx.cleanup(() => repository.dispose());
    repository.commit('First');
    repository.git('config', 'hearth.project', project);
    const home = ctx.temporaryFolder('home');
    await fill(home, repository, count);
    // Registered before the server: what is registered last is cleaned up first.
    ctx.cleanup(() => endHub(home));
    const server = await ctx.startServer({ env: { HEARTH_HOME: home } });
    const ask = async (expected: number, more: object = {}) => {
      const { items } = (await server.request('work/list', { repository: repository.root, ...more })) as { items: unknown[] };
      if (items.length !== expected) throw new Error(`${items.length} items instead of ${expected}`);
    };
    const edit = (id: number) =>
      server.request('work/edit', { repository: repository.root, id, tags: { add: [`t${performance.now()}`.replace('.', '-')] } });
    // The first list of a hub's life reads them all from the database.
    const first = await ctx.time(() => ask(count));
    const measure = (name: string, expected: number, more: object, before?: () => Promise<unknown>) =>
      ctx
        .sample(() => ask(expected, more), { rounds: 15, warmup: 3, ...(before === undefined ? {} : { before }) })
        .then((summary) => valueAtMost(name, 'ms', summary, 100));
    const open = Math.floor(count / 2);
    return [
      valueAtMost('first of all, the hub started for it', 'ms', summarise([first])),
      await measure('all', count, {}),
      await measure('all, one changed just now', count, {}, () => edit(1)),
      await measure('the first 200', Math.min(200, count), { limit: 200 }),
      await measure('by state', open, { filter: { states: ['planned'] } }),
      await measure('by tag and type', Math.ceil(count / 10), { filter: { tags: ['login'], types: ['feature'] } }),
      await measure('by text that is nowhere', 0, { filter: { text: 'zebra' } }),
      await measure('by text beyond ASCII in notes', 1, { filter: { text: 'Žebra' } }),
    ];
  },
};

/** A home with one snapshot that holds the items, as they are after a year of work. */
async function fill(home: string, repository: Repository, count: number): Promise<void> {
  const store = await Store.open({ home, fence: { number: 1, check: () => {} }, log: () => {} });
  const { image, position, schema, time } = await store.image();
  await store.close();
  const sqlite = await Sqlite.open(image);
  sqlite.run('begin');
  sqlite.run("insert into meta (key, value) values ('ownerId', 'bench')");
  sqlite.run('insert into projects (id, name, created) values (?, ?, ?)', [project, 'bench', time]);
  sqlite.run('insert into repositories (common_dir, project, seen) values (?, ?, ?)', [path.join(repository.root, '.git'), project, time]);
  sqlite.run('insert into item_counters (project, last) values (?, ?)', [project, count]);
  for (let number = 1; number <= count; number += 1) addItem(sqlite, number, time);
  sqlite.run('commit');
  const file = path.join(layoutOf(home).snapshots, snapshotName(position + 1, 1));
  await writeSnapshot(realDisk, file, { position: position + 1, schema, time }, sqlite.export());
  sqlite.close();
}

function addItem(sqlite: Sqlite, number: number, time: number): void {
  const notes = `${'Some words of explanation, as people write them. '.repeat(8)}${number === 7 ? 'žEBRA' : ''}`;
  const state = number % 2 === 0 ? 'planned' : 'done';
  sqlite.run(
    `insert into items (project, number, uid, title, type, state, notes, assignee, branch, base, had_branch, created, updated)
     values (?, ?, ?, ?, ?, ?, ?, 'Ada Lovelace', ?, 'main', 1, ?, ?)`,
    [
      project,
      number,
      `${String(number).padStart(8, '0')}-4f1c-4d1e-8b7a-5b3c2d1e0f9a`,
      `An item with a title of ordinary length ${number}`,
      number % 10 === 0 ? 'feature' : 'fix',
      state,
      notes,
      `work/${number}-an-item-with-a-title`,
      time + number,
      time + number,
    ],
  );
  for (const tag of ['login', `area-${number % 20}`]) {
    sqlite.run('insert into item_tags (project, number, tag) values (?, ?, ?)', [project, number, tag]);
  }
  for (let check = 0; check < 4; check += 1) {
    sqlite.run('insert into item_checks (project, number, id, position, text, done) values (?, ?, ?, ?, ?, ?)', [
      project,
      number,
      `check-${check}`,
      check,
      'Tests cover it, also where input is empty',
      check % 2,
    ]);
  }
  for (let commit = 0; commit < 3; commit += 1) {
    sqlite.run('insert into item_commits (project, number, id, subject, author, author_time, source) values (?, ?, ?, ?, ?, ?, ?)', [
      project,
      number,
      `${commit}`.padStart(40, '0'),
      'A subject of ordinary length for a commit',
      'Ada Lovelace',
      1_700_000_000 + commit,
      'branch',
    ]);
  }
}
