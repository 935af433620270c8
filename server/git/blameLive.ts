import { cancelled } from '../rpc/failure.ts';
import { BlameTable } from './blameTable.ts';

/** What the maker of a blame is given. */
export interface BlameWork {
  readonly table: BlameTable;
  readonly signal: AbortSignal;
  /** Called after lines became known. */
  readonly changed: () => void;
}

/**
 * A blame that is being made or is complete. All who want the same one share it; it is given up when nobody holds it any more,
 * and whoever let go last waits until its process has ended.
 */
export class LiveBlame {
  readonly table: BlameTable;
  readonly #controller = new AbortController();
  readonly #listeners = new Set<() => void>();
  /** Settles when the work has ended, well or not; never rejects. */
  readonly #ended: Promise<void>;
  #state: { kind: 'running' } | { kind: 'done' } | { kind: 'failed'; error: unknown } = { kind: 'running' };
  #holders = 0;

  private constructor(table: BlameTable, work?: (work: BlameWork) => Promise<void>) {
    this.table = table;
    if (work === undefined) {
      this.#state = { kind: 'done' };
      this.#ended = Promise.resolve();
      return;
    }
    const changed = () => this.notify();
    this.#ended = work({ table, signal: this.#controller.signal, changed })
      .then(
        () => {
          this.#state = { kind: 'done' };
        },
        (error: unknown) => {
          this.#state = { kind: 'failed', error };
        },
      )
      .then(changed);
  }

  static start(work: (work: BlameWork) => Promise<void>): LiveBlame {
    return new LiveBlame(new BlameTable(), work);
  }

  static complete(table: BlameTable): LiveBlame {
    return new LiveBlame(table);
  }

  get state(): 'running' | 'done' | 'failed' {
    return this.#state.kind;
  }

  /** Whether the work was given up: a new one must be started. */
  get abandoned(): boolean {
    return this.#controller.signal.aborted || this.#state.kind === 'failed';
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Keeps the work going. Call what is answered to let go; it resolves when, for the last holder, the work has ended. */
  hold(): () => Promise<void> {
    this.#holders++;
    let held = true;
    return async () => {
      if (!held) return;
      held = false;
      this.#holders--;
      if (this.#holders > 0 || this.#state.kind !== 'running') return;
      this.#controller.abort();
      await this.#ended;
    };
  }

  /** Tells that lines became known. */
  notify(): void {
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the blame is complete; rejects with its failure. Letting go through the signal gives it up if nobody else holds it. */
  async finish(signal?: AbortSignal): Promise<void> {
    const release = this.hold();
    let stop = () => {};
    try {
      await new Promise<void>((resolve) => {
        const onAbort = () => resolve();
        stop = () => signal?.removeEventListener('abort', onAbort);
        if (signal?.aborted) resolve();
        signal?.addEventListener('abort', onAbort, { once: true });
        void this.#ended.then(resolve);
      });
    } finally {
      stop();
      await release();
    }
    if (signal?.aborted) throw cancelled();
    if (this.#state.kind === 'failed') throw this.#state.error;
  }
}
