import type { BlamedCommit } from '../../server/protocol/gitTypes.ts';
import { padded, plain } from './blameFormat.ts';
import { isUncommitted } from './blameTable.ts';
import { heatOf } from './heat.ts';
import { relativeTime } from './relativeTime.ts';

/** The text of a gutter row: fixed columns, so that nothing moves when rows arrive. */

export const gutterColumns = { author: 15, ago: 8, summary: 24 } as const;

/** Columns of a whole row, the gaps between its parts included. */
export const gutterWidth = gutterColumns.author + gutterColumns.ago + gutterColumns.summary + 2;

export interface GutterRow {
  readonly text: string;
  /** 0 fresh to 9 oldest; undefined for lines without a commit. */
  readonly heat: number | undefined;
}

export interface GutterInput {
  readonly now: number;
  readonly language: string;
  /** Days. */
  readonly threshold: number;
  readonly uncommitted: string;
}

/** First line of a group; the lines below it repeat only the heat. */
export function gutterRow(commit: string, facts: BlamedCommit, input: GutterInput): GutterRow {
  if (isUncommitted(commit)) return { text: padded(input.uncommitted, gutterWidth), heat: undefined };
  const author = padded(plain(facts.author), gutterColumns.author);
  const summary = padded(plain(facts.summary), gutterColumns.summary);
  const ago = padded(relativeTime(facts.authorTime, input.now, input.language, 'narrow'), gutterColumns.ago, 'end');
  return { text: `${author}\u00a0${summary}\u00a0${ago}`, heat: heatOf(facts.authorTime, input.now, input.threshold) };
}
