import type { BlamedCommit, BlameOrigin } from '../protocol/gitTypes.ts';
import { type BlameEntry, utf8 } from './blameParser.ts';

/** Consecutive lines of one commit and origin, as indexes of the table. Lines are 1-based. */
export interface BlameRun {
  readonly line: number;
  readonly count: number;
  readonly originalLine: number;
  readonly commit: number;
  readonly origin: number;
}

/** What a kept blame is on disk. */
export interface PackedBlame {
  lineCount: number;
  ids: string[];
  facts: BlamedCommit[];
  origins: BlameOrigin[];
  /** line, count, originalLine, commit, origin; then the next run. */
  runs: number[];
}

/** The blame of one text: for each line the commit, the line there, and the origin. Lines become known in any order; the first answer stays. */
export class BlameTable {
  readonly ids: string[] = [];
  readonly facts: BlamedCommit[] = [];
  readonly origins: BlameOrigin[] = [];
  /** In the order they became known. */
  readonly runs: BlameRun[] = [];
  readonly #idIndex = new Map<string, number>();
  readonly #originIndex = new Map<string, number>();
  /** By line − 1: index of the commit plus one, zero while unknown. */
  #commit = new Int32Array(256);
  #original = new Int32Array(256);
  #origin = new Int32Array(256);
  #lineCount = 0;
  #known = 0;

  /** Of the lines known so far; of the text when it is complete. */
  get lineCount(): number {
    return this.#lineCount;
  }

  /** How many lines are known. */
  get known(): number {
    return this.#known;
  }

  /** Index of a commit; its facts must come with the first use. */
  commitIndex(id: string, facts: BlamedCommit | undefined): number {
    let index = this.#idIndex.get(id);
    if (index === undefined) {
      index = this.ids.length;
      this.ids.push(id);
      this.facts.push(facts ?? unknownCommit);
      this.#idIndex.set(id, index);
    }
    return index;
  }

  originIndex(origin: BlameOrigin): number {
    const key = origin.previous === undefined ? origin.path : `${origin.path}\0${origin.previous.commit}\0${origin.previous.path}`;
    let index = this.#originIndex.get(key);
    if (index === undefined) {
      index = this.origins.length;
      this.origins.push(origin);
      this.#originIndex.set(key, index);
    }
    return index;
  }

  /** Lines as git named them; answers false when all were known already. */
  addEntry(entry: BlameEntry, facts = entry.facts): void {
    const { path, previous } = entry.origin;
    const origin = {
      path: utf8(path),
      ...(previous === undefined ? {} : { previous: { commit: previous.commit, path: utf8(previous.path) } }),
    };
    this.add(entry.line, entry.count, entry.originalLine, this.commitIndex(entry.commit, facts), this.originIndex(origin));
  }

  add(line: number, count: number, originalLine: number, commit: number, origin: number): void {
    this.#grow(line + count - 1);
    let from = -1;
    for (let index = 0; index <= count; index++) {
      const at = line - 1 + index;
      const fresh = index < count && this.#commit[at] === 0;
      if (fresh) {
        this.#commit[at] = commit + 1;
        this.#original[at] = originalLine + index;
        this.#origin[at] = origin;
        this.#known++;
        if (from < 0) from = index;
      } else if (from >= 0) {
        this.runs.push({ line: line + from, count: index - from, originalLine: originalLine + from, commit, origin });
        from = -1;
      }
    }
  }

  /** Takes over lines `from … from + count − 1` of another table as lines from `line` on. False when one of them is not known there. */
  copy(source: BlameTable, from: number, count: number, line: number): boolean {
    let complete = true;
    for (let index = 0; index < count; ) {
      const run = source.runAt(from + index, count - index);
      if (run === undefined) {
        complete = false;
        index++;
        continue;
      }
      const commit = this.commitIndex(source.ids[run.commit] as string, source.facts[run.commit]);
      this.add(line + index, run.count, run.originalLine, commit, this.originIndex(source.origins[run.origin] as BlameOrigin));
      index += run.count;
    }
    return complete;
  }

  isKnown(line: number): boolean {
    return (this.#commit[line - 1] ?? 0) !== 0;
  }

  /** The run that starts at a line and covers at most `limit` lines. */
  runAt(line: number, limit: number): BlameRun | undefined {
    const commit = this.#commit[line - 1] ?? 0;
    if (commit === 0 || limit < 1) return undefined;
    const originalLine = this.#original[line - 1] ?? 0;
    const origin = this.#origin[line - 1] ?? 0;
    let count = 1;
    while (
      count < limit &&
      this.#commit[line - 1 + count] === commit &&
      this.#original[line - 1 + count] === originalLine + count &&
      this.#origin[line - 1 + count] === origin
    )
      count++;
    return { line, count, originalLine, commit: commit - 1, origin };
  }

  /** Runs of known lines in order of lines, `first` to `last` inclusive. */
  *ordered(first = 1, last = this.#lineCount): Generator<BlameRun> {
    for (let line = first; line <= last; ) {
      const run = this.runAt(line, last - line + 1);
      if (run !== undefined) yield run;
      line += run?.count ?? 1;
    }
  }

  pack(): PackedBlame {
    const runs: number[] = [];
    for (const run of this.ordered()) runs.push(run.line, run.count, run.originalLine, run.commit, run.origin);
    return { lineCount: this.#lineCount, ids: this.ids, facts: this.facts, origins: this.origins, runs };
  }

  /** Undefined when the columns do not fit together. */
  static unpack(packed: PackedBlame): BlameTable | undefined {
    const table = new BlameTable();
    const { ids, facts, origins, runs, lineCount } = packed;
    if (!Array.isArray(ids) || !Array.isArray(runs) || !Array.isArray(origins) || !Array.isArray(facts) || facts.length !== ids.length)
      return undefined;
    ids.forEach((id, index) => void table.commitIndex(id, facts[index]));
    for (const origin of origins) table.originIndex(origin);
    for (let at = 0; at + 4 < runs.length; at += 5) {
      const line = runs[at] as number;
      const count = runs[at + 1] as number;
      const original = runs[at + 2] as number;
      const commit = runs[at + 3] as number;
      const origin = runs[at + 4] as number;
      if (
        !(line >= 1 && count >= 1 && line + count - 1 <= lineCount) ||
        table.ids[commit] === undefined ||
        table.origins[origin] === undefined
      )
        return undefined;
      table.add(line, count, original, commit, origin);
    }
    return table.#known === lineCount && table.#lineCount === lineCount ? table : undefined;
  }

  #grow(lines: number): void {
    if (lines > this.#commit.length) {
      const size = Math.max(lines, this.#commit.length * 2);
      this.#commit = enlarged(this.#commit, size);
      this.#original = enlarged(this.#original, size);
      this.#origin = enlarged(this.#origin, size);
    }
    if (lines > this.#lineCount) this.#lineCount = lines;
  }
}

function enlarged(array: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(size);
  larger.set(array);
  return larger;
}

/** Never seen: git sends the facts with the first entry of each commit. */
const unknownCommit: BlamedCommit = {
  author: '',
  authorMail: '',
  authorTime: 0,
  authorTz: '+0000',
  committer: '',
  committerMail: '',
  committerTime: 0,
  committerTz: '+0000',
  summary: '',
};
