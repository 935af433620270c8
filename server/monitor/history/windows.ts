import type * as z from 'zod/mini';
import type { window } from '../../protocol/monitorTypes.ts';
import type { Reader } from '../../store/types.ts';
import { type Counts, dayLength, hourLength, hourOf } from './beats.ts';
import { type Histogram, merge, percentilesOf } from './histogram.ts';
import { readDays, readHours, type Span, sumOf } from './hours.ts';

export type Window = z.output<typeof window>;

/** Share of looks that found it up of those that said up or down (retries, maintenance and gaps say neither); null when none did. */
export function uptimeOf({ up, down }: Pick<Counts, 'up' | 'down'>): number | null {
  return up + down === 0 ? null : up / (up + down);
}

/** 24 hours, 7 and 30 days by the hour, a year by the day; the present hour or day counts as far as it went. */
export function windowsOf(reader: Reader, monitor: string, now: number): Window[] {
  const end = (hourOf(now) + 1) * hourLength;
  const hours = readHours(reader, monitor, end - 30 * dayLength, end);
  const days = readDays(reader, monitor, now - 365 * dayLength, now + dayLength, now);
  const since = (length: number) => hours.filter(({ time }) => time >= end - length);
  return [windowOf('24h', since(dayLength)), windowOf('7d', since(7 * dayLength)), windowOf('30d', hours), windowOf('1y', days)];
}

export function windowOf<S extends string>(span: S, spans: readonly Span[]): Omit<Window, 'span'> & { span: S } {
  return { span, ...summaryOf(spans, merge(spans.map(({ times }) => times))) };
}

export function summaryOf(spans: Iterable<Counts>, times: Histogram): Omit<Window, 'span'> {
  const sum = sumOf(spans);
  return { uptime: uptimeOf(sum), beats: sum.up + sum.down + sum.pending + sum.maintenance, down: sum.down, ...percentilesOf(times) };
}

/** Up and down of the last 24 hours. */
export function lastDay(reader: Reader, monitor: string, now: number): { up: number; down: number } {
  const row = reader.get<{ up: number | null; down: number | null }>(
    'select sum(up) as up, sum(down) as down from monitor_hours where monitor = ? and hour > ? and hour <= ?',
    [monitor, hourOf(now) - 24, hourOf(now)],
  );
  return { up: row?.up ?? 0, down: row?.down ?? 0 };
}
