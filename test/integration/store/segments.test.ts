// Old events move into sealed files; the log is one all the same.
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyLog } from '../../../server/store/audit.ts';
import type { Disk } from '../../../server/store/disk.ts';
import { realDisk } from '../../../server/store/disk.ts';
import { listEvents } from '../../../server/store/eventList.ts';
import { Segments, segmentsOf } from '../../../server/store/segments.ts';
import type { StateStore } from '../../../server/store/types.ts';
import { author, calm, day, openState, type TestState } from '../../support/stateStore.ts';

let state: TestState;
beforeEach(async () => {
  state = await openState();
});
afterEach(() => state.close());

const folder = () => path.join(state.home, 'store/segments');
const files = () =>
  readdirSync(folder())
    .filter((name) => name.endsWith('.gz'))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
const list = (params: Partial<Parameters<typeof listEvents>[2]> = {}) =>
  listEvents(state.store, state.keeping.segments, { limit: 1000, sealed: false, ...params }, calm.signal);
const sequences = async (params: Parameters<typeof list>[0]) => (await list(params)).events.map(({ sequence }) => sequence);

const many = (count: number, one: (each: number) => Promise<unknown>) => Promise.all(Array.from({ length: count }, (_, each) => one(each)));

/** Three sealings a hundred days apart, and some events that are young. */
async function history(): Promise<void> {
  for (let part = 0; part < 3; part++) {
    await many(20, (each) => state.happen(`kind${each % 3}`, { text: `part ${part} each ${each}` }, { entityId: `id${each}` }));
    state.clock += 100 * day;
    await state.keeping.segments.seal(state.store, state.clock);
  }
  await many(10, (each) => state.happen('young', { text: `young ${each}` }));
}

describe('sealing', () => {
  test('takes what is older than 90 days, in files that follow one another, and leaves the end of the log', async () => {
    await history();
    const index = await state.store.read(segmentsOf);
    expect(index.map(({ first, last }) => [first, last])).toEqual([
      [1, 19],
      [20, 40],
      [41, 61],
    ]);
    expect(files()).toEqual(index.map(({ name }) => name));
    const lines = index.map(({ name }) =>
      gunzipSync(readFileSync(path.join(folder(), name)))
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    const [first, second] = lines.map(([header]) => header);
    expect(first).toMatchObject({
      format: 'hearth-segment',
      version: 1,
      first: 1,
      last: 19,
      count: 19,
      previousSegment: null,
      previousHash: '0'.repeat(64),
    });
    expect(second).toMatchObject({ first: 20, previousSegment: index[0]?.sha256, previousHash: lines[0]?.at(-1).hash });
    const live = await state.store.read((reader) => reader.all('select min(sequence) as first, max(sequence) as last from events'));
    expect(live).toEqual([{ first: 62, last: 73 }]);
  });

  test('lets a quiet log wait until a week of it is due', async () => {
    await state.happen('early');
    await state.happen('later');
    const seal = () => state.keeping.segments.seal(state.store, state.clock);
    state.clock += 96 * day;
    expect(await seal()).toEqual([]);
    state.clock += 2 * day;
    expect(await seal()).toMatchObject([{ first: 1, last: 1 }]);
    // The newest one had to stay; now the event about the sealing is newer.
    expect(await seal()).toMatchObject([{ first: 2, last: 2 }]);
    expect(await seal()).toEqual([]);
  });

  test('a large log is sealed in several files', async () => {
    await state.store.write(author, (transaction) => {
      for (let each = 0; each < 21_000; each++) transaction.event({ entity: 'thing', entityId: 'one', kind: 'many', payload: { each } });
    });
    const sealed = await state.keeping.segments.seal(state.store, state.clock + 100 * day);
    expect(sealed.map(({ first, last }) => last - first + 1)).toEqual([10_000, 10_000, 999]);
    expect((await list({ limit: 5, before: 10_003 })).events.map(({ payload }) => payload['each'])).toEqual([
      10_001, 10_000, 9999, 9998, 9997,
    ]);
  });

  test('a crash after the file and before the change leaves the log as it was; the next time is the same file', async () => {
    for (let each = 0; each < 5; each++) await state.happen('kind', { each });
    const later = state.clock + 100 * day;
    const dying = {
      ...state.store,
      read: state.store.read.bind(state.store),
      write: () => Promise.reject(new Error('killed')),
      onAppended: () => () => {},
    };
    await expect(state.keeping.segments.seal(dying, later)).rejects.toThrow('killed');
    const [left] = files();
    expect(left).toMatch(/^1-4-/);
    expect(await state.store.read(segmentsOf)).toEqual([]);
    expect(await sequences({})).toEqual([5, 4, 3, 2, 1]);
    await state.keeping.segments.seal(state.store, later);
    expect(files()).toEqual([left]);
    expect(await sequences({})).toEqual([6, 5, 4, 3, 2, 1]);
  });

  test('a restore in between undoes what was sealed, and leaves no hole before what is sealed next', async () => {
    await many(12_000, (each) => state.happen('kind', { each }));
    const { name } = await state.keeping.backups.create('manual', await state.store.image());
    let writes = 0;
    const store: StateStore = {
      read: (query) => state.store.read(query),
      write: async (by, change) => {
        if (++writes === 2) await state.keeping.restores.restore({ name }, 'move', author);
        return state.store.write(by, change);
      },
      onAppended: () => () => {},
    };
    await state.keeping.segments.seal(store, state.clock + 100 * day);
    expect(writes).toBe(2);
    expect(await state.store.read(segmentsOf)).toEqual([]);
    expect((await verifyLog(state.store, state.keeping.segments, calm)).problems).toEqual([]);
  });

  test('one that is whole is never written over; one that is damaged is put back', async () => {
    await history();
    const [name = ''] = files();
    const file = path.join(folder(), name);
    const whole = readFileSync(file);
    writeFileSync(file, 'damaged');
    await state.keeping.segments.put(name, whole);
    expect(readFileSync(file)).toEqual(whole);
    await expect(state.keeping.segments.put(name, Buffer.from('another'))).rejects.toMatchObject({ reason: 'conflict' });
    expect(readFileSync(file)).toEqual(whole);
  });

  test('a disk that refuses the file leaves the log as it was', async () => {
    for (let each = 0; each < 5; each++) await state.happen('kind', { each });
    const full: Disk = { ...realDisk, rename: () => Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' })) };
    await expect(new Segments(full, folder()).seal(state.store, state.clock + 100 * day)).rejects.toThrow('no space');
    expect(readdirSync(folder())).toEqual([]);
    expect(await sequences({})).toEqual([5, 4, 3, 2, 1]);
  });
});

describe('the list', () => {
  test('pages through live and sealed events in both directions without a gap', async () => {
    await history();
    const all = Array.from({ length: 73 }, (_, at) => 73 - at);
    for (const limit of [1, 7, 19, 1000]) {
      const down: number[] = [];
      for (let more = true; more; ) {
        const page = await list({ limit, ...(down.length === 0 ? {} : { before: down.at(-1) }) });
        expect(page.last).toBe(73);
        down.push(...page.events.map(({ sequence }) => sequence));
        more = page.more;
      }
      expect(down).toEqual(all);
      const up: number[] = [];
      for (let more = true; more; ) {
        const page = await list({ limit, after: up.at(-1) ?? 0 });
        up.push(...page.events.map(({ sequence }) => sequence));
        more = page.more;
      }
      expect(up).toEqual([...all].reverse());
    }
    expect(await sequences({ after: 18, before: 22 })).toEqual([19, 20, 21]);
    expect(await sequences({ after: 73 })).toEqual([]);
  });

  test('a search goes through sealed segments when it is asked to', async () => {
    await history();
    expect(await sequences({ text: 'PART 1 each 4' })).toEqual([]);
    const found = await list({ text: 'PART 1 each 4', sealed: true });
    expect(found.events.map(({ payload }) => payload)).toEqual([{ text: 'part 1 each 4' }]);
    expect(await sequences({ entityId: 'id19', sealed: true })).toHaveLength(3);
    expect((await list({ kind: 'kind0', sealed: true, limit: 3 })).more).toBe(true);
    expect(await sequences({ kind: 'kind0', sealed: true, after: 0, limit: 2 })).toEqual([1, 4]);
  });

  test('a search by time opens only the files it must', async () => {
    await history();
    const [first, second, third] = await state.store.read(segmentsOf);
    const opened: string[] = [];
    const watched: Disk = {
      ...realDisk,
      read: (file, range) => {
        opened.push(path.basename(file));
        return realDisk.read(file, range);
      },
    };
    const segments = new Segments(watched, folder());
    const since = (second?.min_time as number) + 1;
    await listEvents(state.store, segments, { since, until: third?.min_time as number, limit: 1000, sealed: true }, calm.signal);
    expect(opened).toEqual([second?.name]);
    opened.length = 0;
    await listEvents(state.store, segments, { until: since, after: 0, limit: 1000, sealed: true }, calm.signal);
    expect(opened).toEqual([first?.name, second?.name]);
  });

  test('a segment that is missing or damaged is named; the rest is listed', async () => {
    await history();
    const [first = '', second = '', third = ''] = files();
    rmSync(path.join(folder(), first));
    const bytes = readFileSync(path.join(folder(), second));
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
    writeFileSync(path.join(folder(), second), bytes);
    for (const direction of [{}, { after: 0 }]) {
      const { events, unreadable, more } = await list(direction);
      expect(more).toBe(false);
      expect(events.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual(Array.from({ length: 33 }, (_, at) => at + 41));
      expect(unreadable?.map(({ problem }) => problem).sort()).toEqual([
        `The sealed segment ${first} is missing.`,
        `The sealed segment ${second} is damaged: its content is not what was sealed.`,
      ]);
    }
    // One in the place of another is damage too.
    copyFileSync(path.join(folder(), third), path.join(folder(), second));
    expect((await list({ after: 19, before: 41 })).unreadable).toMatchObject([{ segment: second }]);
    renameSync(path.join(folder(), third), path.join(folder(), `${third}.away`));
    expect(await sequences({ after: 61 })).toHaveLength(12);
  });
});
