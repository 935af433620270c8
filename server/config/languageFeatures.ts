import { promises as fs } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type CodeAction,
  CodeActionKind,
  CodeActionRequest,
  type CompletionItem,
  CompletionItemKind,
  CompletionRequest,
  type Connection,
  type Diagnostic,
  DiagnosticSeverity,
  HoverRequest,
  InsertTextMode,
  MarkupKind,
  type Range,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Problem } from '../protocol/config.ts';
import type { Services } from '../services.ts';
import { foundForConfig } from './found.ts';
import { hearthPath } from './hearthPath.ts';
import { hearthOfWorktree } from './hearthSource.ts';

/** Typing is followed when it pauses. */
const pause = 150;

/** What an editor says of `hearth.yaml` at the root of a repository: problems with quick fixes, completion, hover. */
export class ConfigLanguage {
  readonly #connection: Connection;
  readonly #services: Services;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** By document, for the version they were found in. */
  readonly #problems = new Map<string, { version: number; problems: readonly Problem[] }>();

  constructor(connection: Connection, services: Services) {
    this.#connection = connection;
    this.#services = services;
    services.documents.onEvent((event) => {
      const uri = event.kind === 'close' ? event.uri : event.document.uri;
      if (!isHearthFile(uri)) return;
      clearTimeout(this.#timers.get(uri));
      this.#timers.delete(uri);
      if (event.kind !== 'close')
        this.#timers.set(
          uri,
          setTimeout(() => void this.#check(uri), event.kind === 'change' ? pause : 0),
        );
      else if (this.#problems.delete(uri)) this.#tell(uri, undefined, []);
    });
    connection.onCompletion(({ textDocument, position }) => this.#complete(textDocument.uri, position.line + 1, position.character + 1));
    connection.onHover(async ({ textDocument, position }) => {
      const document = this.#document(textDocument.uri);
      if (document === undefined) return null;
      const { hoverAt } = await import('./hover.ts');
      const found = hoverAt(document.getText(), position.line + 1, position.character + 1);
      if (found === undefined) return null;
      const range = {
        start: { line: position.line, character: found.column - 1 },
        end: { line: position.line, character: found.endColumn - 1 },
      };
      return { contents: { kind: MarkupKind.Markdown, value: found.markdown }, range };
    });
    connection.onCodeAction(({ textDocument, range }) => this.#fixes(textDocument.uri, range));
  }

  /** Asks the editor to come with this file, and with no other. */
  async register(): Promise<void> {
    const documentSelector = [{ scheme: 'file', pattern: `**/${hearthPath}` }];
    await Promise.all([
      this.#connection.client.register(CompletionRequest.type, { documentSelector, triggerCharacters: [' ', '{', '[', ','] }),
      this.#connection.client.register(HoverRequest.type, { documentSelector }),
      this.#connection.client.register(CodeActionRequest.type, { documentSelector, codeActionKinds: [CodeActionKind.QuickFix] }),
    ]);
  }

  async #check(uri: string): Promise<void> {
    const document = this.#document(uri);
    const root = document === undefined ? undefined : await rootOf(uri);
    if (document === undefined || root === undefined) return;
    const { version } = document;
    try {
      const { repository } = await this.#services.repositories.containing(root, this.#services.session);
      const problems = (await hearthOfWorktree(repository, document.getText()))?.problems ?? [];
      // Closed, opened anew, or typed on, while it was read.
      if (this.#document(uri) !== document || document.version !== version) return;
      this.#problems.set(uri, { version, problems });
      this.#tell(uri, version, problems.map(diagnosticOf));
    } catch (error) {
      this.#services.log('debug', 'hearth.yaml not checked', { error: String(error) });
    }
  }

  async #complete(uri: string, line: number, column: number): Promise<CompletionItem[]> {
    const document = this.#document(uri);
    const root = document === undefined ? undefined : await rootOf(uri);
    if (document === undefined || root === undefined) return [];
    const [{ suggestionsAt }, { YamlText }] = await Promise.all([import('./completion.ts'), import('./yamlText.ts')]);
    const text = document.getText();
    const files = await foundForConfig(root);
    return suggestionsAt(text, new YamlText(text), line, column, files).map(
      ({ label, kind, detail, description, text: newText, column: from }) => ({
        label,
        kind: kind === 'key' ? CompletionItemKind.Property : CompletionItemKind.Value,
        ...(detail === undefined ? {} : { detail }),
        // The text has its indentation already.
        insertTextMode: InsertTextMode.asIs,
        ...(description === undefined ? {} : { documentation: { kind: MarkupKind.Markdown, value: description } }),
        textEdit: { range: { start: { line: line - 1, character: from - 1 }, end: { line: line - 1, character: column - 1 } }, newText },
      }),
    );
  }

  #fixes(uri: string, range: Range): CodeAction[] {
    const known = this.#problems.get(uri);
    const document = this.#document(uri);
    // Fixes of a text that is gone would hit something else.
    if (known === undefined || document === undefined || known.version !== document.version) return [];
    return known.problems
      .filter((problem) => problem.line - 1 <= range.end.line && problem.endLine - 1 >= range.start.line)
      .flatMap((problem) =>
        (problem.fixes ?? []).map(({ title, edits }, index) => ({
          title,
          kind: CodeActionKind.QuickFix,
          diagnostics: [diagnosticOf(problem)],
          isPreferred: index === 0,
          edit: { changes: { [uri]: edits.map(({ text, ...place }) => ({ range: rangeOf(place), newText: text })) } },
        })),
      );
  }

  #document(uri: string): TextDocument | undefined {
    return isHearthFile(uri) ? this.#services.documents.get(uri) : undefined;
  }

  #tell(uri: string, version: number | undefined, diagnostics: Diagnostic[]): void {
    const at = version === undefined ? {} : { version };
    this.#connection.sendDiagnostics({ uri, ...at, diagnostics }).catch(() => {});
  }
}

function diagnosticOf(problem: Problem): Diagnostic {
  const severity = { error: DiagnosticSeverity.Error, warning: DiagnosticSeverity.Warning, information: DiagnosticSeverity.Information };
  return { range: rangeOf(problem), severity: severity[problem.severity], code: problem.code, source: 'Hearth', message: problem.message };
}

function rangeOf({ line, column, endLine, endColumn }: Pick<Problem, 'line' | 'column' | 'endLine' | 'endColumn'>): Range {
  return { start: { line: line - 1, character: column - 1 }, end: { line: endLine - 1, character: endColumn - 1 } };
}

function isHearthFile(uri: string): boolean {
  return uri.startsWith('file:') && uri.endsWith(`/${hearthPath}`);
}

/** The folder of the file, when it is the top of a work tree. */
async function rootOf(uri: string): Promise<string | undefined> {
  try {
    const root = path.dirname(fileURLToPath(uri));
    await fs.stat(path.join(root, '.git'));
    return root;
  } catch {
    return undefined;
  }
}
