// What the service panel says of beats, spans and shares.
import { describe, expect, test } from 'vitest';
import type { Beat, MonitorRow } from '../../../../server/protocol/monitorTypes.ts';
import type { Past } from '../../../../webviews/service/messages.ts';
import { beatsSummary, beatWords, chartSummary, rowWords, uptimeWords } from '../../../../webviews/service/words.ts';
import { duration, percent } from '../../../../webviews/ui/spans.ts';

const beat = (state: Beat['state'], more: Partial<Beat> = {}): Beat => ({
  time: 0,
  state,
  ok: null,
  milliseconds: null,
  message: null,
  ...more,
});
const past = (more: Partial<Past>): Past => ({
  time: [],
  up: [],
  down: [],
  pending: [],
  maintenance: [],
  p50: [],
  p95: [],
  p99: [],
  span: '7d',
  from: 0,
  to: 1,
  row: 3_600_000,
  ...more,
});

describe('words', () => {
  test('a share is never rounded up to all', () => {
    expect(percent(1)).toBe('100 %');
    expect(percent(0.999_99)).toBe('99.99 %');
    expect(percent(0.5)).toBe('50 %');
    expect(uptimeWords(null)).toBe('Not observed');
  });

  test('lengths of time have at most two parts', () => {
    expect([0.84, 12, 999.4, 3200, 65_000, 60_000, 7_500_000, 400_000_000].map(duration)).toEqual([
      '0.8 ms',
      '12 ms',
      '999 ms',
      '3.2 s',
      '1 min 5 s',
      '1 min',
      '2 h 5 min',
      '4 days',
    ]);
  });

  test('a beat says its state, what it took and why', () => {
    expect(beatWords(beat('up', { milliseconds: 84 }))).toMatch(/^Up in 84 ms, /);
    expect(beatWords(beat('down', { message: 'status 500, wanted 200' }))).toMatch(/^Down, .* · status 500, wanted 200$/);
    expect(beatsSummary([])).toBe('Nobody has looked yet');
    expect(beatsSummary([beat('up'), beat('down'), beat('up'), beat('unobserved')])).toBe('Last 4 looks: 2 up, 1 down, 1 not observed');
  });

  test('a row says what it takes, how often it was tried, or how it is', () => {
    const row = { state: 'up', milliseconds: 84, failures: 1, failuresToBeDown: 2 } as MonitorRow;
    expect(rowWords(row)).toBe('84 ms');
    expect(rowWords({ ...row, state: 'pending' })).toBe('retrying 1/2');
    expect(rowWords({ ...row, state: 'paused' })).toBe('paused');
    expect(rowWords({ ...row, milliseconds: null })).toBe('up');
  });

  test('the chart in a sentence: median, slowest, how often it was down; gaps count as nothing', () => {
    const columns = { time: [0, 1, 2], down: [0, 2, 0], p50: [80, null, 100], p95: [90, null, 400] };
    expect(chartSummary(past(columns), '7d')).toBe(
      'Answer times of 7 days: the median is 100 ms, the slowest 400 ms; down in 1 of 3 hours.',
    );
    expect(chartSummary(past({ ...columns, row: 0 }), '24h')).toContain('the slowest 100 ms; down in 1 of 3 looks');
    expect(chartSummary(past({ time: [0], down: [0], p50: [null], p95: [null] }), '1y')).toContain('no answer was measured');
    expect(chartSummary(past({}), '1y')).toBe('Nobody has looked in the last 1 year.');
  });
});
