import type { Clock } from '../clock.ts';
import { DueHeap } from './heap.ts';

/** What the scheduler knows of one monitor. Milliseconds. */
export interface Schedule {
  readonly id: string;
  readonly interval: number;
  /** At most two looks at one host at the same time; undefined: there is none. */
  readonly host: string | undefined;
}

interface SchedulerOptions {
  readonly clock: Clock;
  /** One look; answers after how long the next one is wanted, undefined: at its usual time. Never rejects. */
  look(id: string): Promise<number | undefined>;
  /** The process slept or stood still: longer than two intervals of whatever is due. */
  gap(milliseconds: number): void;
  readonly random?: () => number;
  readonly limit?: number;
  readonly perHost?: number;
}

interface Entry extends Schedule {
  /** Where in the interval its looks lie. */
  readonly phase: number;
  running: boolean;
  /** A look was asked for while one was running. */
  again: boolean;
}

/** Looks begin up to so much of the interval earlier or later. */
const jitter = 0.05;
/** Looks that lie within so much of their interval, and so many milliseconds, are one. */
const [slack, mostSlack] = [0.005, 300];
/** Many that are due at once are spread over so long, each of them so much more. */
const [leastSpread, spreadEach] = [1000, 20];

/**
 * Says when to look at what: each monitor at its own place in its interval, on the monotonic clock, one timer for all. A look that still runs
 * is not begun again; those that find no free place wait their turn.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #due = new DueHeap();
  readonly #hosts = new Map<string, number>();
  /** Due, but without a free place, in order. */
  #waiting: string[] = [];
  #running = 0;
  #disarm: (() => void) | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many are due and wait for a free place. */
  get behind(): number {
    return this.#waiting.length;
  }

  /** Adds a monitor, or changes it. `age`: how long ago somebody looked last; undefined: nobody ever did. */
  set({ id, interval, host }: Schedule, age: number | undefined): void {
    const known = this.#entries.get(id);
    const phase = hashOf(id) % interval;
    this.#entries.set(id, { id, interval, host, phase, running: known?.running ?? false, again: false });
    if (known?.running === true) return;
    const left = age === undefined ? 0 : interval - age;
    // What would be looked at just now is spread: many monitors come at once when a hub starts.
    const delay = left > 0 ? Math.min(left, interval) : hashOf(id) % this.#spread(interval);
    this.#waiting = this.#waiting.filter((each) => each !== id);
    this.#due.set(id, this.#options.clock.monotonic() + delay);
    this.#arm();
  }

  delete(id: string): void {
    this.#entries.delete(id);
    this.#due.delete(id);
    this.#waiting = this.#waiting.filter((each) => each !== id);
    this.#arm();
  }

  /** Looks after so many milliseconds, instead of at its usual time; one that looks now looks again. */
  after(id: string, delay: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || this.#waiting.includes(id)) return;
    if (entry.running) {
      entry.again = true;
      return;
    }
    this.#due.set(id, this.#options.clock.monotonic() + delay);
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#disarm?.();
    this.#disarm = undefined;
    this.#waiting = [];
  }

  #spread(interval: number): number {
    return Math.max(1, Math.min(interval, Math.max(leastSpread, this.#entries.size * spreadEach)));
  }

  #arm(): void {
    const due = this.#due.first?.due ?? Number.POSITIVE_INFINITY;
    if (this.#stopped || (this.#disarm !== undefined && due === this.#armedFor)) return;
    this.#disarm?.();
    this.#disarm = undefined;
    this.#armedFor = due;
    if (due === Number.POSITIVE_INFINITY) return;
    this.#disarm = this.#options.clock.timer(due - this.#options.clock.monotonic(), () => this.#ring(due));
  }

  #ring(expected: number): void {
    this.#disarm = undefined;
    const now = this.#options.clock.monotonic();
    const late = now - expected;
    const first = this.#entries.get(this.#due.first?.id ?? '');
    if (first !== undefined && late > 2 * first.interval) this.#options.gap(late);
    for (let next = this.#due.first; next !== undefined && next.due <= now + this.#slackOf(next.id); next = this.#due.first) {
      this.#due.delete(next.id);
      const entry = this.#entries.get(next.id);
      if (entry === undefined) continue;
      // Of what was missed nothing is made up, and what is due together is not begun together.
      if (now - next.due > entry.interval) this.#due.set(entry.id, now + 1 + (hashOf(entry.id) % this.#spread(entry.interval)));
      else this.#waiting.push(next.id);
    }
    this.#fill();
    this.#arm();
  }

  /** What is due so soon is begun together: a process that wakes up less often costs less. */
  #slackOf(id: string): number {
    return Math.min(mostSlack, (this.#entries.get(id)?.interval ?? 0) * slack);
  }

  /** Begins what waits, as far as there is room. */
  #fill(): void {
    const { limit = 50, perHost = 2 } = this.#options;
    const still: string[] = [];
    for (const id of this.#waiting) {
      const entry = this.#entries.get(id);
      if (entry === undefined) continue;
      const host = entry.host ?? `\0${id}`;
      if (this.#running >= limit || (this.#hosts.get(host) ?? 0) >= perHost) still.push(id);
      else void this.#begin(entry, host);
    }
    this.#waiting = still;
  }

  async #begin(entry: Entry, host: string): Promise<void> {
    entry.running = true;
    this.#running++;
    this.#hosts.set(host, (this.#hosts.get(host) ?? 0) + 1);
    let next: number | undefined;
    try {
      next = await this.#options.look(entry.id);
    } finally {
      this.#running--;
      const left = (this.#hosts.get(host) ?? 1) - 1;
      if (left === 0) this.#hosts.delete(host);
      else this.#hosts.set(host, left);
      // It may have been changed, or taken out and added again, meanwhile.
      const now = this.#entries.get(entry.id);
      if (now !== undefined && !this.#stopped) {
        now.running = false;
        this.#due.set(now.id, this.#nextOf(now, now.again ? 0 : next));
        now.again = false;
      }
      if (!this.#stopped) {
        this.#fill();
        this.#arm();
      }
    }
  }

  /** The next of its places in time that is not too near, give or take; or the time that was asked for. */
  #nextOf({ interval, phase }: Entry, wanted: number | undefined): number {
    const now = this.#options.clock.monotonic();
    if (wanted !== undefined) return now + wanted;
    const { random = Math.random } = this.#options;
    const from = now + interval / 2;
    const place = Math.ceil((from - phase) / interval) * interval + phase;
    return Math.max(now + 1, place + (random() * 2 - 1) * jitter * interval);
  }
}

/** FNV-1a: spreads ids that differ in little. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return (hash ^ (hash >>> 15)) >>> 0;
}
