import { DecorationRangeBehavior, env, l10n, Range, type TextEditor, ThemeColor, window, workspace } from 'vscode';
import type { LivePlaces } from '../deploy/wherePlaces.ts';
import { badgesText } from '../deploy/whereWords.ts';
import type { CommandTable } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import type { CurrentLine, CurrentLineBlame } from './blameCurrent.ts';
import { formatBlame } from './blameFormat.ts';
import { lineFormat, lineMode } from './blameSettings.ts';
import type { LineBlame } from './blameSource.ts';
import { isUncommitted } from './blameTable.ts';

/** What stands behind the current line; 0-based line. */
export interface Annotation {
  readonly uri: string;
  readonly line: number;
  readonly text: string;
}

/** The words of an annotation; `live` says where the commit runs. */
export function annotationOf(blame: LineBlame, format: string, live = ''): string {
  if (isUncommitted(blame.commit)) return l10n.t('Uncommitted');
  return formatBlame(format, { id: blame.commit, commit: blame.facts, now: Date.now() / 1000, language: env.language, live });
}

/** The annotation at the end of the current line, in the editor that has the cursor. */
export class LineBlameController extends Registered {
  readonly #current: CurrentLineBlame;
  readonly #places: LivePlaces;
  readonly #type = this.register(
    window.createTextEditorDecorationType({
      rangeBehavior: DecorationRangeBehavior.OpenOpen,
      after: {
        margin: '0 0 0 3ch',
        color: new ThemeColor('hearth.git.blameForeground'),
        // Set off from the comments of the code.
        fontStyle: 'italic',
        fontWeight: 'normal',
      },
    }),
  );
  #shownIn: TextEditor | undefined;
  #shown: Annotation | undefined;
  /** Toggled by hand: holds until the window closes. */
  #override: 'on' | 'off' | undefined;
  /** `onDemand`: the one line that was asked for. */
  #demanded: { editor: TextEditor; line: number } | undefined;

  constructor(current: CurrentLineBlame, places: LivePlaces) {
    super();
    this.#current = current;
    this.#places = places;
    this.register(current.onDidChange((state) => this.#render(state)));
    this.register(
      places.onDidLearn(({ repository, path, commits }) => {
        const { state } = current;
        const shown = state.kind === 'blamed' && state.blame.repository === repository && state.blame.path === path;
        if (shown && commits.has(state.blame.commit)) this.#render(state);
      }),
    );
    this.register(window.onDidChangeTextEditorSelection(({ textEditor }) => this.#left(textEditor)));
    this.register(
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('hearth.git.blame.line')) this.#override = undefined;
      }),
    );
    this.register({ dispose: () => this.#clear() });
  }

  readonly commands: CommandTable = {
    'hearth.git.toggleLineBlame': () => this.toggle(),
  };

  get shown(): Annotation | undefined {
    return this.#shown;
  }

  /** Whether the inline form is on for a document; on demand only while a line was asked for. */
  active(scope: TextEditor['document'] | undefined): boolean {
    if (this.#override !== undefined) return this.#override === 'on';
    const mode = lineMode(scope);
    return mode === 'on' || (mode === 'onDemand' && this.#demanded !== undefined);
  }

  toggle(): void {
    const editor = window.activeTextEditor;
    if (lineMode(editor?.document) === 'onDemand' && this.#override === undefined) {
      this.#demanded = this.#demanded === undefined && editor !== undefined ? { editor, line: editor.selection.active.line } : undefined;
    } else {
      const wanted = this.active(editor?.document) ? 'off' : 'on';
      // Back to what the setting says: from now on the setting decides again.
      this.#override = wanted === lineMode(editor?.document) ? undefined : wanted;
    }
    this.#current.refresh();
    if (!this.active(editor?.document)) this.#clear();
  }

  #left(editor: TextEditor): void {
    const asked = this.#demanded;
    if (asked === undefined || (asked.editor === editor && asked.line === editor.selection.active.line)) return;
    this.#demanded = undefined;
    this.#clear();
    this.#current.refresh();
  }

  #render(state: CurrentLine): void {
    if (state.kind !== 'blamed' || !this.active(state.editor.document)) {
      this.#clear();
      return;
    }
    const { editor, line, blame } = state;
    if (this.#shownIn !== editor) this.#clear();
    const format = lineFormat(editor.document);
    const text = annotationOf(blame, format, format.includes('${live') ? this.#live(blame) : '');
    const end = editor.document.lineAt(Math.min(line, editor.document.lineCount - 1)).range.end;
    editor.setDecorations(this.#type, [{ range: new Range(end, end), renderOptions: { after: { contentText: text } } }]);
    this.#shownIn = editor;
    this.#shown = { uri: editor.document.uri.toString(), line, text };
  }

  /** What is known of where the line runs; news come by `onDidLearn`. */
  #live({ repository, commit, path }: LineBlame): string {
    if (isUncommitted(commit)) return '';
    void this.#places.ask(repository, [commit], path);
    return badgesText(this.#places.of(repository, commit, path), { fetch: true });
  }

  #clear(): void {
    this.#shownIn?.setDecorations(this.#type, []);
    this.#shownIn = undefined;
    this.#shown = undefined;
  }
}
