import { matchLines } from './lineMatch.ts';

/** The line was typed (or changed) and stands nowhere in the text that the map starts from. */
export const uncommitted = -1;
/** Just edited: `settle` decides what it is. */
const unsettled = -2;

/**
 * Follows the lines of a text that is being edited back to the lines of the text it started from (the base). Lines are 0-based here.
 * A line that is typed again, or comes back by undo, finds its base line again: what is between two known lines is compared with what
 * stood between them in the base. No line is ever mapped to one with another text.
 */
export class LineMap {
  readonly #base: readonly string[];
  #lines: number[];
  /** First and last line that an edit touched since the last `settle`. */
  #from = Number.POSITIVE_INFINITY;
  #to = -1;

  /** `lines` says where each line of the text stands in the base; values below −2 are the caller's own and stay with their line. */
  constructor(base: readonly string[], lines: readonly number[]) {
    this.#base = base;
    this.#lines = [...lines];
  }

  get lineCount(): number {
    return this.#lines.length;
  }

  /** The base line of a line, or `uncommitted`, or the caller's own value. */
  at(line: number): number {
    return this.#lines[line] ?? uncommitted;
  }

  get lines(): readonly number[] {
    return this.#lines;
  }

  /** Lines `start` to `end`, inclusive, were replaced by `count` lines. */
  edit(start: number, end: number, count: number): void {
    const added = new Array<number>(count).fill(unsettled);
    const removed = end - start + 1;
    // Spreading a large paste into arguments would exceed what a call takes.
    if (count < 1000) this.#lines.splice(start, removed, ...added);
    else this.#lines = [...this.#lines.slice(0, start), ...added, ...this.#lines.slice(end + 1)];
    const shift = count - removed;
    if (this.#to > end) this.#to += shift;
    else if (this.#to >= start) this.#to = start + count - 1;
    if (this.#from > end && this.#from !== Number.POSITIVE_INFINITY) this.#from += shift;
    this.#from = Math.min(this.#from, start);
    this.#to = Math.max(this.#to, start + count - 1);
  }

  /** Finds the base lines of what was edited; `textOf` gives the text of a line as it is now. */
  settle(textOf: (line: number) => string): void {
    if (this.#from > this.#to) {
      this.#from = Number.POSITIVE_INFINITY;
      this.#to = -1;
      return;
    }
    let from = this.#from;
    let to = Math.min(this.#to, this.#lines.length - 1);
    // Lines typed before belong to the same hole: together they may be what was deleted from it.
    while (from > 0 && isOpen(this.#lines[from - 1])) from--;
    while (to + 1 < this.#lines.length && isOpen(this.#lines[to + 1])) to++;
    for (let line = from; line <= to; line++) {
      if (!isOpen(this.#lines[line])) continue;
      let end = line;
      while (end < to && isOpen(this.#lines[end + 1])) end++;
      this.#fill(line, end, textOf);
      line = end;
    }
    this.#anchor(textOf);
    this.#from = Number.POSITIVE_INFINITY;
    this.#to = -1;
  }

  /**
   * Equal beginnings and ends of text and base belong together, as git takes them, whatever equal lines were matched before: with several
   * equal lines a block may have found the wrong one, which shows when the text comes back. Costs a comparison of numbers per line.
   */
  #anchor(textOf: (line: number) => string): void {
    const base = this.#base;
    const lines = this.#lines;
    const same = (line: number, at: number): boolean => {
      const now = lines[line] as number;
      if (now === at) return true;
      if (now < unsettled) return false;
      return (now >= 0 ? base[now] : textOf(line)) === base[at];
    };
    const limit = Math.min(lines.length, base.length);
    let top = 0;
    while (top < limit && same(top, top)) top++;
    let bottom = 0;
    while (bottom < limit - top && same(lines.length - 1 - bottom, base.length - 1 - bottom)) bottom++;
    for (let line = 0; line < top; line++) lines[line] = line;
    const shift = base.length - lines.length;
    for (let line = lines.length - bottom; line < lines.length; line++) lines[line] = line + shift;
    let open = -1;
    for (let line = top; line < lines.length - bottom; line++) {
      const at = lines[line] as number;
      if (at >= 0 && (at < top || at >= base.length - bottom)) {
        lines[line] = unsettled;
        if (open < 0) open = line;
      }
    }
    // Their places went to others; what stands open now may still find another one.
    for (let line = open; line >= 0 && line < lines.length - bottom; line++) {
      if (lines[line] !== unsettled) continue;
      let first = line;
      while (first > top && isOpen(lines[first - 1])) first--;
      let end = line;
      while (end + 1 < lines.length - bottom && isOpen(lines[end + 1])) end++;
      this.#fill(first, end, textOf);
      line = end;
    }
  }

  /** Matches a block of open lines with what stood in the base between its neighbours. */
  #fill(first: number, last: number, textOf: (line: number) => string): void {
    let from = first;
    let to = last;
    const low = this.#before(from) + 1;
    const high = this.#after(to);
    if (low >= high || (to - from + 1) * (high - low) > largest) {
      // Nothing to find there, or far too much to compare again for each keystroke: only what was just edited.
      while (from <= to && this.#lines[from] === uncommitted) from++;
      while (to > from && this.#lines[to] === uncommitted) to--;
    }
    const texts: string[] = [];
    for (let line = from; line <= to; line++) texts.push(textOf(line));
    const found = matchLines(low < high ? this.#base.slice(low, high) : [], texts);
    for (let line = from; line <= to; line++) {
      const match = found[line - from] ?? -1;
      this.#lines[line] = match < 0 ? uncommitted : low + match;
    }
  }

  /** The nearest base line above. */
  #before(line: number): number {
    for (let above = line - 1; above >= 0; above--) {
      const base = this.#lines[above] as number;
      if (base >= 0) return base;
    }
    return -1;
  }

  #after(line: number): number {
    for (let below = line + 1; below < this.#lines.length; below++) {
      const base = this.#lines[below] as number;
      if (base >= 0) return base;
    }
    return this.#base.length;
  }
}

/** Pairs of lines compared again for one edit, at most. */
const largest = 1_000_000;

function isOpen(base: number | undefined): boolean {
  return base === uncommitted || base === unsettled;
}
