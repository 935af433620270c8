import type { Beat } from '../../protocol/monitorTypes.ts';
import type { Transaction } from '../../store/types.ts';
import { appendRun, type BeatRun, runsOf } from './hours.ts';

/** Beats taken out of the buffer to be written. */
export interface BeatBatch {
  readonly beats: ReadonlyMap<string, readonly Beat[]>;
  write(transaction: Transaction): void;
}

/** Beats wait here a few seconds, so that many of them share one record of the journal. */
export class BeatBuffer {
  readonly #waiting = new Map<string, Beat[]>();
  /** The message that stands last in the hour of a monitor: the next beat need not repeat it. */
  readonly #last = new Map<string, { hour: number; message: string | null }>();

  get size(): number {
    return this.#waiting.size;
  }

  add(monitor: string, beat: Beat): void {
    const waiting = this.#waiting.get(monitor);
    if (waiting === undefined) this.#waiting.set(monitor, [beat]);
    else waiting.push(beat);
  }

  /** Monitors of which something waits. */
  get monitors(): string[] {
    return [...this.#waiting.keys()];
  }

  /** What waits of these monitors. Whoever takes it writes it, or puts it back. */
  take(monitors: readonly string[] = this.monitors): BeatBatch {
    const beats = new Map<string, Beat[]>();
    const runs: BeatRun[] = [];
    for (const monitor of monitors) {
      const waiting = this.#waiting.get(monitor);
      if (waiting === undefined) continue;
      this.#waiting.delete(monitor);
      beats.set(monitor, waiting);
      const packed = runsOf(monitor, waiting, this.#last.get(monitor));
      runs.push(...packed.runs);
      if (packed.last !== undefined) this.#last.set(monitor, packed.last);
    }
    return {
      beats,
      write: (transaction) => {
        for (const run of runs) appendRun(transaction, run);
      },
    };
  }

  /** It could not be written: it waits again, before what came meanwhile. */
  putBack({ beats }: BeatBatch): void {
    for (const [monitor, each] of beats) {
      this.#waiting.set(monitor, [...each, ...(this.#waiting.get(monitor) ?? [])]);
      this.#last.delete(monitor);
    }
  }

  forget(monitor: string): void {
    this.#waiting.delete(monitor);
    this.#last.delete(monitor);
  }
}
