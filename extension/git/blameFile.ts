import {
  commands,
  type LogOutputChannel,
  TabInputText,
  TabInputTextDiff,
  type TextDocument,
  type TextEditor,
  type Uri,
  window,
  workspace,
} from 'vscode';
import { blameChanged } from '../../server/protocol/git.ts';
import type { CommandTable, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure } from '../ui/failure.ts';
import { withoutLinks } from '../ui/iconText.ts';
import { FileBlameView } from './blameFileView.ts';
import { blameSections } from './blameSettings.ts';
import { type BlameSource, canBlame, Latest, type LineBlame, lineBlame, type Place } from './blameSource.ts';
import { BlameTable } from './blameTable.ts';
import { explainNoBlame } from './blameWords.ts';

/** Milliseconds between two drawings while rows stream in, and after an edit before the rows are asked for again. */
const pace = { streaming: 200, edited: 120, scrolled: 60 };

/** The gutter of one document, in all editors that show it. */
interface Session {
  readonly document: TextDocument;
  readonly latest: Latest;
  table: BlameTable;
  /** Of the document when the table was asked for; an edit makes the two differ until the next answer. */
  version: number;
  place: Place | undefined;
  complete: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** Whole-file blame beside the text, switched per document. */
export class FileBlameController extends Registered {
  readonly #source: BlameSource;
  readonly #log: LogOutputChannel;
  readonly #view = this.register(new FileBlameView());
  readonly #sessions = new Map<string, Session>();
  #scrolled: NodeJS.Timeout | undefined;
  #followed = 0;

  constructor(shell: Shell, source: BlameSource) {
    super();
    this.#source = source;
    this.#log = shell.log;
    this.register({
      dispose: () => {
        for (const session of [...this.#sessions.values()]) this.#end(session);
      },
    });
    this.register({ dispose: () => clearTimeout(this.#scrolled) });
    this.register(window.onDidChangeVisibleTextEditors((editors) => this.#editorsChanged(editors)));
    this.register(window.onDidChangeActiveTextEditor(() => this.#setContext()));
    this.register(window.onDidChangeTextEditorSelection(({ textEditor }) => this.#cursorMoved(textEditor)));
    this.register(window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => this.#scrolledIn(textEditor)));
    this.register(
      workspace.onDidChangeTextDocument(
        ({ document, contentChanges }) => contentChanges.length > 0 && this.#again(document.uri, pace.edited),
      ),
    );
    this.register(window.tabGroups.onDidChangeTabs(({ closed }) => closed.length > 0 && this.#endUnopened()));
    this.register(workspace.onDidCloseTextDocument(({ uri }) => this.hide(uri)));
    this.register(shell.server.on(blameChanged, ({ uri }) => this.#again(uri, window.state.focused ? 0 : 2000)));
    this.register(shell.server.onDidStart(() => this.#allAgain()));
    this.register(
      workspace.onDidChangeConfiguration((event) => {
        if (blameSections.some((section) => event.affectsConfiguration(section))) this.#allAgain();
      }),
    );
  }

  readonly commands: CommandTable = {
    'hearth.git.toggleFileBlame': async () => {
      const editor = window.activeTextEditor;
      if (editor === undefined) return;
      if (this.isOn(editor.document.uri)) this.hide(editor.document.uri);
      else await this.show(editor);
    },
    'hearth.git.hideFileBlame': () => {
      const uri = window.activeTextEditor?.document.uri;
      if (uri !== undefined) this.hide(uri);
    },
  };

  get view(): FileBlameView {
    return this.#view;
  }

  isOn(uri: Uri): boolean {
    return this.#sessions.has(uri.toString());
  }

  /** Whether every row of the document as it stands is known. */
  isComplete(uri: Uri): boolean {
    const session = this.#sessions.get(uri.toString());
    return session?.complete === true && session.version === session.document.version;
  }

  /** The blame of a line that the gutter shows; 0-based line. */
  at(document: TextDocument, line: number): LineBlame | undefined {
    const session = this.#sessions.get(document.uri.toString());
    if (session?.place === undefined || session.version !== document.version) return undefined;
    const found = session.table.at(line + 1);
    return found === undefined ? undefined : lineBlame(session.place, line + 1, found);
  }

  /** Resolves when all rows are there. Says in one sentence why there are none. */
  async show(editor: TextEditor): Promise<void> {
    const { document } = editor;
    if (this.isOn(document.uri)) return;
    if (!canBlame(document)) {
      void window.showInformationMessage(explainNoBlame('not-a-file'));
      return;
    }
    const session: Session = {
      document,
      latest: new Latest(),
      table: new BlameTable(document.lineCount),
      version: document.version,
      place: undefined,
      complete: false,
      timer: undefined,
    };
    this.#sessions.set(document.uri.toString(), session);
    this.#setContext();
    const failure = await this.#load(session);
    if (failure === undefined) return;
    this.hide(document.uri);
    void window.showInformationMessage(withoutLinks(failure));
  }

  hide(uri: Uri): void {
    const session = this.#sessions.get(uri.toString());
    if (session !== undefined) this.#end(session);
  }

  /** A closed tab ends the gutter at once; VS Code keeps the document itself for a while. */
  #endUnopened(): void {
    const open = new Set(window.tabGroups.all.flatMap(({ tabs }) => tabs.flatMap(({ input }) => addressesOf(input))));
    for (const [uri, session] of [...this.#sessions]) if (!open.has(uri)) this.#end(session);
  }

  #end(session: Session): void {
    clearTimeout(session.timer);
    session.latest.cancel();
    this.#sessions.delete(session.document.uri.toString());
    for (const editor of this.#editorsOf(session)) this.#view.clear(editor);
    this.#setContext();
  }

  #editorsOf(session: Session): TextEditor[] {
    return window.visibleTextEditors.filter(({ document }) => document === session.document);
  }

  /** Asks for all rows. Answers with the sentence that explains why there are none; undefined when all is well or another question took over. */
  async #load(session: Session): Promise<string | undefined> {
    const { document } = session;
    const token = session.latest.next();
    const version = document.version;
    const first = session.place === undefined;
    const table = new BlameTable(document.lineCount);
    let drawn = 0;
    session.complete = false;
    // The first time rows are drawn as they come; later the old ones stay until all new ones are there.
    if (first) Object.assign(session, { table, version });
    try {
      const visible = this.#editorsOf(session)[0]?.visibleRanges[0];
      const result = await this.#source.whole(
        document,
        visible === undefined ? undefined : { start: visible.start.line + 1, end: visible.end.line + 1 },
        (batch) => {
          if (token.isCancellationRequested) return;
          table.add(batch);
          if (!first || Date.now() - drawn < pace.streaming) return;
          drawn = Date.now();
          this.#draw(session);
        },
        token,
      );
      if (token.isCancellationRequested) return undefined;
      if (result.kind === 'stale') {
        this.#again(document.uri, 50);
        return undefined;
      }
      if (result.kind === 'none') {
        if (!first) this.#end(session); // the file left the repository: nothing to say
        return explainNoBlame(result.why);
      }
      Object.assign(session, { table, version: result.version, place: result.place, complete: true });
      if (session.version !== document.version) this.#again(document.uri, pace.edited);
      else this.#draw(session);
      return undefined;
    } catch (error) {
      if (token.isCancellationRequested) return undefined;
      const failure = asRequestFailure(error);
      this.#log.debug(`Blame of ${document.uri.toString()}: ${failure.message}`);
      // After a crash the restarted server makes this ask again.
      if (failure.reason === 'disconnected' || failure.reason === 'cancelled') return undefined;
      return failure.hint === undefined ? failure.message : `${failure.message} ${failure.hint}`;
    }
  }

  #draw(session: Session): void {
    for (const editor of this.#editorsOf(session)) {
      this.#view.draw(editor, session.table);
      this.#view.highlight(editor, session.table);
    }
  }

  #again(uri: Uri | string, pause: number): void {
    const session = this.#sessions.get(uri.toString());
    if (session === undefined) return;
    clearTimeout(session.timer);
    session.timer = setTimeout(() => void this.#load(session), pause);
  }

  #allAgain(): void {
    for (const session of this.#sessions.values()) this.#again(session.document.uri, 0);
  }

  #editorsChanged(editors: readonly TextEditor[]): void {
    this.#view.keep(editors);
    for (const session of this.#sessions.values()) if (session.version === session.document.version) this.#draw(session);
  }

  #cursorMoved(editor: TextEditor): void {
    const session = this.#sessions.get(editor.document.uri.toString());
    if (session !== undefined && session.version === editor.document.version) this.#view.highlight(editor, session.table);
  }

  /** The first move is followed at once, the following ones at a pace. */
  #scrolledIn(editor: TextEditor): void {
    const session = this.#sessions.get(editor.document.uri.toString());
    if (session === undefined) return;
    const follow = (): void => {
      this.#scrolled = undefined;
      this.#followed = Date.now();
      for (const each of this.#editorsOf(session)) {
        if (session.version === session.document.version) this.#view.follow(each, session.table);
      }
    };
    if (this.#scrolled !== undefined) return;
    this.#scrolled = setTimeout(follow, Math.max(0, this.#followed + pace.scrolled - Date.now()));
  }

  #setContext(): void {
    const uri = window.activeTextEditor?.document.uri;
    void commands.executeCommand('setContext', 'hearth:fileBlame', uri !== undefined && this.isOn(uri));
  }
}

function addressesOf(input: unknown): string[] {
  if (input instanceof TabInputText) return [input.uri.toString()];
  if (input instanceof TabInputTextDiff) return [input.original.toString(), input.modified.toString()];
  return [];
}
