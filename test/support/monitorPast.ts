// The past of a monitor as the hub would have written it: beats of two days, hours of 35 days, days of a year.
import { dayLength, dayOf, hourLength, hourOf, packBeat } from '../../server/monitor/history/beats.ts';
import { histogramOf, packHistogram } from '../../server/monitor/history/histogram.ts';
import type { Beat } from '../../server/protocol/monitorTypes.ts';

type Run = (sql: string, values: (string | number | Uint8Array | null)[]) => unknown;

interface Past {
  /** Id of a monitor that is there. */
  readonly monitor: string;
  /** Until when, exclusive. */
  readonly now: number;
  /** What an answer takes, in milliseconds. */
  readonly usual: number;
  /** How far back it was down, in hours, each time for a quarter of an hour. */
  readonly failures?: readonly number[];
  readonly days?: number;
}

const hours = 35 * 24;
const beatHours = 48;
const minute = 60_000;
const beatsInHour = hourLength / minute;

/** Writes one look a minute. The same arguments write the same rows. */
export function writePast(run: Run, { monitor, now, usual, failures = [], days = 365 }: Past): void {
  const thisHour = hourOf(now);
  const failed = new Set(failures);
  for (let back = Math.min(hours, days * 24); back >= 0; back--) {
    const beats = beatsOf(thisHour - back, usual, failed.has(back)).filter(({ time }) => time < now);
    const down = beats.filter(({ state }) => state === 'down').length;
    const packed = back > beatHours ? null : join(beats.map((beat) => packBeat(beat, undefined)));
    run(
      'insert or replace into monitor_hours (monitor, hour, beats, up, down, pending, maintenance, times) values (?, ?, ?, ?, ?, 0, 0, ?)',
      [
        monitor,
        thisHour - back,
        packed,
        beats.length - down,
        down,
        // The hub sums up an hour when it is over.
        back === 0 ? null : timesOf(beats),
      ],
    );
  }
  for (let back = days; back > 0; back--) {
    const day = dayOf(now) - back;
    const down = failures.some((hour) => Math.floor(hour / 24) === back) ? 15 : 0;
    const looks = dayLength / minute;
    run('insert or replace into monitor_days (monitor, day, up, down, pending, maintenance, times) values (?, ?, ?, ?, 0, 0, ?)', [
      monitor,
      day,
      looks - down,
      down,
      dayTimes(day, usual),
    ]);
  }
}

function beatsOf(hour: number, usual: number, failed: boolean): Beat[] {
  return Array.from({ length: beatsInHour }, (_, index): Beat => {
    const time = hour * hourLength + index * minute;
    const down = failed && index >= 20 && index < 35;
    if (down) return { time, state: 'down', ok: false, milliseconds: null, message: 'status 503, wanted 200' };
    return { time, state: 'up', ok: true, milliseconds: took(hour, index, usual), message: null };
  });
}

/** More by day than by night, with a slow answer now and then. */
function took(hour: number, index: number, usual: number): number {
  const wave = 1 + 0.35 * Math.sin((((hour % 24) - 8) / 24) * 2 * Math.PI);
  const noise = (((hour * 7919 + index * 104_729) % 1000) + 1000) % 1000;
  return usual * wave * (0.85 + noise / 2500) * (noise > 985 ? 3.5 : 1);
}

const known = new Map<string, Uint8Array | null>();

/** Monitors of one speed had the same days. */
function dayTimes(day: number, usual: number): Uint8Array | null {
  const like = day % 30;
  const key = `${like} ${usual}`;
  if (!known.has(key)) {
    const beats = Array.from({ length: 24 }, (_, hour) => beatsOf(like * 24 + hour, usual * (1 + like / 120), false)).flat();
    known.set(key, timesOf(beats));
  }
  return known.get(key) ?? null;
}

function timesOf(beats: readonly Beat[]): Uint8Array | null {
  return packHistogram(histogramOf(beats.flatMap(({ milliseconds }) => (milliseconds === null ? [] : [milliseconds]))));
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
