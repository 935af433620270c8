import { asFailure, type Failure } from '../rpc/failure.ts';
import { demote, end } from './journal.ts';
import { kindOf } from './kinds/index.ts';
import type { Locks } from './locks.ts';
import type { Operation } from './operation.ts';
import { Unhealthy } from './phases/health.ts';
import { runHook } from './phases/hooks.ts';
import { migrate } from './phases/migrate.ts';
import { claimOf, prepare } from './phases/prepare.ts';
import { SmokeFailed, smoke } from './phases/smoke.ts';
import { goLive, replacedBy } from './phases/switch.ts';
import { revert, undo } from './phases/undo.ts';
import type { DeploymentRecord } from './records.ts';

/**
 * Carries out a deployment, from wherever its journal says it is. Resolves when nothing is left to do, however it ended, or when this hub ends.
 * Rejects only when the state cannot be written.
 */
export async function carryOut(operation: Operation, locks: Locks): Promise<void> {
  operation.onReleaseLock(() => giveLockBack(operation, locks));
  try {
    // What its containers say is shown: secrets must be known to be masked.
    if (operation.hasBegun('undo') || operation.hasBegun('revert')) await operation.resolveValues().catch(() => {});
    if (operation.hasBegun('undo')) await undo(operation, undefined);
    else if (operation.hasBegun('revert')) await revert(operation, undefined);
    else await forward(operation, locks);
  } catch (error) {
    if (isHandedOver(operation)) return handOver(operation);
    await backward(operation, asFailure(error));
  } finally {
    // A hub that ends leaves the lock to the next one, which takes it over by its fence.
    if (!isHandedOver(operation)) await operation.releaseLock();
  }
}

async function forward(operation: Operation, locks: Locks): Promise<void> {
  if (operation.record.state !== 'live') {
    await prepare(operation, locks);
    const kind = kindOf(operation.record.config.service);
    await kind.obtain(operation);
    await migrate(operation);
    await kind.bringUp(operation);
    await kind.switchOver(operation);
    await smoke(operation);
    await goLive(operation);
  } else {
    // Its secrets may show in what is logged from here on.
    await operation.resolveValues().catch(() => {});
  }
  await finish(operation);
}

/** What remains after it is live. Only its own failing health takes it back; anything else is said, and the reconciler puts it right. */
async function finish(operation: Operation): Promise<void> {
  const old = await replacedBy(operation);
  const kind = kindOf(operation.record.config.service);
  try {
    await kind.drain(operation, old);
  } catch (error) {
    if (error instanceof Unhealthy && old !== undefined) return revert(operation, { previous: old, failure: error });
    throw error;
  }
  const problems: string[] = [];
  const attempt = async (act: () => Promise<void>) => {
    try {
      await act();
    } catch (error) {
      if (isHandedOver(operation)) throw error;
      const message = operation.redactor.redact(asFailure(error).message);
      operation.say(message);
      problems.push(message);
    }
  };
  await attempt(() => kind.retire(operation, old));
  await attempt(() => runHook(operation, 'after'));
  await attempt(() => kind.retain(operation));
  await operation.releaseLock();
  const reason = problems.length === 0 ? null : problems.join(' ');
  await operation.write((transaction) => end(transaction, operation.record.id, { state: 'live', reason, hint: null }));
}

async function backward(operation: Operation, failure: Failure): Promise<void> {
  const { stopped, record } = operation;
  if (record.state === 'live') {
    // Too late to go back: it serves.
    const reason = operation.redactor.redact(failure.message);
    operation.say(reason);
    await operation.releaseLock();
    const old = operation.hasBegun('revert') ? await replacedBy(operation) : undefined;
    if (old !== undefined) return giveBack(operation, old, reason);
    await operation.write((transaction) => end(transaction, record.id, { state: 'live', reason, hint: failure.hint ?? null }));
    return;
  }
  const why =
    stopped?.kind === 'cancel' || (stopped === undefined && failure.reason === 'cancelled')
      ? ({ state: 'canceled', reason: null, hint: null } as const)
      : ({
          // It was switched to: whoever looked meanwhile has seen it.
          state: failure instanceof SmokeFailed && (await operation.previous()) !== undefined ? 'rolled-back' : 'failed',
          reason: stopped?.kind === 'fail' ? stopped.reason : operation.redactor.redact(failure.message),
          hint: failure.hint ?? null,
        } as const);
  try {
    await undo(operation, why);
  } catch (error) {
    if (isHandedOver(operation)) return handOver(operation);
    throw error;
  }
}

/** Going back was not finished, and the new version is no good all the same: the old one counts, and the reconciler puts the rest right. */
async function giveBack(operation: Operation, old: DeploymentRecord, problem: string): Promise<void> {
  const { reason } = (operation.stepOf('revert')?.evidence ?? {}) as { reason?: string };
  const why = { reason: `${reason ?? 'It was not healthy after the switch.'} Going back was not finished: ${problem}`, hint: null };
  await operation.finishStep('revert', (transaction) => demote(transaction, operation.record.id, old.id, why));
}

/** Whether another hub carries it on: this one ends, or has been superseded. */
function isHandedOver({ stopped, parts }: Operation): boolean {
  if (stopped?.kind === 'suspend') return true;
  try {
    parts.fence.check();
    return false;
  } catch {
    return true;
  }
}

/** A hub that ends in order says so: taking it up again does not count as a crash. */
async function handOver(operation: Operation): Promise<void> {
  if (operation.stopped?.kind !== 'suspend') return;
  operation.say('This hub ends; the next one goes on.');
  await operation.note('suspended');
}

async function giveLockBack(operation: Operation, locks: Locks): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  try {
    await locks.release(await operation.maker(signal), await claimOf(operation), signal);
  } catch (error) {
    operation.parts.log('warn', 'the lock of an environment is still there', { error: asFailure(error).message });
  }
}
