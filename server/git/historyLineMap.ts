import { diffArrays } from 'diff';

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Edits beyond which looking for the best match of lines would take longer than a person waits. */
const maximumEdits = 5000;

/**
 * Lines of a text, found in an older text: the span of the lines that are equal in both. Both 1-based, inclusive. Undefined when none of
 * the lines is in the older text. Line ends are compared loosely: an editor may show LF where the file has CRLF.
 */
export function mapLines(text: string, older: string, range: Range): Range | undefined {
  const now = linesOf(text);
  const then = linesOf(older);
  let top = 0;
  while (top < now.length && top < then.length && now[top] === then[top]) top++;
  let bottom = 0;
  while (bottom < now.length - top && bottom < then.length - top && now[now.length - 1 - bottom] === then[then.length - 1 - bottom])
    bottom++;
  const shift = then.length - now.length;
  let start: number | undefined;
  let end: number | undefined;
  const note = (line: number) => {
    start ??= line;
    end = line;
  };
  const first = Math.min(range.start, now.length);
  const last = Math.min(range.end, now.length);
  for (let line = first; line <= Math.min(last, top); line++) note(line);
  if (first <= now.length - bottom && last > top) {
    const changes = diffArrays(then.slice(top, then.length - bottom), now.slice(top, now.length - bottom), { maxEditLength: maximumEdits });
    let oldLine = top + 1;
    let newLine = top + 1;
    for (const { added, removed, count } of changes ?? []) {
      if (!added && !removed) {
        for (let index = 0; index < count; index++) if (newLine + index >= first && newLine + index <= last) note(oldLine + index);
      }
      if (!added) oldLine += count;
      if (!removed) newLine += count;
    }
  }
  for (let line = Math.max(first, now.length - bottom + 1); line <= last; line++) note(line + shift);
  return start === undefined || end === undefined ? undefined : { start, end };
}

/** Lines without their ends; a final newline begins no further line. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
