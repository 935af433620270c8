import { setTimeout as wait } from 'node:timers/promises';
import { asFailure } from '../../rpc/failure.ts';
import { containersOf } from '../containers.ts';
import type { Operation } from '../operation.ts';
import type { DeploymentRecord } from '../records.ts';

const shownLines = 50;
/** How long the old version may take to come up again before that is said. */
const comeBack = 10_000;

/** Containers of the old version that were stopped run again. */
export async function startAgain(operation: Operation, previous: DeploymentRecord, signal: AbortSignal): Promise<void> {
  const { engine, owner } = await operation.maker(signal, previous);
  const rows = await containersOf({ engine, owner }, previous, signal, 'service');
  const stopped = rows.filter(({ state }) => state !== 'running');
  await Promise.all(stopped.map(({ id }) => engine.startContainer(id, signal)));
  if (stopped.length > 0) operation.say(`Started ${stopped.map(({ name }) => name).join(', ')} again.`);
  for (const end = performance.now() + comeBack; performance.now() < end; ) {
    const now = await containersOf({ engine, owner }, previous, signal, 'service');
    if (now.every(({ state }) => state === 'running')) return;
    await wait(100, undefined, { signal });
  }
  operation.say('The old version has not come up again yet.');
}

/** What its containers said last, before they are gone. */
export async function showLastLines(operation: Operation, signal: AbortSignal): Promise<void> {
  // Secrets that could not be read cannot be masked.
  if (!operation.masks) return;
  try {
    const { engine, owner } = await operation.maker(signal);
    const rows = await containersOf({ engine, owner }, operation.record, signal);
    for (const { id, labels, state } of rows) {
      if (labels['hearth.role'] === 'hook' || state === 'created') continue;
      await engine.containerLog(id, { follow: false, tail: shownLines }, (line) => operation.log.add('container', line), signal);
    }
  } catch (error) {
    if (signal.aborted) throw error;
    operation.say(`What the container said cannot be read: ${asFailure(error).message}`);
  }
}
