import { type Bridge, failureOf } from './bridge.ts';
import type { LiveContract, Opening, PanelFailure } from './messages.ts';

/** What such a page keeps beside its own: the wish of the user that it has followed last. */
export interface KeptWish {
  readonly asked?: string | null;
}

/** The part of a model that panels about something that changes by itself share: what it was told, what went wrong, who listens. */
export abstract class LiveModel<Target, C extends LiveContract<Target>, Kept extends KeptWish> {
  protected readonly bridge: Bridge<C, Kept>;
  opening: Opening<Target> | undefined;
  /** What the user has pressed and what is not answered yet. */
  busy: string | undefined;
  /** The last thing that the user wanted and that did not work. */
  problem: PanelFailure | undefined;
  /** For screen readers. */
  announcement = '';
  readonly #listeners = new Set<() => void>();
  #started = false;

  constructor(bridge: Bridge<C, Kept>) {
    this.bridge = bridge;
    const told = bridge as unknown as Pick<Bridge<LiveContract<Target>, Kept>, 'on'>;
    told.on('opened', (opening) => {
      const before = this.opening?.target;
      const last = this.opening ?? this.bridge.kept;
      this.opening = opening;
      this.opened(opening.target, before, last === undefined || (opening.asked !== null && opening.asked !== last.asked));
      if (before !== undefined || !this.#started) this.refresh();
      this.changed();
    });
    told.on('changed', () => this.refresh());
    told.on('restarted', () => this.refresh());
  }

  /** Asks at once, as the page is loaded: what it is about comes at the same time. */
  start(): void {
    this.#started = true;
    this.refresh();
  }

  /** Asks for everything again; what is shown stays until the answers are there. */
  abstract refresh(): void;

  /**
   * A target was given; the one before it is absent after the page was loaded. `asked`: the user wants it now; else it is known already, and
   * what was chosen in the page since then counts more.
   */
  protected abstract opened(target: Target, before: Target | undefined, asked: boolean): void;

  protected keep(state: Kept): void {
    this.bridge.keep({ ...state, asked: this.opening?.asked ?? null });
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dismiss(): void {
    this.problem = undefined;
    this.changed();
  }

  /** Does what the user wants, one thing at a time; whether it worked. */
  protected async act(busy: string, action: () => Promise<unknown>): Promise<boolean> {
    if (this.busy !== undefined) return false;
    this.busy = busy;
    this.problem = undefined;
    this.changed();
    try {
      await action();
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    } finally {
      this.busy = undefined;
      this.changed();
    }
  }

  protected fail(error: unknown): void {
    const failure = failureOf(error);
    if (failure.reason === 'cancelled') return;
    this.problem = failure;
    this.changed();
  }

  protected changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
