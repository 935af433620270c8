/** Times as panels say them, in milliseconds since the epoch. */

/** "3 weeks ago". */
export function ago(time: number, now = Date.now()): string {
  const units = [
    ['year', 31_556_952],
    ['month', 2_629_746],
    ['week', 604_800],
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const;
  const age = (now - time) / 1000;
  const found = units.find(([, seconds]) => Math.abs(age) >= seconds);
  if (found === undefined) return 'now';
  return new Intl.RelativeTimeFormat('en', { numeric: 'always' }).format(-Math.trunc(age / found[1]), found[0]);
}

/** Date and time of day as the user's system writes them. */
export function moment(time: number): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

/** `14:03:21.120`, for lines of a log. */
export function clockOf(time: number): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
