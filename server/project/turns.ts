/** Runs what is asked for one thing one after the other, and for different things at once. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** A failure is the caller's own; the next one runs all the same. */
  run<T>(key: string, action: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(action, action);
    this.#last.set(key, turn);
    const forget = () => {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    };
    turn.then(forget, forget);
    return turn;
  }
}
