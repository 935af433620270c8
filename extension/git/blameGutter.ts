import type { BlamedCommit } from '../../server/protocol/gitTypes.ts';
import { padded, plain } from './blameFormat.ts';
import { isUncommitted } from './blameTable.ts';
import { relativeTime } from './relativeTime.ts';

/** The text of a gutter row: fixed columns, so that nothing moves when rows arrive. */

export const gutterColumns = { author: 15, ago: 8, summary: 24 } as const;

/** Columns of a whole row, the gaps between its parts included. */
export const gutterWidth = gutterColumns.author + gutterColumns.ago + gutterColumns.summary + 2;

export interface GutterInput {
  readonly now: number;
  readonly language: string;
  readonly uncommitted: string;
}

/** What the first line of a group says. */
export function gutterText(commit: string, facts: BlamedCommit, input: GutterInput): string {
  if (isUncommitted(commit)) return padded(input.uncommitted, gutterWidth);
  const author = padded(plain(facts.author), gutterColumns.author);
  const summary = padded(plain(facts.summary), gutterColumns.summary);
  const ago = padded(relativeTime(facts.authorTime, input.now, input.language, 'narrow'), gutterColumns.ago, 'end');
  return `${author}\u00a0${summary}\u00a0${ago}`;
}
