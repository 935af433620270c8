// The pure parts of the Activity view: days, moments, pages.
import { describe, expect, it } from 'vitest';
import { dayOf, daysAgo, groupByDay, momentOf } from '../../../extension/activity/eventDays.ts';
import { EventPages } from '../../../extension/activity/eventPages.ts';
import type { Event, list } from '../../../server/protocol/events.ts';
import type { InputOf } from '../../../server/protocol/message.ts';

function event(sequence: number, time = sequence * 1000): Event {
  return {
    sequence,
    time,
    actor: 'cli',
    correlationId: '1-1',
    entity: 'note',
    entityId: String(sequence),
    kind: 'added',
    payload: {},
  };
}

/** Answers as the hub does, from an array. */
function logOf(events: Event[]) {
  const asked: InputOf<typeof list>[] = [];
  return {
    events,
    asked,
    ask: async (question: InputOf<typeof list>) => {
      asked.push(question);
      const { before, after, limit = 100, kind } = question;
      const all = events.filter((each) => kind === undefined || each.kind === kind).sort((a, b) => b.sequence - a.sequence);
      const matching = all.filter((each) => each.sequence < (before ?? Infinity) && each.sequence > (after ?? 0));
      const page = after === undefined ? matching.slice(0, limit) : matching.reverse().slice(0, limit);
      return { events: page, more: matching.length > page.length, last: events.length };
    },
  };
}

const sequences = (pages: EventPages): number[] => pages.events.map(({ sequence }) => sequence);
const down = (from: number, to: number): number[] => Array.from({ length: from - to + 1 }, (_, at) => from - at);

describe('pages of events', () => {
  it('grow at the bottom when asked, without a gap or a row twice', async () => {
    const pages = new EventPages(logOf(down(250, 1).map((each) => event(each))).ask);
    await pages.read();
    expect(sequences(pages)).toEqual(down(250, 151));
    expect(pages.more).toBe(true);
    await pages.older();
    await pages.older();
    expect(sequences(pages)).toEqual(down(250, 1));
    expect(pages.more).toBe(false);
  });

  it('grow at the top when something happens, and ask only for that', async () => {
    const log = logOf([event(1)]);
    const pages = new EventPages(log.ask);
    await pages.read();
    log.events.push(event(2), event(3));
    await pages.newer();
    expect(sequences(pages)).toEqual([3, 2, 1]);
    expect(log.asked.at(-1)).toMatchObject({ after: 0 });
  });

  it('asked twice at once for what is new, list it once', async () => {
    const log = logOf([event(1)]);
    const pages = new EventPages(log.ask);
    await pages.read();
    log.events.push(event(2));
    await Promise.all([pages.newer(), pages.newer()]);
    expect(sequences(pages)).toEqual([2, 1]);
  });

  it('drop the answer to an earlier filter', async () => {
    let resolve = () => {};
    const promise = new Promise<void>((settle) => {
      resolve = settle;
    });
    const log = logOf([event(1), event(2)]);
    const pages = new EventPages(async (question) => {
      if (question.kind === undefined) await promise;
      return log.ask(question);
    });
    const first = pages.read();
    await pages.read({ kind: 'nothing-is-of-this-kind' });
    resolve();
    await first;
    expect(sequences(pages)).toEqual([]);
  });

  it('start anew after a restore put an older state in place', async () => {
    const log = logOf([event(1), event(2), event(3)]);
    const pages = new EventPages(log.ask);
    await pages.read();
    log.events.length = 1;
    await pages.newer();
    expect(sequences(pages)).toEqual([1]);
    // Another history with the same numbers, and longer.
    log.events.splice(0, 1, event(1, 77), event(2, 88));
    await pages.newer();
    expect(pages.events.map(({ time }) => time)).toEqual([88, 77]);
  });
});

describe('days', () => {
  const noon = new Date(2026, 10, 21, 12).getTime();

  it('hold the events of a calendar day, newest first', () => {
    const midnight = new Date(2026, 10, 21).getTime();
    const grouped = groupByDay([event(3, noon), event(2, midnight), event(1, midnight - 1)]);
    expect(grouped.map(({ day, events }) => [day, events.map(({ sequence }) => sequence)])).toEqual([
      ['2026-11-21', [3, 2]],
      ['2026-11-20', [1]],
    ]);
  });

  it('appear once, also when the clock jumped back', () => {
    const grouped = groupByDay([event(3, noon), event(2, noon - 86_400_000), event(1, noon)]);
    expect(grouped.map(({ day, events }) => [day, events.length])).toEqual([
      ['2026-11-21', 2],
      ['2026-11-20', 1],
    ]);
  });

  it('are counted in days, not in hours', () => {
    expect(daysAgo(dayOf(noon), noon)).toBe(0);
    expect(daysAgo('2026-11-20', new Date(2026, 10, 21, 0, 5).getTime())).toBe(1);
    expect(daysAgo('2026-03-28', new Date(2026, 2, 30, 1).getTime())).toBe(2);
    expect(daysAgo('2026-11-22', noon)).toBe(-1);
  });
});

describe('moments', () => {
  const now = new Date(2026, 10, 21, 12).getTime();

  it('are spans back from now', () => {
    for (const text of ['90m', '90 min', '90 minutes ago']) expect(momentOf(text, now)).toBe(now - 90 * 60_000);
    for (const text of ['2h', '2 hours', '2 HOURS ago']) expect(momentOf(text, now)).toBe(now - 2 * 3_600_000);
    expect(momentOf('3d', now)).toBe(now - 3 * 86_400_000);
    expect(momentOf('1 week', now)).toBe(now - 7 * 86_400_000);
  });

  it('are dates of the calendar', () => {
    expect(momentOf('2026-11-01', now)).toBe(new Date(2026, 10, 1).getTime());
    expect(momentOf(' 2026-11-01 14:30 ', now)).toBe(new Date(2026, 10, 1, 14, 30).getTime());
  });

  it('are nothing else', () => {
    for (const text of ['', 'yesterday', '2026-02-31', '2026-13-01', '2026-11-01 25:00', '-3d', '3 days hence'])
      expect(momentOf(text, now), text).toBeUndefined();
  });
});
