import type { DeploymentDetail } from '../protocol/deployTypes.ts';
import { containersOf, networkOf } from './containers.ts';
import type { Parts } from './parts.ts';
import type { Queue } from './queue.ts';
import { type DeploymentRecord, deploymentOf } from './records.ts';

/** How long the engine may take to say what is there now. */
const patience = 3000;

/** One deployment with everything that is known of it. An engine that does not answer leaves what was written. */
export async function detailOf(parts: Parts, queue: Queue, record: DeploymentRecord, signal: AbortSignal): Promise<DeploymentDetail> {
  const progress = queue.isActive(record.id) ? await queue.progressOf(record.id) : null;
  const now = await present(parts, record, AbortSignal.any([signal, AbortSignal.timeout(patience)]));
  return {
    ...deploymentOf(record),
    phaseTimes: [...record.phaseTimes],
    probes: [...record.probes],
    progress,
    url: record.url,
    containers:
      now?.containers ?? (record.state === 'live' ? record.containers.map((each) => ({ ...each, state: 'unknown', address: null })) : []),
    rollback: rollbackOf(record, now?.hasImage),
  };
}

async function present(
  parts: Parts,
  record: DeploymentRecord,
  signal: AbortSignal,
): Promise<{ containers: DeploymentDetail['containers']; hasImage: boolean } | undefined> {
  // Of one that has long ended nothing is there.
  const mayHaveContainers = record.state === 'live' || record.ended === null;
  const mayGoBack = record.state === 'retired' || record.state === 'removed';
  if (!mayHaveContainers && !mayGoBack) return undefined;
  try {
    const engine = await parts.engine(record.engine, signal);
    const rows = mayHaveContainers ? await containersOf({ engine, owner: await parts.owner() }, record, signal) : [];
    const network = networkOf(record);
    const containers = rows.map(({ id, name, state, addresses }) => ({ id, name, state, address: addresses[network] || null }));
    const hasImage = mayGoBack && record.imageId !== null && (await engine.inspectImage(record.imageId, signal)) !== undefined;
    return { containers, hasImage };
  } catch {
    return undefined;
  }
}

function rollbackOf({ state, liveSince, digest }: DeploymentRecord, hasImage = true): DeploymentDetail['rollback'] {
  if (state === 'live') return 'is-live';
  if (liveSince === null || state === 'rolled-back') return 'never-live';
  // A pinned one comes from its registry again.
  return hasImage || digest !== null ? 'possible' : 'image-gone';
}
