import { asFailure, type Failure } from '../../rpc/failure.ts';
import { demote, end } from '../journal.ts';
import { kindOf } from '../kinds/index.ts';
import type { Operation } from '../operation.ts';
import type { DeploymentRecord } from '../records.ts';
import { backTime, hasBegunBack, migrateBack, settleMigration } from './migrate.ts';
import { replacedBy } from './switch.ts';

/** Why a deployment is taken back before it was live. */
export type Why = {
  readonly state: 'failed' | 'rolled-back' | 'canceled';
  readonly reason: string | null;
  readonly hint: string | null;
};

const interrupted: Why = { state: 'failed', reason: null, hint: null };
const longestUndo = 300_000;

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
    await operation.act('undo', (signal) => putBack(operation, state !== 'canceled', signal), longestUndo + backTime(operation));
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
  await settleMigration(operation);
  // Taking the migration back comes last, in a container that must not be removed.
  if (!hasBegunBack(operation)) {
    await kindOf(operation.record.config.service).putBack(operation, await operation.previous(), showOutput, signal);
  }
  await migrateBack(operation);
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
      if (!hasBegunBack(operation)) await kindOf(operation.record.config.service).goBack(operation, previous, signal);
      await migrateBack(operation);
    },
    longestUndo + backTime(operation),
  );
  await operation.releaseLock();
  await operation.finishStep('revert', (transaction) => demote(transaction, operation.record.id, previous.id, { reason, hint }));
}
