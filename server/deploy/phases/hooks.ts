import { asFailure, Failure } from '../../rpc/failure.ts';
import { createHook, removeContainersOf } from '../containers.ts';
import type { Operation } from '../operation.ts';

const longestHook = 900_000;

/** Runs a hook of the service, once: one that ran when the hub was killed is waited for. Rejects with `precondition` when it fails. */
export async function runHook(operation: Operation, hook: 'before' | 'after'): Promise<void> {
  const command = operation.record.config.service.hooks[hook];
  if (command === undefined || command.length === 0) return;
  operation.tell(`running the hook "${hook}"`);
  const { exitCode } = await operation.step(`hook-${hook}`, (signal) => run(operation, hook, command, signal), { within: longestHook });
  operation.tell(null);
  await removeHooks(operation);
  if (exitCode !== 0) {
    throw new Failure('precondition', `The hook "${hook}" of ${operation.record.service} ended with code ${exitCode}.`, {
      hint: 'What it said is in the log.',
    });
  }
}

async function run(
  operation: Operation,
  hook: 'before' | 'after',
  command: readonly string[],
  signal: AbortSignal,
): Promise<{ exitCode: number }> {
  const { record, values } = operation;
  const maker = await operation.maker(signal);
  const { id, fresh } = await createHook(maker, { record, values, hook, command }, signal);
  if (fresh) await maker.engine.startContainer(id, signal);
  const output = maker.engine.containerLog(id, { follow: true }, (line) => operation.log.add('hook', line), signal);
  const [exitCode] = await Promise.all([maker.engine.waitContainer(id, signal), output.catch(() => {})]);
  return { exitCode };
}

async function removeHooks(operation: Operation): Promise<void> {
  try {
    await removeContainersOf(await operation.maker(), operation.record, operation.signal, 'hook');
  } catch (error) {
    // It is removed with the rest, or by the reconciler.
    operation.say(`The container of the hook is still there: ${asFailure(error).message}`);
  }
}
