// As much of the API of VS Code as views are made of, for unit tests: `vi.mock('vscode', async () => (await import(…)).vscodeViews)`.
// And the server behind them, whose questions the test answers, each when it likes.
import { expect, vi } from 'vitest';
import { vscodeRows } from './vscodeRows.ts';

export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly event = (listener: (value: T) => void) => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };
  fire(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }
  dispose(): void {
    this.#listeners.clear();
  }
}

class Source {
  readonly #cancelled = new Emitter<void>();
  readonly token = { isCancellationRequested: false, onCancellationRequested: this.#cancelled.event };
  cancel(): void {
    this.token.isCancellationRequested = true;
    this.#cancelled.fire();
  }
  dispose(): void {}
}

const never = () => ({ dispose: () => {} });

export const vscodeViews = {
  ...vscodeRows,
  EventEmitter: Emitter,
  CancellationTokenSource: Source,
  CodeActionKind: {},
  SymbolKind: {},
  Range: class {},
  Uri: class {},
  WorkspaceEdit: class {
    replace(): void {}
  },
  window: {
    activeTextEditor: undefined as unknown,
    visibleTextEditors: [] as unknown[],
    onDidChangeActiveTextEditor: never,
    onDidChangeVisibleTextEditors: never,
    createTreeView: () => ({ visible: true, onDidChangeVisibility: never, onDidChangeCheckboxState: never, dispose: () => {} }),
    setStatusBarMessage: () => {},
    showErrorMessage: async (_message: string): Promise<string | undefined> => undefined,
    withProgress: (_: unknown, task: () => unknown) => task(),
  },
  commands: { executeCommand: async () => {} },
  languages: { registerCodeActionsProvider: never },
  workspace: {
    isTrusted: true,
    textDocuments: [] as unknown[],
    onDidChangeTextDocument: never as (listener: never) => { dispose(): void },
    onDidCloseTextDocument: never,
    onDidGrantWorkspaceTrust: never,
    applyEdit: async () => true,
  },
};

export interface Question {
  readonly method: string;
  readonly params: unknown;
  readonly onPartial?: (partial: unknown) => void;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** A shell whose server is the test. */
export class ViewWorld {
  readonly asked: Question[] = [];
  readonly moved = new Emitter<{ repository: string; what: readonly string[] }>();
  readonly #told = new Map<string, Emitter<unknown>>();
  readonly shell: never;

  constructor() {
    const learned = { onDidLearn: never, ask: async () => {}, of: () => undefined };
    this.shell = {
      server: {
        send: (definition: { method: string }, params: unknown, options: object = {}) => this.#send(definition.method, params, options),
        on: ({ method }: { method: string }, listener: (params: unknown) => void) => this.#emitter(method).event(listener),
        onDidStart: never,
      },
      repositories: {
        all: [{ root: '/r' }],
        discovered: Promise.resolve(),
        locate: async () => ({ repository: { root: '/r' }, path: 'a.txt' }),
        onDidChange: never,
        onDidMove: this.moved.event,
      },
      places: learned,
      trees: new Map(),
      context: { workspaceState: { get: () => undefined, update: async () => {} } },
      log: { error: () => {}, warn: () => {}, debug: () => {} },
    } as never;
  }

  /** What the server tells all its windows. */
  tell({ method }: { method: string }, params: object): void {
    this.#emitter(method).fire(params);
  }

  /** The oldest question of that kind that has no answer, once it was asked. */
  next({ method }: { method: string }): Promise<Question> {
    return vi.waitFor(() => {
      const found = this.asked.find((each) => each.method === method);
      expect(found, `${method} is asked`).toBeDefined();
      this.asked.splice(this.asked.indexOf(found as Question), 1);
      return found as Question;
    }, 30_000);
  }

  #emitter(method: string): Emitter<unknown> {
    const emitter = this.#told.get(method) ?? new Emitter<unknown>();
    this.#told.set(method, emitter);
    return emitter;
  }

  #send(method: string, params: unknown, { token, ...options }: { token?: Source['token'] }): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const question = { ...options, method, params, resolve, reject };
      token?.onCancellationRequested(() => {
        if (this.asked.includes(question)) this.asked.splice(this.asked.indexOf(question), 1);
        reject(new vscodeRows.CancellationError());
      });
      this.asked.push(question);
    });
  }
}
