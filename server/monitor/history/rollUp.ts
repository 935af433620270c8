import { setImmediate } from 'node:timers/promises';
import type { Author, StateStore, Transaction } from '../../store/types.ts';
import { dayLength, dayOf, hourLength, hourOf, unpackBeats } from './beats.ts';
import { merge, packHistogram } from './histogram.ts';
import { histogramOfBeats, readHours, sumOf } from './hours.ts';

/** Kept: beats two days, hours 35 days, days and changes 400 days. */
const [beatHours, hourHours, dayDays] = [48, 35 * 24, 400];
/** After a longer gap nothing is let go at once: it may be the clock that is wrong, and history does not come back. */
const longestGap = 31 * 24;
/** Rows that one change touches: others write in between. */
const chunk = 200;

/**
 * Gives every hour that is over its histogram, every day that is over its row, and lets go what is too old. Does nothing twice: how far it
 * came is kept (`meta.monitorHours`), in the same change as what it did.
 */
export async function rollUp(store: StateStore, author: Author, now: number): Promise<void> {
  const hour = hourOf(now);
  const last = await store.read((reader) =>
    Number(reader.get<{ value: string }>("select value from meta where key = 'monitorHours'")?.value ?? 0),
  );
  if (last === hour) return;
  // A clock that was set back: what it called the future is looked at again.
  const from = last > hour ? hour - beatHours : last;
  for (let more = true; more; await setImmediate()) more = await store.write(author, (transaction) => closeHours(transaction, from, hour));
  for (const day of await store.read((reader) => daysToClose(reader, from, hour))) {
    for (let after = ''; ; await setImmediate()) {
      const next = await store.write(author, (transaction) => closeDays(transaction, day, after));
      if (next === undefined) break;
      after = next;
    }
  }
  for (let more = hour - from <= longestGap; more; await setImmediate()) {
    more = await store.write(author, (transaction) => letGo(transaction, from, hour));
  }
  await store.write(author, (transaction) => {
    transaction.run("insert into meta (key, value) values ('monitorHours', ?) on conflict (key) do update set value = excluded.value", [
      String(hour),
    ]);
  });
}

/** Answers whether there may be more. */
function closeHours(transaction: Transaction, from: number, hour: number): boolean {
  const rows = transaction.all<{ monitor: string; hour: number; beats: Uint8Array }>(
    `select monitor, hour, beats from monitor_hours where hour >= ? and hour < ? and times is null and beats is not null
     and up + down > 0 limit ?`,
    [from, hour, chunk],
  );
  for (const row of rows) {
    const times = packHistogram(histogramOfBeats(unpackBeats(row.hour, row.beats))) ?? new Uint8Array();
    transaction.run('update monitor_hours set times = ? where monitor = ? and hour = ?', [times, row.monitor, row.hour]);
  }
  return rows.length === chunk;
}

/** Days that were not over when it ran last, and are now. */
function daysToClose(reader: Pick<Transaction, 'all'>, from: number, hour: number): number[] {
  const today = dayOf(hour * hourLength);
  return reader
    .all<{ day: number }>('select distinct hour / 24 as day from monitor_hours where hour >= ? and hour < ? order by day', [
      Math.floor(from / 24) * 24,
      today * 24,
    ])
    .map(({ day }) => day);
}

/** The next monitors after one in the order of ids; answers the last, undefined when there was none. */
function closeDays(transaction: Transaction, day: number, after: string): string | undefined {
  const monitors = transaction.all<{ id: string }>('select id from monitors where id > ? order by id limit ?', [after, chunk / 4]);
  for (const { id } of monitors) {
    const hours = readHours(transaction, id, day * dayLength, (day + 1) * dayLength);
    if (hours.length === 0) continue;
    const { up, down, pending, maintenance } = sumOf(hours);
    transaction.run(
      `insert into monitor_days (monitor, day, up, down, pending, maintenance, times) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
       on conflict (monitor, day) do update set up = excluded.up, down = excluded.down, pending = excluded.pending,
         maintenance = excluded.maintenance, times = excluded.times`,
      [id, day, up, down, pending, maintenance, packHistogram(merge(hours.map(({ times }) => times)))],
    );
  }
  return monitors.at(-1)?.id;
}

/** Answers whether there may be more. */
function letGo(transaction: Transaction, from: number, hour: number): boolean {
  // Of what is older the last time has let go.
  const first = Math.max(from - beatHours, hour - hourHours);
  const day = Math.floor(hour / 24);
  const limited = [
    dropBeats(transaction, first, hour - beatHours),
    transaction.run(
      `delete from monitor_hours where (monitor, hour) in (select monitor, hour from monitor_hours where hour < ?1 limit ?2)`,
      [hour - hourHours, chunk],
    ),
    transaction.run('delete from monitor_days where (monitor, day) in (select monitor, day from monitor_days where day < ?1 limit ?2)', [
      day - dayDays,
      chunk,
    ]),
  ];
  transaction.run('delete from monitor_changes where time < ?', [(day - dayDays) * dayLength]);
  return limited.some((changed) => changed === chunk);
}

type HourRow = { monitor: string; hour: number; up: number; down: number; pending: number; maintenance: number; times: Uint8Array | null };

/** Rows are made anew: one that only shrinks leaves its page as empty as it is, and a year of such pages is four times what is in them. */
function dropBeats(transaction: Transaction, from: number, to: number): number {
  const rows = transaction.all<HourRow>(
    `select monitor, hour, up, down, pending, maintenance, times from monitor_hours
     where hour >= ? and hour < ? and beats is not null order by monitor, hour limit ?`,
    [from, to, chunk],
  );
  for (const { monitor, hour } of rows) transaction.run('delete from monitor_hours where monitor = ? and hour = ?', [monitor, hour]);
  for (const { monitor, hour, up, down, pending, maintenance, times } of rows) {
    transaction.run('insert into monitor_hours (monitor, hour, up, down, pending, maintenance, times) values (?, ?, ?, ?, ?, ?, ?)', [
      ...[monitor, hour, up, down, pending, maintenance],
      times,
    ]);
  }
  return rows.length;
}
