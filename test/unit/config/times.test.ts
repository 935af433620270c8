import { describe, expect, test } from 'vitest';
import { cronProblem } from '../../../server/config/cron.ts';
import { isTimeZone, zonedTime } from '../../../server/config/zonedTime.ts';

describe('a time on the clocks of a zone', () => {
  test.each([
    ['2026-12-01 10:00', 'UTC', '2026-12-01T10:00:00Z'],
    ['2026-12-01 10:00', 'Europe/Berlin', '2026-12-01T09:00:00Z'],
    ['2026-07-01T10:00:30', 'Europe/Berlin', '2026-07-01T08:00:30Z'],
    ['2026-07-01 10:00', 'America/St_Johns', '2026-07-01T12:30:00Z'],
    ['2026-01-01 00:30', 'Pacific/Auckland', '2025-12-31T11:30:00Z'],
    // Clocks are put forward from 2:00 to 3:00: 2:30 is 3:30.
    ['2026-03-29 02:30', 'Europe/Berlin', '2026-03-29T01:30:00Z'],
    ['2026-03-29 01:59', 'Europe/Berlin', '2026-03-29T00:59:00Z'],
    ['2026-03-29 03:00', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    // 2:30 happens twice: the first one, in summer time.
    ['2026-10-25 02:30', 'Europe/Berlin', '2026-10-25T00:30:00Z'],
    ['2026-10-25 03:00', 'Europe/Berlin', '2026-10-25T02:00:00Z'],
    // Half an hour only.
    ['2026-10-04 02:15', 'Australia/Lord_Howe', '2026-10-03T15:45:00Z'],
  ])('%s in %s', (text, zone, expected) => {
    expect(new Date(zonedTime(text, zone) ?? 0).toISOString()).toBe(expected.replace('Z', '.000Z'));
  });

  test.each(['2026-02-30 10:00', '2026-13-01 10:00', '2026-01-01 24:00', '2026-01-01 10:60', '2026-01-01', '10:00', ''])(
    '%j is none',
    (text) => {
      expect(zonedTime(text, 'UTC')).toBeUndefined();
    },
  );

  test('zones are those that the machine knows', () => {
    expect(['Europe/Berlin', 'UTC', 'America/New_York'].every(isTimeZone)).toBe(true);
    expect(['Berlin', '', 'Mars/Olympus'].some(isTimeZone)).toBe(false);
  });
});

describe('a time of cron', () => {
  test.each(['0 3 * * *', '*/5 0-6,22 1,15 jan-mar mon-fri', '59 23 31 12 7', ' 0  3 * * SUN ', '0-30/10 * * * *'])('%j is one', (text) => {
    expect(cronProblem(text)).toBeUndefined();
  });

  test.each([
    ['0 3 * *', 'five fields'],
    ['60 3 * * *', 'The minute'],
    ['0 24 * * *', 'The hour'],
    ['0 3 0 * *', 'The day of the month'],
    ['0 3 * 13 *', 'The month'],
    ['0 3 * * 8', 'The day of the week'],
    ['0 3 * * fri-mon', 'The day of the week'],
    ['5/10 3 * * *', 'The minute'],
    ['*/0 3 * * *', 'The minute'],
    ['1,,2 3 * * *', 'The minute'],
    ['@daily', 'five fields'],
    ['0 3 L * *', 'The day of the month'],
  ])('%j is none', (text, problem) => {
    expect(cronProblem(text)).toContain(problem);
  });
});
