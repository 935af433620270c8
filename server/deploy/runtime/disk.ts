import type { ResultOf } from '../../protocol/message.ts';
import type * as protocol from '../../protocol/runtime.ts';
import { Failure } from '../../rpc/failure.ts';
import { isOurs, label, ourImages } from '../labels.ts';
import { liveIn, type Place, type RuntimeHost } from './host.ts';

/** What the engine of an environment's live releases holds. It is asked for all it has: may take seconds. */
export async function diskOf(host: RuntimeHost, place: Place, signal: AbortSignal): Promise<ResultOf<typeof protocol.disk>> {
  const [record] = await liveIn(host, place);
  if (record === undefined) throw new Failure('not-found', `Nothing is live in ${place.environment}.`);
  const engine = await host.engine(record.engine, signal);
  const own = { owner: await host.owner(), projectId: record.project };
  const [usage, space] = await Promise.all([engine.diskUsage(signal), engine.diskSpace(signal)]);
  const mine = Object.entries(ourImages(own));
  const ours = usage.images.filter(({ labels }) => mine.every(([key, value]) => labels[key] === value));
  const containers = usage.containers.filter(({ labels }) => isOurs(labels, own) && labels[label.environment] === place.environment);
  const sum = (sizes: readonly { readonly bytes: number }[]) => sizes.reduce((total, { bytes }) => total + bytes, 0);
  return {
    images: {
      count: usage.images.length,
      bytes: usage.layers,
      ours: ours.length,
      oursBytes: ours.reduce((total, { bytes, shared }) => total + bytes - shared, 0),
    },
    volumes: usage.volumes
      .filter(({ labels }) => isOurs(labels, own) && labels[label.environment] === place.environment)
      .map(({ name, bytes }) => ({ name, bytes: bytes ?? null }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    buildCache: usage.buildCache,
    containers: { count: containers.length, bytes: sum(containers) },
    free: space?.free ?? null,
    total: space?.total ?? null,
  };
}
