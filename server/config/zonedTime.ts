/** By zone: making one costs more than a millisecond. */
const clocks = new Map<string, Intl.DateTimeFormat>();
const mostClocks = 100;

function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    const part = 'numeric';
    const parts = { year: part, month: part, day: part, hour: part, minute: part, second: part } as const;
    clock = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...parts });
    // One zone can be written in many ways.
    if (clocks.size >= mostClocks) clocks.clear();
    clocks.set(timeZone, clock);
  }
  return clock;
}

/** Whether this machine knows a time zone by its IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    clockOf(name);
    return true;
  } catch {
    return false;
  }
}

const written = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?$/;

/**
 * Milliseconds since the epoch of `2026-12-01 10:00` on the clocks of a time zone. What happens twice there is the first of both; what is
 * skipped there is as much later as the clocks are put forward. Undefined when it is no such time.
 */
export function zonedTime(text: string, timeZone: string): number | undefined {
  const [, ...digits] = written.exec(text.trim()) ?? [];
  if (digits.length === 0) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.map((each) => Number(each ?? 0));
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  // The 31st of February is none.
  const date = new Date(asUtc);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) return undefined;
  // The offset a day before and after: between them the clocks change once at most.
  const [before, after] = [asUtc - offsetAt(asUtc - dayLong, timeZone), asUtc - offsetAt(asUtc + dayLong, timeZone)];
  const isRight = (time: number) => time + offsetAt(time, timeZone) === asUtc;
  const right = [before, after].filter(isRight);
  return right.length > 0 ? Math.min(...right) : before;
}

const dayLong = 86_400_000;

/** How far the clocks of a zone are ahead of UTC at a time, in milliseconds. */
function offsetAt(time: number, timeZone: string): number {
  const parts = clockOf(timeZone).formatToParts(time);
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown - Math.floor(time / 1000) * 1000;
}
