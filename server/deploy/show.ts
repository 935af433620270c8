import type { DeploymentDetail } from '../protocol/deployTypes.ts';
import { stepsOf } from './journal.ts';
import { kindOf } from './kinds/index.ts';
import type { Present } from './kinds/types.ts';
import { migrationOf, smokeOf } from './outcomes.ts';
import type { Parts } from './parts.ts';
import type { Queue } from './queue.ts';
import { type DeploymentRecord, deploymentOf } from './records.ts';

/** How long the engine may take to say what is there now. */
const patience = 3000;

/** One deployment with everything that is known of it. An engine that does not answer leaves what was written. */
export async function detailOf(parts: Parts, queue: Queue, record: DeploymentRecord, signal: AbortSignal): Promise<DeploymentDetail> {
  const progress = queue.isActive(record.id) ? await queue.progressOf(record.id) : null;
  const { containers, canGoBack, ...more } = await now(parts, record, AbortSignal.any([signal, AbortSignal.timeout(patience)]));
  const steps = await parts.store.read((reader) => stepsOf(reader, record.id));
  const [migration, smoke] = [migrationOf(steps), smokeOf(steps)];
  const written = record.state === 'live' ? record.containers.map((each) => ({ ...each, state: 'unknown', address: null })) : [];
  return {
    ...deploymentOf(record),
    phaseTimes: [...record.phaseTimes],
    probes: [...record.probes],
    progress,
    url: record.url,
    containers: containers ?? written,
    ...more,
    ...(migration === undefined ? {} : { migration }),
    ...(smoke === undefined ? {} : { smoke }),
    rollback: rollbackOf(record, canGoBack),
  };
}

async function now(parts: Parts, record: DeploymentRecord, signal: AbortSignal): Promise<Partial<Present> & { canGoBack?: boolean }> {
  const kind = kindOf(record.config.service);
  try {
    // Of one that has long ended nothing is there.
    if (record.state === 'live' || record.ended === null) return await kind.present(parts, record, signal);
    const mayGoBack = record.state === 'retired' || record.state === 'removed';
    return mayGoBack ? { containers: [], canGoBack: (await kind.backProblem(parts, record, signal)) === undefined } : {};
  } catch {
    return {};
  }
}

function rollbackOf({ state, liveSince }: DeploymentRecord, canGoBack = true): DeploymentDetail['rollback'] {
  if (state === 'live') return 'is-live';
  if (liveSince === null || state === 'rolled-back') return 'never-live';
  return canGoBack ? 'possible' : 'image-gone';
}
