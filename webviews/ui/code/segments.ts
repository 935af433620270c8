import type { Mark } from './wordDiff.ts';

/** A coloured stretch of a line: `[start, end)` and the colour class, as `highlightLines` gives them. */
export interface Token {
  readonly start: number;
  readonly end: number;
  readonly scope: string;
}

/** A stretch of a line that is drawn in one way. */
export interface Segment {
  readonly text: string;
  readonly scope: string;
  readonly marked: boolean;
  readonly found: boolean;
}

/** Cuts a line where its colour, its word marks or its search hits change. All lists are in order and do not overlap within themselves. */
export function segmentsOf(text: string, tokens: readonly Token[], marks: readonly Mark[], hits: readonly Mark[] = []): Segment[] {
  if (text === '') return [];
  const cuts = new Set<number>([0, text.length]);
  for (const { start, end } of tokens) cuts.add(start).add(end);
  for (const [start, end] of [...marks, ...hits]) cuts.add(start).add(end);
  const places = [...cuts].filter((place) => place <= text.length).sort((a, b) => a - b);
  const segments: Segment[] = [];
  let [token, mark, hit] = [0, 0, 0];
  for (let index = 0; index + 1 < places.length; index++) {
    const [start = 0, end = 0] = [places[index], places[index + 1]];
    while ((tokens[token]?.end ?? Infinity) <= start) token++;
    while ((marks[mark]?.[1] ?? Infinity) <= start) mark++;
    while ((hits[hit]?.[1] ?? Infinity) <= start) hit++;
    const colour = tokens[token];
    segments.push({
      text: text.slice(start, end),
      scope: colour !== undefined && colour.start <= start ? colour.scope : '',
      marked: (marks[mark]?.[0] ?? Infinity) <= start,
      found: (hits[hit]?.[0] ?? Infinity) <= start,
    });
  }
  return segments;
}
