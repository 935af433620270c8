import {
  CodeAction,
  CodeActionKind,
  Diagnostic,
  type DiagnosticCollection,
  DiagnosticSeverity,
  l10n,
  languages,
  Range,
  type TextDocument,
  type Uri,
  workspace,
} from 'vscode';
import { difference } from '../../server/protocol/config.ts';
import { appended } from '../../server/protocol/events.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { configUri, isConfig } from './configPath.ts';

const code = 'differs-from-applied';
/** What happens at once is asked about once. */
const pause = 300;

/** One line in an open `hearth.yaml` whose HEAD differs from what is applied, with the way to review it. Without an open one nothing is asked. */
export class DiffersDiagnostic extends Registered {
  readonly #shell: Shell;
  readonly #diagnostics: DiagnosticCollection;
  #timer: NodeJS.Timeout | undefined;
  /** Counts the readings, and by file which one is shown: an older answer never takes the place of a newer one. */
  #turn = 0;
  readonly #shown = new Map<string, number>();

  constructor(shell: Shell) {
    super();
    this.#shell = shell;
    this.#diagnostics = this.register(languages.createDiagnosticCollection('hearth.config'));
    this.register(workspace.onDidOpenTextDocument((document) => this.#soon(isConfig(document.uri))));
    this.register(workspace.onDidCloseTextDocument(({ uri }) => this.#diagnostics.delete(uri)));
    this.register(shell.repositories.onDidMove(({ what }) => this.#soon(what.includes('head'))));
    this.register(shell.server.on(appended, () => this.#soon(true)));
    this.register(shell.server.onDidStart(() => this.#soon(true)));
    const selector = { scheme: 'file', pattern: '**/hearth.yaml' };
    this.register(
      languages.registerCodeActionsProvider(selector, { provideCodeActions: (document, range) => this.#actions(document, range) }),
    );
    this.register({ dispose: () => clearTimeout(this.#timer) });
  }

  async refresh(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    await Promise.all(this.#open().map(({ uri }) => this.#read(uri, turn)));
  }

  #soon(wanted: boolean): void {
    if (!wanted || this.#open().length === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), pause);
  }

  #open(): readonly TextDocument[] {
    return workspace.textDocuments.filter(({ uri }) => isConfig(uri));
  }

  async #read(uri: Uri, turn: number): Promise<void> {
    const located = await this.#shell.repositories.locate(uri);
    if (located === undefined || configUri(located.repository.root).fsPath !== uri.fsPath) return;
    const { root } = located.repository;
    // Whoever does not answer says nothing: other views tell why.
    const found = await this.#shell.server.send(difference, { repository: root }).catch(() => undefined);
    if (found === undefined || turn < (this.#shown.get(uri.toString()) ?? 0)) return;
    this.#shown.set(uri.toString(), turn);
    const differs = found.applied !== undefined && !found.same;
    if (this.disposed || !this.#open().some((document) => document.uri.toString() === uri.toString())) return;
    this.#diagnostics.set(uri, differs ? [diagnosticOf(found.changes.length, found.applied?.commit ?? '')] : []);
  }

  #actions(document: TextDocument, range: Range): CodeAction[] {
    const [found] = this.#diagnostics.get(document.uri) ?? [];
    if (found?.range.intersection(range) === undefined) return [];
    const action = new CodeAction(l10n.t('Review and apply hearth.yaml…'), CodeActionKind.QuickFix);
    action.diagnostics = [found];
    const repository = document.uri.with({ path: document.uri.path.replace(/\/hearth\.yaml$/, '') }).fsPath;
    action.command = { command: 'hearth.config.apply', title: action.title, arguments: [{ repository }] };
    return [action];
  }
}

function diagnosticOf(changes: number, commit: string): Diagnostic {
  const message = l10n.t('HEAD differs from what is applied ({0}) in {1} keys.', commit.slice(0, 7), changes);
  const diagnostic = new Diagnostic(new Range(0, 0, 0, Number.MAX_SAFE_INTEGER), message, DiagnosticSeverity.Information);
  diagnostic.source = 'Hearth';
  diagnostic.code = code;
  return diagnostic;
}
