/** Times as the terminal and the CodeLens say them: in English; what the windows of VS Code say is in the language of the window. */

const steps: readonly [unit: string, seconds: number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** `3 weeks ago` of a time in seconds since the epoch; `now` in milliseconds. */
export function relativeTime(seconds: number, now = Date.now()): string {
  const ago = now / 1000 - seconds;
  if (ago < 0) return 'in the future';
  for (const [unit, size] of steps) {
    const count = Math.floor(ago / size);
    if (count >= 1) return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}

/** `2024-01-31T12:00:00Z`. Dates outside of what a calendar knows are the number itself. */
export function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace('.000Z', 'Z');
}

/** As `--iso` asks. */
export function shownTime(seconds: number, iso: boolean): string {
  return iso ? isoTime(seconds) : relativeTime(seconds);
}
