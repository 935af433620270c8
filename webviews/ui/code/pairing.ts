/** Which removed line became which added line, inside one block of changes. */

/** Blocks with more pairs than this are paired in order: nobody reads word marks in a rewritten page. */
const most = 2500;
/** Below this share of common words two lines are different lines. */
const alike = 0.35;

/** Indexes `[removed, added]`, both growing. Lines without a partner are missing. */
export function pairLines(removed: readonly string[], added: readonly string[]): [number, number][] {
  if (removed.length === 0 || added.length === 0) return [];
  if (removed.length * added.length > most) {
    return Array.from({ length: Math.min(removed.length, added.length) }, (_, index): [number, number] => [index, index]);
  }
  const bags = [removed, added].map((lines) => lines.map(wordsOf)) as [Map<string, number>[], Map<string, number>[]];
  const width = added.length + 1;
  // best[i * width + j]: the greatest sum of likeness of the lines from i and j on.
  const best = new Float64Array((removed.length + 1) * width);
  const likeness = new Float64Array(removed.length * added.length);
  for (let i = removed.length - 1; i >= 0; i--) {
    for (let j = added.length - 1; j >= 0; j--) {
      const like = similarity(bags[0][i] ?? new Map(), bags[1][j] ?? new Map());
      likeness[i * added.length + j] = like;
      const paired = like >= alike ? like + (best[(i + 1) * width + j + 1] ?? 0) : 0;
      best[i * width + j] = Math.max(paired, best[(i + 1) * width + j] ?? 0, best[i * width + j + 1] ?? 0);
    }
  }
  const pairs: [number, number][] = [];
  let i = 0;
  let j = 0;
  while (i < removed.length && j < added.length) {
    const like = likeness[i * added.length + j] ?? 0;
    const here = best[i * width + j] ?? 0;
    if (like >= alike && Math.abs(here - like - (best[(i + 1) * width + j + 1] ?? 0)) < 1e-9) {
      pairs.push([i, j]);
      i++;
      j++;
    } else if (Math.abs(here - (best[(i + 1) * width + j] ?? 0)) < 1e-9) i++;
    else j++;
  }
  return pairs;
}

function wordsOf(line: string): Map<string, number> {
  const bag = new Map<string, number>();
  for (const [word] of line.slice(0, 1000).matchAll(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu)) bag.set(word, (bag.get(word) ?? 0) + 1);
  return bag;
}

/** Dice's coefficient of two bags of words, longer words counting more; 0 … 1. Two blank lines are the same line. */
function similarity(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let [common, all] = [0, 0];
  for (const [word, count] of a) {
    const weight = Math.min(word.length, 8);
    all += count * weight;
    common += Math.min(count, b.get(word) ?? 0) * weight;
  }
  for (const [word, count] of b) all += count * Math.min(word.length, 8);
  return all === 0 ? 1 : (2 * common) / all;
}
