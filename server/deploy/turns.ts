import { cancelled } from '../rpc/failure.ts';

/** At most so many at once; the others wait in line. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** `waits` is called when it is not at once. Rejects with `cancelled` when the signal fires before its turn has come. */
  async run<T>(act: () => Promise<T>, signal: AbortSignal, waits: () => void): Promise<T> {
    if (this.#free > 0) this.#free--;
    else {
      waits();
      await this.#wait(signal);
    }
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        const at = this.#waiting.indexOf(go);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(cancelled());
      };
      const go = () => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      if (signal.aborted) return reject(cancelled());
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.push(go);
    });
  }
}
