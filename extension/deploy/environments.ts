import path from 'node:path';
import { EventEmitter, type Uri, workspace } from 'vscode';
import { changed, status } from '../../server/protocol/deploy.ts';
import { gone } from '../../server/protocol/hub.ts';
import type { ParamsOf, ResultOf } from '../../server/protocol/message.ts';
import { monitorChanged } from '../../server/protocol/monitor.ts';
import { placed } from '../../server/protocol/where.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure, type RequestFailure } from '../ui/failure.ts';

export type Environments = ResultOf<typeof status>;

/** Changes come in bursts (ms). */
const quiet = 150;

/**
 * What runs where, per repository that somebody asked about: one answer for the view and the status item. To ask starts the hub, so a
 * repository is asked unbidden only when something of it is live.
 */
export class EnvironmentStates extends Registered {
  readonly #shell: Shell;
  readonly #known = new Map<string, Environments>();
  readonly #asking = new Map<string, Promise<Environments>>();
  readonly #failures = new Map<string, RequestFailure>();
  /** To be asked again soon. */
  readonly #due = new Set<string>();
  /** Where it was looked whether anything is live. */
  readonly #looked = new Set<string>();
  readonly #changed = this.register(new EventEmitter<string>());
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** Another answer, or another failure, for that repository. */
  readonly onDidChange = this.#changed.event;

  constructor(shell: Shell) {
    super();
    this.#shell = shell;
    this.register(shell.server.on(changed, (news) => this.#onChanged(news)));
    // What monitors see is part of how a service is.
    this.register(shell.server.on(monitorChanged, ({ project, monitors }) => monitors.length > 0 && this.#later(this.#rootsOf(project))));
    this.register(shell.server.on(gone, ({ why }) => this.#onGone(why)));
    this.register(shell.server.onDidStart(() => this.#later([...this.#known.keys(), ...this.#failures.keys()])));
    this.register(shell.repositories.onDidChange(() => void this.#onRepositories()));
    // Another commit may have another hearth.yaml.
    this.register(
      shell.repositories.onDidMove(({ repository, what }) => {
        if (what.includes('head') && this.#known.has(repository)) this.#later([repository]);
      }),
    );
    const file = this.register(workspace.createFileSystemWatcher('**/hearth.yaml'));
    const read = ({ fsPath }: Uri): void => this.#later([...this.#known.keys()].filter((root) => path.dirname(fsPath) === root));
    for (const event of [file.onDidCreate, file.onDidChange, file.onDidDelete]) this.register(event(read));
    this.register({ dispose: () => clearTimeout(this.#timer) });
  }

  /** The last answer. */
  of(root: string): Environments | undefined {
    return this.#known.get(root);
  }

  /** The last answer, also while another one is on its way; asks when there is none. Rejects when the last question was not answered. */
  get(root: string): Promise<Environments> {
    const failure = this.#failures.get(root);
    if (failure !== undefined) return Promise.reject(failure);
    const known = this.#known.get(root);
    return known === undefined ? (this.#asking.get(root) ?? this.ask(root)) : Promise.resolve(known);
  }

  /** Asks again; starts the hub when it does not run. */
  ask(root: string): Promise<Environments> {
    this.#stopped = false;
    this.#due.delete(root);
    const asked: Promise<Environments> = this.#shell.server.send(status, { repository: root }).then(
      (answer) => {
        if (this.#ends(root, asked)) this.#keep(root, answer);
        return answer;
      },
      (error: unknown) => {
        if (this.#ends(root, asked)) this.#fail(root, asRequestFailure(error));
        throw error;
      },
    );
    this.#asking.set(root, asked);
    return asked;
  }

  /** Whether it was the last question about that repository. */
  #ends(root: string, asked: Promise<Environments>): boolean {
    if (this.#asking.get(root) !== asked) return false;
    this.#asking.delete(root);
    this.#later([]);
    return true;
  }

  #fail(root: string, failure: RequestFailure): void {
    if (failure.reason === 'cancelled') return;
    this.#shell.log.debug(`What runs where is not known for ${root}: ${failure.message}`);
    this.#failures.set(root, failure);
    this.#changed.fire(root);
  }

  #keep(root: string, answer: Environments): void {
    const same = !this.#failures.delete(root) && factsOf(this.#known.get(root)) === factsOf(answer);
    this.#known.set(root, answer);
    if (!same) this.#changed.fire(root);
  }

  /** Whether something is live is known without a hub; how it is, is not. */
  async #onRepositories(): Promise<void> {
    const unknown = this.#shell.repositories.all
      .map(({ root }) => root)
      .filter((root) => !this.#known.has(root) && !this.#looked.has(root));
    for (const root of unknown) this.#looked.add(root);
    const live = await Promise.all(unknown.map((root) => this.#isLive(root)));
    this.#later(unknown.filter((_, at) => live[at]));
  }

  async #isLive(repository: string): Promise<boolean> {
    try {
      return (await this.#shell.server.send(placed, { repository, commits: [] })).releases.length > 0;
    } catch {
      this.#looked.delete(repository);
      return false;
    }
  }

  #onChanged({ project, deployments }: ParamsOf<typeof changed>): void {
    this.#stopped = false;
    const known = this.#rootsOf(project);
    // Somebody may have deployed from a repository of this window for the first time: nothing of it is known yet.
    const unknown = this.#shell.repositories.all.map(({ root }) => root).filter((root) => !this.#known.has(root));
    this.#later([...known, ...(deployments.length > 0 ? unknown : [])]);
  }

  #rootsOf(project: string): string[] {
    return [...this.#known].filter(([, { project: of }]) => of === undefined || of === project).map(([root]) => root);
  }

  #onGone(why: ParamsOf<typeof gone>['why']): void {
    if (why === 'stopped' || why === 'reload-needed') {
      this.#stopped = true;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      for (const root of this.#known.keys()) this.#changed.fire(root);
    } else this.#later([...this.#known.keys()]);
  }

  /** The hub was stopped by somebody: nothing is asked until the user, or another action, starts it again. */
  get stopped(): boolean {
    return this.#stopped;
  }

  #later(roots: readonly string[]): void {
    for (const root of roots) this.#due.add(root);
    // A timer that runs is not put off: during a deployment changes never end.
    if (this.#timer !== undefined || this.#due.size === 0 || this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const shown = new Set(this.#shell.repositories.all.map(({ root }) => root));
      for (const root of this.#due) {
        // One question at a time: what happened meanwhile is asked when it is answered.
        if (this.#asking.has(root)) continue;
        this.#due.delete(root);
        if (shown.has(root)) this.ask(root).catch(() => {});
      }
    }, quiet);
  }
}

/** What a person would see of it: that somebody looked again is no news. */
function factsOf(answer: Environments | undefined): string {
  return JSON.stringify(answer, (key, value: unknown) => (key === 'observed' || key === 'checked' ? undefined : value)) ?? '';
}
