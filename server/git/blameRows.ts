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
  #rows = emptyRows();

  get size(): number {
    return this.#rows.runs.line.length;
  }

  /** Adds a run of a table; `line` where it stands in the answer. */
  add(table: BlameTable, run: BlameRun, line = run.line): void {
    const id = table.ids[run.commit] as string;
    this.addRow(line, run.count, run.originalLine, id, table.facts[run.commit] as BlamedCommit, table.origins[run.origin] as BlameOrigin);
  }

  addRow(line: number, count: number, originalLine: number, id: string, facts: BlamedCommit, origin: BlameOrigin): void {
    const { runs, origins, commits } = this.#rows;
    if (!this.#commits.has(id)) {
      this.#commits.add(id);
      commits[id] = facts;
    }
    const key = `${origin.path}\0${origin.previous?.commit ?? ''}\0${origin.previous?.path ?? ''}`;
    let index = this.#origins.get(key);
    if (index === undefined) {
      index = this.#origins.size;
      this.#origins.set(key, index);
      origins.push(origin);
    }
    runs.line.push(line);
    runs.count.push(count);
    runs.originalLine.push(originalLine);
    runs.commit.push(id);
    runs.origin.push(index);
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
