const control = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text of a repository for a terminal: a name or message must not move the cursor, change colours, or turn the direction of what follows.
 * Tabs and newlines stay; a single line loses them with `oneLine`.
 */
export function plain(text: string): string {
  return text.replace(control, (each) => (each < ' ' ? `^${String.fromCharCode(each.charCodeAt(0) + 64)}` : '\ufffd'));
}

export function oneLine(text: string): string {
  return plain(text.replace(/[\t\n]+/g, ' '));
}

/** Cut or filled to a width, counted in code points. */
export function column(text: string, width: number): string {
  const points = [...text];
  return points.length > width ? `${points.slice(0, width - 1).join('')}…` : text + ' '.repeat(width - points.length);
}

/** `1.5 MB`: bytes in steps of 1000, as disks count. */
export function sizeText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
