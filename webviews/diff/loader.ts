/** Loads what is looked at: a few at a time, the wanted ones first, and what is no longer wanted is cancelled. */
export class Loader {
  readonly #load: (key: string, signal: AbortSignal) => Promise<void>;
  readonly #most: number;
  readonly #running = new Map<string, AbortController>();
  #wanted: string[] = [];

  /** `load` must not reject. */
  constructor(load: (key: string, signal: AbortSignal) => Promise<void>, most = 4) {
    this.#load = load;
    this.#most = most;
  }

  /** From now on these, in this order. */
  want(keys: readonly string[]): void {
    const wanted = new Set(keys);
    for (const [key, controller] of this.#running) {
      if (!wanted.has(key)) {
        controller.abort();
        this.#running.delete(key);
      }
    }
    this.#wanted = keys.filter((key) => !this.#running.has(key));
    this.#next();
  }

  /** Ends everything. */
  clear(): void {
    this.want([]);
  }

  #next(): void {
    while (this.#running.size < this.#most) {
      const key = this.#wanted.shift();
      if (key === undefined) return;
      const controller = new AbortController();
      this.#running.set(key, controller);
      void this.#load(key, controller.signal).then(() => {
        if (this.#running.get(key) === controller) this.#running.delete(key);
        this.#next();
      });
    }
  }
}
