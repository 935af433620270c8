import {
  type DecorationOptions,
  DecorationRangeBehavior,
  env,
  l10n,
  OverviewRulerLane,
  Range,
  type TextEditor,
  ThemeColor,
  window,
} from 'vscode';
import { Registered } from '../ui/disposable.ts';
import { gutterRow, gutterWidth } from './blameGutter.ts';
import { heatThreshold } from './blameSettings.ts';
import { type BlameTable, isUncommitted } from './blameTable.ts';
import { heatColour } from './heat.ts';

/** Above this many lines only those in view, and so many around them, carry a decoration. */
const whole = 2500;
const margin = 150;

/** What a gutter row looks like; 0-based line. For tests, because an editor does not tell its decorations. */
export interface ShownRow {
  readonly line: number;
  readonly text: string;
  readonly colour: string;
}

/** Draws the gutter of editors: one decoration type for the rows and one for the lines of the current commit, however large the file. */
export class FileBlameView extends Registered {
  readonly #rows = this.register(
    window.createTextEditorDecorationType({
      rangeBehavior: DecorationRangeBehavior.ClosedOpen,
      before: {
        width: `${gutterWidth + 3}ch`,
        margin: '0 1.5ch 0 0',
        color: new ThemeColor('hearth.git.blameForeground'),
        backgroundColor: new ThemeColor('hearth.git.blameBackground'),
        fontStyle: 'normal',
        fontWeight: 'normal',
        // The only way to a border on one side: other properties ride along in a declaration of the interface's own.
        textDecoration:
          'none; border-width: 0 3px 0 0; border-style: solid; box-sizing: border-box; overflow: hidden; vertical-align: top; white-space: pre; padding-left: 1ch',
      },
    }),
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
  readonly #shown = new Map<TextEditor, ShownRow[]>();
  readonly #highlighted = new Map<TextEditor, { commit: string; lines: number }>();

  /** Rows of an editor as last drawn. */
  shown(editor: TextEditor): readonly ShownRow[] {
    return this.#shown.get(editor) ?? [];
  }

  highlighted(editor: TextEditor): { commit: string; lines: number } | undefined {
    return this.#highlighted.get(editor);
  }

  /** Whether scrolling needs another drawing. */
  partial(editor: TextEditor): boolean {
    return editor.document.lineCount > whole;
  }

  draw(editor: TextEditor, table: BlameTable): void {
    const { lineCount } = editor.document;
    const spans = this.partial(editor) ? spansInView(editor, lineCount) : [[1, lineCount] as const];
    const input = {
      now: Date.now() / 1000,
      language: env.language,
      threshold: heatThreshold(editor.document),
      uncommitted: l10n.t('Uncommitted'),
    };
    const texts = new Map<string, ReturnType<typeof gutterRow>>();
    const decorations: DecorationOptions[] = [];
    const shown: ShownRow[] = [];
    for (const [first, last] of spans) {
      for (let line = first; line <= last; line++) {
        const commit = table.commitAt(line);
        const facts = commit === undefined ? undefined : table.commits.get(commit);
        let text = '';
        let colour = 'hearth.git.blameBackground';
        if (commit !== undefined && facts !== undefined) {
          let row = texts.get(commit);
          if (row === undefined) {
            row = gutterRow(commit, facts, input);
            texts.set(commit, row);
          }
          // The first line in view carries the text too, when its group starts above.
          if (line === first || table.commitAt(line - 1) !== commit) text = row.text;
          colour = heatColour(row.heat);
        }
        decorations.push(rowDecoration(line - 1, text, colour));
        shown.push({ line: line - 1, text, colour });
      }
    }
    editor.setDecorations(this.#rows, decorations);
    this.#shown.set(editor, shown);
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
    editor.setDecorations(this.#rows, []);
    editor.setDecorations(this.#same, []);
    this.#shown.delete(editor);
    this.#highlighted.delete(editor);
  }

  /** Editors that are no longer visible are gone: VS Code makes new ones when they come back. */
  keep(visible: readonly TextEditor[]): void {
    for (const map of [this.#shown, this.#highlighted]) {
      for (const editor of map.keys()) if (!visible.includes(editor)) map.delete(editor);
    }
  }
}

function rowDecoration(line: number, text: string, colour: string): DecorationOptions {
  // An empty text would draw nothing at all, and the column would collapse.
  return {
    range: new Range(line, 0, line, 0),
    renderOptions: { before: { contentText: text === '' ? '\u00a0' : text, borderColor: new ThemeColor(colour) } },
  };
}

/** 1-based lines in view with their margin, joined where they touch. */
function spansInView(editor: TextEditor, lineCount: number): (readonly [number, number])[] {
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
