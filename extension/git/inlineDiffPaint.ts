import {
  ColorThemeKind,
  type DecorationOptions,
  type DecorationRenderOptions,
  l10n,
  MarkdownString,
  OverviewRulerLane,
  Range,
  type TextEditor,
  type TextEditorDecorationType,
  ThemeColor,
  type Uri,
  window,
} from 'vscode';
import { Registered } from '../ui/disposable.ts';
import { type Hunk, hunkKind, hunkLines } from './inlineDiffHunks.ts';

/** Commands that our hovers link to; nothing else in them is ever a link. */
const linked = [
  'hearth.git.revertInlineChange',
  'hearth.git.nextInlineChange',
  'hearth.git.previousInlineChange',
  'hearth.git.clearInlineDiff',
];
/** Old lines shown in a hover; the native diff has the rest. */
const shownLines = 60;

type Kind = ReturnType<typeof hunkKind>;

/** Paints hunks in editors: tint, gutter and ruler colours of the theme's own diff editor; removed text as a mark with a hover. */
export class InlineDiffPaint extends Registered {
  #types: Record<Kind | 'removedAtEnd', TextEditorDecorationType>;
  #contrast = isHighContrast();

  constructor(repaint: () => void) {
    super();
    this.#types = makeTypes(this.#contrast);
    this.register(
      window.onDidChangeActiveColorTheme(() => {
        if (isHighContrast() === this.#contrast) return;
        this.#disposeTypes();
        this.#contrast = isHighContrast();
        this.#types = makeTypes(this.#contrast);
        repaint();
      }),
    );
    this.register({ dispose: () => this.#disposeTypes() });
  }

  /** Shows these hunks in an editor, none to clear. */
  paint(editor: TextEditor, hunks: readonly Hunk[], against: string): void {
    const { document } = editor;
    const options: Record<Kind | 'removedAtEnd', DecorationOptions[]> = { added: [], changed: [], removed: [], removedAtEnd: [] };
    for (const hunk of hunks) {
      const { first, last } = hunkLines(hunk, document.lineCount);
      const kind = hunkKind(hunk);
      const atEnd = kind === 'removed' && hunk.newStart > document.lineCount;
      const range = new Range(first, 0, last, document.lineAt(last).text.length);
      options[atEnd ? 'removedAtEnd' : kind].push({
        range,
        hoverMessage: hover(hunk, against, document.languageId, document.uri, first),
        ...(kind === 'removed' ? { renderOptions: { after: { contentText: removedText(hunk) } } } : {}),
      });
    }
    for (const [kind, type] of Object.entries(this.#types)) editor.setDecorations(type, options[kind as Kind]);
  }

  #disposeTypes(): void {
    for (const type of Object.values(this.#types)) type.dispose();
  }
}

function isHighContrast(): boolean {
  const { kind } = window.activeColorTheme;
  return kind === ColorThemeKind.HighContrast || kind === ColorThemeKind.HighContrastLight;
}

function makeTypes(contrast: boolean): Record<Kind | 'removedAtEnd', TextEditorDecorationType> {
  const inserted: DecorationRenderOptions = {
    isWholeLine: true,
    backgroundColor: new ThemeColor('diffEditor.insertedLineBackground'),
    overviewRulerLane: OverviewRulerLane.Full,
    // High contrast themes have no tint, only this colour; other themes have none of it.
    ...(contrast ? { borderColor: new ThemeColor('diffEditor.insertedTextBorder'), borderStyle: 'solid', borderWidth: '0 0 0 4px' } : {}),
  };
  const removed = (edge: string): DecorationRenderOptions => ({
    isWholeLine: true,
    overviewRulerLane: OverviewRulerLane.Full,
    overviewRulerColor: new ThemeColor('editorOverviewRuler.deletedForeground'),
    borderColor: new ThemeColor('editorGutter.deletedBackground'),
    borderStyle: 'solid',
    borderWidth: edge,
    after: { color: new ThemeColor('descriptionForeground'), margin: '0 0 0 3em', fontStyle: 'italic' },
  });
  return {
    added: window.createTextEditorDecorationType({
      ...inserted,
      overviewRulerColor: new ThemeColor('editorOverviewRuler.addedForeground'),
    }),
    changed: window.createTextEditorDecorationType({
      ...inserted,
      overviewRulerColor: new ThemeColor('editorOverviewRuler.modifiedForeground'),
    }),
    removed: window.createTextEditorDecorationType(removed('2px 0 0 0')),
    removedAtEnd: window.createTextEditorDecorationType(removed('0 0 2px 0')),
  };
}

/** The text twin of the mark: colour alone never says it. */
function removedText({ oldLines }: Hunk): string {
  return oldLines.length === 1 ? l10n.t('− 1 line removed') : l10n.t('− {0} lines removed', oldLines.length);
}

/** What was here before, and what can be done. Repository text stands in a code block or went through `appendText`. */
function hover(hunk: Hunk, against: string, languageId: string, uri: Uri, line: number): MarkdownString {
  const text = new MarkdownString('', true);
  text.isTrusted = { enabledCommands: linked };
  const kind = hunkKind(hunk);
  const heading =
    kind === 'added'
      ? l10n.t('Added since {0}', against)
      : kind === 'removed'
        ? l10n.t('Removed since {0}', against)
        : l10n.t('Changed since {0}', against);
  const place = [{ uri: uri.toString(), line }];
  const link = (icon: string, title: string, command: string): string =>
    `[$(${icon}) ${title}](command:${command}?${encodeURIComponent(JSON.stringify(place))})`;
  const links = [
    link('discard', l10n.t('Revert'), 'hearth.git.revertInlineChange'),
    link('arrow-up', l10n.t('Previous'), 'hearth.git.previousInlineChange'),
    link('arrow-down', l10n.t('Next'), 'hearth.git.nextInlineChange'),
    link('close', l10n.t('Clear'), 'hearth.git.clearInlineDiff'),
  ];
  // The links stand before the text: that may be long, and the hover then scrolls.
  text.appendText(heading).appendMarkdown(` &nbsp;&nbsp; ${links.join(' &nbsp; ')}\n`);
  if (hunk.oldLines.length > 0) {
    text.appendCodeblock(hunk.oldLines.slice(0, shownLines).join('\n'), languageId);
    const left = hunk.oldLines.length - shownLines;
    if (left > 0) text.appendText(l10n.t('… and {0} more lines', left));
  }
  return text;
}
