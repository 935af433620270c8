/** Rows on their way to a client: the first at once, then in batches, so that a long list costs few messages and a slow one still moves. */
export class RowBatch<T> {
  readonly #emit: (rows: T[]) => unknown;
  /** A promise while the reader is busy with the last batch: wait for it between pieces of input, or rows pile up in memory. */
  taken: unknown;
  #rows: T[] = [];
  #last = Number.NEGATIVE_INFINITY;
  readonly #size: number;
  readonly #wait: number;

  /** A batch goes out when it has `size` rows, or at a `tick` when `wait` milliseconds have passed since the last one. */
  constructor(emit: (rows: T[]) => unknown, size = 500, wait = 30) {
    this.#emit = emit;
    this.#size = size;
    this.#wait = wait;
  }

  add(row: T): void {
    this.#rows.push(row);
    if (this.#rows.length >= this.#size) this.flush();
  }

  /** Called after each piece of input. */
  tick(): void {
    if (this.#rows.length > 0 && performance.now() - this.#last >= this.#wait) this.flush();
  }

  flush(): void {
    if (this.#rows.length === 0) return;
    const rows = this.#rows;
    this.#rows = [];
    this.#last = performance.now();
    this.taken = this.#emit(rows);
  }
}
