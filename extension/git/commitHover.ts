import type { commitCard } from '../../server/protocol/git.ts';
import type { BlamedCommit } from '../../server/protocol/gitTypes.ts';
import type { ResultOf } from '../../server/protocol/message.ts';
import { plain } from './blameFormat.ts';
import { calendarTime, relativeTime } from './relativeTime.ts';

/**
 * The text of a hover over blame. What comes from the repository (names, message, lines) is hostile: it goes through `appendText` and
 * `appendCodeblock` only, so it can neither become a link nor an image nor HTML. `appendMarkdown` gets our own words and addresses.
 */

/** What is used of `vscode.MarkdownString`, so that this file runs outside the editor as well. */
export interface HoverWriter {
  appendText(text: string): unknown;
  appendMarkdown(markdown: string): unknown;
  appendCodeblock(code: string, language: string): unknown;
}

export type CommitCard = ResultOf<typeof commitCard>;

/** A button: our own label (a codicon may be in it) and the command's address. */
export interface HoverLink {
  readonly label: string;
  readonly command: string;
  readonly title: string;
}

export interface HoverInput {
  readonly commit: string;
  /** What blame knows; the card adds the message and the change when it could be had. */
  readonly facts: BlamedCommit;
  readonly card: CommitCard | undefined;
  readonly links: readonly HoverLink[];
  /** Seconds since the epoch. */
  readonly now: number;
  readonly language: string;
  /** Our own words, in the language of the window. */
  readonly words: { readonly committedBy: string; readonly change: string };
  /** Where the commit runs, before the links. */
  readonly places?: (to: HoverWriter) => void;
}

/** Longer messages are cut: a hover is a look, not a reading. */
const most = { messageLines: 24, lineLength: 300, changedLines: 12 };

export function writeCommitHover(to: HoverWriter, input: HoverInput): void {
  const { facts, card, now, language } = input;
  to.appendMarkdown('**');
  to.appendText(inert(plain(facts.author)) || '?');
  to.appendMarkdown('**, ');
  to.appendText(relativeTime(facts.authorTime, now, language));
  to.appendMarkdown(' (');
  to.appendText(calendarTime(facts.authorTime, language));
  to.appendMarkdown(') \u00a0`');
  // An object id is hex: the contract says so, and `safeId` makes sure.
  to.appendMarkdown(`${safeId(input.commit).slice(0, 8)}\``);
  if (facts.committer !== '' && facts.committer !== facts.author) {
    to.appendMarkdown(`  \n${input.words.committedBy} `);
    to.appendText(inert(plain(facts.committer)));
    to.appendMarkdown(', ');
    to.appendText(relativeTime(facts.committerTime, now, language));
  }
  to.appendMarkdown('\n\n');
  writeMessage(to, card?.message ?? facts.summary, card?.issues ?? []);
  if (card?.change !== undefined) writeChange(to, card.change, input.words.change);
  input.places?.(to);
  writeLinks(to, input.links);
}

export function writeLinks(to: HoverWriter, links: readonly HoverLink[]): void {
  if (links.length === 0) return;
  to.appendMarkdown('\n\n---\n\n');
  to.appendMarkdown(
    links.map(({ label, command, title }) => `[${label}](${command} "${title.replace(/["\\]/g, '')}")`).join(' \u00a0 \u00a0'),
  );
}

function safeId(id: string): string {
  return /^[0-9a-f]+$/.test(id) ? id : '';
}

function writeMessage(to: HoverWriter, message: string, issues: CommitCard['issues']): void {
  const lines = message.replace(/\s+$/, '').split('\n');
  const links = issues.filter(({ url }) => isHttps(url)).sort((a, b) => a.start - b.start);
  let offset = 0;
  for (const [index, line] of lines.slice(0, most.messageLines).entries()) {
    if (index > 0) to.appendMarkdown(line.trim() === '' ? '\n\n' : '  \n');
    writeLine(to, line, offset, links);
    offset += line.length + 1;
  }
  if (lines.length > most.messageLines) to.appendMarkdown('  \n…');
}

/** One line of a message; `offset` is where it starts in the whole. */
function writeLine(to: HoverWriter, line: string, offset: number, links: CommitCard['issues']): void {
  const shown = line.slice(0, most.lineLength);
  // A zero-width space in front: otherwise `1.` or `===` would make lists and headings of a message.
  if (shown.trim() !== '') to.appendText('\u200b');
  let at = 0;
  for (const { start, end, url } of links) {
    const from = start - offset;
    const to_ = end - offset;
    if (from < at || to_ > shown.length || to_ <= from) continue;
    writeWords(to, shown.slice(at, from));
    to.appendMarkdown('[');
    to.appendText(inert(plain(shown.slice(from, to_))));
    to.appendMarkdown(`](${escapeAddress(url)})`);
    at = to_;
  }
  writeWords(to, shown.slice(at));
  if (line.length > shown.length) to.appendMarkdown('…');
}

/** `appendText` makes spaces unbreakable; between words they are written as our own so that long lines wrap. */
function writeWords(to: HoverWriter, text: string): void {
  for (const part of plain(text).split(/( +|https:\/\/[^\s<>"'`()[\]]+)/)) {
    if (part === '') continue;
    if (part === ' ') to.appendMarkdown(' ');
    else if (part.startsWith('https://') && isHttps(part)) writeAddress(to, part);
    else to.appendText(inert(part));
  }
}

/** An address in a message leads where it says. */
function writeAddress(to: HoverWriter, url: string): void {
  to.appendMarkdown('[');
  to.appendText(url);
  to.appendMarkdown(`](${escapeAddress(url)})`);
}

/** What Markdown finds without any brackets (tags, `www.`, mail addresses, other schemes) is cut by a character of no width. */
function inert(text: string): string {
  return text.replace(/<|www|@|:(?=\/\/)/gi, (found) => `${found}\u200b`);
}

function writeChange(to: HoverWriter, change: NonNullable<CommitCard['change']>, title: string): void {
  const marked = [...change.before.map((line) => `- ${line}`), ...change.after.map((line) => `+ ${line}`)].map((line) => plainCode(line));
  if (marked.length === 0) return;
  to.appendMarkdown(`\n\n${title}\n`);
  to.appendCodeblock(marked.slice(0, most.changedLines).join('\n') + (marked.length > most.changedLines ? '\n…' : ''), 'diff');
}

function plainCode(line: string): string {
  return plain(line.replaceAll('\t', '    ')).slice(0, most.lineLength);
}

function isHttps(url: string): boolean {
  try {
    return new URL(url).protocol === 'https:';
  } catch {
    return false;
  }
}

/** An address that cannot end its Markdown link early. */
function escapeAddress(url: string): string {
  return new URL(url).href.replace(/[()<>\s"'\\[\]`*_]/g, (char) =>
    char === '_' ? '_' : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** The address of a command with one argument. Repository text in the argument (a path) is encoded to the last bracket. */
export function commandAddress(command: string, argument: unknown): string {
  const encoded = encodeURIComponent(JSON.stringify([argument])).replace(
    /[!'()*~_]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `command:${command}?${encoded}`;
}
