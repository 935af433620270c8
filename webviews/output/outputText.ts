/** Lines as containers print them, as they are shown. */

const escapes = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])/g;

/** Text without what a terminal would take as colours and movements; other hidden characters stay, and are shown by name. */
export function withoutEscapes(text: string): string {
  return text.includes('\x1b') ? text.replace(escapes, '') : text;
}

/** What a search matches; undefined when it is no regular expression. Without regard to case unless it has a capital letter. */
export function patternOf(text: string, regex: boolean): RegExp | undefined {
  const source = regex ? text : text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  try {
    return new RegExp(source, /\p{Lu}/u.test(text) ? 'gu' : 'giu');
  } catch {
    return undefined;
  }
}

/** Where it matches in a text: from, to. Nothing where it matches the empty text. */
export function matchesIn(text: string, pattern: RegExp | undefined): (readonly [number, number])[] {
  if (pattern === undefined) return [];
  const found: (readonly [number, number])[] = [];
  for (const match of text.matchAll(pattern)) if (match[0] !== '') found.push([match.index, match.index + match[0].length]);
  return found;
}
