import { setTimeout as wait } from 'node:timers/promises';
import { asFailure, type Failure } from '../../rpc/failure.ts';
import { containersOf, removeContainersOf } from '../containers.ts';
import { demote, end } from '../journal.ts';
import type { Operation } from '../operation.ts';
import type { DeploymentRecord } from '../records.ts';
import { replacedBy, restoreRoute } from './switch.ts';

/** Why a deployment is taken back before it was live. */
export type Why = {
  readonly state: 'failed' | 'canceled';
  readonly reason: string | null;
  readonly hint: string | null;
};

const interrupted: Why = { state: 'failed', reason: null, hint: null };
const shownLines = 50;
const longestUndo = 300_000;
/** What never served has nothing to finish: milliseconds until it is killed. */
const shortPatience = 5000;
/** How long the old version may take to come up again before that is said. */
const comeBack = 10_000;

/**
 * Leaves everything as it was: the old version serves, nothing of the new one is left. `why` is undefined when a hub before this one had begun.
 * What the engine refuses is said and left to the reconciler: a deployment always ends.
 */
export async function undo(operation: Operation, why: Why | undefined): Promise<void> {
  operation.beginUndo();
  const given = await operation.intend('undo', why ?? interrupted);
  const { state, reason, hint } = given as Why;
  operation.say(state === 'canceled' ? 'Canceled. Cleaning up.' : `Failed: ${reason ?? 'no reason'} Cleaning up.`);
  operation.tell('cleaning up');
  const problems: string[] = [];
  try {
    await operation.act('undo', (signal) => putBack(operation, state === 'failed', signal), longestUndo);
  } catch (error) {
    if (operation.stopped?.kind === 'suspend') throw error;
    problems.push(operation.redactor.redact(`Cleaning up was not finished: ${asFailure(error).message}`));
    operation.say(problems.join(' '));
  }
  await operation.releaseLock();
  const full = [reason, ...problems].filter((each) => each !== null).join(' ');
  await operation.finishStep('undo', (transaction) =>
    end(transaction, operation.record.id, { state, reason: full === '' ? null : full, hint }),
  );
}

async function putBack(operation: Operation, showOutput: boolean, signal: AbortSignal): Promise<void> {
  const maker = await operation.maker(signal);
  const patience = Math.min(operation.record.config.service.stopTimeout, shortPatience);
  if (showOutput) await showLastLines(operation, signal);
  const previous = await operation.previous();
  if (operation.hasBegun('stop-old')) {
    // The new one may hold the port or the volume of the old one.
    await removeContainersOf(maker, operation.record, signal, undefined, patience);
    if (previous !== undefined) await startAgain(operation, previous, signal);
  }
  if (operation.hasBegun('route')) await restoreRoute(operation, previous, signal);
  const removed = await removeContainersOf(maker, operation.record, signal, undefined, patience);
  if (removed.length > 0) operation.say(`Removed ${removed.join(', ')}.`);
}

/**
 * It was live and is not healthy, while the old version is still there: back to that. `from` is undefined when a hub before this one had begun.
 */
export async function revert(operation: Operation, from: { previous: DeploymentRecord; failure: Failure } | undefined): Promise<void> {
  operation.beginUndo();
  const previous = from?.previous ?? (await replacedBy(operation));
  const why = await operation.intend('revert', {
    reason: from === undefined ? 'It was not healthy after the switch.' : operation.redactor.redact(from.failure.message),
    hint: from?.failure.hint ?? null,
  });
  const { reason, hint } = why as { reason: string; hint: string | null };
  if (previous === undefined) return;
  operation.say(`${reason} Going back to ${previous.id}.`);
  operation.tell('going back to the old version');
  await operation.act(
    'revert',
    async (signal) => {
      await showLastLines(operation, signal);
      await startAgain(operation, previous, signal);
      await restoreRoute(operation, previous, signal);
      await removeContainersOf(await operation.maker(signal), operation.record, signal);
    },
    longestUndo,
  );
  await operation.releaseLock();
  await operation.finishStep('revert', (transaction) => demote(transaction, operation.record.id, previous.id, { reason, hint }));
}

async function startAgain(operation: Operation, previous: DeploymentRecord, signal: AbortSignal): Promise<void> {
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
async function showLastLines(operation: Operation, signal: AbortSignal): Promise<void> {
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
