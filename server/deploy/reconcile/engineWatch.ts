import { setTimeout as wait } from 'node:timers/promises';
import { asFailure } from '../../rpc/failure.ts';
import type { Log } from '../../rpc/log.ts';
import type { Engine, EngineEvent } from '../engine/types.ts';
import { label } from '../labels.ts';

/** Milliseconds between two looks when nothing happens; a tenth more or less, so that hubs do not look at once. */
const relist = 30_000;
/** After something happened, for what comes with it. */
const settle = 100;
/** Looks that events cause are at least so far apart. */
const breath = 500;
const longestPause = 30_000;

export interface WatchedEngine {
  readonly address: string;
  get(signal: AbortSignal): Promise<Engine>;
  /** Looks and puts right what is wrong; answers the milliseconds after which another look is due at the latest. Does not reject. */
  look(signal: AbortSignal): Promise<number | undefined>;
  /** An event of something of ours; answers whether it calls for a look. */
  heard(event: EngineEvent): boolean;
  readonly log: Log;
}

/** Keeps looking at one engine: its events wake it, and it looks anyway now and then. */
export class EngineWatch {
  readonly #watched: WatchedEngine;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** This and the next by `performance.now()`: the time of day may be set back. */
  #due = Number.POSITIVE_INFINITY;
  #lastLook = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #again = false;
  readonly #following: Promise<void>;

  constructor(watched: WatchedEngine) {
    this.#watched = watched;
    this.#following = this.#follow();
  }

  /** A look soon; several wishes are one look. */
  wake(after = settle): void {
    if (this.#ending.signal.aborted) return;
    const now = performance.now();
    const due = Math.max(now + after, this.#lastLook + breath);
    if (due >= this.#due) return;
    this.#due = due;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#start(), due - now);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    clearTimeout(this.#timer);
    await this.#following;
    await this.#looking;
  }

  #start(): void {
    this.#due = Number.POSITIVE_INFINITY;
    if (this.#looking !== undefined) {
      this.#again = true;
      return;
    }
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
    });
  }

  async #look(): Promise<void> {
    const { signal } = this.#ending;
    do {
      this.#again = false;
      const next = (await this.#watched.look(signal)) ?? relist * (0.9 + Math.random() * 0.2);
      this.#lastLook = performance.now();
      if (!this.#again) this.wake(next);
    } while (this.#again && !signal.aborted);
  }

  /** Subscribes before it looks, so that nothing falls in between, and again when the stream is cut. */
  async #follow(): Promise<void> {
    const { signal } = this.#ending;
    const { log, address } = this.#watched;
    for (let pause = 1000; !signal.aborted; pause = Math.min(pause * 2, longestPause)) {
      const since = Date.now();
      const start = performance.now();
      try {
        const engine = await this.#watched.get(signal);
        this.wake(0);
        await engine.events(since, { [label.managed]: '1' }, (event) => this.#watched.heard(event) && this.wake(), signal);
      } catch (error) {
        if (signal.aborted) return;
        log('info', 'events of the engine are cut', { address, error: asFailure(error).message });
        // Whoever reads the state learns that it is out of reach.
        this.wake(0);
      }
      if (performance.now() - start > longestPause) pause = 1000;
      await wait(pause, undefined, { signal, ref: false }).catch(() => {});
    }
  }
}
