const first = 5_000;
const most = 5 * 60_000;
/** What has held for so long is forgotten. */
const forgetAfter = 10 * 60_000;

/** When something that had to be put right may be tried again: at once, after 5 s, 10 s, … 5 minutes. */
export class Backoff {
  readonly #entries = new Map<string, { attempts: number; last: number; next: number }>();
  readonly #now: () => number;

  /** Milliseconds of a clock that nobody sets. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  allows(key: string): boolean {
    return (this.#entries.get(key)?.next ?? 0) <= this.#now();
  }

  attempted(key: string): void {
    const now = this.#now();
    const attempts = (this.#entries.get(key)?.attempts ?? 0) + 1;
    this.#entries.set(key, { attempts, last: now, next: now + Math.min(first * 2 ** (attempts - 1), most) });
    for (const [each, { last }] of this.#entries) if (now - last > forgetAfter) this.#entries.delete(each);
  }

  /** Milliseconds until the first of these that must wait may be tried; undefined when each may be now. */
  wait(keys: readonly string[]): number | undefined {
    const now = this.#now();
    const waiting = keys.map((key) => this.#entries.get(key)?.next ?? 0).filter((next) => next > now);
    return waiting.length === 0 ? undefined : Math.min(...waiting) - now;
  }
}
