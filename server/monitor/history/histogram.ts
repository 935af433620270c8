/**
 * Counts of answer times in buckets that grow by 8 %: a value read back is at most 3.9 % off. Two histograms are merged by adding their
 * counts, which averages and percentiles cannot. Packed as pairs of variable-length numbers: buckets since the one before, count.
 */
export type Histogram = ReadonlyMap<number, number>;

const growth = 1.08;
const logGrowth = Math.log(growth);
/** Below this (milliseconds) everything is one bucket. */
const smallest = 0.1;

export function bucketOf(milliseconds: number): number {
  return milliseconds <= smallest ? 0 : Math.ceil(Math.log(milliseconds / smallest) / logGrowth);
}

/** The value that stands for a bucket, in milliseconds: no value of it is further away than 3.9 %. */
export function middleOf(bucket: number): number {
  return bucket === 0 ? smallest : (2 * smallest * growth ** bucket) / (growth + 1);
}

export function histogramOf(values: Iterable<number>): Histogram {
  const counts = new Map<number, number>();
  for (const value of values) {
    const bucket = bucketOf(value);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return counts;
}

export function merge(histograms: Iterable<Histogram>): Histogram {
  const counts = new Map<number, number>();
  for (const each of histograms) for (const [bucket, count] of each) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  return counts;
}

/** The value that a share of all (0 to 1) does not exceed; null of nothing. */
export function percentile(histogram: Histogram, share: number): number | null {
  let total = 0;
  for (const count of histogram.values()) total += count;
  if (total === 0) return null;
  let left = Math.max(1, Math.ceil(share * total));
  for (const [bucket, count] of [...histogram].sort(([a], [b]) => a - b)) {
    left -= count;
    if (left <= 0) return Math.round(middleOf(bucket) * 100) / 100;
  }
  return null;
}

export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export function percentilesOf(histogram: Histogram): Percentiles {
  return { p50: percentile(histogram, 0.5), p95: percentile(histogram, 0.95), p99: percentile(histogram, 0.99) };
}

/** Null when it is empty. */
export function packHistogram(histogram: Histogram): Uint8Array | null {
  if (histogram.size === 0) return null;
  const bytes: number[] = [];
  let before = 0;
  for (const [bucket, count] of [...histogram].sort(([a], [b]) => a - b)) {
    pushNumber(bytes, bucket - before);
    pushNumber(bytes, count);
    before = bucket;
  }
  return Uint8Array.from(bytes);
}

export function unpackHistogram(bytes: Uint8Array | null): Histogram {
  const counts = new Map<number, number>();
  let at = 0;
  let bucket = 0;
  const next = (): number => {
    let value = 0;
    for (let shift = 0; at < (bytes?.length ?? 0); shift += 7) {
      const byte = bytes?.[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < (bytes?.length ?? 0)) {
    bucket += next();
    counts.set(bucket, next());
  }
  return counts;
}

function pushNumber(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}
