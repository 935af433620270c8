import { EventEmitter, type LogOutputChannel, type TextDocument, type TextEditor, window, workspace } from 'vscode';
import { blameChanged } from '../../server/protocol/git.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure } from '../ui/failure.ts';
import { blameSections, lineDelay } from './blameSettings.ts';
import { type BlameSource, canBlame, Latest, type LineBlame } from './blameSource.ts';

/** What is known of the line the cursor is on. `line` is 0-based, as in the editor. */
export type CurrentLine =
  | { readonly kind: 'none' }
  | { readonly kind: 'waiting'; readonly editor: TextEditor; readonly line: number }
  | { readonly kind: 'blamed'; readonly editor: TextEditor; readonly line: number; readonly blame: LineBlame };

/** After this many milliseconds without an answer the old line is no longer shown; a quick answer replaces it without a flicker. */
const patience = 60;
/** Questions repeated when the server does not have the document as the editor shows it. */
const most = 12;
/** Pause before a background change is looked at while the window has no focus. */
const unfocusedPause = 2000;

/**
 * Follows the cursor: one question at a time, the newest wins, and none at all while nobody shows the answer.
 * The annotation, the status item and the hover read from here.
 */
export class CurrentLineBlame extends Registered {
  readonly #source: BlameSource;
  readonly #log: LogOutputChannel;
  readonly #wanted: (document: TextDocument) => boolean;
  readonly #changed = this.register(new EventEmitter<CurrentLine>());
  readonly #latest = this.register(new Latest());
  #state: CurrentLine = { kind: 'none' };
  #timer: NodeJS.Timeout | undefined;
  #asked = { editor: undefined as TextEditor | undefined, line: -1, version: -1 };
  #lastAsk = 0;
  #retries = 0;
  readonly onDidChange = this.#changed.event;

  /** `wanted` says whether anything shows the current line of this document. */
  constructor(source: BlameSource, { server, log, repositories }: Shell, wanted: (document: TextDocument) => boolean) {
    super();
    this.#source = source;
    this.#log = log;
    this.#wanted = wanted;
    this.register({ dispose: () => clearTimeout(this.#timer) });
    this.register(window.onDidChangeActiveTextEditor(() => this.#moved()));
    this.register(
      window.onDidChangeTextEditorSelection(({ textEditor }) => {
        if (textEditor === window.activeTextEditor) this.#moved();
      }),
    );
    this.register(
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (document === window.activeTextEditor?.document && contentChanges.length > 0) this.#moved();
      }),
    );
    this.register(
      workspace.onDidChangeConfiguration((event) => {
        if (!blameSections.some((section) => event.affectsConfiguration(section))) return;
        this.#source.forget();
        this.refresh();
      }),
    );
    this.register(server.on(blameChanged, ({ uri }) => this.#background(uri)));
    this.register(server.onDidStart(() => this.refresh()));
    // A file that had no blame may have one now: its first commit, a new repository.
    this.register(repositories.onDidMove(() => this.#lookAgain()));
    this.register(repositories.onDidChange(() => this.#lookAgain()));
    this.register(
      window.onDidChangeWindowState(({ focused }) => {
        if (focused && this.#timer !== undefined) this.#schedule(0);
      }),
    );
    this.refresh();
  }

  get state(): CurrentLine {
    return this.#state;
  }

  /** Asks again, whatever is known. */
  refresh(): void {
    this.#asked.version = -1;
    this.#schedule(0);
  }

  #lookAgain(): void {
    const editor = window.activeTextEditor;
    if (editor !== undefined && this.#state.kind === 'none') this.#background(editor.document.uri.toString());
  }

  #background(uri: string): void {
    if (window.activeTextEditor?.document.uri.toString() !== uri) return;
    this.#asked.version = -1;
    this.#schedule(window.state.focused ? 0 : unfocusedPause);
  }

  #moved(): void {
    const editor = window.activeTextEditor;
    if (editor === this.#asked.editor && editor !== undefined) {
      if (editor.selection.active.line === this.#asked.line && editor.document.version === this.#asked.version) return;
    } else this.#lastAsk = 0; // another editor: answer at once
    const pause = this.#lastAsk + lineDelay(editor?.document) - Date.now();
    this.#schedule(Math.max(0, pause));
  }

  #schedule(pause: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#ask();
    }, pause);
  }

  async #ask(): Promise<void> {
    const editor = window.activeTextEditor;
    if (this.disposed) return;
    if (editor === undefined || !canBlame(editor.document) || !this.#wanted(editor.document)) {
      this.#latest.cancel();
      this.#asked = { editor: undefined, line: -1, version: -1 };
      this.#become({ kind: 'none' });
      return;
    }
    const line = editor.selection.active.line;
    const { document } = editor;
    this.#asked = { editor, line, version: document.version };
    this.#lastAsk = Date.now();
    const token = this.#latest.next();
    const waiting = setTimeout(() => this.#become({ kind: 'waiting', editor, line }), patience);
    try {
      const answer = await this.#source.line(document, line + 1, token);
      if (token.isCancellationRequested) return;
      const early = answer.kind === 'stale' || (answer.kind === 'none' && answer.why === 'unavailable');
      if (early && this.#retries < most) {
        // The document or its edit is on its way to the server: this question overtook it.
        this.#retries++;
        this.#asked.version = -1;
        this.#schedule(30 * this.#retries);
        return;
      }
      this.#retries = 0;
      if (answer.kind === 'stale') this.#become({ kind: 'none' });
      else this.#become(answer.kind === 'blamed' ? { kind: 'blamed', editor, line, blame: answer.blame } : { kind: 'none' });
    } catch (error) {
      if (token.isCancellationRequested) return;
      const failure = asRequestFailure(error);
      // Background work: the log only. After a crash the restarted server makes this ask again.
      if (failure.reason !== 'cancelled') this.#log.debug(`Blame of the current line: ${failure.message}`);
      this.#become({ kind: 'none' });
    } finally {
      clearTimeout(waiting);
    }
  }

  #become(state: CurrentLine): void {
    if (state.kind === 'none' && this.#state.kind === 'none') return;
    this.#state = state;
    this.#changed.fire(state);
  }
}
