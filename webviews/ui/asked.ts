import { failureOf } from './bridge.ts';
import type { PanelFailure } from './messages.ts';

/** Something that is asked for: what there is, and why there is nothing newer. */
export type Asked<T> =
  | { readonly kind: 'waiting'; readonly value?: T }
  | { readonly kind: 'there'; readonly value: T }
  | { readonly kind: 'failed'; readonly failure: PanelFailure; readonly value?: T };

export function failedWith<T>(failure: PanelFailure, value: T | undefined): Asked<T> {
  return value === undefined ? { kind: 'failed', failure } : { kind: 'failed', failure, value };
}

/** One question of a kind at a time: a newer one makes the answer of the older worthless. */
export class Questions {
  readonly #asked = new Map<string, AbortController>();
  readonly #settled: () => void;

  /** `settled` is called after each answer was taken. */
  constructor(settled: () => void) {
    this.#settled = settled;
  }

  /** Whether such a question waits for its answer. */
  has(what: string): boolean {
    return this.#asked.has(what);
  }

  async ask<T>(
    what: string,
    ask: (signal: AbortSignal) => Promise<T>,
    take: (value: T) => void,
    fail: (failure: PanelFailure) => void,
  ): Promise<void> {
    this.#asked.get(what)?.abort();
    const control = new AbortController();
    this.#asked.set(what, control);
    try {
      const value = await ask(control.signal);
      if (!control.signal.aborted) take(value);
    } catch (error) {
      const failure = failureOf(error);
      if (!control.signal.aborted && failure.reason !== 'cancelled') fail(failure);
    }
    if (this.#asked.get(what) === control) this.#asked.delete(what);
    this.#settled();
  }
}
