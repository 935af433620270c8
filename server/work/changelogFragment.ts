import type { Category, Fragment, NewEntry } from '../protocol/workFlow.ts';

/** A fragment as text: headings of Keep a Changelog with Markdown below, or why no entry is needed. */

export const fragmentLimit = 64_000;
/** In the order of Keep a Changelog. Written out: hooks load no schemas. */
export const categories: readonly Category[] = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
const none = 'None needed';

/** The item that a file name stands for: `12.md`, `12-anything.md`. */
export function itemOfName(name: string): number | undefined {
  const digits = name.match(/^([1-9]\d{0,14})(?:-.*)?\.md$/s)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Whether a file of the folder is a fragment at all: a README and what begins with a dot or underscore are not. */
export function isFragmentName(name: string): boolean {
  return name.endsWith('.md') && !/^(?:[._]|readme\.md$)/i.test(name);
}

/** Reads a fragment. Lines of problems are 1-based; one with problems is left where it is. `path` is from the root of the repository. */
export function parseFragment(path: string, bytes: Uint8Array): Fragment {
  const item = itemOfName(path.slice(path.lastIndexOf('/') + 1));
  const head = { path, ...(item === undefined ? {} : { item }) };
  if (bytes.length > fragmentLimit)
    return { ...head, entries: [], problems: [{ line: 1, problem: `is larger than ${fragmentLimit / 1000} kB` }] };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { ...head, entries: [], problems: [{ line: 1, problem: 'is not UTF-8 text' }] };
  }
  return { ...head, ...new Reader(text.split(/\r\n?|\n/)).read() };
}

interface Section {
  readonly title: string;
  readonly line: number;
  readonly lines: string[];
}

class Reader {
  readonly #lines: readonly string[];
  readonly #problems: { line: number; problem: string }[] = [];

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  read(): Pick<Fragment, 'entries' | 'none' | 'problems'> {
    const sections = this.#sections();
    const entries: Fragment['entries'] = [];
    let reason: string | undefined;
    for (const { title, line, lines } of sections) {
      const text = trimmed(lines);
      const known = categories.find((each) => each.toLowerCase() === title.toLowerCase());
      if (known === undefined && title.toLowerCase() !== none.toLowerCase()) {
        this.#problem(line, `has an unknown heading "${title.slice(0, 60)}"; known are ${categories.join(', ')} and ${none}`);
      } else if (text === '') {
        this.#problem(line, known === undefined ? 'says that no entry is needed, but not why' : `has nothing below "${known}"`);
      } else if (known === undefined) reason = reason === undefined ? text : `${reason}\n\n${text}`;
      else entries.push({ category: known, text });
    }
    if (reason !== undefined && entries.length > 0)
      this.#problem(
        sections.find(({ title }) => title.toLowerCase() === none.toLowerCase())?.line ?? 1,
        'has entries and says that none is needed',
      );
    if (sections.length === 0 && this.#problems.length === 0)
      this.#problem(1, `is empty: write "### ${categories[0]}" and a text below it`);
    this.#problems.sort((a, b) => a.line - b.line);
    return { entries, ...(reason === undefined ? {} : { none: reason }), problems: this.#problems };
  }

  #sections(): Section[] {
    const sections: Section[] = [];
    let fence: string | undefined;
    let stray = false;
    for (const [index, line] of this.#lines.entries()) {
      if (/^(?:<{7}|>{7}|\|{7}) /.test(line) || line.includes('\0'))
        this.#problem(index + 1, line.includes('\0') ? 'holds binary data' : 'has a conflict marker');
      const inside = fence !== undefined;
      fence = fenceAfter(fence, line);
      const heading = inside ? null : line.match(/^ {0,3}(#{1,3})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/);
      if (heading !== null && heading[1] === '###') sections.push({ title: heading[2] ?? '', line: index + 1, lines: [] });
      else if (heading !== null) this.#problem(index + 1, 'has a heading of another level than "###"');
      else if (sections.length > 0) sections.at(-1)?.lines.push(line);
      else if (line.trim() !== '' && !stray) {
        stray = true;
        this.#problem(index + 1, 'has text before the first heading');
      }
    }
    return sections;
  }

  #problem(line: number, problem: string): void {
    if (this.#problems.length < 100) this.#problems.push({ line, problem });
  }
}

/** The fence that is open after a line of Markdown; undefined outside of code. */
export function fenceAfter(open: string | undefined, line: string): string | undefined {
  const fence = line.match(/^ {0,3}(`{3,}|~{3,})(.*)$/s);
  const [, marks = '', rest = ''] = fence ?? [];
  if (open === undefined) return fence === null || (marks.startsWith('`') && rest.includes('`')) ? undefined : marks;
  const closes = fence !== null && marks[0] === open[0] && marks.length >= open.length && rest.trim() === '';
  return closes ? undefined : open;
}

function trimmed(lines: readonly string[]): string {
  let [start, end] = [0, lines.length];
  while (start < end && lines[start]?.trim() === '') start++;
  while (end > start && lines[end - 1]?.trim() === '') end--;
  return lines.slice(start, end).join('\n').trimEnd();
}

/** The text of a fragment that holds an entry beside what it held; `before` is its text so far, parsed as `old`. */
export function withEntry(before: string, old: Fragment | undefined, entry: NewEntry): string {
  const text = (entry.kind === 'entry' ? entry.text : entry.reason).replace(/\r\n?/g, '\n');
  const section = `### ${entry.kind === 'entry' ? entry.category : none}\n\n${trimmed(text.split('\n'))}\n`;
  if (entry.kind === 'none' || old === undefined || old.entries.length === 0) return section;
  const same = old.entries.some((each) => each.category === entry.category && each.text === trimmed(text.split('\n')));
  if (same) return before;
  return `${before.replace(/\s*$/, '')}\n\n${section}`;
}
