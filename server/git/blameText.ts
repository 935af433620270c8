import { decodeText } from './textDecoding.ts';

/**
 * A text as an editor shows it, and git's lines in it: an editor breaks lines at CR LF, LF and a lone CR, git only at the byte LF.
 * Both counts are 0-based here; −1 is no line of git's (the empty last line of an editor).
 */
export interface EditorText {
  /** Without line ends. A last line that has no end is another line to git than one that has: it carries a mark. */
  readonly lines: readonly string[];
  /** By editor line. */
  readonly gitLine: readonly number[];
  readonly gitLineCount: number;
}

/** No text has this in a line: NUL would make it binary. */
const unended = '\0';

const lineEnd = /\r\n|\n|\r/g;

export function splitEditorText(text: string): EditorText {
  const lines: string[] = [];
  const gitLine: number[] = [];
  let from = 0;
  let git = 0;
  for (const match of text.matchAll(lineEnd)) {
    lines.push(text.slice(from, match.index));
    gitLine.push(git);
    if (match[0] !== '\r') git++;
    from = match.index + match[0].length;
  }
  const last = text.slice(from);
  const ended = last === '' && !text.endsWith('\r');
  lines.push(last === '' ? '' : last + unended);
  gitLine.push(ended || (last === '' && lines.length === 1) ? -1 : git);
  return { lines, gitLine, gitLineCount: ended ? git : git + 1 };
}

/** The text of one line of a document, in the form that `splitEditorText` gives lines. */
export function editorLine(text: string, isLast: boolean): string {
  return isLast && text !== '' ? text + unended : text;
}

/** The text of a file's bytes. `exact` says that no byte was lost on the way. */
export function editorTextOf(data: Buffer): { text: EditorText; exact: boolean } {
  const decoded = decodeText(data);
  return { text: splitEditorText(decoded), exact: !decoded.includes('\ufffd') };
}

/** Lines without what another decoding of the same bytes may show differently. */
export function asciiOnly(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/[^\0-\x7f]+/g, '?'));
}
