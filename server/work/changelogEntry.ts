import { fenceAfter } from './changelogFragment.ts';

const bullet = /^[-*+](?:[ \t]|$)/;

/**
 * The lines of an entry in the change log: bullets, everything else indented below them, so that nothing in the text (an open fence, HTML)
 * reaches what follows. `(#12)` ends the first paragraph of each bullet unless the entry names the item already.
 */
export function entryLines(text: string, item: number | undefined): string[] {
  const lines = text.split('\n');
  const shaped = bullet.test(lines[0] ?? '') ? underBullets(lines) : lines.map((line, at) => (at === 0 ? `- ${line}` : indented(line)));
  if (item === undefined || new RegExp(`#${item}(?!\\d)`).test(text)) return shaped;
  return withNumber(shaped, `(#${item})`);
}

/** Text that is a list already: its top bullets stay, what is not indented goes below the bullet before it. */
function underBullets(lines: readonly string[]): string[] {
  let fence: string | undefined;
  let shift = false;
  return lines.map((line) => {
    if (fence === undefined) {
      shift = !bullet.test(line) && !/^(?: {2}|\t)/.test(line);
      fence = fenceAfter(undefined, line.trimStart());
    } else fence = fenceAfter(fence, line.trimStart());
    return shift ? indented(line) : line;
  });
}

function indented(line: string): string {
  return line.trim() === '' ? '' : `  ${line}`;
}

function withNumber(lines: readonly string[], number: string): string[] {
  const result = [...lines];
  for (let at = result.length - 1; at >= 0; at--) {
    if (!bullet.test(result[at] ?? '')) continue;
    const last = endOfParagraph(result, at);
    if (last === undefined) result.splice(blockEnd(result, at), 0, '', `  ${number}`);
    else result[last] = `${(result[last] ?? '').replace(/(?:\s|\\)+$/, '')} ${number}`;
  }
  return result;
}

/** The last line of the paragraph that begins with a bullet; undefined when it begins with something that cannot be written behind. */
function endOfParagraph(lines: readonly string[], start: number): number | undefined {
  const first = (lines[start] ?? '').replace(/^[-*+][ \t]*/, '');
  if (first === '' || /^(?:`{3}|~{3}|[<|>]|\t| {4}|[-*+] |\d+[.)] |#{4,6} )/.test(first)) return undefined;
  let last = start;
  while (last + 1 < lines.length && /^\s+[^\s<|>`~*+\-#\d]/.test(lines[last + 1] ?? '') && !/^\s*={2,}\s*$/.test(lines[last + 1] ?? ''))
    last++;
  return last;
}

function blockEnd(lines: readonly string[], start: number): number {
  let end = start + 1;
  while (end < lines.length && !bullet.test(lines[end] ?? '')) end++;
  while (end > start + 1 && lines[end - 1] === '') end--;
  return end;
}
