import { resolveVariables } from '../../environment/index.ts';
import { Failure } from '../../rpc/failure.ts';
import { createReplica, ensurePlace } from '../containers.ts';
import type { Engine } from '../engine/types.ts';
import { keepContainers } from '../journal.ts';
import type { Parts } from '../parts.ts';
import type { Queue } from '../queue.ts';
import { type DeploymentRecord, readDeployment } from '../records.ts';
import { variableQuestion } from '../variableQuestion.ts';
import { adoptedOf } from './owners.ts';
import type { Deployer } from './types.ts';

type Making = Pick<Parts, 'store' | 'keys' | 'fence' | 'owner'>;

/** What the reconciler has done by those who deploy. */
export function deployerOf(parts: Making, queue: Pick<Queue, 'isActive' | 'consider' | 'stop'>): Deployer {
  return {
    isActive: (id) => queue.isActive(id),
    resume: () => queue.consider(),
    fail: (id, reason) => queue.stop(id, { kind: 'fail', reason }),
    createReplica: (record, replica, engine, signal) => makeAgain(parts, record, replica, engine, signal),
  };
}

/** A replica of a live release, with its variables and secrets as they are now. Throws `precondition` when one of them is gone. */
async function makeAgain(parts: Making, record: DeploymentRecord, replica: number, engine: Engine, signal: AbortSignal): Promise<void> {
  const { store, keys, fence } = parts;
  const { values, problems, adopted } = await store.read((reader) => ({
    ...resolveVariables(variableQuestion(reader, keys, record)),
    adopted: adoptedOf(reader, record.project, record.environment),
  }));
  const [problem] = problems;
  if (problem !== undefined) {
    throw new Failure('precondition', problem, { hint: `${record.service} cannot be started again without it.` });
  }
  const maker = { engine, owner: await parts.owner(), fence: fence.number, adopted };
  await ensurePlace(maker, record, signal);
  const made = await createReplica(maker, { record, values, replica }, signal);
  await engine.startContainer(made.id, signal);
  await store.write({ actor: 'hub', correlationId: `heal-${record.id}` }, (transaction) => {
    const now = readDeployment(transaction, record.id);
    if (now?.state !== 'live') return;
    keepContainers(transaction, record.id, [...now.containers.filter(({ name }) => name !== made.name), made]);
  });
}
