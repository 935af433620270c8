import { cancelled } from '../rpc/failure.ts';

/** What waits: `visible` is in front of a person's eyes, `background` fills caches. */
export type Priority = 'visible' | 'background';

interface Waiting {
  readonly priority: Priority;
  readonly start: () => void;
}

/** Bounded concurrency for one repository: visible work first, background never takes the last slots. */
export class Queue {
  readonly #limit: number;
  readonly #backgroundLimit: number;
  #running = 0;
  #background = 0;
  readonly #waiting: Waiting[] = [];

  constructor(limit = 6, backgroundLimit = 2) {
    this.#limit = limit;
    this.#backgroundLimit = backgroundLimit;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves with a release function when a slot is free; rejects with `cancelled` when the signal fires first. */
  acquire(priority: Priority, signal?: AbortSignal): Promise<() => void> {
    if (signal?.aborted) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        priority,
        start: () => {
          signal?.removeEventListener('abort', onAbort);
          this.#running++;
          if (priority === 'background') this.#background++;
          let released = false;
          resolve(() => {
            if (released) return;
            released = true;
            this.#running--;
            if (priority === 'background') this.#background--;
            this.#next();
          });
        },
      };
      const onAbort = () => {
        const at = this.#waiting.indexOf(entry);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(cancelled());
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(entry);
      this.#next();
    });
  }

  #next(): void {
    while (this.#running < this.#limit) {
      let at = this.#waiting.findIndex((each) => each.priority === 'visible');
      if (at < 0 && this.#background < this.#backgroundLimit) at = this.#waiting.length > 0 ? 0 : -1;
      const entry = at < 0 ? undefined : this.#waiting.splice(at, 1)[0];
      if (entry === undefined) return;
      entry.start();
    }
  }
}

interface Flight<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  riders: number;
}

/**
 * One flight per key: equal requests share one piece of work, which is cancelled only when nobody waits for it any more.
 * A rider that leaves while others stay is answered at once; the last one waits until the work has really ended.
 */
export class Flights<T> {
  readonly #flights = new Map<string, Flight<T>>();

  get size(): number {
    return this.#flights.size;
  }

  async join(key: string, signal: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal?.aborted) throw cancelled();
    let flight = this.#flights.get(key);
    if (flight === undefined || flight.controller.signal.aborted) {
      const controller = new AbortController();
      const created: Flight<T> = {
        controller,
        riders: 0,
        promise: start(controller.signal).finally(() => {
          if (this.#flights.get(key) === created) this.#flights.delete(key);
        }),
      };
      created.promise.catch(() => {});
      this.#flights.set(key, created);
      flight = created;
    }
    const ridden = flight;
    ridden.riders++;
    if (signal === undefined) return ridden.promise.finally(() => ridden.riders--);
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        ridden.riders--;
        if (ridden.riders > 0) reject(cancelled());
        else {
          ridden.controller.abort();
          ridden.promise.then(
            () => reject(cancelled()),
            () => reject(cancelled()),
          );
        }
      };
      signal.addEventListener('abort', leave, { once: true });
      const settle = (act: () => void) => {
        if (signal.aborted) return;
        signal.removeEventListener('abort', leave);
        ridden.riders--;
        act();
      };
      ridden.promise.then(
        (value) => settle(() => resolve(value)),
        (error) => settle(() => reject(error)),
      );
    });
  }
}
