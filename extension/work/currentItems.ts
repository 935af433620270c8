import { EventEmitter } from 'vscode';
import { appended } from '../../server/protocol/events.ts';
import { gone } from '../../server/protocol/hub.ts';
import type { ResultOf } from '../../server/protocol/message.ts';
import { current } from '../../server/protocol/workFlow.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure } from '../ui/failure.ts';

export type CurrentWork = ResultOf<typeof current>;

/** Events come in bursts. */
const quiet = 150;

/**
 * The item of the branch that is checked out, per repository that somebody asked about. The server asks the hub only when the branch has
 * one: asking here starts no hub in a repository without items.
 */
export class CurrentItems extends Registered {
  readonly #shell: Shell;
  readonly #known = new Map<string, CurrentWork>();
  readonly #asking = new Map<string, Promise<CurrentWork | undefined>>();
  readonly #changed = this.register(new EventEmitter<string>());
  #timer: NodeJS.Timeout | undefined;
  /** Another answer for that repository. */
  readonly onDidChange = this.#changed.event;

  constructor(shell: Shell) {
    super();
    this.#shell = shell;
    this.register(
      shell.repositories.onDidMove(({ repository, what }) => {
        const concerned = what.some((each) => each === 'head' || each === 'config' || each === 'refs');
        if (concerned && (this.#known.has(repository) || this.#asking.has(repository))) void this.ask(repository);
      }),
    );
    this.register(shell.server.on(appended, () => this.#onAppended()));
    // What the user stopped is not started again for a question that can wait.
    this.register(shell.server.on(gone, ({ why }) => why === 'stopped' && clearTimeout(this.#timer)));
    this.register(
      shell.server.onDidStart(() => {
        for (const root of this.#known.keys()) void this.ask(root);
      }),
    );
    this.register({ dispose: () => clearTimeout(this.#timer) });
  }

  /** The last answer. */
  of(root: string): CurrentWork | undefined {
    return this.#known.get(root);
  }

  /** The last answer; asks when there is none yet. */
  async get(root: string): Promise<CurrentWork | undefined> {
    return this.#known.get(root) ?? this.#asking.get(root) ?? this.ask(root);
  }

  /** Asks again; undefined when there is no answer. */
  ask(root: string): Promise<CurrentWork | undefined> {
    const asked: Promise<CurrentWork | undefined> = this.#shell.server.send(current, { repository: root }).then(
      (answer) => {
        if (this.#asking.get(root) === asked) this.#keep(root, answer);
        return answer;
      },
      (error: unknown) => {
        const { reason, message } = asRequestFailure(error);
        if (reason !== 'cancelled') this.#shell.log.debug(`The current work item of ${root} is not known: ${message}`);
        if (this.#asking.get(root) === asked) this.#asking.delete(root);
        return undefined;
      },
    );
    this.#asking.set(root, asked);
    return asked;
  }

  #keep(root: string, answer: CurrentWork): void {
    this.#asking.delete(root);
    const same = JSON.stringify(this.#known.get(root)) === JSON.stringify(answer);
    this.#known.set(root, answer);
    if (!same) this.#changed.fire(root);
  }

  /** An item may have another title by now, or be back: only repositories whose branch names one are asked. */
  #onAppended(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      for (const [root, { item, unknown }] of this.#known) if (item !== undefined || unknown !== undefined) void this.ask(root);
    }, quiet);
  }
}
