import type { Beat } from '../../protocol/monitorTypes.ts';
import type { Reader, Transaction } from '../../store/types.ts';
import { type Counts, countOf, dayOf, hourLength, hourOf, packBeat, unpackBeats } from './beats.ts';
import { type Histogram, histogramOf, merge, unpackHistogram } from './histogram.ts';

/** Rows of `monitor_hours` and `monitor_days`. Hours and days count from the epoch, in UTC. */

/** One hour or day of a monitor. */
export interface Span extends Counts {
  /** Milliseconds since the epoch at which it begins. */
  readonly time: number;
  readonly times: Histogram;
}

/** Beats of one monitor and one hour that are not written yet. */
export interface BeatRun extends Counts {
  readonly monitor: string;
  readonly hour: number;
  readonly bytes: Uint8Array;
}

/** Beats of a monitor in the order in which they were made, hour by hour. `before`: the message that stands in the row already, and its hour. */
export function runsOf(
  monitor: string,
  beats: readonly Beat[],
  before?: { readonly hour: number; readonly message: string | null },
): { runs: BeatRun[]; last: { hour: number; message: string | null } | undefined } {
  const runs: BeatRun[] = [];
  let last = before;
  let parts: Uint8Array[] = [];
  let counts = { up: 0, down: 0, pending: 0, maintenance: 0 };
  const close = (hour: number) => {
    if (parts.length > 0) runs.push({ monitor, hour, bytes: Buffer.concat(parts), ...counts });
    parts = [];
    counts = { up: 0, down: 0, pending: 0, maintenance: 0 };
  };
  for (const [index, beat] of beats.entries()) {
    const hour = hourOf(beat.time);
    if (index > 0 && last !== undefined && last.hour !== hour) close(last.hour);
    parts.push(packBeat(beat, last?.hour === hour ? last.message : undefined));
    const counted = countOf(beat);
    if (counted !== undefined) counts[counted]++;
    last = { hour, message: beat.message };
  }
  if (last !== undefined) close(last.hour);
  return { runs, last };
}

/** Appends to what the hour has; a monitor that is gone meanwhile has nothing any more. */
export function appendRun(transaction: Transaction, { monitor, hour, bytes, up, down, pending, maintenance }: BeatRun): void {
  transaction.run(
    `insert into monitor_hours (monitor, hour, beats, up, down, pending, maintenance)
     select ?1, ?2, ?3, ?4, ?5, ?6, ?7 where exists (select 1 from monitors where id = ?1)
     on conflict (monitor, hour) do update set beats = cast(coalesce(beats, x'') || ?3 as blob), up = up + ?4, down = down + ?5,
       pending = pending + ?6, maintenance = maintenance + ?7`,
    [monitor, hour, bytes, up, down, pending, maintenance],
  );
}

type HourRow = Counts & { hour: number; beats: Uint8Array | null; times: Uint8Array | null };
type DayRow = Counts & { day: number; times: Uint8Array | null };

/** Those that overlap `[from, to)`, milliseconds since the epoch; oldest first. */
export function readHours(reader: Reader, monitor: string, from: number, to: number): Span[] {
  const rows = reader.all<HourRow>(
    `select hour, case when times is null then beats end as beats, up, down, pending, maintenance, times from monitor_hours
     where monitor = ? and hour >= ? and hour < ? order by hour`,
    [monitor, hourOf(from), Math.ceil(to / hourLength)],
  );
  return rows.map(({ hour, beats, times, ...counts }) => ({
    time: hour * hourLength,
    ...counts,
    times: times === null ? histogramOfBeats(unpackBeats(hour, beats)) : unpackHistogram(times),
  }));
}

/** Whole days before today as they were rolled up, and today from its hours. */
export function readDays(reader: Reader, monitor: string, from: number, to: number, now: number): Span[] {
  const today = dayOf(now);
  const rows = reader.all<DayRow>(
    'select day, up, down, pending, maintenance, times from monitor_days where monitor = ? and day >= ? and day < ? order by day',
    [monitor, dayOf(from), Math.min(Math.ceil(to / dayMs), today)],
  );
  const days = rows.map(({ day, times, ...counts }): Span => ({ time: day * dayMs, ...counts, times: unpackHistogram(times) }));
  if (today < dayOf(from) || today * dayMs >= to) return days;
  const hours = readHours(reader, monitor, today * dayMs, (today + 1) * dayMs);
  return hours.length === 0 ? days : [...days, { time: today * dayMs, ...sumOf(hours), times: merge(hours.map(({ times }) => times)) }];
}

/** Beats of `[from, to)`, oldest first; those older than 48 hours are not kept. */
export function readBeats(reader: Reader, monitor: string, from: number, to: number): Beat[] {
  const rows = reader.all<{ hour: number; beats: Uint8Array | null }>(
    'select hour, beats from monitor_hours where monitor = ? and hour >= ? and hour <= ? and beats is not null order by hour',
    [monitor, hourOf(from), hourOf(to)],
  );
  return rows.flatMap(({ hour, beats }) => unpackBeats(hour, beats)).filter(({ time }) => time >= from && time < to);
}

/** The newest beats, oldest first. */
export function lastBeats(reader: Reader, monitor: string, most: number): Beat[] {
  const found: Beat[][] = [];
  let count = 0;
  let before = Number.MAX_SAFE_INTEGER;
  while (count < most) {
    const row = reader.get<{ hour: number; beats: Uint8Array }>(
      'select hour, beats from monitor_hours where monitor = ? and hour < ? and beats is not null order by hour desc limit 1',
      [monitor, before],
    );
    if (row === undefined) break;
    const beats = unpackBeats(row.hour, row.beats);
    found.unshift(beats);
    count += beats.length;
    before = row.hour;
  }
  return found.flat().slice(-most);
}

export function sumOf(spans: Iterable<Counts>): Counts {
  const sum = { up: 0, down: 0, pending: 0, maintenance: 0 };
  for (const each of spans) {
    sum.up += each.up;
    sum.down += each.down;
    sum.pending += each.pending;
    sum.maintenance += each.maintenance;
  }
  return sum;
}

/** Beats as a row would have them. */
export function spanOfBeats(time: number, beats: readonly Beat[]): Span {
  const counts = { up: 0, down: 0, pending: 0, maintenance: 0 };
  for (const beat of beats) {
    const counted = countOf(beat);
    if (counted !== undefined) counts[counted]++;
  }
  return { time, ...counts, times: histogramOfBeats(beats) };
}

/** Answers that came: what failed or was never asked has no time that means something. */
export function histogramOfBeats(beats: readonly Beat[]): Histogram {
  return histogramOf(beats.flatMap(({ ok, milliseconds }) => (ok === true && milliseconds !== null ? [milliseconds] : [])));
}

const dayMs = 24 * hourLength;
