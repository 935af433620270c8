import type { ContainerInspectInfo, ContainerStats } from 'dockerode';
import { part, short, type Transport } from './transport.ts';
import type { ContainerLimits, ContainerSample } from './types.ts';

/** One look; an engine older than 20.10 takes a second longer. */
export async function sampleContainer(transport: Transport, id: string, signal: AbortSignal): Promise<ContainerSample | undefined> {
  const found = await transport.maybe<ContainerStats>(
    {
      path: `/containers/${part(id)}/stats`,
      query: { stream: false, 'one-shot': true },
      doing: `read the use of resources of ${short(id)}`,
    },
    signal,
  );
  return found === undefined ? undefined : sampleOf(found);
}

/** Of one that does not run the engine answers without numbers. */
export function sampleOf(stats: ContainerStats): ContainerSample | undefined {
  const time = Date.parse(stats.read);
  const cpu = stats.cpu_stats?.cpu_usage?.total_usage;
  if (!(time > 0) || !(cpu > 0)) return undefined;
  const networks = stats.networks === undefined ? undefined : Object.values(stats.networks);
  const entries: readonly { op: string; value: number }[] | null | undefined = stats.blkio_stats?.io_service_bytes_recursive;
  const moved = (operation: string) =>
    (entries ?? []).filter(({ op }) => op.toLowerCase() === operation).reduce((sum, { value }) => sum + value, 0);
  return {
    time,
    cpu,
    memory: memoryOf(stats.memory_stats),
    pids: stats.pids_stats?.current,
    network:
      networks === undefined
        ? undefined
        : {
            received: networks.reduce((sum, { rx_bytes }) => sum + rx_bytes, 0),
            sent: networks.reduce((sum, { tx_bytes }) => sum + tx_bytes, 0),
          },
    block: { read: moved('read'), written: moved('write') },
  };
}

/** As `docker stats` counts it: pages of files that could be dropped at once are not used. */
function memoryOf(memory: ContainerStats['memory_stats']): number {
  const usage = memory?.usage ?? 0;
  const details: Record<string, number | undefined> = { ...memory?.stats };
  const cache = details['total_inactive_file'] ?? details['inactive_file'] ?? 0;
  return cache < usage ? usage - cache : usage;
}

export async function containerLimits(transport: Transport, id: string, signal: AbortSignal): Promise<ContainerLimits | undefined> {
  const found = await transport.maybe<ContainerInspectInfo>(
    { path: `/containers/${part(id)}/json`, doing: `look at the container ${short(id)}` },
    signal,
  );
  if (found === undefined) return undefined;
  const { NanoCpus, CpuQuota, CpuPeriod, Memory, PidsLimit, LogConfig } = found.HostConfig;
  const quota = CpuQuota !== undefined && CpuQuota > 0 ? CpuQuota / (CpuPeriod || 100_000) : undefined;
  return {
    cpus: NanoCpus ? NanoCpus / 1e9 : quota,
    memory: Memory ? Memory : undefined,
    pids: PidsLimit !== undefined && PidsLimit !== null && PidsLimit > 0 ? PidsLimit : undefined,
    endlessLog: LogConfig?.Type === 'json-file' && (LogConfig.Config as Record<string, string> | null)?.['max-size'] === undefined,
  };
}
