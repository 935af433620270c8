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
