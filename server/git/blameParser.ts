import type { BlamedCommit } from '../protocol/gitTypes.ts';
import { unquote } from './diffPath.ts';

/** Where lines of one commit stood: paths are latin1 strings of their bytes. */
export interface ParsedOrigin {
  readonly path: string;
  readonly previous: { readonly commit: string; readonly path: string } | undefined;
}

/** Lines that git has found the commit of. Line numbers are 1-based. `facts` comes with the first entry of a commit only. */
export interface BlameEntry {
  readonly commit: string;
  readonly originalLine: number;
  readonly line: number;
  readonly count: number;
  readonly origin: ParsedOrigin;
  readonly facts: BlamedCommit | undefined;
}

/** Reads `git blame --incremental` as it arrives. Works on bytes (as latin1 strings): names of files and people may be any. */
export class BlameParser {
  readonly #onEntry: (entry: BlameEntry) => void;
  #rest = '';
  #header: { commit: string; originalLine: number; line: number; count: number } | undefined;
  #facts: Record<string, string | boolean> | undefined;
  #previous: ParsedOrigin['previous'];

  constructor(onEntry: (entry: BlameEntry) => void) {
    this.#onEntry = onEntry;
  }

  push(chunk: Buffer): void {
    const text = this.#rest + chunk.toString('latin1');
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#line(text.slice(from, end));
      from = end + 1;
    }
    this.#rest = text.slice(from);
  }

  #line(line: string): void {
    if (this.#header === undefined) {
      const [commit = '', originalLine, finalLine, count] = line.split(' ');
      this.#header = { commit, originalLine: Number(originalLine), line: Number(finalLine), count: Number(count) };
      return;
    }
    const space = line.indexOf(' ');
    const key = space < 0 ? line : line.slice(0, space);
    const value = space < 0 ? '' : line.slice(space + 1);
    switch (key) {
      case 'filename':
        this.#end(unquote(value));
        break;
      case 'previous': {
        const at = value.indexOf(' ');
        this.#previous = { commit: value.slice(0, at), path: unquote(value.slice(at + 1)) };
        break;
      }
      default:
        this.#facts ??= {};
        this.#facts[key] = key === 'boundary' ? true : value;
    }
  }

  #end(path: string): void {
    const header = this.#header;
    if (header === undefined) return;
    const facts = this.#facts?.['author'] === undefined ? undefined : factsOf(this.#facts);
    const origin = { path, previous: this.#previous };
    this.#header = undefined;
    this.#facts = undefined;
    this.#previous = undefined;
    this.#onEntry({ ...header, origin, facts });
  }
}

function factsOf(raw: Record<string, string | boolean>): BlamedCommit {
  const text = (key: string) => utf8(String(raw[key] ?? ''));
  return {
    author: text('author'),
    authorMail: mail(text('author-mail')),
    authorTime: Number(raw['author-time'] ?? 0),
    authorTz: text('author-tz'),
    committer: text('committer'),
    committerMail: mail(text('committer-mail')),
    committerTime: Number(raw['committer-time'] ?? 0),
    committerTz: text('committer-tz'),
    summary: text('summary'),
    ...(raw['boundary'] === true ? { boundary: true } : {}),
  };
}

/** Git writes `<ada@example.org>`. */
function mail(text: string): string {
  return text.startsWith('<') && text.endsWith('>') ? text.slice(1, -1) : text;
}

/** Text of bytes that came as a latin1 string. */
export function utf8(latin1: string): string {
  for (let index = 0; index < latin1.length; index++) {
    if (latin1.charCodeAt(index) >= 0x80) return Buffer.from(latin1, 'latin1').toString('utf8');
  }
  return latin1;
}
