// History over a real store: what is rolled up says the same as what it was made from, in less room.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hourOf } from '../../../server/monitor/history/beats.ts';
import { appendRun, readBeats, readDays, readHours, runsOf, sumOf } from '../../../server/monitor/history/hours.ts';
import { rollUp } from '../../../server/monitor/history/rollUp.ts';
import { windowsOf } from '../../../server/monitor/history/windows.ts';
import { insertMonitor } from '../../../server/monitor/records.ts';
import type { Beat } from '../../../server/protocol/monitorTypes.ts';
import { monitorSettings } from '../../../server/protocol/monitorTypes.ts';
import { author, day, openState, type TestState } from '../../support/stateStore.ts';

let state: TestState;
const start = Date.UTC(2026, 0, 5);
const hour = 3_600_000;
const every = 10 * 60_000;
const all: Beat[] = [];

/** Down for two hours of each day, in maintenance for one; slower in the evening. */
function beatAt(time: number): Beat {
  const at = Math.floor((time % day) / hour);
  if (at === 4) return { time, state: 'maintenance', ok: false, milliseconds: null, message: null };
  if (at === 10 || at === 11) return { time, state: 'down', ok: false, milliseconds: null, message: 'refused' };
  return { time, state: 'up', ok: true, milliseconds: at > 18 ? 200 + at : 20 + (Math.floor(time / every) % 7), message: null };
}

beforeAll(async () => {
  state = await openState(undefined, start);
  await state.store.write(author, (transaction) => {
    transaction.run("insert into projects (id, name, created) values ('p', 'shop', 0)");
    const check = { kind: 'tcp' as const, host: 'a', port: 1 };
    insertMonitor(transaction, {
      ...{ id: 'monitor0001', project: 'p', name: 'home', service: null, environment: null, source: 'manual', check, line: null },
      settings: monitorSettings.parse({}),
    });
  });
});

afterAll(() => state.close());

async function watch(from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += hour) {
    const beats = Array.from({ length: hour / every }, (_, index) => beatAt(at + index * every));
    all.push(...beats);
    // As they come: some at a time, so that an hour is appended to.
    for (const some of [beats.slice(0, 1), beats.slice(1, 4), beats.slice(4)]) {
      await state.store.write(author, (transaction) => {
        for (const run of runsOf('monitor0001', some).runs) appendRun(transaction, run);
      });
    }
    state.clock = at + hour;
    await rollUp(state.store, author, at + hour);
  }
}

const seen = (from: number, to: number) => all.filter(({ time }) => time >= from && time < to);
const counts = (beats: readonly Beat[], what: Beat['state']) => beats.filter((beat) => beat.state === what).length;

it('keeps beats two days, hours and days as what they were made from, and no more than that', async () => {
  const end = start + 4 * day;
  await watch(start, end);
  await state.store.read((reader) => {
    expect(readBeats(reader, 'monitor0001', end - 2 * day, end).map(({ time, state: was, message }) => [time, was, message])).toEqual(
      seen(end - 2 * day, end).map(({ time, state: was, message }) => [time, was, message]),
    );
    expect(readBeats(reader, 'monitor0001', start, end - 2 * day - hour)).toEqual([]);
    for (const spans of [readHours(reader, 'monitor0001', start, end), readDays(reader, 'monitor0001', start, end, end)]) {
      expect(sumOf(spans)).toEqual({
        up: counts(all, 'up'),
        down: counts(all, 'down'),
        pending: 0,
        maintenance: counts(all, 'maintenance'),
      });
    }
    const [year] = windowsOf(reader, 'monitor0001', end).toReversed();
    expect(year).toMatchObject({
      span: '1y',
      beats: all.length,
      down: counts(all, 'down'),
      uptime: counts(all, 'up') / (all.length - counts(all, 'maintenance')),
    });
    const times = all.flatMap(({ milliseconds }) => milliseconds ?? []).sort((a, b) => a - b);
    for (const [name, share] of [
      ['p50', 0.5],
      ['p95', 0.95],
      ['p99', 0.99],
    ] as const) {
      const exact = times[Math.ceil(share * times.length) - 1] ?? 0;
      expect(Math.abs((year?.[name] ?? 0) - exact)).toBeLessThanOrEqual(0.04 * exact);
    }
    expect(reader.get('select count(*) as n from monitor_days')).toEqual({ n: 4 });
  });
});

it('does the same after it was rolled up again, and after a while in which no hub ran', async () => {
  const before = await state.store.read((reader) => reader.all('select * from monitor_days order by day'));
  await state.store.write(author, (transaction) => void transaction.run("delete from meta where key = 'monitorHours'"));
  await rollUp(state.store, author, state.clock);
  expect(await state.store.read((reader) => reader.all('select * from monitor_days order by day'))).toEqual(before);

  const later = start + 40 * day;
  state.clock = later;
  await rollUp(state.store, author, later - hour);
  await rollUp(state.store, author, later);
  await state.store.read((reader) => {
    expect(reader.get('select count(*) as n from monitor_hours where hour < ?', [hourOf(later) - 35 * 24])).toEqual({ n: 0 });
    expect(reader.get('select count(*) as n from monitor_days')).toEqual({ n: 4 });
    expect(windowsOf(reader, 'monitor0001', later).map(({ span, beats }) => [span, beats])).toEqual([
      ['24h', 0],
      ['7d', 0],
      ['30d', 0],
      ['1y', all.length],
    ]);
  });
  // A clock that is wrong by years takes nothing with it, and back in the present all goes on.
  await rollUp(state.store, author, start + 5000 * day);
  await rollUp(state.store, author, later + hour);
  await state.store.read((reader) => {
    expect(reader.get('select count(*) as n from monitor_days')).toEqual({ n: 4 });
    expect(reader.get("select value from meta where key = 'monitorHours'")).toEqual({ value: String(hourOf(later + hour)) });
  });

  await rollUp(state.store, author, start + 500 * day);
  await rollUp(state.store, author, start + 500 * day + hour);
  expect(await state.store.read((reader) => reader.get('select count(*) as n from monitor_days'))).toEqual({ n: 0 });
});
