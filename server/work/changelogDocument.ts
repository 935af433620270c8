import type { Category } from '../protocol/workFlow.ts';
import { categories, fenceAfter } from './changelogFragment.ts';

/**
 * A change log with something added. Texts are latin1 strings, one character a byte: whatever is in the file stays as it is, in any
 * encoding. Each addition is where it was put in the text as it was then; taking them out again, last first, gives the old bytes.
 */
export interface Added {
  readonly text: string;
  readonly additions: readonly { readonly offset: number; readonly text: string }[];
}

/** Lines of UTF-8 text as latin1, below one category each. */
export interface Group {
  readonly category: Category;
  readonly entries: readonly (readonly string[])[];
}

const opening = [
  '# Changelog',
  '',
  'All notable changes to this project will be documented in this file.',
  '',
  'The format is based on [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).',
];

interface Line {
  readonly start: number;
  /** Without its end. */
  readonly text: string;
  readonly next: number;
}

interface Heading {
  readonly level: number;
  readonly title: string;
  /** Index of its line, and of the first line behind it. */
  readonly line: number;
  readonly after: number;
}

/**
 * Puts entries under `## [Unreleased]`, or under a version, which then takes over what Unreleased held. Entries that are there already are
 * not put there again. `date` is `2026-11-21`.
 */
export function addEntries(before: string, groups: readonly Group[], release?: { version: string; date: string }): Added {
  const draft = new Draft(before);
  if (before.replace(/^\xef\xbb\xbf/, '').trim() === '') draft.append(opening);
  const wanted = release === undefined ? isUnreleased : (title: string) => isVersion(title, release.version);
  const written = draft.hasOpenComment() ? groups.map(closingNothing) : groups;
  const missing = written
    .map(({ category, entries }) => ({ category, entries: entries.filter((entry) => !draft.holds([wanted, isUnreleased], entry)) }))
    .filter(({ entries }) => entries.length > 0);
  if (missing.length === 0 && (release === undefined || draft.find(wanted) !== undefined || !draft.hasUnreleased())) return nothing(before);
  if (draft.find(wanted) === undefined)
    draft.addSection(release === undefined ? '## [Unreleased]' : `## [${release.version}] - ${release.date}`);
  for (const category of categories) {
    const lines = missing.filter((each) => each.category === category).flatMap(({ entries }) => entries.flat());
    if (lines.length > 0) draft.addBelow(wanted, category, lines);
  }
  return { text: draft.text, additions: draft.additions };
}

/** The same in Markdown, without the end of a comment: it would swallow what stands between a `<!--` that is only text and the entry. */
function closingNothing({ category, entries }: Group): Group {
  return { category, entries: entries.map((entry) => entry.map((line) => line.replaceAll('-->', '--&gt;'))) };
}

function nothing(text: string): Added {
  return { text, additions: [] };
}

/** How often Unreleased names an item: `(#12)`. */
export function countItem(text: string, item: number): number {
  const draft = new Draft(text);
  return [...draft.body(isUnreleased).matchAll(new RegExp(`#${item}(?!\\d)`, 'g'))].length;
}

function isUnreleased(title: string): boolean {
  return /^\[?unreleased\]?/i.test(title);
}

function isVersion(title: string, version: string): boolean {
  const [name = ''] = title.replace(/^\[/, '').split(/[\]\s]/, 1);
  return name === version || name === `v${version}` || `v${name}` === version;
}

class Draft {
  text: string;
  readonly additions: { offset: number; text: string }[] = [];
  readonly #eol: string;

  constructor(text: string) {
    this.text = text;
    const first = text.indexOf('\n');
    this.#eol = first > 0 && text[first - 1] === '\r' ? '\r\n' : '\n';
  }

  append(lines: readonly string[]): void {
    this.#insert(this.text.length, lines);
  }

  find(wanted: (title: string) => boolean): Heading | undefined {
    return this.#headings().find(({ level, title }) => level === 2 && wanted(title));
  }

  /** Whether a comment begins that is never closed: it is text, as long as nothing below closes it. */
  hasOpenComment(): boolean {
    const texts = this.#lines().map(({ text }) => text);
    for (let line = 0; line < texts.length; line++) {
      const end = endOfVerbatim(texts, line);
      if (end !== undefined) line = end;
      else if (beginsComment(texts[line] ?? '')) return true;
    }
    return false;
  }

  hasUnreleased(): boolean {
    return this.body(isUnreleased).trim() !== '';
  }

  /** What stands below a section; empty when there is none. */
  body(wanted: (title: string) => boolean): string {
    const heading = this.find(wanted);
    if (heading === undefined) return '';
    const lines = this.#lines();
    const text = lines.slice(heading.after, this.#endOf(heading)).map((line) => line.text);
    return text.join('\n');
  }

  holds(places: readonly ((title: string) => boolean)[], entry: readonly string[]): boolean {
    const text = entry.join('\n');
    return places.some((place) => `\n${this.body(place)}\n`.includes(`\n${text}\n`));
  }

  /** A heading of a section that is not there: a version below the heading of Unreleased, else before the first version, else at the end. */
  addSection(heading: string): void {
    const lines = this.#lines();
    const headings = this.#headings();
    const unreleased = headings.find(({ level, title }) => level === 2 && isUnreleased(title));
    if (unreleased !== undefined) {
      const below = lines[unreleased.after];
      this.#insertAfter(unreleased.after - 1, ['', heading, ...(below === undefined || below.text === '' ? [] : [''])]);
      return;
    }
    const version = headings.find(({ level, title }) => level <= 2 && /^\[?v?\d+(?:\.\d+)/i.test(title));
    if (version !== undefined) {
      const blank = version.line === 0 || lines[version.line - 1]?.text.trim() === '';
      this.#insert((lines[version.line] as Line).start, [...(blank ? [] : ['']), heading, '']);
      return;
    }
    const end = this.#textEnd(0, this.#footer());
    this.#insertAfter(end, [...(end < 0 ? [] : ['']), heading]);
  }

  addBelow(wanted: (title: string) => boolean, category: Category, entry: readonly string[]): void {
    const section = this.find(wanted);
    if (section === undefined) return;
    const end = this.#endOf(section);
    const parts = this.#headings().filter(({ level, line }) => level === 3 && line >= section.after && line < end);
    const at = parts.findIndex(({ title }) => title.toLowerCase() === category.toLowerCase());
    const found = parts[at];
    if (found !== undefined) {
      const last = this.#textEnd(found.after, parts[at + 1]?.line ?? end);
      this.#insertAfter(Math.max(last, found.after - 1), last < found.after ? ['', ...entry] : entry);
      return;
    }
    const rank = categories.indexOf(category);
    const later = parts.find(({ title }) => categories.findIndex((each) => each.toLowerCase() === title.toLowerCase()) > rank);
    const lines = this.#lines();
    if (later === undefined) {
      const last = this.#textEnd(section.after, end);
      this.#insertAfter(Math.max(last, section.after - 1), ['', `### ${category}`, '', ...entry]);
    } else {
      const blank = lines[later.line - 1]?.text.trim() === '';
      this.#insert((lines[later.line] as Line).start, [...(blank ? [] : ['']), `### ${category}`, '', ...entry, '']);
    }
  }

  /** Behind a line; before everything for −1. A last line without an end gets one. */
  #insertAfter(line: number, lines: readonly string[]): void {
    const at = line < 0 ? undefined : this.#lines()[line];
    if (at === undefined) this.#insert(this.#bom(), lines);
    else if (at.next === at.start + at.text.length) this.#put(at.next, lines.map((each) => this.#eol + each).join(''));
    else this.#insert(at.next, lines);
  }

  #insert(offset: number, lines: readonly string[]): void {
    this.#put(offset, lines.map((line) => line + this.#eol).join(''));
  }

  #put(offset: number, text: string): void {
    this.additions.push({ offset, text });
    this.text = this.text.slice(0, offset) + text + this.text.slice(offset);
  }

  #bom(): number {
    return this.text.startsWith('\xef\xbb\xbf') ? 3 : 0;
  }

  #lines(): Line[] {
    const lines: Line[] = [];
    for (let start = this.#bom(); start < this.text.length; ) {
      const newline = this.text.indexOf('\n', start);
      const next = newline < 0 ? this.text.length : newline + 1;
      const raw = this.text.slice(start, newline < 0 ? next : newline);
      lines.push({ start, text: newline >= 0 && raw.endsWith('\r') ? raw.slice(0, -1) : raw, next });
      start = next;
    }
    return lines;
  }

  /** Headings outside of code and comments; also versions that are underlined. */
  #headings(): Heading[] {
    const headings: Heading[] = [];
    const lines = this.#lines();
    const texts = lines.map(({ text }) => text);
    for (let line = 0; line < lines.length; line++) {
      const text = texts[line] ?? '';
      const end = endOfVerbatim(texts, line);
      if (end !== undefined) {
        line = end;
        continue;
      }
      const match = text.match(/^ {0,3}(#{1,3})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/);
      if (match !== null) headings.push({ level: match[1]?.length ?? 1, title: match[2] ?? '', line, after: line + 1 });
      else if (/^\[?(?:v?\d+\.\d|unreleased)/i.test(text) && /^(?:-{3,}|={3,})[ \t]*$/.test(texts[line + 1] ?? ''))
        headings.push({ level: 2, title: text, line, after: line + 2 });
    }
    return headings;
  }

  /** The first line that is not of a section any more: the next heading of its level, or the link definitions at the end of the file. */
  #endOf(section: Heading): number {
    const next = this.#headings().find(({ level, line }) => line >= section.after && level <= 2)?.line;
    return next ?? Math.max(section.after, this.#footer());
  }

  /** Where the link definitions at the end of the file begin; what code and comments hold is none. */
  #footer(): number {
    const lines = this.#lines();
    const top = afterVerbatim(lines.map(({ text }) => text));
    let first = lines.length;
    for (let at = lines.length - 1; at >= top; at--) {
      const { text } = lines[at] as Line;
      if (/^ {0,3}\[[^\]]+\]:[ \t]*\S/.test(text)) first = at;
      else if (text.trim() !== '') break;
    }
    return first;
  }

  /** The last line that is not blank between two; `start − 1` when there is none. */
  #textEnd(start: number, end: number): number {
    const lines = this.#lines();
    let last = end - 1;
    while (last >= start && lines[last]?.text.trim() === '') last--;
    return last;
  }
}

/** The line behind the last code or comment. */
function afterVerbatim(texts: readonly string[]): number {
  let after = 0;
  for (let line = 0; line < texts.length; line++) {
    const end = endOfVerbatim(texts, line);
    if (end === undefined) continue;
    line = end;
    after = end + 1;
  }
  return after;
}

/** The last line of the code or comment that begins on a line. What is never closed is text: else nothing below it could be found again. */
function endOfVerbatim(texts: readonly string[], line: number): number | undefined {
  const text = texts[line] ?? '';
  const fence = fenceAfter(undefined, text);
  if (fence !== undefined) {
    for (let end = line + 1; end < texts.length; end++) if (fenceAfter(fence, texts[end] ?? '') === undefined) return end;
    return undefined;
  }
  if (!beginsComment(text)) return undefined;
  if (text.slice(text.indexOf('<!--') + 4).includes('-->')) return line;
  const end = texts.findIndex((each, at) => at > line && each.includes('-->'));
  return end < 0 ? undefined : end;
}

function beginsComment(text: string): boolean {
  return /^ {0,3}<!--/.test(text);
}
