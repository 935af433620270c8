import type { Patch, PatchLine } from './patch.ts';
import type { Token } from './segments.ts';

export interface Colours {
  readonly old: ReadonlyMap<number, readonly Token[]>;
  readonly new: ReadonlyMap<number, readonly Token[]>;
}

/** A difference that can have colours. */
export interface Colourable {
  readonly file: { readonly path: string };
  /** By side and line number; undefined until they were made. */
  colours: Colours | undefined;
}

/** More than this is shown without colours: they would cost more time than reading them is worth. */
const most = { lines: 6000, characters: 400_000, line: 1000 };

type Highlighter = typeof import('./highlight.ts');
let highlighter: Promise<Highlighter> | undefined;

/** Makes the syntax colours of a difference when the page has time, and says when they are there. */
export async function colour(body: Colourable, patch: Patch, onDone: () => void): Promise<void> {
  if (body.colours !== undefined) return;
  body.colours = { old: new Map(), new: new Map() };
  highlighter ??= import('./highlight.ts');
  const { languageOf, highlightLines } = await highlighter;
  const language = languageOf(body.file.path);
  if (language === undefined || tooMuch(patch)) return;
  await idle();
  const made = { old: new Map<number, Token[]>(), new: new Map<number, Token[]>() };
  for (const { lines } of patch.hunks) {
    const sides = [
      ['old', lines.filter(({ type }) => type !== 'added')],
      ['new', lines.filter(({ type }) => type !== 'removed')],
    ] as const;
    for (const [side, shown] of sides) {
      const tokens = highlightLines(shown.map(({ text }) => text).join('\n'), language);
      shown.forEach((line, index) => {
        const number = side === 'old' ? line.oldNumber : line.newNumber;
        const found = tokens[index];
        if (number !== undefined && found !== undefined && found.length > 0) made[side].set(number, found);
      });
    }
  }
  body.colours = made;
  onDone();
}

export function tokensOfLine(colours: Colours | undefined, line: PatchLine): readonly Token[] {
  if (colours === undefined) return [];
  const found = line.newNumber === undefined ? colours.old.get(line.oldNumber ?? 0) : colours.new.get(line.newNumber);
  return found ?? [];
}

function tooMuch(patch: Patch): boolean {
  let [lines, characters] = [0, 0];
  for (const hunk of patch.hunks) {
    lines += hunk.lines.length;
    for (const { text } of hunk.lines) {
      characters += text.length;
      if (text.length > most.line) return true;
    }
  }
  return lines > most.lines || characters > most.characters;
}

function idle(): Promise<void> {
  return new Promise((resolve) => {
    requestIdleCallback(() => resolve(), { timeout: 500 });
  });
}
