import type { Operation } from '../operation.ts';
import { finishOneOff, makeOneOff, mustEndWell, removeOneOff, within } from './oneOff.ts';

const longestHook = 900_000;

/** Runs a hook of the service, once: one that ran when the hub was killed is waited for. Rejects with `precondition` when it fails. */
export async function runHook(operation: Operation, hook: 'before' | 'after'): Promise<void> {
  const command = operation.record.config.service.hooks[hook];
  if (command === undefined || command.length === 0) return;
  const what = `The hook "${hook}" of ${operation.record.service}`;
  const word = `hook-${hook}`;
  operation.tell(`running the hook "${hook}"`);
  const { exitCode } = await operation.step(
    word,
    async (signal) => {
      await makeOneOff(operation, word, command, signal);
      const ended = await finishOneOff(operation, word, longestHook, signal);
      if (ended.kind !== 'ended') mustEndWell(what, ended, longestHook);
      return { exitCode: ended.kind === 'ended' ? ended.exitCode : 0 };
    },
    { within: within(operation, longestHook) },
  );
  operation.tell(null);
  await removeOneOff(operation, word);
  mustEndWell(what, { kind: 'ended', exitCode, milliseconds: 0 }, longestHook);
}
