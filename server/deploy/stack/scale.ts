import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../../rpc/failure.ts';
import type { Maker } from '../containers.ts';
import type { ServiceRow, ServiceSpec } from '../engine/swarmTypes.ts';
import type { Engine } from '../engine/types.ts';
import type { Sight } from '../kinds/types.ts';
import type { DeploymentRecord } from '../records.ts';
import { applyServices, servicesOf } from './apply.ts';
import { stackNameOf } from './names.ts';
import { knownOf } from './values.ts';

/** No node has it: a service of every node has no tasks then. */
const nowhere = 'node.labels.hearth.stopped==nowhere';
const tries = 6;

/** No task of the stack runs any more when this resolves; its services, networks and volumes stay. */
export async function stopStack(maker: Maker, record: DeploymentRecord, signal: AbortSignal): Promise<void> {
  const { engine } = maker;
  for (const { id } of await servicesOf(maker, record, stackNameOf(record), signal)) await stopService(engine, id, signal);
  const ids = (await servicesOf(maker, record, stackNameOf(record), signal)).map(({ id }) => id);
  for (;;) {
    const tasks = await engine.listTasks(ids, signal);
    if (!tasks.some(({ state }) => state === 'running')) return;
    await wait(200, undefined, { signal });
  }
}

async function stopService(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  for (let left = tries; ; left--) {
    const row = await engine.inspectService(id, signal);
    if (row === undefined || isStopped(row)) return;
    try {
      await engine.updateService(id, row.version, stoppedSpec(row.spec), undefined, signal);
      return;
    } catch (error) {
      if (!(error instanceof Failure) || error.reason !== 'conflict' || left <= 1) throw error;
    }
  }
}

function stoppedSpec(spec: ServiceSpec): ServiceSpec {
  if ('Replicated' in spec.Mode) return { ...spec, Mode: { Replicated: { Replicas: 0 } } };
  const { TaskTemplate } = spec;
  const { Placement = {} } = TaskTemplate;
  return {
    ...spec,
    TaskTemplate: { ...TaskTemplate, Placement: { ...Placement, Constraints: [...(Placement.Constraints ?? []), nowhere] } },
  };
}

/** Jobs run once: there is nothing to stop of them. */
export function isStopped({ spec: { Mode, TaskTemplate } }: Pick<ServiceRow, 'spec'>): boolean {
  if ('Replicated' in Mode) return Mode.Replicated.Replicas === 0;
  return 'Global' in Mode ? TaskTemplate.Placement?.Constraints?.includes(nowhere) === true : true;
}

/** The stack as it was deployed. Resolves when the Swarm has been told; the reconciler sees how it comes up. */
export async function startStack(sight: Sight, record: DeploymentRecord, signal: AbortSignal): Promise<void> {
  const { release, values, key } = await knownOf(sight, record);
  if (release === undefined)
    throw new Failure('precondition', `Of ${record.service} nothing is kept to start it with.`, { hint: 'Deploy it again.' });
  const names = release.services.filter(({ once }) => !once).map(({ name }) => name);
  await applyServices({ maker: sight, record, release, values, key, restart: 'none' }, names, signal);
}
