import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packBeat, unpackBeats } from '../../../server/monitor/history/beats.ts';
import {
  histogramOf,
  merge,
  packHistogram,
  percentile,
  percentilesOf,
  unpackHistogram,
} from '../../../server/monitor/history/histogram.ts';
import { runsOf } from '../../../server/monitor/history/hours.ts';
import type { Beat, MonitorState } from '../../../server/protocol/monitorTypes.ts';

const hour = 491_000;
const start = hour * 3_600_000;
const states: MonitorState[] = ['unknown', 'up', 'pending', 'down', 'paused', 'maintenance', 'unobserved'];

describe('beats of an hour', () => {
  const beats = fc.array(
    fc.record({
      offset: fc.integer({ min: 0, max: 3_599_999 }),
      state: fc.constantFrom(...states),
      ok: fc.constantFrom(true, false, null),
      milliseconds: fc.option(fc.double({ min: 0, max: 300_000, noNaN: true })),
      message: fc.option(fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => text.replaceAll('\0', ''))),
    }),
    { maxLength: 50 },
  );

  it('are read as they were written, times within a thousandth', () => {
    fc.assert(
      fc.property(beats, (made) => {
        const given = made.map(({ offset, ...rest }): Beat => ({ time: start + offset, ...rest })).sort((a, b) => a.time - b.time);
        let before: string | null | undefined;
        const packed = given.map((beat) => {
          const bytes = packBeat(beat, before);
          before = beat.message;
          return bytes;
        });
        const read = unpackBeats(hour, Buffer.concat(packed));
        expect(read.map(({ milliseconds: _, ...rest }) => rest)).toEqual(given.map(({ milliseconds: _, ...rest }) => rest));
        for (const [index, { milliseconds }] of read.entries()) {
          const wanted = given[index]?.milliseconds ?? null;
          if (wanted === null || milliseconds === null) expect(milliseconds).toBe(wanted);
          else expect(Math.abs(milliseconds - wanted)).toBeLessThanOrEqual(wanted * 0.001 + 0.06);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('take 6 bytes, and a failure that says what the one before said no more', () => {
    const beat = (ok: boolean, message: string | null, milliseconds: number | null = 12): Beat => ({
      time: start,
      state: ok ? 'up' : 'down',
      ok,
      milliseconds,
      message,
    });
    expect(packBeat(beat(true, null), null)).toHaveLength(6);
    expect(packBeat(beat(false, 'status 500, wanted 200', null), null)).toHaveLength(4 + 1 + 22);
    expect(packBeat(beat(false, 'status 500, wanted 200', null), 'status 500, wanted 200')).toHaveLength(4);
  });

  it('end where they were cut off', () => {
    const bytes = packBeat({ time: start + 5, state: 'down', ok: false, milliseconds: 3, message: 'refused' }, null);
    for (let length = 0; length < bytes.length; length++)
      expect(unpackBeats(hour, bytes.subarray(0, length)).length).toBeLessThanOrEqual(1);
  });

  it('cut long messages between characters', () => {
    const message = 'ä'.repeat(150);
    const [read] = unpackBeats(hour, packBeat({ time: start, state: 'down', ok: false, milliseconds: null, message }, null));
    expect(read?.message).toBe('ä'.repeat(100));
  });

  it('are counted in the hour in which they were made', () => {
    const at = (time: number, state: MonitorState): Beat => ({ time, state, ok: state === 'up', milliseconds: 1, message: null });
    const { runs, last } = runsOf('m', [
      at(start - 1, 'up'),
      at(start, 'down'),
      at(start + 1, 'up'),
      at(start + 2, 'maintenance'),
      at(start + 3, 'unobserved'),
    ]);
    expect(runs.map(({ hour: each, up, down, pending, maintenance }) => [each, up, down, pending, maintenance])).toEqual([
      [hour - 1, 1, 0, 0, 0],
      [hour, 1, 1, 0, 1],
    ]);
    expect(last?.hour).toBe(hour);
  });
});

describe('a histogram', () => {
  const values = fc.array(fc.double({ min: 0.11, max: 300_000, noNaN: true }), { minLength: 1, maxLength: 300 });

  it('says percentiles within 4 %', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(0.5, 0.95, 0.99), (all, share) => {
        const sorted = all.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
        const found = percentile(histogramOf(all), share) ?? 0;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * 0.04 + 0.01);
      }),
    );
  });

  it('of two is that of both together, also when it was kept', () => {
    fc.assert(
      fc.property(values, values, (one, other) => {
        const kept = [one, other].map((each) => unpackHistogram(packHistogram(histogramOf(each))));
        expect(percentilesOf(merge(kept))).toEqual(percentilesOf(histogramOf([...one, ...other])));
      }),
    );
  });

  it('of nothing says nothing', () => {
    expect(packHistogram(histogramOf([]))).toBeNull();
    expect(percentilesOf(unpackHistogram(null))).toEqual({ p50: null, p95: null, p99: null });
  });
});
