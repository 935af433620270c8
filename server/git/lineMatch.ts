/** Pairs of lines that the exact search looks at; beyond, only lines that occur once on both sides are matched. */
const exactPairs = 250_000;

/**
 * For each line of `now` the index of the equal line of `before`, or −1: a longest common subsequence where that is affordable. Equal
 * beginnings and ends are taken first, then lines that occur once on both sides divide the rest, as people read a diff.
 */
export function matchLines(before: readonly string[], now: readonly string[]): Int32Array {
  const found = new Int32Array(now.length).fill(-1);
  if (before.length > 0 && now.length > 0) match({ before, now, found }, 0, before.length, 0, now.length);
  return found;
}

interface Sides {
  readonly before: readonly string[];
  readonly now: readonly string[];
  readonly found: Int32Array;
}

function match(sides: Sides, b0: number, b1: number, n0: number, n1: number): void {
  const { before, now, found } = sides;
  while (b0 < b1 && n0 < n1 && before[b0] === now[n0]) found[n0++] = b0++;
  while (b0 < b1 && n0 < n1 && before[b1 - 1] === now[n1 - 1]) found[--n1] = --b1;
  if (b0 === b1 || n0 === n1) return;
  if ((b1 - b0) * (n1 - n0) <= exactPairs) {
    longest(sides, b0, b1, n0, n1);
    return;
  }
  const anchors = uniqueAnchors(sides, b0, b1, n0, n1);
  if (anchors.length === 0) return;
  let b = b0;
  let n = n0;
  for (const [anchorBefore, anchorNow] of [...anchors, [b1, n1] as const]) {
    match(sides, b, anchorBefore, n, anchorNow);
    if (anchorNow < n1) found[anchorNow] = anchorBefore;
    b = anchorBefore + 1;
    n = anchorNow + 1;
  }
}

/** The table of the textbook, one cell a pair. */
function longest({ before, now, found }: Sides, b0: number, b1: number, n0: number, n1: number): void {
  const width = n1 - n0 + 1;
  const lengths = new Int32Array((b1 - b0 + 1) * width);
  for (let b = b1 - 1; b >= b0; b--) {
    const row = (b - b0) * width;
    for (let n = n1 - 1; n >= n0; n--) {
      const at = row + n - n0;
      lengths[at] =
        before[b] === now[n] ? (lengths[at + width + 1] as number) + 1 : Math.max(lengths[at + width] as number, lengths[at + 1] as number);
    }
  }
  for (let b = b0, n = n0; b < b1 && n < n1; ) {
    const at = (b - b0) * width + n - n0;
    if (before[b] === now[n] && lengths[at] === (lengths[at + width + 1] as number) + 1) found[n++] = b++;
    else if ((lengths[at + width] as number) >= (lengths[at + 1] as number)) b++;
    else n++;
  }
}

/** Pairs of lines that occur once on both sides, in the same order on both (the longest such row). */
function uniqueAnchors({ before, now }: Sides, b0: number, b1: number, n0: number, n1: number): (readonly [number, number])[] {
  const places = new Map<string, { b: number; n: number; times: number }>();
  for (let b = b0; b < b1; b++) {
    const text = before[b] as string;
    const place = places.get(text);
    if (place === undefined) places.set(text, { b, n: -1, times: 0 });
    else place.b = -1;
  }
  for (let n = n0; n < n1; n++) {
    const place = places.get(now[n] as string);
    if (place === undefined) continue;
    place.n = n;
    place.times++;
  }
  const pairs = [...places.values()].filter(({ b, times }) => b >= 0 && times === 1).sort((x, y) => x.n - y.n);
  // Patience: piles of rising `b`, each pair remembers the top of the pile to its left.
  const tops: number[] = [];
  const left: number[] = [];
  pairs.forEach(({ b }, index) => {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[tops[middle] as number]?.b ?? 0) < b) low = middle + 1;
      else high = middle;
    }
    left[index] = low === 0 ? -1 : (tops[low - 1] as number);
    tops[low] = index;
  });
  const row: (readonly [number, number])[] = [];
  for (let index = tops.at(-1) ?? -1; index >= 0; index = left[index] as number) {
    const pair = pairs[index] as { b: number; n: number };
    row.unshift([pair.b, pair.n]);
  }
  return row;
}
