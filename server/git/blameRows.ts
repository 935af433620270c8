import type { BlamedCommit, BlameOrigin, BlameRuns } from '../protocol/gitTypes.ts';
import type { BlameRun, BlameTable } from './blameTable.ts';

/** A batch of rows of the contract. */
export interface BlameRows {
  runs: BlameRuns;
  origins: BlameOrigin[];
  commits: Record<string, BlamedCommit>;
}

/**
 * Turns runs of tables into rows of one answer: origins get the numbers of this answer, and a commit or an origin travels once, with the
 * first run that names it.
 */
export class RowWriter {
  readonly #commits = new Set<string>();
  readonly #origins = new Map<string, number>();
  /** By table, by its origin index: the number in this answer. Spares the text of the key for each of thousands of rows. */
  readonly #known = new Map<BlameTable, number[]>();
  #rows = emptyRows();

  get size(): number {
    return this.#rows.runs.line.length;
  }

  /** Adds a run of a table; `line` where it stands in the answer. */
  add(table: BlameTable, run: BlameRun, line = run.line): void {
    const id = table.ids[run.commit] as string;
    let known = this.#known.get(table);
    if (known === undefined) {
      known = [];
      this.#known.set(table, known);
    }
    let origin = known[run.origin];
    if (origin === undefined) {
      origin = this.#originOf(table.origins[run.origin] as BlameOrigin);
      known[run.origin] = origin;
    }
    this.#push(line, run.count, run.originalLine, id, table.facts[run.commit] as BlamedCommit, origin);
  }

  addRow(line: number, count: number, originalLine: number, id: string, facts: BlamedCommit, origin: BlameOrigin): void {
    this.#push(line, count, originalLine, id, facts, this.#originOf(origin));
  }

  #originOf(origin: BlameOrigin): number {
    const key = `${origin.path}\0${origin.previous?.commit ?? ''}\0${origin.previous?.path ?? ''}`;
    let index = this.#origins.get(key);
    if (index === undefined) {
      index = this.#origins.size;
      this.#origins.set(key, index);
      this.#rows.origins.push(origin);
    }
    return index;
  }

  #push(line: number, count: number, originalLine: number, id: string, facts: BlamedCommit, origin: number): void {
    const { runs, commits } = this.#rows;
    if (!this.#commits.has(id)) {
      this.#commits.add(id);
      commits[id] = facts;
    }
    runs.line.push(line);
    runs.count.push(count);
    runs.originalLine.push(originalLine);
    runs.commit.push(id);
    runs.origin.push(origin);
  }

  /** What came since the last call; undefined when nothing did. */
  take(): BlameRows | undefined {
    if (this.size === 0) return undefined;
    const rows = this.#rows;
    this.#rows = emptyRows();
    return rows;
  }
}

export function emptyRows(): BlameRows {
  return { runs: { line: [], count: [], originalLine: [], commit: [], origin: [] }, origins: [], commits: {} };
}
