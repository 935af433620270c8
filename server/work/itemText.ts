/** Text as the store gives it back: SQLite keeps neither half of a surrogate pair, and reading ends at a NUL. */
export function storable(text: string): string {
  return text.replace(/[\0\ud800-\udfff]/gu, '\ufffd');
}

/** The beginning of a text on one line, for a sentence or an event. */
export function shortened(text: string, most: number): string {
  const points = [...text.replace(/\s+/g, ' ').trim()];
  return points.length > most ? `${points.slice(0, most - 1).join('')}…` : points.join('');
}
