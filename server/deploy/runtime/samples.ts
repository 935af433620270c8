import type { ContainerSample } from '../engine/types.ts';

const minute = 60_000;
/** One is kept for so long at least, and so many for each container. */
const apart = 5 * minute;
const kept = 24;
const mostContainers = 1000;

/** What containers have used over a stretch of time. */
export interface Recent {
  /** Milliseconds. */
  readonly span: number;
  /** Processors, on average. */
  readonly cpu: number;
  /** Bytes in and out in that time; undefined when nobody knows. */
  readonly network: number | undefined;
}

type Point = Pick<ContainerSample, 'time' | 'cpu' | 'network'>;

/** What was seen whenever somebody looked; nobody looks for its sake. */
export class Samples {
  readonly #points = new Map<string, { started: number; points: Point[] }>();

  /** `started`: of the container; one that is started anew begins anew. */
  add(container: string, started: number, { time, cpu, network }: ContainerSample): void {
    const known = this.#points.get(container);
    const entry = known?.started === started ? known : { started, points: [{ time: started, cpu: 0, network: { received: 0, sent: 0 } }] };
    // The one that was looked at last is the last to go.
    this.#points.delete(container);
    this.#points.set(container, entry);
    for (const [oldest] of this.#points) if (this.#points.size > mostContainers) this.#points.delete(oldest);
    const last = entry.points.at(-1);
    if (last !== undefined && time - last.time < apart) return;
    entry.points = [...entry.points, { time, cpu, network }].slice(-kept);
  }

  /** Over the last hour, or as little more as there were looks; undefined when it runs for less than that. */
  recent(container: string, started: number, now: ContainerSample): Recent | undefined {
    const entry = this.#points.get(container);
    if (entry?.started !== started) return undefined;
    const from = entry.points.findLast(({ time }) => now.time - time >= 60 * minute);
    if (from === undefined) return undefined;
    const span = now.time - from.time;
    const bytes = (point: Point) => (point.network === undefined ? undefined : point.network.received + point.network.sent);
    const [before, after] = [bytes(from), bytes(now)];
    return {
      span,
      cpu: (now.cpu - from.cpu) / 1e6 / span,
      network: before === undefined || after === undefined ? undefined : Math.max(0, after - before),
    };
  }
}
