// Everything as one archive: every table and column makes the way to another home and back.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeArchive } from '../../../server/store/archive.ts';
import { type Table, tablesOf } from '../../../server/store/archiveFormat.ts';
import { importArchive } from '../../../server/store/archiveImport.ts';
import { verifyLog } from '../../../server/store/audit.ts';
import { payloadHash } from '../../../server/store/eventChain.ts';
import { migrations } from '../../../server/store/schema.ts';
import { Sqlite } from '../../../server/store/sqlite.ts';
import type { Value } from '../../../server/store/types.ts';
import { author, calm, day, dump, openState, type TestState } from '../../support/stateStore.ts';

let state: TestState;
let other: TestState;
let file: string;
beforeEach(async () => {
  state = await openState();
  other = await openState();
  file = path.join(state.home, 'everything.jsonl');
});
afterEach(async () => {
  await state.close();
  await other.close();
});

const write = () => writeArchive(state.keeping, file, calm);
const read = (from = file, into = other) => {
  const { store, segments, restores } = into.keeping;
  return importArchive({ disk: store.disk, segments, restores, migrations }, { file: from, identity: 'move' }, author, calm);
};
/** What an import adds is its own event, and the keys and grants of the present. */
const own = ['request_keys', 'trust'];
const stateOf = async ({ store }: TestState) => store.read((reader) => dump(reader));

/** A row with something in every column, told by nothing but the schema; references lead to the rows made before. */
function fill(sqlite: { all: Sqlite['all']; run(sql: string, params: Value[]): unknown }, table: Table, row: number): void {
  const references = sqlite.all<{ from: string }>(`pragma foreign_key_list(${table.name})`).map(({ from }) => from);
  const values = table.columns.map(({ name, type }): Value => {
    if (references.includes(name) || table.key.includes(name)) return type === 'INTEGER' ? row : `${row}`;
    if (type === 'INTEGER') return 1_000_000_000_000 + row;
    if (type === 'REAL') return row + 0.5;
    if (type === 'BLOB') return new Uint8Array([row, 0, 255]);
    return `${name} "${row}"\n\u2028 Ünï\u0001`;
  });
  sqlite.run(`insert into ${table.name} values (${values.map(() => '?').join(', ')})`, values);
}

/** Two rows in every table there is but those of the log, which have a chain to keep. */
async function fillAll(): Promise<string[]> {
  return state.store.write(author, (transaction) => {
    const tables = tablesOf(transaction).filter(({ name }) => !['events', 'segments'].includes(name));
    let left = tables;
    // Those that others refer to first.
    for (let progress = true; left.length > 0 && progress; ) {
      const now = left.filter(({ name }) => {
        const targets = transaction.all<{ table: string }>(`pragma foreign_key_list(${name})`).map((each) => each.table);
        return targets.every((target) => target === name || !left.some((each) => each.name === target));
      });
      for (const table of now) for (const row of [1, 2]) fill(transaction, table, row);
      progress = now.length > 0;
      left = left.filter((each) => !now.includes(each));
    }
    return left.map(({ name }) => name);
  });
}

async function history(): Promise<void> {
  for (let each = 0; each < 30; each++) await state.happen('kind', { each, text: 'Ünï\u2028' }, each % 2 === 0 ? { project: 'p' } : {});
  state.clock += 100 * day;
  await state.keeping.segments.seal(state.store, state.clock);
  const erased = await state.happen('young', { secret: true }, { project: 'p' });
  // As a payload is erased one day: its hash stays, so the chain does.
  await state.store.write(author, (transaction) => {
    const row = transaction.get<{ salt: Uint8Array; payload: string }>('select salt, payload from events where sequence = ?', [erased]);
    const kept = new Uint8Array(Buffer.from(payloadHash(row?.salt as Uint8Array, row?.payload as string), 'hex'));
    transaction.run('update events set payload = null, payload_hash = ? where sequence = ?', [kept, erased]);
  });
  await state.happen('young', { more: true });
}

describe('the round trip', () => {
  test('keeps every column of every table, and the sealed segments', async () => {
    await history();
    expect(await fillAll()).toEqual([]);
    const before = await stateOf(state);
    // Nothing is left out: each table has rows, each column has a value somewhere.
    await state.store.read((reader) => {
      for (const { name, columns } of tablesOf(reader)) {
        for (const column of columns) {
          expect(reader.get(`select 1 from ${name} where "${column.name}" is not null limit 1`), `${name}.${column.name}`).toBeDefined();
        }
      }
    });
    const { rows, size } = await write();
    expect(size).toBe(readFileSync(file).length);
    expect(rows).toBe(Object.values(before).flat().length);
    expect(await read()).toMatchObject({ rows });
    const after = await stateOf(other);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [name, lines] of Object.entries(before)) {
      if (name === 'events') expect(after[name]?.slice(0, -1)).toEqual(lines);
      else if (own.includes(name)) expect(after[name]).toEqual([]);
      else expect(after[name], name).toEqual(lines);
    }
    expect(readdirSync(other.keeping.segments.folder)).toEqual(readdirSync(state.keeping.segments.folder));
    expect(await verifyLog(other.store, other.keeping.segments, calm)).toMatchObject({ problems: [], segments: 1, events: 34 });
    // And back again from there.
    const again = path.join(other.home, 'again.jsonl');
    await writeArchive(other.keeping, again, calm);
    await read(again, state);
    expect((await stateOf(state))['projects']).toEqual(before['projects']);
  });

  test('a table that is new is in it without a word; a kind of table it does not know stops it', async () => {
    const sqlite = await Sqlite.open();
    sqlite.run('create table one (b blob, a integer primary key, c real)');
    sqlite.run('create table two (x text, y text, primary key (y, x)) without rowid');
    expect(tablesOf(sqlite)).toEqual([
      {
        name: 'one',
        columns: [
          { name: 'b', type: 'BLOB' },
          { name: 'a', type: 'INTEGER' },
          { name: 'c', type: 'REAL' },
        ],
        key: ['a'],
      },
      {
        name: 'two',
        columns: [
          { name: 'x', type: 'TEXT' },
          { name: 'y', type: 'TEXT' },
        ],
        key: ['y', 'x'],
      },
    ]);
    for (const table of tablesOf(sqlite)) for (let row = 0; row < 25; row++) fill(sqlite, table, row);
    expect(dump(sqlite)['one']).toHaveLength(25);
    sqlite.run('create virtual table words using fts4 (text)');
    expect(() => tablesOf(sqlite)).toThrow('words');
    sqlite.close();
  });

  test('one of an older schema is brought up to date', async () => {
    await history();
    await write();
    const version = migrations.length + 1;
    const next = [
      ...migrations,
      {
        version,
        name: 'more',
        run: (database: { run(sql: string): unknown }) => void database.run(`alter table projects add column colour text default 'red'`),
      },
    ];
    const reading = readFileSync(file, 'utf8');
    const { store, segments } = state.keeping;
    // A home of the newer program reads it; its own columns have their defaults.
    const home = await openState();
    await home.store.close();
    const { Store } = await import('../../../server/store/store.ts');
    const { Keeping } = await import('../../../server/store/keeping.ts');
    const newer = await Store.open({ home: home.home, fence: { number: 5000, check: () => {} }, log: () => {}, migrations: next });
    const keeping = new Keeping(newer, () => {}, { migrations: next });
    await importArchive(
      { disk: newer.disk, segments: keeping.segments, restores: keeping.restores, migrations: next },
      { file, identity: 'copy' },
      author,
      calm,
    );
    expect(newer.schema).toBe(version);
    expect(await newer.read((reader) => reader.all('pragma table_info(projects)').map(({ name }) => name))).toContain('colour');
    // The other way round it is refused.
    const theirs = path.join(home.home, 'theirs.jsonl');
    await writeArchive(keeping, theirs, calm);
    await expect(read(theirs)).rejects.toMatchObject({ reason: 'precondition', message: expect.stringContaining('newer Hearth') });
    await newer.close();
    expect(reading).toBe(readFileSync(file, 'utf8'));
    expect(store.schema).toBe(migrations.length);
    expect(segments.folder).toContain(state.home);
  });
});

describe('an archive that is not whole', () => {
  test('is refused with one sentence wherever it was cut, and nothing changes', async () => {
    await history();
    await write();
    const whole = readFileSync(file);
    const before = await stateOf(other);
    const cut = path.join(state.home, 'cut.jsonl');
    const lines = [...whole.keys()].filter((at) => whole[at] === 10);
    const places = new Set([
      0,
      1,
      100,
      whole.length - 2,
      ...lines,
      ...lines.map((at) => at + 1),
      ...Array.from({ length: 60 }, (_, at) => Math.floor((whole.length * at) / 60)),
    ]);
    places.delete(whole.length);
    // Without its last line feed only, it is whole.
    places.delete(whole.length - 1);
    for (const at of places) {
      writeFileSync(cut, whole.subarray(0, at));
      const failure = await read(cut).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure, `cut at ${at}`).toMatchObject({
        reason: 'invalid',
        message: expect.stringMatching(/^The archive cut\.jsonl is [^\n]*\.$/),
      });
    }
    expect(await stateOf(other)).toEqual(before);
    expect(await other.keeping.backups.list()).toEqual([]);
    expect(readdirSync(other.home)).not.toContain('backups');
  });

  test('nor one whose content was changed anywhere', async () => {
    await history();
    await write();
    const whole = readFileSync(file);
    const before = await stateOf(other);
    const changed = path.join(state.home, 'changed.jsonl');
    for (let step = 0; step < 80; step++) {
      const at = Math.floor((whole.length * (step + 0.5)) / 80);
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      writeFileSync(changed, bytes);
      await expect(read(changed), `byte ${at}`).rejects.toMatchObject({
        message: expect.stringMatching(/^The archive changed\.jsonl [^\n]*\.$/s),
      });
    }
    writeFileSync(changed, Buffer.concat([whole, Buffer.from('{"table":"meta","row":["a","b"]}\n')]));
    await expect(read(changed)).rejects.toMatchObject({ reason: 'invalid' });
    expect(await stateOf(other)).toEqual(before);
  });

  test('nor one of a newer kind, nor any other file', async () => {
    await write();
    const text = readFileSync(file, 'utf8');
    const given = path.join(state.home, 'given.jsonl');
    writeFileSync(given, text.replace('"version":1', '"version":2'));
    await expect(read(given)).rejects.toMatchObject({ reason: 'precondition', message: expect.stringContaining('newer Hearth') });
    for (const content of ['', '\n', 'hello', '{"a":1}\n', '[]\n', 'null\n', text.replace('"owner', '"Owner')]) {
      writeFileSync(given, content);
      await expect(read(given), content.slice(0, 20)).rejects.toMatchObject({ reason: 'invalid' });
    }
    await expect(read(path.join(state.home, 'none'))).rejects.toMatchObject({ reason: 'not-found' });
  });

  test('nor anything else that can be named', async () => {
    await write();
    await expect(read(path.relative(process.cwd(), file))).rejects.toMatchObject({
      reason: 'invalid',
      message: expect.stringContaining('not absolute'),
    });
    const named = [state.home, ...(process.platform === 'win32' ? [] : ['/dev/zero'])];
    for (const each of named)
      await expect(read(each)).rejects.toMatchObject({ reason: 'invalid', message: `The path ${each} is no file.` });
    // A large file without a line is given up early.
    const zeros = path.join(state.home, 'zeros');
    writeFileSync(zeros, '');
    truncateSync(zeros, 3_000_000_000);
    await expect(read(zeros)).rejects.toMatchObject({ reason: 'invalid', message: 'The archive zeros is no archive of Hearth.' });
  });

  test('nor one that would write outside of its folder', async () => {
    await write();
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const data = Buffer.from('hello').toString('base64');
    for (const name of ['../../../escaped', '/tmp/escaped', '1-2-00000000.jsonl.gz']) {
      const body = `${[...lines.slice(0, -1), JSON.stringify({ segment: name, base64: data })].join('\n')}\n`;
      const end = JSON.parse(lines.at(-1) ?? '');
      const sha256 = createHash('sha256').update(body).digest('hex');
      const given = path.join(state.home, 'given.jsonl');
      writeFileSync(given, `${body}${JSON.stringify({ ...end, segments: { [name]: 5 }, sha256 })}\n`);
      await expect(read(given), name).rejects.toMatchObject({ reason: 'invalid' });
    }
    expect(readdirSync(other.home).sort()).toEqual(['store']);
  });

  test('makes no folder for itself: the drive may not be there', async () => {
    const none = path.join(state.home, 'drive/deep');
    await expect(writeArchive(state.keeping, path.join(none, 'all.jsonl'), calm)).rejects.toMatchObject({
      reason: 'not-found',
      message: `There is no folder ${none}.`,
    });
    expect(readdirSync(state.home)).not.toContain('drive');
  });

  test('is not written over a file, nor left behind when it is cancelled', async () => {
    await write();
    await expect(write()).rejects.toMatchObject({ reason: 'conflict' });
    const controller = new AbortController();
    controller.abort();
    const cancelled = path.join(state.home, 'cancelled.jsonl');
    await expect(writeArchive(state.keeping, cancelled, { ...calm, signal: controller.signal })).rejects.toMatchObject({
      reason: 'cancelled',
    });
    expect(readdirSync(state.home).filter((name) => name.includes('cancelled'))).toEqual([]);
  });
});
