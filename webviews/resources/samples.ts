import type { ResourceRow } from './messages.ts';

/** Two minutes, at a look every two seconds. */
export const mostSamples = 60;

/** What a container used at a moment. Rates are bytes a second; null where there is nothing to compare with. */
export interface Sample {
  readonly time: number;
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly received: number | null;
  readonly sent: number | null;
}

export interface Watched {
  readonly row: ResourceRow;
  readonly samples: readonly Sample[];
}

/** The rows as they are now, each with what it used in the last minutes; a container that is gone is forgotten. */
export function watch(before: ReadonlyMap<string, Watched>, time: number, rows: readonly ResourceRow[]): Map<string, Watched> {
  return new Map(
    rows.map((row): [string, Watched] => {
      const known = before.get(row.container);
      // Started anew, it counts from nothing again.
      const same = known !== undefined && known.row.started === row.started ? known : undefined;
      const samples = [...(known?.samples ?? []), sampleOf(time, row, same)];
      return [row.container, { row, samples: samples.slice(-mostSamples) }];
    }),
  );
}

function sampleOf(time: number, row: ResourceRow, before: Watched | undefined): Sample {
  const last = before?.samples.at(-1);
  const seconds = last === undefined ? 0 : (time - last.time) / 1000;
  const rate = (now: number | undefined, then: number | undefined): number | null =>
    now === undefined || then === undefined || seconds <= 0 || now < then ? null : (now - then) / seconds;
  const then = before?.row.network;
  return {
    time,
    cpu: row.cpu,
    memory: row.memory,
    received: rate(row.network?.received, then?.received),
    sent: rate(row.network?.sent, then?.sent),
  };
}

/** What is used of what is allowed, 0 to 1; undefined without a limit. */
export function shareOf(used: number | null, limit: number | null): number | undefined {
  return used === null || limit === null || limit <= 0 ? undefined : Math.min(1, used / limit);
}

/** Points of a line in a box, oldest first; the scale ends at `most`. */
export function lineOf(values: readonly (number | null)[], most: number, width: number, height: number): string {
  const step = width / Math.max(1, mostSamples - 1);
  const from = mostSamples - values.length;
  return values
    .flatMap((value, index) => {
      if (value === null) return [];
      const y = height - Math.min(1, value / most) * (height - 2) - 1;
      return `${((from + index) * step).toFixed(1)},${y.toFixed(1)}`;
    })
    .join(' ');
}
