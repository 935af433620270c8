import { describe, expect, test } from 'vitest';
import { momentOf } from '../../../server/cli/timeArgument.ts';

const now = Date.UTC(2026, 5, 15, 12);

describe('a time on the command line', () => {
  test.each<[string, number]>([
    ['0s', now],
    ['90s', now - 90_000],
    ['5m', now - 300_000],
    ['2h', now - 7_200_000],
    ['3d', now - 3 * 86_400_000],
    ['1w', now - 7 * 86_400_000],
    ['2026-01-31T12:30:15Z', Date.UTC(2026, 0, 31, 12, 30, 15)],
    ['2026-01-31 12:30:15.250Z', Date.UTC(2026, 0, 31, 12, 30, 15, 250)],
    ['2026-01-31T12:30+02:00', Date.UTC(2026, 0, 31, 10, 30)],
    // Without a zone it is the time on the user's wall.
    ['2026-01-31', new Date(2026, 0, 31).getTime()],
    ['2026-01-31 14:30', new Date(2026, 0, 31, 14, 30).getTime()],
    ['2024-02-29', new Date(2024, 1, 29).getTime()],
  ])('%s', (text, moment) => {
    expect(momentOf(text, '--since', now)).toBe(moment);
  });

  test.each([
    '',
    'yesterday',
    '2',
    'h',
    '-2h',
    '2026',
    '2026-13-01',
    '2026-02-30',
    '2025-02-29',
    '2026-01-31 25:00',
    '2026-1-1',
    '2h ago',
    '9999999999d',
  ])('"%s" is none', (text) => {
    expect(() => momentOf(text, '--since', now)).toThrow('--since takes a time');
  });
});
