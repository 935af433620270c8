import type { FileRef } from '../protocol/gitTypes.ts';
import type { HistoryRow } from './historyParser.ts';
import { RowBatch } from './rowBatch.ts';

export interface HistoryRequest {
  readonly file: FileRef;
  /** HEAD when absent. */
  readonly revision?: string | undefined;
  readonly lines?: { readonly start: number; readonly end: number } | undefined;
  readonly function?: string | undefined;
  readonly contents?: string | undefined;
  readonly limit: number;
  readonly skip: number;
}

/** How long git may say nothing: the next commit of a rarely touched file may be far away. */
export const historySilence = 300_000;

/** Counts rows into a page: drops those before it, says when it is full. `git log --follow` itself cannot skip (it counts hidden commits). */
export class Page {
  readonly #limit: number;
  readonly #skip: number;
  readonly #batch: RowBatch<HistoryRow>;
  seen = 0;

  constructor({ limit, skip }: { limit: number; skip: number }, emit: (rows: HistoryRow[]) => unknown) {
    this.#limit = limit;
    this.#skip = skip;
    this.#batch = new RowBatch(emit);
  }

  /** A promise while the reader is busy: wait for it before reading on. */
  get taken(): unknown {
    return this.#batch.taken;
  }

  /** True when there is a row beyond the page: stop reading. */
  take(rows: readonly HistoryRow[]): boolean {
    for (const row of rows) {
      this.seen++;
      if (this.seen > this.#skip + this.#limit) {
        this.end();
        return true;
      }
      if (this.seen > this.#skip) this.#batch.add(row);
    }
    this.#batch.tick();
    return false;
  }

  end(): void {
    this.#batch.flush();
  }
}
