import { setTimeout as wait } from 'node:timers/promises';
import type { OutputLine } from '../../protocol/runtime.ts';
import { asFailure } from '../../rpc/failure.ts';
import type { OutputPosition } from '../engine/types.ts';
import type { OutputPump } from './outputPump.ts';
import { type LogQuestion, type Speaker, streamsOf } from './speakers.ts';

/** How often it is looked for containers that have come or come back, in milliseconds. */
const lookEvery = 1000;
/** An engine that is restarted is waited for so many looks. */
const mostMisses = 60;

interface Following {
  readonly pump: OutputPump<OutputLine>;
  /** How far each container was read, by its id. */
  readonly positions: Map<string, OutputPosition>;
  readonly question: Pick<LogQuestion, 'since' | 'stream'>;
  /** Those of the releases that are live now; `not-found` while nothing is. */
  speakers(signal: AbortSignal): Promise<Speaker[]>;
}

/**
 * Hears containers on and on: those that are restarted, and those of releases that become live. What comes faster than it is taken is counted and
 * left out, so that the newest is seen.
 */
export class Follower {
  readonly #following: Following;
  readonly #heard = new Map<string, Promise<void>>();
  /** Has said everything it will say unless it runs again. */
  readonly #silent = new Set<string>();
  readonly #ended = new AbortController();
  #failure: { readonly error: unknown } | undefined;

  constructor(following: Following) {
    this.#following = following;
  }

  /** Until the signal fires. Rejects with `cancelled` then, and with what makes going on impossible. */
  async run(first: readonly Speaker[], signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#ended.signal]);
    try {
      let misses = 0;
      for (let speakers = first; ; ) {
        this.#hear(speakers, either);
        await wait(lookEvery, undefined, { signal: either }).catch(() => {});
        if (this.#failure !== undefined) throw this.#failure.error;
        signal.throwIfAborted();
        try {
          speakers = await this.#following.speakers(either);
          misses = 0;
        } catch (error) {
          signal.throwIfAborted();
          speakers = [];
          const { reason } = asFailure(error);
          if (reason !== 'not-found' && (reason !== 'docker-unavailable' || ++misses > mostMisses)) throw error;
        }
      }
    } finally {
      this.#ended.abort();
      await Promise.all(this.#heard.values());
    }
  }

  #hear(speakers: readonly Speaker[], signal: AbortSignal): void {
    for (const speaker of speakers) {
      const { id, state } = speaker.row;
      const isOver = state !== 'running' && state !== 'paused';
      if (this.#heard.has(id) || state === 'created' || (isOver && this.#silent.has(id))) continue;
      const heard = this.#follow(speaker, signal)
        .then(() => {
          if (isOver) this.#silent.add(id);
          else this.#silent.delete(id);
        })
        .catch((error: unknown) => this.#note(error))
        .finally(() => this.#heard.delete(id));
      this.#heard.set(id, heard);
    }
  }

  async #follow({ engine, row, shown }: Speaker, signal: AbortSignal): Promise<void> {
    const { pump, positions, question } = this.#following;
    const after = positions.get(row.id);
    const options = {
      ...{ follow: true, full: () => pump.full, ...streamsOf(question.stream) },
      ...(after === undefined ? {} : { after }),
      ...(question.since === undefined ? {} : { since: question.since }),
    };
    for await (const { lines, dropped, position } of engine.containerOutput(row.id, options, signal)) {
      if (position !== undefined) positions.set(row.id, position);
      pump.drop(dropped);
      pump.add(shown(lines));
    }
  }

  /** A container that is removed and an engine that ends are waited for; anything else is the end. */
  #note(error: unknown): void {
    if (this.#ended.signal.aborted) return;
    const { reason } = asFailure(error);
    if (reason === 'not-found' || reason === 'conflict' || reason === 'docker-unavailable' || reason === 'cancelled') return;
    this.#failure ??= { error };
    this.#ended.abort();
  }
}
