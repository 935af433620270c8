/** Lengths of time and shares as panels say them. */

/** `0.8 ms`, `84 ms`, `3.2 s`, `1 min 5 s`, `2 h 5 min`, `3 days`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 9.95) return `${Number(milliseconds.toFixed(1))} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${Number((milliseconds / 1000).toFixed(1))} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return two(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  if (seconds < 2 * 86_400) return two(Math.floor(seconds / 3600), 'h', Math.floor((seconds % 3600) / 60), 'min');
  return `${Math.floor(seconds / 86_400)} days`;
}

function two(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

/** A share as `99.95 %`; never rounded up to 100 %, for one failure is not none. */
export function percent(share: number): string {
  const value = share * 100;
  if (value >= 100) return '100 %';
  const floored = Math.floor(value * 100) / 100;
  return `${floored} %`;
}

/** How long something has been so: `for 2 h 5 min`. */
export function lasting(since: number, now = Date.now()): string {
  return now - since < 1000 ? 'for a moment' : `for ${duration(now - since)}`;
}
