import { containersOf, createReplica, removeContainersOf } from '../containers.ts';
import { keepContainers } from '../journal.ts';
import type { Operation } from '../operation.ts';
import type { DeployedContainer } from '../records.ts';

/** Makes the containers that serve, and starts them. A step each: what was made before a crash is found, not made twice. */
export async function createService(operation: Operation): Promise<void> {
  const { replicas } = operation.record.config.service;
  const made: DeployedContainer[] = [];
  for (let replica = 0; replica < replicas; replica++) {
    operation.tell(replicas === 1 ? 'starting the container' : `starting container ${replica + 1} of ${replicas}`);
    made.push(await createOne(operation, replica, 'service'));
    const [id, all] = [operation.record.id, [...made]];
    await operation.step(`start-${replica}`, (signal) => start(operation, made[replica]?.id ?? '', signal), {
      also: (transaction) => keepContainers(transaction, id, all),
    });
  }
  operation.say(`Started ${made.map(({ name }) => name).join(', ')}.`);
}

/** The copy without the published port. */
export async function createTrial(operation: Operation): Promise<void> {
  operation.tell('starting a trial without the port');
  const { id, name } = await createOne(operation, 0, 'trial');
  await operation.step('start-trial', (signal) => start(operation, id, signal));
  operation.say(`Started ${name}, which is tried without the published port.`);
}

export async function removeTrial(operation: Operation): Promise<void> {
  await operation.step('remove-trial', async (signal) => {
    const removed = await removeContainersOf(await operation.maker(signal), operation.record, signal, 'trial');
    return { removed };
  });
}

/** What serves until now is stopped, and kept: it is started again when the new one is no good. */
export async function stopPrevious(operation: Operation): Promise<void> {
  const previous = await operation.previous();
  await operation.step('stop-old', async (signal) => {
    if (previous === undefined) return {};
    const { engine, owner } = await operation.maker(signal, previous);
    operation.tell('stopping the old version');
    const rows = await containersOf({ engine, owner }, previous, signal, 'service');
    await Promise.all(rows.map(({ id }) => engine.stopContainer(id, previous.config.service.stopTimeout, signal)));
    operation.say(`Stopped ${rows.map(({ name }) => name).join(', ')}; the service does not answer until the new version does.`);
    return { previous: previous.id };
  });
}

async function createOne(operation: Operation, replica: number, role: 'service' | 'trial'): Promise<DeployedContainer> {
  const { id, name } = await operation.step(role === 'trial' ? 'create-trial' : `create-${replica}`, async (signal) => {
    const { record, values } = operation;
    return { ...(await createReplica(await operation.maker(signal), { record, values, replica, role }, signal)) };
  });
  return { id, name };
}

async function start(operation: Operation, id: string, signal: AbortSignal): Promise<{ id: string }> {
  const engine = await operation.engine(signal);
  await engine.startContainer(id, signal);
  return { id };
}
