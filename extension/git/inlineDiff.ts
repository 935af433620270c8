import {
  CancellationTokenSource,
  CodeAction,
  CodeActionKind,
  commands,
  l10n,
  languages,
  Range,
  Selection,
  type TextDocument,
  type TextEditor,
  TextEditorRevealType,
  Uri,
  WorkspaceEdit,
  window,
  workspace,
} from 'vscode';
import { inlineDiff } from '../../server/protocol/git.ts';
import type { Side } from '../../server/protocol/gitTypes.ts';
import type { Feature, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { applyUnsaved } from './applyUnsaved.ts';
import { type Hunk, hunkAt, hunkBeside, hunkLines, revertEdit } from './inlineDiffHunks.ts';
import { InlineDiffPaint } from './inlineDiffPaint.ts';
import { noDiffText } from './inlineDiffText.ts';
import { pickSide } from './refPick.ts';

/** Quiet time after a keystroke before the hunks are asked again (ms); until then the editor moves the marks by itself. */
const quiet = 120;

/** A document that is compared. `hunks` are those of document version `version`. */
interface Compared {
  readonly uri: string;
  readonly repository: string;
  readonly against: Side;
  label: string;
  hunks: readonly Hunk[];
  version: number;
  asking: CancellationTokenSource | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** Marks what an editor's text changed against a revision, unsaved text included, as it is typed. */
export class InlineDiff extends Registered implements Feature {
  readonly commands: Feature['commands'];
  readonly #shell: Shell;
  readonly #compared = new Map<string, Compared>();
  readonly #paint: InlineDiffPaint;

  constructor(shell: Shell) {
    super();
    this.#shell = shell;
    shell.inlineDiff = this;
    this.#paint = this.register(new InlineDiffPaint(() => this.#repaint()));
    this.commands = {
      'hearth.git.inlineDiff': (argument: unknown) => this.#start(argument),
      'hearth.git.clearInlineDiff': (argument: unknown) => this.#clear(this.#editor(argument)?.document),
      'hearth.git.nextInlineChange': (argument: unknown) => this.#go('next', argument),
      'hearth.git.previousInlineChange': (argument: unknown) => this.#go('previous', argument),
      'hearth.git.revertInlineChange': (argument: unknown) => this.#revert(argument),
    };
    this.register(
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => contentChanges.length > 0 && this.#schedule(document)),
    );
    this.register(workspace.onDidCloseTextDocument((document) => this.#clear(document)));
    this.register(window.onDidChangeVisibleTextEditors(() => this.#repaint()));
    this.register(window.onDidChangeActiveTextEditor(() => this.#tellContext()));
    this.register(shell.repositories.onDidMove(({ repository }) => this.#askAll(repository)));
    this.register(shell.server.onDidStart(() => this.#askAll()));
    this.register(
      languages.registerCodeActionsProvider(
        { scheme: 'file' },
        { provideCodeActions: (document, range) => this.#actions(document, range) },
        { providedCodeActionKinds: [CodeActionKind.Refactor] },
      ),
    );
  }

  /** Whether a document is compared now, and with what result. */
  stateOf(document: TextDocument): { readonly label: string; readonly hunks: readonly Hunk[]; readonly version: number } | undefined {
    return this.#compared.get(document.uri.toString());
  }

  async #start(argument: unknown): Promise<void> {
    const editor = this.#editor(argument);
    const located = editor === undefined ? undefined : await this.#shell.repositories.locate(editor.document.uri);
    if (editor === undefined || located === undefined) {
      void window.showInformationMessage(l10n.t('Open a file of a repository first.'));
      return;
    }
    const repository = located.repository.root;
    const placeholder = l10n.t('Show what changed since…');
    const against = sideArgument(argument) ?? (await pickSide(this.#shell, repository, { placeholder, offer: ['index', 'mergeBase'] }));
    if (against === undefined) return;
    const { document } = editor;
    this.#drop(document.uri.toString());
    const compared: Compared = {
      uri: document.uri.toString(),
      repository,
      against,
      label: '',
      hunks: [],
      version: -1,
      asking: undefined,
      timer: undefined,
    };
    const answer = await this.#ask(compared, document);
    if (answer === 'stale') return this.#start({ uri: document.uri.toString(), against });
    if (answer !== 'diffed') {
      void window.showInformationMessage(noDiffText(answer));
      return;
    }
    this.#compared.set(compared.uri, compared);
    this.#repaint();
    this.#tellContext();
    const changes =
      compared.hunks.length === 1
        ? l10n.t('1 change since {0}', compared.label)
        : l10n.t('{0} changes since {1}', compared.hunks.length, compared.label);
    window.setStatusBarMessage(withoutIcons(changes), 5000);
  }

  /** Asks for the hunks of the text as it is. `stale` means that the text changed on the way; other words are the server's reason. */
  async #ask(compared: Compared, document: TextDocument): Promise<string> {
    compared.asking?.cancel();
    const asking = new CancellationTokenSource();
    compared.asking = asking;
    const { version } = document;
    const answer = await this.#shell.server.send(
      inlineDiff,
      { uri: document.uri.toString(), against: compared.against, version },
      { token: asking.token },
    );
    if (asking.token.isCancellationRequested || document.version !== version) return 'stale';
    switch (answer.state) {
      case 'diffed':
        if (answer.version !== version) return 'stale';
        compared.hunks = answer.hunks;
        compared.version = version;
        compared.label = answer.against.label;
        return 'diffed';
      case 'none':
        return answer.why;
      case 'stale':
        return 'stale';
    }
  }

  /** Asks again soon. Until the answer comes the marks stay as they are; a failure is tried again, a little later each time. */
  #schedule(document: TextDocument, wait = quiet, failures = 0): void {
    const compared = this.#compared.get(document.uri.toString());
    if (compared === undefined) return;
    clearTimeout(compared.timer);
    const timer = setTimeout(async () => {
      try {
        const answer = await this.#ask(compared, document);
        // Another question was started meanwhile; it has the newer text.
        if (compared.timer !== timer) return;
        if (answer === 'diffed') this.#repaint(document);
        // The server had not read the last edit yet, and no further one will start the question again.
        else if ((answer === 'stale' || answer === 'unavailable') && failures < 20) this.#schedule(document, retry(failures), failures + 1);
        else this.#clear(document);
      } catch (error) {
        if (compared.timer !== timer) return;
        const failure = asRequestFailure(error);
        this.#shell.log.warn(`inline diff: ${failure.message}`);
        // The revision is gone: what is marked would be a guess.
        if (failure.reason === 'not-found') this.#clear(document);
        else if (failures < 8) this.#schedule(document, retry(failures), failures + 1);
      }
    }, wait);
    compared.timer = timer;
  }

  /** Asks now for the hunks of the text as it is, however old those are that are shown. Answers whether they are there. */
  async #catchUp(compared: Compared, document: TextDocument): Promise<boolean> {
    const isBehind = (): boolean => compared.version !== document.version;
    const isCompared = (): boolean => this.#compared.get(compared.uri) === compared;
    try {
      for (let tries = 0; tries < 5 && isBehind() && isCompared(); tries++) {
        // The question that waits for a quiet moment would cancel this one, which asks the same.
        clearTimeout(compared.timer);
        compared.timer = undefined;
        await this.#ask(compared, document).catch((error: unknown) => {
          // Somebody typed meanwhile, and that text was asked about.
          if (asRequestFailure(error).reason !== 'cancelled') throw error;
        });
      }
    } finally {
      if (isBehind()) this.#schedule(document);
      else this.#repaint(document);
    }
    return !isBehind() && isCompared();
  }

  #askAll(repository?: string): void {
    for (const document of workspace.textDocuments) {
      const compared = this.#compared.get(document.uri.toString());
      if (compared !== undefined && (repository === undefined || compared.repository === repository)) this.#schedule(document, 0);
    }
  }

  #go(way: 'next' | 'previous', argument: unknown): void {
    const editor = this.#editor(argument);
    const compared = editor === undefined ? undefined : this.#compared.get(editor.document.uri.toString());
    if (editor === undefined || compared === undefined) return;
    const { lineCount } = editor.document;
    const hunk = hunkBeside(compared.hunks, lineArgument(argument) ?? editor.selection.active.line, way, lineCount);
    if (hunk === undefined) return;
    const { first, last } = hunkLines(hunk, lineCount);
    editor.selection = new Selection(first, 0, first, 0);
    editor.revealRange(new Range(first, 0, last, 0), TextEditorRevealType.InCenterIfOutsideViewport);
  }

  /** Brings the old lines of one hunk back: an unsaved edit, which Undo takes away. */
  async #revert(argument: unknown): Promise<void> {
    const editor = this.#editor(argument);
    const compared = editor === undefined ? undefined : this.#compared.get(editor.document.uri.toString());
    if (editor === undefined || compared === undefined) return;
    const { document } = editor;
    // Only hunks of this very text say which lines to take: those on the screen may be a keystroke old.
    if (compared.version !== document.version && !(await this.#catchUp(compared, document))) return;
    const hunk = hunkAt(compared.hunks, lineArgument(argument) ?? editor.selection.active.line, document.lineCount);
    if (hunk === undefined) {
      window.setStatusBarMessage(l10n.t('There is no change on this line.'), 4000);
      return;
    }
    const { start, end, text } = revertEdit(hunk, document.lineCount, (line) => document.lineAt(line).text.length);
    const edit = new WorkspaceEdit();
    edit.replace(document.uri, new Range(start.line, start.character, end.line, end.character), text);
    await applyUnsaved(edit, document.uri);
  }

  #actions(document: TextDocument, range: Range): CodeAction[] {
    const compared = this.#compared.get(document.uri.toString());
    if (compared === undefined || hunkAt(compared.hunks, range.start.line, document.lineCount) === undefined) return [];
    const action = new CodeAction(l10n.t('Revert change since {0}', compared.label), CodeActionKind.Refactor);
    action.command = {
      title: action.title,
      command: 'hearth.git.revertInlineChange',
      arguments: [{ uri: document.uri.toString(), line: range.start.line }],
    };
    return [action];
  }

  #clear(document: TextDocument | undefined): void {
    if (document === undefined) return;
    this.#drop(document.uri.toString());
    this.#repaint(document);
    this.#tellContext();
  }

  #drop(uri: string): void {
    const compared = this.#compared.get(uri);
    clearTimeout(compared?.timer);
    compared?.asking?.cancel();
    this.#compared.delete(uri);
  }

  #repaint(only?: TextDocument): void {
    for (const editor of window.visibleTextEditors) {
      if (only !== undefined && editor.document !== only) continue;
      const compared = this.#compared.get(editor.document.uri.toString());
      this.#paint.paint(editor, compared?.hunks ?? [], compared?.label ?? '');
    }
  }

  #tellContext(): void {
    const uri = window.activeTextEditor?.document.uri.toString();
    void commands.executeCommand('setContext', 'hearth:inlineDiff', uri !== undefined && this.#compared.has(uri));
  }

  /** The editor that a link or a menu names, else the active one. */
  #editor(argument: unknown): TextEditor | undefined {
    const given = argument instanceof Uri ? argument.toString() : (argument as { uri?: unknown } | undefined)?.uri;
    const active = window.activeTextEditor;
    if (given === undefined || active?.document.uri.toString() === String(given)) return active;
    return window.visibleTextEditors.find(({ document }) => document.uri.toString() === String(given));
  }
}

/** Milliseconds to wait after so many failures. */
function retry(failures: number): number {
  return quiet * 2 ** Math.min(failures, 6);
}

function lineArgument(argument: unknown): number | undefined {
  const line = (argument as { line?: unknown } | undefined)?.line;
  return typeof line === 'number' && Number.isInteger(line) ? line : undefined;
}

function sideArgument(argument: unknown): Side | undefined {
  const against = (argument as { against?: Side } | undefined)?.against;
  return typeof against?.kind === 'string' ? against : undefined;
}
