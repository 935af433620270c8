import { TextDocument, type TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';

/** What happened to an open document. `change` carries the edits as the editor sent them, in order, each against the text before it. */
export type DocumentEvent =
  | { kind: 'open'; document: TextDocument }
  | { kind: 'change'; document: TextDocument; before: number; changes: readonly TextDocumentContentChangeEvent[] }
  | { kind: 'save'; document: TextDocument }
  | { kind: 'close'; uri: string };

/** Text of the documents open in the window, unsaved changes included, fed by LSP's document sync. */
export class Documents {
  readonly #open = new Map<string, TextDocument>();
  readonly #listeners = new Set<(event: DocumentEvent) => void>();

  get(uri: string): TextDocument | undefined {
    return this.#open.get(uri);
  }

  all(): TextDocument[] {
    return [...this.#open.values()];
  }

  /** Listeners run at once, in order, before the next edit is read. Returns the way to stop. */
  onEvent(listener: (event: DocumentEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open(uri: string, languageId: string, version: number, text: string): void {
    const document = TextDocument.create(uri, languageId, version, text);
    this.#open.set(uri, document);
    this.#tell({ kind: 'open', document });
  }

  change(uri: string, version: number, changes: TextDocumentContentChangeEvent[]): void {
    const document = this.#open.get(uri);
    if (document === undefined) return;
    const before = document.version;
    const updated = TextDocument.update(document, changes, version);
    this.#open.set(uri, updated);
    this.#tell({ kind: 'change', document: updated, before, changes });
  }

  save(uri: string): void {
    const document = this.#open.get(uri);
    if (document !== undefined) this.#tell({ kind: 'save', document });
  }

  close(uri: string): void {
    this.#open.delete(uri);
    this.#tell({ kind: 'close', uri });
  }

  #tell(event: DocumentEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
