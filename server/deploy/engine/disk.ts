import { promises as fs } from 'node:fs';
import type { Transport } from './transport.ts';
import type { DiskUsage, Labels } from './types.ts';

/** As far as it is used; what an engine leaves out is absent, or -1. */
interface Answer {
  readonly LayersSize?: number;
  readonly Images?: readonly { Id: string; Labels: Labels | null; Size: number; SharedSize: number }[] | null;
  readonly Containers?: readonly { Id: string; Labels: Labels | null; SizeRw?: number }[] | null;
  readonly Volumes?: readonly { Name: string; Labels: Labels | null; UsageData?: { Size: number } | null }[] | null;
  readonly BuildCache?: readonly { Size: number; InUse: boolean; Shared: boolean }[] | null;
}

export async function diskUsage(transport: Transport, signal: AbortSignal): Promise<DiskUsage> {
  const found = await transport.json<Answer>({ path: '/system/df', doing: 'say what it holds on disk' }, signal);
  const cache = (found.BuildCache ?? []).filter(({ Shared }) => !Shared);
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + Math.max(0, size), 0);
  return {
    images: (found.Images ?? []).map(({ Id, Labels, Size, SharedSize }) => ({
      id: Id,
      labels: Labels ?? {},
      bytes: Math.max(0, Size),
      shared: Math.max(0, SharedSize),
    })),
    layers: Math.max(0, found.LayersSize ?? 0),
    volumes: (found.Volumes ?? []).map(({ Name, Labels, UsageData }) => ({
      name: Name,
      labels: Labels ?? {},
      bytes: UsageData === undefined || UsageData === null || UsageData.Size < 0 ? undefined : UsageData.Size,
    })),
    buildCache: {
      bytes: sum(cache.map(({ Size }) => Size)),
      reclaimable: sum(cache.filter(({ InUse }) => !InUse).map(({ Size }) => Size)),
    },
    containers: (found.Containers ?? []).map(({ Id, Labels, SizeRw }) => ({
      id: Id,
      labels: Labels ?? {},
      bytes: Math.max(0, SizeRw ?? 0),
    })),
  };
}

/** Undefined when its folder cannot be looked at from here. */
export async function diskSpace(transport: Transport, signal: AbortSignal): Promise<{ free: number; total: number } | undefined> {
  const { DockerRootDir } = await transport.json<{ DockerRootDir?: string }>({ path: '/info', doing: 'say where its data is' }, signal);
  if (DockerRootDir === undefined || !DockerRootDir.startsWith('/')) return undefined;
  try {
    const { bavail, blocks, bsize } = await fs.statfs(DockerRootDir);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return undefined;
  }
}
