import {
  type DecorationOptions,
  DecorationRangeBehavior,
  env,
  l10n,
  OverviewRulerLane,
  Range,
  type TextEditor,
  type TextEditorDecorationType,
  ThemeColor,
  window,
} from 'vscode';
import { Registered } from '../ui/disposable.ts';
import { gutterText, gutterWidth } from './blameGutter.ts';
import { heatThreshold } from './blameSettings.ts';
import { type BlameTable, isUncommitted } from './blameTable.ts';
import { heatColour, heatOf, heatSteps } from './heat.ts';

/**
 * Draws the gutter of editors in two layers. The column (ground, width, heat) stands before every line and needs one decoration type per heat,
 * however large the file. The words lie over it without taking room; each is a style rule of its own in VS Code, which is slow, so only lines
 * in view and near it have them, and scrolling moves nothing.
 */

/** Lines beyond which words, or even the column, are drawn only so far around the view. */
const limits = { words: { whole: 500, margin: 60 }, column: { whole: 20_000, margin: 2000 } } as const;
/** Lines of words left beside the view at which scrolling fetches more. */
const reserve = 20;

const columnWidth = `${gutterWidth + 3}ch`;
/** Other properties ride along in a declaration of the interface's own: the only way to a border on one side, or to a layer. */
const columnStyle = 'none; border-width: 0 3px 0 0; border-style: solid; box-sizing: border-box; height: 100%; vertical-align: top';
const wordsStyle = `none; position: absolute; left: 0; top: 0; width: ${columnWidth}; box-sizing: border-box; overflow: hidden; white-space: pre; padding-left: 1ch; pointer-events: none`;

/** What a gutter row looks like; 0-based line. For tests, because an editor does not tell its decorations. */
export interface ShownRow {
  readonly line: number;
  readonly text: string;
  readonly colour: string;
}

interface Drawn {
  /** 1-based lines that have words. */
  readonly words: readonly (readonly [number, number])[];
  readonly rows: readonly ShownRow[];
  readonly columns: number;
}

export class FileBlameView extends Registered {
  readonly #words = this.register(
    window.createTextEditorDecorationType({
      rangeBehavior: DecorationRangeBehavior.ClosedOpen,
      before: {
        color: new ThemeColor('hearth.git.blameForeground'),
        fontStyle: 'normal',
        fontWeight: 'normal',
        textDecoration: wordsStyle,
      },
    }),
  );
  /** By heat; the last ones are lines without a commit and lines not known yet. */
  readonly #columns: ReadonlyMap<string, TextEditorDecorationType> = new Map(
    [...Array.from({ length: heatSteps }, (_, step) => heatColour(step)), heatColour(undefined), unknown].map((colour) => [
      colour,
      this.register(columnType(colour)),
    ]),
  );
  readonly #same = this.register(
    window.createTextEditorDecorationType({
      isWholeLine: true,
      rangeBehavior: DecorationRangeBehavior.ClosedClosed,
      backgroundColor: new ThemeColor('hearth.git.blameHighlightBackground'),
      overviewRulerColor: new ThemeColor('hearth.git.blameRuler'),
      overviewRulerLane: OverviewRulerLane.Left,
    }),
  );
  readonly #drawn = new Map<TextEditor, Drawn>();
  readonly #highlighted = new Map<TextEditor, { commit: string; lines: number }>();

  /** Rows of an editor that have words, and how many lines have the column, as last drawn. */
  shown(editor: TextEditor): { rows: readonly ShownRow[]; columns: number } {
    return this.#drawn.get(editor) ?? { rows: [], columns: 0 };
  }

  highlighted(editor: TextEditor): { commit: string; lines: number } | undefined {
    return this.#highlighted.get(editor);
  }

  /** Everything: the blame is new, or the text. */
  draw(editor: TextEditor, table: BlameTable): void {
    const { lineCount } = editor.document;
    const lines = new Map<string, Range[]>([...this.#columns.keys()].map((colour) => [colour, []]));
    const colours = coloursOf(editor, table);
    let columns = 0;
    for (const [first, last] of around(editor, lineCount, limits.column)) {
      for (let line = first; line <= last; line++) {
        lines.get(colours(line))?.push(new Range(line - 1, 0, line - 1, 0));
        columns++;
      }
    }
    for (const [colour, type] of this.#columns) editor.setDecorations(type, lines.get(colour) ?? []);
    this.#drawWords(editor, table, columns);
  }

  /** After scrolling: only what is missing. */
  follow(editor: TextEditor, table: BlameTable): void {
    const drawn = this.#drawn.get(editor);
    const { lineCount } = editor.document;
    if (drawn === undefined || lineCount <= limits.words.whole) return;
    const near = { whole: 0, margin: reserve };
    const missing = around(editor, lineCount, near).some(([first, last]) => !drawn.words.some(([from, to]) => from <= first && last <= to));
    if (!missing) return;
    if (lineCount > limits.column.whole) this.draw(editor, table);
    else this.#drawWords(editor, table, drawn.columns);
  }

  #drawWords(editor: TextEditor, table: BlameTable, columns: number): void {
    const words = around(editor, editor.document.lineCount, limits.words);
    const colours = coloursOf(editor, table);
    const input = { now: Date.now() / 1000, language: env.language, uncommitted: l10n.t('Uncommitted') };
    const known = new Map<string, string>();
    const decorations: DecorationOptions[] = [];
    const rows: ShownRow[] = [];
    for (const [first, last] of words) {
      for (let line = first; line <= last; line++) {
        const commit = table.commitAt(line);
        const facts = commit === undefined ? undefined : table.commits.get(commit);
        // A group says its words once; a group that starts above the first line says them there.
        const starts = line === first || table.commitAt(line - 1) !== commit;
        let text = '';
        if (commit !== undefined && facts !== undefined && starts) {
          text = known.get(commit) ?? gutterText(commit, facts, input);
          known.set(commit, text);
          decorations.push({ range: new Range(line - 1, 0, line - 1, 0), renderOptions: { before: { contentText: text } } });
        }
        rows.push({ line: line - 1, text, colour: colours(line) });
      }
    }
    editor.setDecorations(this.#words, decorations);
    this.#drawn.set(editor, { words, rows, columns });
  }

  /** Marks every line of the commit that the cursor is on. */
  highlight(editor: TextEditor, table: BlameTable): void {
    const commit = table.commitAt(editor.selection.active.line + 1);
    const before = this.#highlighted.get(editor);
    const spans = commit === undefined || isUncommitted(commit) ? [] : table.spansOf(commit);
    const lines = spans.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    if (before?.commit === commit && before?.lines === lines) return;
    editor.setDecorations(
      this.#same,
      spans.map(([first, last]) => new Range(first - 1, 0, last - 1, 0)),
    );
    this.#highlighted.set(editor, { commit: commit ?? '', lines });
  }

  clear(editor: TextEditor): void {
    for (const type of [this.#words, this.#same, ...this.#columns.values()]) editor.setDecorations(type, []);
    this.#drawn.delete(editor);
    this.#highlighted.delete(editor);
  }

  /** Editors that are no longer visible are gone: VS Code makes new ones when they come back. */
  keep(visible: readonly TextEditor[]): void {
    for (const map of [this.#drawn, this.#highlighted]) {
      for (const editor of map.keys()) if (!visible.includes(editor)) map.delete(editor);
    }
  }
}

const unknown = 'hearth.git.blameBackground';

function columnType(colour: string): TextEditorDecorationType {
  return window.createTextEditorDecorationType({
    rangeBehavior: DecorationRangeBehavior.ClosedOpen,
    before: {
      // Without any text there would be no column.
      contentText: '\u00a0',
      width: columnWidth,
      margin: '0 1.5ch 0 0',
      backgroundColor: new ThemeColor('hearth.git.blameBackground'),
      borderColor: new ThemeColor(colour),
      textDecoration: columnStyle,
    },
  });
}

/** The colour of a 1-based line. */
function coloursOf(editor: TextEditor, table: BlameTable): (line: number) => string {
  const now = Date.now() / 1000;
  const threshold = heatThreshold(editor.document);
  const known = new Map<string, string>();
  return (line) => {
    const commit = table.commitAt(line);
    if (commit === undefined) return unknown;
    let colour = known.get(commit);
    if (colour === undefined) {
      const facts = table.commits.get(commit);
      colour = isUncommitted(commit)
        ? heatColour(undefined)
        : facts === undefined
          ? unknown
          : heatColour(heatOf(facts.authorTime, now, threshold));
      known.set(commit, colour);
    }
    return colour;
  };
}

/** 1-based lines in view with a margin, joined where they touch; all lines of a document that is small enough. */
function around(
  editor: TextEditor,
  lineCount: number,
  { whole, margin }: { whole: number; margin: number },
): (readonly [number, number])[] {
  if (lineCount <= whole) return [[1, lineCount]];
  const spans: [number, number][] = [];
  for (const { start, end } of editor.visibleRanges) {
    const first = Math.max(1, start.line + 1 - margin);
    const last = Math.min(lineCount, end.line + 1 + margin);
    const previous = spans.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else spans.push([first, last]);
  }
  return spans;
}
