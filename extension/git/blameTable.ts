import type { BlamedCommit, BlameOrigin, BlameRuns } from '../../server/protocol/gitTypes.ts';

/** The blame of a document as it arrives: runs in any order, each line at most once answered. Lines are 1-based. */

export interface BlameBatch {
  readonly runs: BlameRuns;
  readonly origins: readonly BlameOrigin[];
  readonly commits: Readonly<Record<string, BlamedCommit>>;
}

/** What is known of one line. */
export interface BlamedLine {
  readonly commit: string;
  /** Line in `origin.path` at `commit`. */
  readonly originalLine: number;
  readonly origin: BlameOrigin;
  readonly facts: BlamedCommit;
}

/** `[first, last]`, inclusive. */
export type LineSpan = readonly [number, number];

export class BlameTable {
  /** Index of the line's run plus one; zero is not known yet. */
  #runOf: Int32Array;
  readonly #line: number[] = [];
  readonly #originalLine: number[] = [];
  readonly #origin: number[] = [];
  readonly #commit: string[] = [];
  readonly #origins: BlameOrigin[] = [];
  readonly #commits = new Map<string, BlamedCommit>();

  constructor(lineCount: number) {
    this.#runOf = new Int32Array(lineCount + 1);
  }

  get lineCount(): number {
    return this.#runOf.length - 1;
  }

  get commits(): ReadonlyMap<string, BlamedCommit> {
    return this.#commits;
  }

  add({ runs, origins, commits }: BlameBatch): void {
    this.#origins.push(...origins);
    for (const [id, facts] of Object.entries(commits)) this.#commits.set(id, facts);
    for (let index = 0; index < runs.line.length; index++) {
      const line = runs.line[index] ?? 1;
      const last = line + (runs.count[index] ?? 1) - 1;
      this.#line.push(line);
      this.#originalLine.push(runs.originalLine[index] ?? line);
      this.#origin.push(runs.origin[index] ?? 0);
      this.#commit.push(runs.commit[index] ?? '');
      if (last > this.lineCount) this.#grow(last);
      this.#runOf.fill(this.#line.length, line, last + 1);
    }
  }

  at(line: number): BlamedLine | undefined {
    const run = (this.#runOf[line] ?? 0) - 1;
    const commit = this.#commit[run];
    if (run < 0 || commit === undefined) return undefined;
    const facts = this.#commits.get(commit);
    const origin = this.#origins[this.#origin[run] ?? 0];
    if (facts === undefined || origin === undefined) return undefined;
    return { commit, facts, origin, originalLine: (this.#originalLine[run] ?? 1) + line - (this.#line[run] ?? line) };
  }

  commitAt(line: number): string | undefined {
    return this.#commit[(this.#runOf[line] ?? 0) - 1];
  }

  /** Neighbouring lines of the same commit, within the given lines, in order; lines not yet known are left out. */
  groups(first: number, last: number): { commit: string; span: LineSpan }[] {
    const found: { commit: string; span: LineSpan }[] = [];
    let start = 0;
    let current: string | undefined;
    for (let line = Math.max(1, first); line <= Math.min(last, this.lineCount) + 1; line++) {
      const commit = line > Math.min(last, this.lineCount) ? undefined : this.commitAt(line);
      if (commit === current) continue;
      if (current !== undefined) found.push({ commit: current, span: [start, line - 1] });
      current = commit;
      start = line;
    }
    return found;
  }

  /** Everything known so far, to be added to another table. */
  asBatch(): BlameBatch {
    const count = this.#line.map((line, run) => {
      let last = line;
      while (this.#runOf[last + 1] === run + 1) last++;
      return last - line + 1;
    });
    return {
      runs: { line: this.#line, count, originalLine: this.#originalLine, commit: this.#commit, origin: this.#origin },
      origins: this.#origins,
      commits: Object.fromEntries(this.#commits),
    };
  }

  spansOf(commit: string): LineSpan[] {
    return this.groups(1, this.lineCount)
      .filter((group) => group.commit === commit)
      .map(({ span }) => span);
  }

  #grow(last: number): void {
    const larger = new Int32Array(last + 1);
    larger.set(this.#runOf);
    this.#runOf = larger;
  }
}

/** Whether an id stands for lines that no commit has yet. */
export function isUncommitted(commit: string): boolean {
  return /^0+$/.test(commit);
}
