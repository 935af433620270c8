/** Where everything is on a page too long to exist: heights in pixels, offsets as running sums. */

export class Offsets {
  readonly #ends: Float64Array;

  constructor(heights: ArrayLike<number>) {
    this.#ends = new Float64Array(heights.length);
    let sum = 0;
    for (let index = 0; index < heights.length; index++) {
      sum += heights[index] ?? 0;
      this.#ends[index] = sum;
    }
  }

  get length(): number {
    return this.#ends.length;
  }

  get total(): number {
    return this.#ends.at(-1) ?? 0;
  }

  start(index: number): number {
    return index <= 0 ? 0 : (this.#ends[Math.min(index, this.length) - 1] ?? 0);
  }

  end(index: number): number {
    return this.#ends[index] ?? this.total;
  }

  /** The item that covers a position; the first below the top, the last beyond the end. */
  at(position: number): number {
    let low = 0;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] ?? 0) > position) high = middle;
      else low = middle + 1;
    }
    return Math.max(0, low);
  }
}

export interface Window {
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
}

/** The items between two positions, widened to whole groups of `step`, so that small scrolls change nothing. */
export function windowOf(offsets: Offsets, top: number, bottom: number, step: number): Window {
  if (offsets.length === 0 || bottom <= 0 || top >= offsets.total) return { first: 0, end: 0 };
  const first = Math.floor(offsets.at(Math.max(0, top)) / step) * step;
  const end = Math.min(offsets.length, (Math.floor(offsets.at(Math.max(0, bottom)) / step) + 1) * step);
  return { first, end };
}

/** Screen columns of a line: tabs to the next stop, wide characters twice. */
export function columnsOf(text: string, tabSize: number): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code === 9) columns += tabSize - (columns % tabSize);
    else columns += isWide(code) ? 2 : 1;
  }
  return columns;
}

function isWide(code: number): boolean {
  return (
    code >= 0x1100 &&
    (code <= 0x115f ||
      (code >= 0x2e80 && code <= 0xa4cf) ||
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe30 && code <= 0xfe6f) ||
      (code >= 0xff00 && code <= 0xff60) ||
      (code >= 0xffe0 && code <= 0xffe6) ||
      (code >= 0x1f300 && code <= 0x1faff) ||
      code >= 0x20000)
  );
}

/** How many rows of the screen a line takes when `width` columns fit. */
export function wrappedRows(text: string, width: number, tabSize: number): number {
  return Math.max(1, Math.ceil(columnsOf(text, tabSize) / Math.max(1, width)));
}
