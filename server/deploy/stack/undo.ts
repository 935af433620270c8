import { setTimeout as wait } from 'node:timers/promises';
import { asFailure, Failure } from '../../rpc/failure.ts';
import type { Maker } from '../containers.ts';
import { label } from '../labels.ts';
import type { Operation } from '../operation.ts';
import { type DeploymentRecord, readDeployment } from '../records.ts';
import { applyServices, type Done, removeServices, servicesOf } from './apply.ts';
import { releaseOfOperation } from './bringUp.ts';
import { endingOf } from './converge.ts';
import { namespaceLabel, specLabel, stackNameOf } from './names.ts';
import { ensureObjects, removeObjects } from './objects.ts';
import type { StackRelease } from './release.ts';
import { knownOf } from './values.ts';
import { converge } from './wait.ts';

const shownLines = 50;
/** How often somebody else may be quicker. */
const tries = 6;
/** How long the old version may take to run again before that is said. */
const comeBack = 15_000;
/** How long containers of removed tasks may take to go. */
const goAway = 40_000;

/** Nothing of the new version is left: services are as the previous release had them, those it did not have are removed. */
export async function restoreStack(
  operation: Operation,
  previous: DeploymentRecord | undefined,
  showOutput: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (!operation.hasBegun('wave-0')) return;
  if (showOutput) await showTasks(operation, signal);
  const { record } = operation;
  const maker = await operation.maker(signal);
  const stack = stackNameOf(record);
  // Of another engine nothing was changed there.
  const known = previous !== undefined && previous.engine === record.engine ? await knownOf(operation.parts, previous) : undefined;
  const { release } = known ?? {};
  if (previous === undefined || known === undefined || release === undefined) {
    await removeMade(operation, maker, stack, signal);
    return;
  }
  const application = { maker, record: previous, release, values: known.values, key: known.key, restart: 'none' } as const;
  const done = await applyServices(
    application,
    release.services.map(({ name }) => name),
    signal,
  );
  const back = [...done].filter(([, { what }]) => what !== 'as it was').map(([name]) => name);
  if (back.length > 0) operation.say(`Back to ${previous.id}: ${back.join(', ')}.`);
  // What runs once is not run again in its old version: where it is another now, it goes.
  const rest = (await servicesOf(maker, record, stack, signal)).filter(({ labels }) => labels[label.deployment] === record.id);
  const gone = new Set(rest.map(({ name }) => name));
  const kept = { ...release, services: release.services.filter(({ once, spec }) => !once || !gone.has(spec.Name)) };
  const removed = await removeServices(maker, record, stack, kept, signal);
  if (removed.length > 0) operation.say(`Removed ${removed.join(', ')}.`);
  await comesBack(operation, maker, previous, release, signal);
  await tasksEnded(maker, record, stack, signal);
  await removeObjects(maker, record, stack, { release, files: await ensureObjects(application, signal) }, signal);
}

/** Nothing is known of what ran before: what this deployment made is removed, what it has only changed is put back as the Swarm knows it. */
async function removeMade(operation: Operation, maker: Maker, stack: string, signal: AbortSignal): Promise<void> {
  const { record, parts } = operation;
  const rows = await servicesOf(maker, record, stack, signal);
  const olds = rows.map(({ labels, before }) =>
    [labels, before?.Labels].map((each) => each?.[label.deployment]).find((id) => id !== record.id),
  );
  // What a deployment before left that is known not to be live is as little wanted.
  const live = await parts.store.read((reader) =>
    olds.map((old) => old !== undefined && (readDeployment(reader, old)?.state ?? 'live') === 'live'),
  );
  const others = rows.filter((_, index) => live[index]);
  if (others.length === 0) {
    await removeStack(maker, record, stack, signal);
    return;
  }
  for (const { id, name } of others) {
    if (await putServiceBack(maker, id, record, signal)) operation.say(`${name} is as it was before.`);
  }
  const made = rows.filter((row) => !others.includes(row));
  for (const { id } of made) await maker.engine.removeService(id, signal);
  if (made.length > 0) operation.say(`Removed ${made.map(({ name }) => name).join(', ')}.`);
  operation.say('No release before is known: networks, configs and secrets stay.');
  await tasksEnded(maker, record, stack, signal);
}

/** Answers whether there was something to put back. */
async function putServiceBack({ engine }: Maker, id: string, { id: deployment }: DeploymentRecord, signal: AbortSignal): Promise<boolean> {
  for (let left = tries; ; left--) {
    const row = await engine.inspectService(id, signal);
    if (row?.before === undefined || row.labels[label.deployment] !== deployment) return false;
    try {
      await engine.updateService(id, row.version, row.before, undefined, signal);
      return true;
    } catch (error) {
      // Somebody changed it since it was read.
      if (!(error instanceof Failure) || error.reason !== 'conflict' || left <= 1) throw error;
    }
  }
}

async function comesBack(
  operation: Operation,
  maker: Maker,
  previous: DeploymentRecord,
  release: StackRelease,
  signal: AbortSignal,
): Promise<void> {
  // What runs once ran when it was deployed.
  const names = release.services.filter(({ ends }) => ends === 'never').map(({ name }) => name);
  const patience = { deadline: comeBack, delays: false, stable: 0, whole: false, interval: 200, tell: () => {} };
  try {
    await converge(maker, previous, release, names, patience, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    operation.say(`The old version does not run whole yet: ${operation.redactor.redact(asFailure(error).message)}`);
  }
}

/** A Swarm starts the new ones first: the old ones end a moment later. */
export async function tasksEnded(maker: Maker, record: DeploymentRecord, stack: string, signal: AbortSignal): Promise<void> {
  for (const end = performance.now() + goAway; performance.now() < end; ) {
    const services = await servicesOf(maker, record, stack, signal);
    const tasks = await maker.engine.listTasks(
      services.map(({ id }) => id),
      signal,
    );
    if (endingOf(tasks).length === 0) return;
    await wait(200, undefined, { signal });
  }
}

/** Removes all of a stack that is ours. Volumes stay. Answers the names of what is gone. */
export async function removeStack(maker: Maker, record: DeploymentRecord, stack: string, signal: AbortSignal): Promise<string[]> {
  const services = await removeServices(maker, record, stack, undefined, signal);
  await containersGone(maker, stack, signal);
  return [...services, ...(await removeObjects(maker, record, stack, undefined, signal))];
}

/** A Swarm answers before the containers are gone. */
async function containersGone({ engine }: Maker, stack: string, signal: AbortSignal): Promise<void> {
  for (const end = performance.now() + goAway; performance.now() < end; ) {
    const left = await engine.listContainers({ [namespaceLabel]: stack, [specLabel]: '' }, signal);
    if (!left.some(({ state }) => state === 'running')) return;
    await wait(200, undefined, { signal });
  }
}

/** What tasks of the new version said last, before they are gone. */
async function showTasks(operation: Operation, signal: AbortSignal): Promise<void> {
  // Secrets that could not be read cannot be masked.
  if (!operation.masks) return;
  try {
    const { record } = operation;
    const maker = await operation.maker(signal);
    const services = await servicesOf(maker, record, stackNameOf(record), signal);
    const tasks = await maker.engine.listTasks(
      services.map(({ id }) => id),
      signal,
    );
    const known = tasksMade(operation);
    for (const { name, id } of services) {
      // The Swarm may have taken the service back by now: its tasks are known by their label.
      const own = tasks.filter((task) => task.service === id && known.has(task.labels[specLabel] ?? '') && task.state !== 'complete');
      const shown = own
        .filter(({ container }) => container !== undefined)
        .sort((a, b) => b.created - a.created)
        .slice(0, 2);
      for (const task of shown) {
        if (task.error !== undefined) operation.say(`${name}: ${operation.redactor.redact(task.error)}`);
        await engineLog(maker, task.id, (line) => operation.log.add('container', line), signal);
      }
    }
  } catch (error) {
    if (signal.aborted) throw error;
    operation.say(`What the tasks said cannot be read: ${asFailure(error).message}`);
  }
}

/** Labels of the tasks that this deployment made or changed. */
function tasksMade(operation: Operation): Set<string> {
  const waves = releaseOfOperation(operation)?.waves ?? [];
  const done = waves.flatMap((_, index) => {
    const evidence = operation.stepOf(`wave-${index}`)?.evidence as { done?: Readonly<Record<string, Done>> } | undefined;
    return Object.values(evidence?.done ?? {});
  });
  return new Set(done.flatMap(({ what, tasks }) => (what === 'as it was' ? [] : [tasks])));
}

/** A node that is away would be waited for. */
async function engineLog({ engine }: Maker, task: string, line: (text: string) => void, signal: AbortSignal): Promise<void> {
  await engine.taskLog(task, { follow: false, tail: shownLines }, line, AbortSignal.any([signal, AbortSignal.timeout(10_000)]));
}
