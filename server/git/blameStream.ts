import type { BlameView } from './blame.ts';
import type { LiveBlame } from './blameLive.ts';
import { type BlameRows, RowWriter } from './blameRows.ts';
import type { BlameRun } from './blameTable.ts';

type Range = { start: number; end: number };

/** Milliseconds between two messages while rows come in; the first one goes at once. */
const pause = 25;
/** Rows of one message: a window must not wait for a parcel of megabytes. */
const most = 2000;

/** Sends the rows of one answer as they become known, each line once, from whichever blame knows it first. */
export class RowStream {
  readonly #emit: (rows: BlameRows) => void;
  readonly #writer = new RowWriter();
  readonly #low: number;
  #high: number;
  /** By line − 1: one when it was sent. */
  #sent = new Uint8Array(1024);
  readonly #next = new Map<LiveBlame, number>();
  #last = Number.NEGATIVE_INFINITY;

  /** `wanted` limits the lines; all when undefined. */
  constructor(wanted: Range | undefined, emit: (rows: BlameRows) => void) {
    this.#emit = emit;
    this.#low = wanted?.start ?? 1;
    this.#high = wanted?.end ?? Number.POSITIVE_INFINITY;
  }

  /** Sends what a blame knows and was not sent yet; a blame of more than the answer's lines is cut. */
  pump(live: LiveBlame): void {
    const { runs } = live.table;
    let next = this.#next.get(live) ?? 0;
    for (; next < runs.length; next++) this.#add(live, runs[next] as BlameRun);
    this.#next.set(live, next);
    if (performance.now() - this.#last >= pause) this.flush();
  }

  flush(): void {
    const rows = this.#writer.take();
    if (rows === undefined) return;
    this.#last = performance.now();
    this.#emit(rows);
  }

  /** Sends a blame until it is complete; `first` come first where they are known already. Rejects with the failure of the blame. */
  async follow({ live, lineCount }: BlameView, first: Range | undefined, signal: AbortSignal): Promise<void> {
    const { table } = live;
    this.#high = Math.min(this.#high, lineCount ?? Number.POSITIVE_INFINITY);
    if (live.state === 'done' && first !== undefined) {
      for (const run of table.ordered(Math.max(1, first.start), Math.min(first.end, table.lineCount))) this.#add(live, run);
      this.flush();
    }
    const stop = live.onChange(() => this.pump(live));
    try {
      this.pump(live);
      await live.finish(signal);
      this.pump(live);
      this.flush();
    } finally {
      stop();
    }
  }

  #add(live: LiveBlame, run: BlameRun): void {
    const to = Math.min(run.line + run.count - 1, this.#high);
    if (to > this.#sent.length) {
      const larger = new Uint8Array(Math.max(to, this.#sent.length * 2));
      larger.set(this.#sent);
      this.#sent = larger;
    }
    for (let line = Math.max(run.line, this.#low); line <= to; line++) {
      if (this.#sent[line - 1] === 1) continue;
      const from = line;
      while (line <= to && this.#sent[line - 1] !== 1) this.#sent[line++ - 1] = 1;
      this.#writer.add(live.table, { ...run, line: from, count: line - from, originalLine: run.originalLine + from - run.line });
    }
    if (this.#writer.size >= most) this.flush();
  }
}
