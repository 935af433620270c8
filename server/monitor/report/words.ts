/** Numbers of a report for a person. */

/** `99.95 %`, never rounded up to a hundred. */
export function percentText(share: number | null): string {
  if (share === null) return '–';
  const percent = Math.floor(share * 100_000) / 1000;
  return `${percent === 100 ? '100' : percent.toFixed(percent >= 99 ? 3 : 2)} %`;
}

export function timeText(milliseconds: number | null): string {
  if (milliseconds === null) return '–';
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  return milliseconds < 10_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** `2026-01-31 12:05 UTC`. */
export function momentText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export const dateText = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** `3 h 5 min`, `45 s`. */
export function lengthText(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** One line without anything that moves the cursor or turns the direction of text. */
export function plainText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
}
