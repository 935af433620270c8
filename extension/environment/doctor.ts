import {
  CodeAction,
  type CodeActionContext,
  CodeActionKind,
  Diagnostic,
  type DiagnosticCollection,
  DiagnosticSeverity,
  l10n,
  languages,
  type Range,
  type TextDocument,
  Uri,
  WorkspaceEdit,
  workspace,
} from 'vscode';
import { type DoctorFinding, doctor } from '../../server/protocol/environment.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { addFix, lineRange } from './doctorEdit.ts';

/** Typing is followed when it pauses. */
const pause = 400;
/** Longer texts the server looks at on the disk. */
const longest = 1_000_000;

interface Examined {
  readonly root: string;
  /** Of every text that was sent, by URI: fixes of a text that is gone would hit something else. */
  readonly versions: ReadonlyMap<string, number>;
  readonly findings: readonly { readonly finding: DoctorFinding; readonly diagnostic: Diagnostic }[];
}

/** What the doctor says of open `.env` files, with quick fixes. Without an open one nothing is asked. */
export class DoctorDiagnostics extends Registered {
  readonly #shell: Shell;
  readonly #diagnostics: DiagnosticCollection;
  readonly #examined = new Map<string, Examined>();
  #timer: NodeJS.Timeout | undefined;
  #asked = 0;

  constructor(shell: Shell) {
    super();
    this.#shell = shell;
    this.#diagnostics = this.register(languages.createDiagnosticCollection('hearth.environment'));
    this.register(workspace.onDidOpenTextDocument((document) => this.#soon(isEnvFile(document.uri), 0)));
    this.register(workspace.onDidChangeTextDocument(({ document }) => this.#soon(matters(document.uri))));
    this.register(workspace.onDidSaveTextDocument(() => this.#soon(true)));
    this.register(workspace.onDidCloseTextDocument(({ uri }) => this.#forget(uri)));
    this.register(shell.server.onDidStart(() => this.#soon(true)));
    const provider = {
      provideCodeActions: (document: TextDocument, range: Range, context: CodeActionContext) => this.#actions(document, range, context),
    };
    const selector = { scheme: 'file', pattern: '**/.env*' };
    this.register(languages.registerCodeActionsProvider(selector, provider, { providedCodeActionKinds: [CodeActionKind.QuickFix] }));
    this.register({ dispose: () => clearTimeout(this.#timer) });
    this.#soon(true, 0);
  }

  #soon(wanted: boolean, wait = pause): void {
    if (!wanted || openFiles().length === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#refresh(), wait);
  }

  /** The latest round counts: what an earlier one answers after it is of an older text. */
  async #refresh(): Promise<void> {
    const round = ++this.#asked;
    await Promise.all(openFiles().map((document) => this.#examine(document, () => round === this.#asked && !this.disposed)));
  }

  async #examine({ uri }: TextDocument, current: () => boolean): Promise<void> {
    const located = await this.#shell.repositories.locate(uri);
    if (located === undefined || !current()) return;
    const { root } = located.repository;
    const sent = workspace.textDocuments.filter((each) => matters(each.uri) && each.getText().length <= longest);
    const versions = new Map(sent.map((each) => [each.uri.toString(), each.version]));
    const texts = Object.fromEntries(
      sent.flatMap((each) => {
        const path = pathIn(root, each.uri);
        return path === undefined ? [] : [[path, each.getText()]];
      }),
    );
    // Whoever does not answer says nothing: other views tell why.
    const found = await this.#shell.server.send(doctor, { repository: root, files: [located.path], texts }).catch(() => undefined);
    if (found === undefined || !current() || !openFiles().some((each) => each.uri.toString() === uri.toString())) return;
    const findings = found.findings.flatMap((finding) =>
      finding.file === located.path ? [{ finding, diagnostic: diagnosticOf(finding) }] : [],
    );
    this.#examined.set(uri.toString(), { root, versions, findings });
    this.#diagnostics.set(
      uri,
      findings.map(({ diagnostic }) => diagnostic),
    );
  }

  #forget(uri: Uri): void {
    this.#examined.delete(uri.toString());
    this.#diagnostics.delete(uri);
  }

  #actions(document: TextDocument, range: Range, { only }: CodeActionContext): CodeAction[] {
    const examined = this.#examined.get(document.uri.toString());
    if (examined === undefined || (only !== undefined && !only.contains(CodeActionKind.QuickFix))) return [];
    const { root, versions, findings } = examined;
    const stale = workspace.textDocuments.some(({ uri, version }) => (versions.get(uri.toString()) ?? version) !== version);
    if (stale) return [];
    const here = findings.filter(({ diagnostic }) => diagnostic.range.intersection(range) !== undefined);
    const actions = here.flatMap(({ finding, diagnostic }) =>
      finding.fixes.map((fix, index) => {
        const action = actionOf(fix.title, [diagnostic], (edit) => addFix(edit, root, fix));
        action.isPreferred = index === 0 && finding.kind !== 'unused' && finding.kind !== 'extra';
        return action;
      }),
    );
    const missing = here.filter(({ finding }) => finding.kind === 'missing' && finding.fixes.length > 0);
    if (missing.length < 2) return actions;
    const all = actionOf(
      l10n.t('Add all {0} missing variables', missing.length),
      missing.map(({ diagnostic }) => diagnostic),
      (edit) => {
        for (const { finding } of missing) for (const fix of finding.fixes.slice(0, 1)) addFix(edit, root, fix);
      },
    );
    return [all, ...actions];
  }
}

function actionOf(title: string, diagnostics: Diagnostic[], fill: (edit: WorkspaceEdit) => void): CodeAction {
  const action = new CodeAction(title, CodeActionKind.QuickFix);
  action.diagnostics = diagnostics;
  action.edit = new WorkspaceEdit();
  fill(action.edit);
  return action;
}

function diagnosticOf({ line, severity, message, kind }: DoctorFinding): Diagnostic {
  const severities = {
    error: DiagnosticSeverity.Error,
    warning: DiagnosticSeverity.Warning,
    information: DiagnosticSeverity.Information,
  };
  const diagnostic = new Diagnostic(lineRange(line), message, severities[severity]);
  diagnostic.source = 'Hearth';
  diagnostic.code = kind;
  return diagnostic;
}

function openFiles(): readonly TextDocument[] {
  return workspace.textDocuments.filter(({ uri }) => isEnvFile(uri));
}

/** The server knows better which of these are files of variables. */
function isEnvFile(uri: Uri): boolean {
  return uri.scheme === 'file' && /\/\.env(?:[._-][^/]*)?$/.test(uri.path);
}

function matters(uri: Uri): boolean {
  return isEnvFile(uri) || (uri.scheme === 'file' && uri.path.endsWith('/hearth.yaml'));
}

function pathIn(root: string, uri: Uri): string | undefined {
  const folder = `${Uri.file(root).path.replace(/\/$/, '')}/`;
  return uri.path.startsWith(folder) ? uri.path.slice(folder.length) : undefined;
}
