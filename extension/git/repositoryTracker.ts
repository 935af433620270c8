import { commands, EventEmitter, FileType, Uri, window, workspace } from 'vscode';
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
  /** Paths among the located ones that belong to no repository, as far as was known when they were asked for. */
  readonly #outside = new Set<string>();
  /** Readings of facts on their way: of each repository the last one counts. */
  readonly #reading = new Map<string, symbol>();
  /** Counts what was heard of repositories, and what it came to with the last of each: answers to older questions are older. */
  #heard = 0;
  readonly #lastHeard = new Map<string, number>();
  /** Counts the occasions at which a repository may have come to be. */
  #looked = 0;
  readonly #changed = this.register(new EventEmitter<void>());
  readonly #moved = this.register(new EventEmitter<{ repository: string; what: readonly string[] }>());
  #problem: RequestFailure | undefined;
  #bare: readonly Uri[] = [];
  #settleDiscovered: () => void = () => {};
  /** Resolves when the folders were looked at for the first time. */
  readonly discovered: Promise<void> = new Promise((resolve) => {
    this.#settleDiscovered = resolve;
  });
  /** A repository was found or is gone. */
  readonly onDidChange = this.#changed.event;
  /** HEAD, refs, index or configuration of a repository moved. */
  readonly onDidMove = this.#moved.event;

  constructor(server: ServerConnection) {
    super();
    this.#server = server;
    this.register(server.onDidStart(() => void this.refresh()));
    this.register(workspace.onDidChangeWorkspaceFolders(() => void this.refresh()));
    // `git init` or a clone in an open folder: looked for when the user comes back to the window, ends a command, or saves.
    const look = (): void => void this.#lookAgain();
    this.register(window.onDidChangeWindowState(({ focused }) => focused && look()));
    this.register(window.onDidEndTerminalShellExecution(look));
    this.register(workspace.onDidSaveTextDocument(look));
    const watcher = this.register(workspace.createFileSystemWatcher('**/.git', false, true, false));
    this.register(watcher.onDidCreate(look));
    this.register(
      server.on(moved, ({ repository, what, head }) => {
        const facts = this.#known.get(repository);
        if (what.includes('gone')) {
          this.#known.delete(repository);
          this.#located.clear();
          void this.refresh();
        } else if (facts !== undefined && head !== undefined) this.#hear({ ...facts, head });
        const begins = what.includes('head') && what.includes('index');
        if (begins || facts?.operation !== undefined || this.#reading.has(repository)) void this.#readFacts(repository);
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

  /** Where a file belongs; undefined outside any repository. Asked once per file until a repository may have come or gone. */
  async locate(uri: Uri): Promise<Located | undefined> {
    if (uri.scheme !== 'file') return undefined;
    const found = await this.#ask(uri.fsPath);
    return found instanceof Error ? undefined : found;
  }

  /** Forgets and asks again. */
  async refresh(): Promise<void> {
    this.#located.clear();
    const before = new Set(this.#known.keys());
    const heard = this.#heard;
    const found = await Promise.all(
      (workspace.workspaceFolders ?? []).map(({ uri }) => (uri.scheme === 'file' ? this.#ask(uri.fsPath) : undefined)),
    );
    const problem = found.find((each) => each instanceof Error && each.reason !== 'not-found' && each.reason !== 'cancelled');
    this.#problem = problem instanceof Error ? problem : undefined;
    this.#bare = (workspace.workspaceFolders ?? []).filter((_, index) => found[index] instanceof Error).map(({ uri }) => uri);
    await this.#forget(before, found, heard);
    await commands.executeCommand('setContext', 'hearth:hasRepository', this.#known.size > 0);
    await commands.executeCommand('setContext', 'hearth:gitProblem', this.#problem?.reason ?? '');
    await commands.executeCommand('setContext', 'hearth:discovered', true);
    this.#settleDiscovered();
    this.#changed.fire();
  }

  /** A merge or rebase may have begun or ended. */
  async #readFacts(root: string): Promise<void> {
    const reading = Symbol();
    this.#reading.set(root, reading);
    const found = await this.#server.send(discover, { path: root }).catch(() => undefined);
    if (this.#reading.get(root) !== reading) return;
    this.#reading.delete(root);
    if (found === undefined || found.repository.root !== root || !this.#known.has(root)) return;
    this.#hear(found.repository);
    this.#changed.fire();
  }

  #hear(facts: RepositoryFacts): void {
    this.#known.set(facts.root, facts);
    this.#lastHeard.set(facts.root, ++this.#heard);
  }

  /** Drops what the folders no longer lead to, unless a shown file does; keeps the order of the folders. */
  async #forget(before: ReadonlySet<string>, found: readonly (Located | RequestFailure | undefined)[], heard: number): Promise<void> {
    const ofFolders = found.flatMap((each) => (each === undefined || each instanceof Error ? [] : [each.repository]));
    // A server that is starting again answers nothing: that is no reason to forget.
    if (found.some((each) => each instanceof Error && (each.reason === 'disconnected' || each.reason === 'cancelled'))) return;
    const shown = await Promise.all(window.visibleTextEditors.map(({ document }) => this.locate(document.uri)));
    const facts = [
      ...ofFolders,
      ...shown.flatMap((each) => each?.repository ?? []),
      ...[...this.#known.values()].filter(({ root }) => !before.has(root)),
    ];
    const newer = new Map([...this.#known].filter(([root]) => (this.#lastHeard.get(root) ?? 0) > heard));
    this.#known.clear();
    for (const each of facts) if (!this.#known.has(each.root)) this.#known.set(each.root, newer.get(each.root) ?? each);
  }

  /** Asks again when a folder that had no repository has a `.git` now; files outside any repository are asked for again when they are next seen. */
  async #lookAgain(): Promise<void> {
    this.#looked++;
    for (const path of this.#outside) this.#located.delete(path);
    this.#outside.clear();
    for (const folder of this.#bare) {
      const type = await workspace.fs.stat(Uri.joinPath(folder, '.git')).then(
        (stat) => stat.type,
        () => FileType.Unknown,
      );
      if (type !== FileType.Unknown) return this.refresh();
    }
  }

  #ask(path: string): Promise<Located | RequestFailure> {
    let asked = this.#located.get(path);
    if (asked === undefined) {
      const looked = this.#looked;
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
          const failure = asRequestFailure(error);
          if (failure.reason === 'not-found' && this.#looked === looked) this.#outside.add(path);
          else this.#located.delete(path);
          return failure;
        },
      );
      this.#located.set(path, asked);
    }
    return asked;
  }
}
