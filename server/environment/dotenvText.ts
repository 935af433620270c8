/** A variable of a `.env` file, and where it stands. Offsets are in UTF-16 units of the text, lines count from 1. */
export interface DotenvEntry {
  readonly name: string;
  /** As it is read: quotes and escapes undone. */
  readonly value: string;
  readonly quote: '' | "'" | '"';
  readonly line: number;
  /** More than one where a value in quotes goes on. */
  readonly lines: number;
  /** Its first line up to the value, and what follows the value on its last one. */
  readonly before: string;
  readonly after: string;
}

/** A line that is no variable. `name`: one that other readers of such files would take. */
export interface DotenvMistake {
  readonly line: number;
  readonly kind: 'no-variable' | 'name' | 'open-quote' | 'after-quote';
}

export interface DotenvText {
  readonly entries: readonly DotenvEntry[];
  readonly mistakes: readonly DotenvMistake[];
  /** Texts of comment lines, with their `#`, by line. */
  readonly comments: ReadonlyMap<number, string>;
  /** Lines of the text; the empty piece behind the last line end is none. */
  readonly lines: number;
}

const assignment = /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*/;
const validName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Reads a `.env` file: comments, `export`, 'single quotes' (as they are), "double quotes" (with \n, \t, \", \\), both also over several lines,
 * ` #` ends a value without quotes. Nothing is filled in. A mistake costs its line only. Any line end counts; inside of quotes it is `\n`.
 */
export function readDotenv(text: string): DotenvText {
  const entries: DotenvEntry[] = [];
  const mistakes: DotenvMistake[] = [];
  const comments = new Map<number, string>();
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let line = 0;
  while (at < text.length) {
    line++;
    const end = lineEnd(text, at);
    const found = lineAt(text, at, end, line);
    at = behind(text, end);
    if (found.kind === 'comment') comments.set(line, found.text);
    else if (found.kind === 'mistake') mistakes.push({ line, kind: found.mistake });
    else if (found.kind === 'entry') {
      entries.push(found.entry);
      line += found.entry.lines - 1;
      at = behind(text, found.end);
    }
  }
  return { entries, mistakes, comments, lines: line };
}

type Line =
  | { readonly kind: 'empty' }
  | { readonly kind: 'comment'; readonly text: string }
  | { readonly kind: 'mistake'; readonly mistake: DotenvMistake['kind'] }
  | { readonly kind: 'entry'; readonly entry: DotenvEntry; readonly end: number };

function lineAt(text: string, from: number, end: number, line: number): Line {
  const written = text.slice(from, end);
  const trimmed = written.trim();
  if (trimmed === '') return { kind: 'empty' };
  if (trimmed.startsWith('#')) return { kind: 'comment', text: trimmed };
  const match = assignment.exec(written);
  if (match === null) return { kind: 'mistake', mistake: 'no-variable' };
  const [begin, name = ''] = match;
  if (!validName.test(name)) return { kind: 'mistake', mistake: 'name' };
  const start = from + begin.length;
  const quote = text[start];
  if (start < end && (quote === "'" || quote === '"')) return quotedAt(text, { from, start, quote, line, name });
  const [value = ''] = /^(?:(?!(?:^|[ \t])#).)*/s.exec(text.slice(start, end)) ?? [];
  const trimmedValue = value.trim();
  // Without a value the blanks behind the sign belong to what follows.
  const until = trimmedValue === '' ? from + begin.trimEnd().length : start + trimmedValue.length;
  const before = text.slice(from, trimmedValue === '' ? until : start);
  return { kind: 'entry', end, entry: { name, value: trimmedValue, quote: '', line, lines: 1, before, after: text.slice(until, end) } };
}

interface Quoted {
  readonly from: number;
  readonly start: number;
  readonly quote: "'" | '"';
  readonly line: number;
  readonly name: string;
}

function quotedAt(text: string, { from, start, quote, line, name }: Quoted): Line {
  const close = closing(text, start + 1, quote);
  if (close < 0) return { kind: 'mistake', mistake: 'open-quote' };
  const end = lineEnd(text, close);
  const after = text.slice(close + 1, end);
  if (!/^\s*(?:#|$)/.test(after)) return { kind: 'mistake', mistake: 'after-quote' };
  const inside = text.slice(start + 1, close).replaceAll('\r\n', '\n');
  const value = quote === "'" ? inside : inside.replace(/\\([\s\S])/g, (_, each: string) => escapes[each] ?? each);
  const lines = text.slice(start, close).split(/\r\n|\n|\r/).length;
  return { kind: 'entry', end, entry: { name, value, quote, line, lines, before: text.slice(from, start), after } };
}

function closing(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === quote) return at;
    if (quote === '"' && text[at] === '\\') at++;
  }
  return -1;
}

function lineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) if (text[at] === '\n' || text[at] === '\r') return at;
  return text.length;
}

/** Where the next line begins. */
function behind(text: string, end: number): number {
  return text.startsWith('\r\n', end) ? end + 2 : end + 1;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
