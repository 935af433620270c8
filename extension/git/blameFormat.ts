import type { BlamedCommit } from '../../server/protocol/gitTypes.ts';
import { calendarDate, relativeTime } from './relativeTime.ts';

/** Templates of blame texts: `${author}, ${ago} · ${summary|50}`. Pure: what it needs of the window comes as arguments. */

export const tokens = ['author', 'mail', 'ago', 'date', 'summary', 'id', 'live'] as const;
type Token = (typeof tokens)[number];

export interface FormatInput {
  readonly id: string;
  readonly commit: BlamedCommit;
  /** Seconds since the epoch. */
  readonly now: number;
  readonly language: string;
  /** Where the commit runs; left out where that is not known or not wanted. */
  readonly live?: string;
}

/** Fills a template. An unknown token stays as it is written, so that its author sees the slip; `|N` cuts to N columns. */
export function formatBlame(template: string, input: FormatInput): string {
  const filled = template.replace(/\$\{(\w+)(?:\|(\d+))?\}/g, (written, name: string, width: string | undefined) => {
    if (!isToken(name)) return written;
    const value = plain(valueFor(name, input));
    return width === undefined ? value : clip(value, Number(width));
  });
  // A commit without a summary or an author leaves its separator behind.
  return filled.replace(/^[\s·•,;|–—-]+|[\s·•,;|–—-]+$/g, '');
}

function isToken(name: string): name is Token {
  return (tokens as readonly string[]).includes(name);
}

function valueFor(token: Token, { id, commit, now, language, live = '' }: FormatInput): string {
  switch (token) {
    case 'author':
      return commit.author;
    case 'mail':
      return commit.authorMail.replace(/^<|>$/g, '');
    case 'ago':
      return relativeTime(commit.authorTime, now, language);
    case 'date':
      return calendarDate(commit.authorTime, language);
    case 'summary':
      return commit.summary;
    case 'id':
      return id.slice(0, 8);
    case 'live':
      return live;
  }
}

/** One line without control characters, and without the marks that turn the writing direction: an author could reorder what is shown. */
export function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const ascii = /^[\x20-\x7e]*$/;

/** Columns of a monospaced font. */
export function columns(text: string): number {
  if (ascii.test(text)) return text.length;
  let sum = 0;
  for (const { segment } of segmenter.segment(text)) sum += wide.test(segment) ? 2 : 1;
  return sum;
}

/** Cuts to a number of columns, never inside a character, with an ellipsis where something is missing. */
export function clip(text: string, width: number): string {
  if (columns(text) <= width) return text;
  if (ascii.test(text)) return width < 1 ? '' : `${text.slice(0, width - 1).trimEnd()}…`;
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    used += wide.test(segment) ? 2 : 1;
    if (used > width - 1) break;
    kept += segment;
  }
  return width < 1 ? '' : `${kept.trimEnd()}…`;
}

/** Exactly `width` columns: cut, or filled with spaces. */
export function padded(text: string, width: number, align: 'start' | 'end' = 'start'): string {
  const cut = clip(text, width);
  const space = '\u00a0'.repeat(Math.max(0, width - columns(cut)));
  return align === 'start' ? cut + space : space + cut;
}
