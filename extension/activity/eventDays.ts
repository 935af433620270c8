import type { Event } from '../../server/protocol/events.ts';

/** A calendar day of the window's time zone and what happened on it, newest first. */
export interface Day {
  /** `2026-11-21`. */
  readonly day: string;
  readonly events: readonly Event[];
}

/** Events newest first, by day. A day appears once: when the clock jumped back, later days may stand below earlier ones. */
export function groupByDay(events: readonly Event[]): Day[] {
  const days = new Map<string, Event[]>();
  for (const event of events) {
    const day = dayOf(event.time);
    const known = days.get(day);
    if (known === undefined) days.set(day, [event]);
    else known.push(event);
  }
  return [...days].map(([day, ofDay]) => ({ day, events: ofDay }));
}

/** The day of a time in milliseconds since the epoch. */
export function dayOf(time: number): string {
  const date = new Date(time);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** How many days ago a day was; negative for one to come. */
export function daysAgo(day: string, now: number): number {
  // At noon, so that a change to summer time does not lose a day.
  const noon = (of: string): number => Date.parse(`${of}T12:00:00Z`);
  return Math.round((noon(dayOf(now)) - noon(day)) / 86_400_000);
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** A moment as a person writes it: `2026-11-01`, `2026-11-01 14:30`, `90m`, `2 hours`, `3d`, `1 week` (ago). Undefined when it is none of these. */
export function momentOf(text: string, now: number): number | undefined {
  const span = text.trim().match(/^(\d{1,6})\s*(m(?:in(?:utes?)?)?|h(?:ours?)?|d(?:ays?)?|w(?:eeks?)?)(?:\s+ago)?$/i);
  if (span !== null) return now - Number(span[1]) * (units[(span[2] ?? '')[0]?.toLowerCase() ?? ''] ?? 0);
  const date = text.trim().match(/^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2}))?$/);
  if (date === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = date.slice(1).map((part) => Number(part ?? 0));
  const moment = new Date(year, month - 1, day, hour, minute);
  // 2026-02-31 is no day, though a calendar computes one.
  return moment.getMonth() === month - 1 && moment.getDate() === day && hour < 24 && minute < 60 ? moment.getTime() : undefined;
}
