// Words of `hearth work` on the command line: numbers of items, dates.
import { describe, expect, it } from 'vitest';
import { dateNamed, itemNamed, numberIn } from '../../../server/cli/workItem.ts';

describe('a number of an item', () => {
  it('may have its sign, and nothing else', () => {
    for (const word of ['12', '#12']) expect(numberIn(word)).toBe(12);
    for (const word of ['0', '-1', '1.5', '1e3', '012', ' 1', 'x', '', '##1', '9'.repeat(16), undefined])
      expect(numberIn(word), word).toBeUndefined();
    expect(() => itemNamed(undefined)).toThrow('Which work item?');
    expect(() => itemNamed('login')).toThrow('"login" is no number');
  });
});

describe('a date', () => {
  const now = new Date(2026, 0, 30, 23, 59);

  it('is of the calendar, or counted from today', () => {
    expect(dateNamed('2027-12-31', now)).toBe('2027-12-31');
    expect(dateNamed('today', now)).toBe('2026-01-30');
    expect(dateNamed('tomorrow', now)).toBe('2026-01-31');
    expect(dateNamed('2d', now)).toBe('2026-02-01');
    // Over a change of the clock it is the day that counts.
    expect(dateNamed('90d', new Date(2026, 0, 1, 0, 1))).toBe('2026-04-01');
  });

  it('is nothing else', () => {
    for (const text of ['', 'someday', '-1d', '1.5d', '99999d', '31.12.2026', '2026-1-1'])
      expect(() => dateNamed(text, now), text).toThrow('is no date');
  });
});
