// Maintenance windows: cron in time zones, over the days on which clocks change.
import { Cron } from 'croner';
import { describe, expect, it } from 'vitest';
import { configuredWindows, type MaintenanceWindow, Timetable } from '../../../server/monitor/maintenance/windows.ts';

const hour = 3_600_000;

function timetable(cron: string, duration: number, timeZone = 'UTC'): Timetable {
  const window: MaintenanceWindow = { id: 'w', name: 'w', source: 'file', when: { kind: 'cron', cron, duration }, timeZone, monitors: [] };
  return new Timetable(window, Cron);
}

/** Every half hour of a span at which the window is open, as local time there. */
function openTimes(table: Timetable, from: string, to: string, timeZone: string): string[] {
  const times: string[] = [];
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  for (let at = Date.parse(from); at < Date.parse(to); at += hour / 2) if (table.isOpen(at)) times.push(text.format(at));
  return times;
}

describe('a maintenance window', () => {
  it('opens once a night at its local time, also in the nights in which clocks change', () => {
    const table = timetable('0 3 * * *', hour, 'Europe/Berlin');
    expect(openTimes(table, '2026-03-27T12:00Z', '2026-03-30T12:00Z', 'Europe/Berlin')).toEqual([
      '2026-03-28 03:00',
      '2026-03-28 03:30',
      '2026-03-29 03:00',
      '2026-03-29 03:30',
      '2026-03-30 03:00',
      '2026-03-30 03:30',
    ]);
    expect(openTimes(table, '2026-10-24T12:00Z', '2026-10-26T12:00Z', 'Europe/Berlin')).toEqual([
      '2026-10-25 03:00',
      '2026-10-25 03:30',
      '2026-10-26 03:00',
      '2026-10-26 03:30',
    ]);
  });

  it('in the hour that a night does not have, or has twice, opens once', () => {
    const table = timetable('30 2 * * *', hour / 2, 'Europe/Berlin');
    expect(openTimes(table, '2026-03-28T12:00Z', '2026-03-29T12:00Z', 'Europe/Berlin')).toHaveLength(1);
    expect(openTimes(table, '2026-10-24T12:00Z', '2026-10-25T12:00Z', 'Europe/Berlin')).toHaveLength(1);
  });

  it('is open until its very end, over midnight and months', () => {
    const table = timetable('0 22 L * *', 4 * hour);
    const begin = Date.UTC(2026, 0, 31, 22);
    expect([begin - 1, begin, begin + 4 * hour - 1, begin + 4 * hour].map((at) => table.isOpen(at))).toEqual([false, true, true, false]);
    expect(table.next(begin + 4 * hour)).toEqual({ from: Date.UTC(2026, 1, 28, 22), to: Date.UTC(2026, 2, 1, 2) });
  });

  it('answers as well after the clock was set back', () => {
    const table = timetable('0 3 * * *', hour);
    expect(table.isOpen(Date.UTC(2026, 5, 2, 3, 30))).toBe(true);
    expect(table.isOpen(Date.UTC(2026, 5, 1, 3, 30))).toBe(true);
    expect(table.isOpen(Date.UTC(2026, 5, 1, 5))).toBe(false);
    expect(table.isOpen(Date.UTC(2026, 5, 3, 3, 59))).toBe(true);
  });

  it('of one time is over for ever when it is over', () => {
    const when = { kind: 'once', from: 1000, to: 2000 } as const;
    const table = new Timetable({ id: 'w', name: 'w', source: 'manual', when, timeZone: 'UTC', monitors: [] }, Cron);
    expect([999, 1000, 1999, 2000].map((at) => table.isOpen(at))).toEqual([false, true, true, false]);
    expect(table.next(5000)).toBeUndefined();
  });

  it('says what is wrong with it', () => {
    expect(() => timetable('61 * * * *', hour)).toThrow(/maintenance window "w" cannot be read/);
  });

  it('of monitors that are not there is not one of all of them', () => {
    const when = { kind: 'once', from: 0, to: 1 } as const;
    const [window] = configuredWindows([{ name: 'w', when, timeZone: 'UTC', monitors: ['gone'] }], () => undefined);
    expect(window?.monitors).toHaveLength(1);
  });
});
