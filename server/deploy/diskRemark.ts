import type { PlanStep, Remark } from '../protocol/deployTypes.ts';
import { asFailure } from '../rpc/failure.ts';
import type { Engine } from './engine/types.ts';
import type { DeploymentRecord } from './records.ts';

/** What should be free before images are built or pulled, in bytes; and how many times the size of those that are live. */
const least = 1024 ** 3;
const times = 2;

/** A warning when Docker's disk is nearly full and images are to come; none where that cannot be told. */
export async function diskRemarks(
  engine: Engine,
  steps: readonly PlanStep[],
  live: ReadonlyMap<string, Pick<DeploymentRecord, 'imageId'>>,
  signal: AbortSignal,
): Promise<Remark[]> {
  const coming = steps.filter(({ action, reuse }) => action !== 'unchanged' && !reuse);
  if (coming.length === 0) return [];
  try {
    const space = await engine.diskSpace(signal);
    if (space === undefined) return [];
    const ids = coming.flatMap(({ service }) => live.get(service)?.imageId ?? []);
    const images = await Promise.all(ids.map((id) => engine.inspectImage(id, signal)));
    const bytes = images.reduce((sum, image) => sum + (image?.size ?? 0), 0);
    if (space.free >= Math.max(least, bytes * times)) return [];
    const last = bytes === 0 ? '' : `; the images that are live now take ${sizeText(bytes)}`;
    const message = `The disk that holds Docker's data has ${sizeText(space.free)} left of ${sizeText(space.total)}${last}.`;
    return [{ code: 'disk', message, hint: '`hearth services disk` shows what takes it; `docker builder prune` frees what was cached.' }];
  } catch (error) {
    // A warning less is no reason not to deploy.
    if (signal.aborted || asFailure(error).reason === 'cancelled') throw error;
    return [];
  }
}

function sizeText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
