// What the benches say about a row of numbers: the middle, the spread, the tail.

export interface Summary {
  median: number;
  /** The middle half lies between these two. */
  low: number;
  high: number;
  min: number;
  max: number;
  count: number;
}

export function summarise(values: readonly number[]): Summary {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: percentile(sorted, 50),
    low: percentile(sorted, 25),
    high: percentile(sorted, 75),
    min: percentile(sorted, 0),
    max: percentile(sorted, 100),
    count: sorted.length,
  };
}

/** The value that `percent` of all values do not exceed, interpolated between neighbours. Any order. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new Error('nothing was measured');
  return below + (above - below) * (position - Math.floor(position));
}
