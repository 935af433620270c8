import { commands, EventEmitter, type Uri, window, workspace } from 'vscode';
import { discover, moved } from '../../server/protocol/git.ts';
import type { RepositoryFacts } from '../../server/protocol/gitTypes.ts';
import type { ServerConnection } from '../server.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure, type RequestFailure } from '../ui/failure.ts';

/** A document's place in a repository; `path` is relative to the root, with `/`. */
export interface Located {
  readonly repository: RepositoryFacts;
  readonly path: string;
}

/** Which repositories this window works on: those of its folders, and those of the files it shows. */
export class RepositoryTracker extends Registered {
  readonly #server: ServerConnection;
  readonly #known = new Map<string, RepositoryFacts>();
  readonly #located = new Map<string, Promise<Located | RequestFailure>>();
  readonly #changed = this.register(new EventEmitter<void>());
  readonly #moved = this.register(new EventEmitter<{ repository: string; what: readonly string[] }>());
  #problem: RequestFailure | undefined;
  /** A repository was found or is gone. */
  readonly onDidChange = this.#changed.event;
  /** HEAD, refs, index or configuration of a repository moved. */
  readonly onDidMove = this.#moved.event;

  constructor(server: ServerConnection) {
    super();
    this.#server = server;
    this.register(server.onDidStart(() => void this.refresh()));
    this.register(workspace.onDidChangeWorkspaceFolders(() => void this.refresh()));
    this.register(
      server.on(moved, ({ repository, what, head }) => {
        const facts = this.#known.get(repository);
        if (what.includes('gone')) {
          this.#known.delete(repository);
          this.#located.clear();
          this.#changed.fire();
        } else if (facts !== undefined && head !== undefined) this.#known.set(repository, { ...facts, head });
        this.#moved.fire({ repository, what });
      }),
    );
  }

  /** The repositories of the workspace folders, in their order, then others that files led to. */
  get all(): readonly RepositoryFacts[] {
    return [...this.#known.values()];
  }

  /** Why the folders have no repository: git is missing, ownership, …; undefined when nothing is wrong. */
  get problem(): RequestFailure | undefined {
    return this.#problem;
  }

  /** The repository the user looks at: of the active editor, else the first one. */
  async current(): Promise<RepositoryFacts | undefined> {
    const uri = window.activeTextEditor?.document.uri;
    const located = uri?.scheme === 'file' ? await this.locate(uri) : undefined;
    return located?.repository ?? this.all[0];
  }

  /** Where a file belongs; undefined outside any repository. Asked once per file until something is found or lost. */
  async locate(uri: Uri): Promise<Located | undefined> {
    if (uri.scheme !== 'file') return undefined;
    const found = await this.#ask(uri.fsPath);
    return found instanceof Error ? undefined : found;
  }

  /** Forgets and asks again. */
  async refresh(): Promise<void> {
    this.#located.clear();
    const found = await Promise.all(
      (workspace.workspaceFolders ?? []).map(({ uri }) => (uri.scheme === 'file' ? this.#ask(uri.fsPath) : undefined)),
    );
    const problem = found.find((each) => each instanceof Error && each.reason !== 'not-found' && each.reason !== 'cancelled');
    this.#problem = problem instanceof Error ? problem : undefined;
    await commands.executeCommand('setContext', 'hearth:hasRepository', this.#known.size > 0);
    await commands.executeCommand('setContext', 'hearth:gitProblem', this.#problem?.reason ?? '');
    this.#changed.fire();
  }

  #ask(path: string): Promise<Located | RequestFailure> {
    let asked = this.#located.get(path);
    if (asked === undefined) {
      asked = this.#server.send(discover, { path }).then(
        (located) => {
          if (!this.#known.has(located.repository.root)) {
            this.#known.set(located.repository.root, located.repository);
            void commands.executeCommand('setContext', 'hearth:hasRepository', true);
            this.#changed.fire();
          }
          return located;
        },
        (error) => {
          this.#located.delete(path);
          return asRequestFailure(error);
        },
      );
      this.#located.set(path, asked);
    }
    return asked;
  }
}
