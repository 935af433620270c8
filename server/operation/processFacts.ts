import { promises as fs } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** What the hub's process uses. Seconds of processor time, bytes; `busy` is a share of the time since it was asked last. */
export interface ProcessFacts {
  readonly runtime: string;
  readonly started: number;
  readonly cpu: number;
  readonly resident: number;
  readonly heap: number;
  /** Linux only. */
  readonly files: number | undefined;
  readonly busy: number;
}

export class ProcessWatch {
  #last = performance.eventLoopUtilization();

  async look(): Promise<ProcessFacts> {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#last);
    this.#last = now;
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    const files = await fs.readdir('/proc/self/fd').catch(() => undefined);
    return {
      runtime: process.version,
      started: Math.round(performance.timeOrigin),
      cpu: (user + system) / 1e6,
      resident: rss,
      heap: heapUsed,
      files: files?.length,
      busy: Number.isFinite(utilization) ? utilization : 0,
    };
  }
}
