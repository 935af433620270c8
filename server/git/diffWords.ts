/** Which parts of a changed line differ, as ranges `[start, end)` of each line. */
export interface WordDiff {
  readonly old: readonly [number, number][];
  readonly new: readonly [number, number][];
}

/** Lines longer than this are marked as a whole; so are pairs with more differing words than can be compared in no time. */
const longest = 10_000;
const mostCells = 40_000;

/**
 * Compares two lines word by word (words, runs of blanks, single signs; any byte beyond ASCII belongs to a word, so a character is
 * never cut). Common words at both ends go first, the middle by longest common subsequence.
 */
export function wordDiff(a: string, b: string): WordDiff | undefined {
  if (a.length > longest || b.length > longest) return undefined;
  const x = tokens(a);
  const y = tokens(b);
  let head = 0;
  const shorter = Math.min(x.length, y.length);
  while (head < shorter && x[head] === y[head]) head++;
  let tail = 0;
  while (tail < shorter - head && x[x.length - 1 - tail] === y[y.length - 1 - tail]) tail++;
  const n = x.length - head - tail;
  const m = y.length - head - tail;
  const keptX = new Uint8Array(x.length).fill(1, 0, head).fill(1, x.length - tail);
  const keptY = new Uint8Array(y.length).fill(1, 0, head).fill(1, y.length - tail);
  if (n > 0 && m > 0 && n * m <= mostCells) matchMiddle(x, y, head, n, m, keptX, keptY);
  return { old: ranges(x, keptX), new: ranges(y, keptY) };
}

function tokens(text: string): string[] {
  return text.match(/[\w\u0080-\uffff]+|\s+|[^\w\s]/g) ?? [];
}

const table = new Uint16Array(mostCells + 1000);

function matchMiddle(
  x: readonly string[],
  y: readonly string[],
  head: number,
  n: number,
  m: number,
  keptX: Uint8Array,
  keptY: Uint8Array,
): void {
  const width = m + 1;
  const lengths = (n + 1) * width <= table.length ? table : new Uint16Array((n + 1) * width);
  lengths.fill(0, n * width, (n + 1) * width);
  for (let i = n - 1; i >= 0; i--) {
    lengths[i * width + m] = 0;
    for (let j = m - 1; j >= 0; j--) {
      lengths[i * width + j] =
        x[head + i] === y[head + j]
          ? (lengths[(i + 1) * width + j + 1] as number) + 1
          : Math.max(lengths[(i + 1) * width + j] as number, lengths[i * width + j + 1] as number);
    }
  }
  for (let i = 0, j = 0; i < n && j < m; ) {
    if (x[head + i] === y[head + j]) {
      keptX[head + i++] = 1;
      keptY[head + j++] = 1;
    } else if ((lengths[(i + 1) * width + j] as number) >= (lengths[i * width + j + 1] as number)) i++;
    else j++;
  }
}

function ranges(words: readonly string[], kept: Uint8Array): [number, number][] {
  const found: [number, number][] = [];
  let at = 0;
  for (let index = 0; index < words.length; index++) {
    const end = at + (words[index] as string).length;
    if (kept[index] === 0) {
      const last = found.at(-1);
      if (last !== undefined && last[1] === at) last[1] = end;
      else found.push([at, end]);
    }
    at = end;
  }
  return found;
}
