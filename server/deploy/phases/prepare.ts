import { Failure } from '../../rpc/failure.ts';
import { ensurePlace } from '../containers.ts';
import type { LockClaim } from '../engineLock.ts';
import { isOurs, label } from '../labels.ts';
import type { Locks } from '../locks.ts';
import type { Operation } from '../operation.ts';
import { ownersOf } from '../reconcile/owners.ts';

/** The engine, its lock for this environment, variables, network and volumes. */
export async function prepare(operation: Operation, locks: Locks): Promise<void> {
  const { record } = operation;
  await operation.enter('preparing');
  await operation.resolveValues();
  const { info, address } = await operation.engine();
  operation.say(
    `Deploying ${record.service} at ${record.commit.slice(0, 12)} to ${record.environment}, on ${info.name} (${address}, Docker ${info.version}).`,
  );
  await operation.step(
    'lock',
    async (signal) => {
      await locks.take(await operation.maker(signal), await claimOf(operation), record.id, signal);
      operation.hasLock = true;
      return {};
    },
    { again: true },
  );
  await operation.step('place', async (signal) => {
    await ensurePlace(await operation.maker(signal), record, signal);
    return {};
  });
  await refuseTakenPort(operation);
}

export async function claimOf({ record, owner, parts }: Operation): Promise<LockClaim> {
  const { project: projectId, projectName: project, environment } = record;
  const owners = await parts.store.read((reader) => ownersOf(reader, projectId, environment));
  return { place: { owner, projectId, project, environment }, owners };
}

/** A published port that somebody else has: said before anything is built. */
async function refuseTakenPort(operation: Operation): Promise<void> {
  const { publish } = operation.record.config.service;
  if (publish === undefined || operation.hasBegun('create-0')) return;
  const problem = await portProblem(operation, publish.port);
  if (problem !== undefined) throw problem;
}

async function portProblem(operation: Operation, port: number): Promise<Failure | undefined> {
  const engine = await operation.engine();
  const holder = await engine.portHolder(port, operation.signal);
  if (holder === undefined) return undefined;
  const { record, owner } = operation;
  const found = await engine.inspectContainer(holder, operation.signal);
  const previous = await operation.previous();
  const ours =
    found !== undefined &&
    ((isOurs(found.labels, { owner, projectId: record.project }) &&
      found.labels[label.environment] === record.environment &&
      found.labels[label.service] === record.service) ||
      previous?.containers.some(({ id }) => id === found.id) === true);
  return ours ? undefined : portTaken(port, holder);
}

export function portTaken(port: number, holder: string): Failure {
  return new Failure('conflict', `Port ${port} is taken by ${holder}.`, { hint: 'Stop it, or publish another port in `hearth.yaml`.' });
}
