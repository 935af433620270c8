import { asFailure, Failure } from '../../rpc/failure.ts';
import { createOneOff, findOneOff } from '../containers.ts';
import type { ContainerState } from '../engine/types.ts';
import type { Operation } from '../operation.ts';

/** How a one-off container ended. Times are milliseconds. */
export type Ended =
  | { readonly kind: 'ended'; readonly exitCode: number; readonly milliseconds: number }
  /** It took longer than it may and was stopped. */
  | { readonly kind: 'stopped' }
  /** The engine could not start it: nothing ran. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Somebody has removed it. */
  | { readonly kind: 'gone' };

/** What stopping may take beside the patience of the service. */
const stopping = 30_000;

/** How long a step may take that waits for a one-off container. */
export function within(operation: Operation, timeout: number): number {
  return timeout + operation.record.config.service.stopTimeout + 2 * stopping;
}

/** Makes the container of a command in the new image; one that a hub before this has started is taken as it is. Not started. */
export async function makeOneOff(operation: Operation, word: string, command: readonly string[], signal: AbortSignal): Promise<string> {
  const { record, values } = operation;
  return (await createOneOff(await operation.maker(signal), { record, values, word, command }, signal)).id;
}

export async function lookAtOneOff(operation: Operation, word: string, signal: AbortSignal): Promise<ContainerState | undefined> {
  return findOneOff(await operation.maker(signal), operation.record, word, signal);
}

/**
 * Starts the one-off container of that word unless it was started before, shows what it says, and answers when it has ended. `timeout`: then it is
 * stopped. `heard` gets its lines too, as they are.
 */
export async function finishOneOff(
  operation: Operation,
  word: string,
  timeout: number,
  signal: AbortSignal,
  heard: (line: string) => void = () => {},
): Promise<Ended> {
  const { engine } = await operation.maker(signal);
  const found = await lookAtOneOff(operation, word, signal);
  if (found === undefined) return { kind: 'gone' };
  const { id } = found;
  const began = performance.now();
  if (found.state === 'created') {
    const problem = await start(operation, word, id, signal);
    if (problem !== undefined) return { kind: 'refused', message: problem };
  }
  const line = (text: string) => {
    operation.log.add('hook', text);
    heard(text);
  };
  // What it said is worth less than how it ended.
  const output = engine.containerLog(id, { follow: true }, line, signal).catch(() => {});
  const limit = AbortSignal.timeout(timeout);
  try {
    const exitCode = await engine.waitContainer(id, AbortSignal.any([signal, limit]));
    await output;
    return { kind: 'ended', exitCode, milliseconds: Math.round(performance.now() - began) };
  } catch (error) {
    if (signal.aborted) throw error;
    if (!limit.aborted) {
      if (asFailure(error).reason === 'not-found') return { kind: 'gone' };
      throw error;
    }
    await engine.stopContainer(id, operation.record.config.service.stopTimeout, signal);
    await output;
    return { kind: 'stopped' };
  }
}

/** Why it does not start. Whether it was started is asked again: an answer may have been lost. */
async function start(operation: Operation, word: string, id: string, signal: AbortSignal): Promise<string | undefined> {
  const { engine } = await operation.maker(signal);
  try {
    await engine.startContainer(id, signal);
    return undefined;
  } catch (error) {
    const failure = asFailure(error);
    if (signal.aborted || failure.reason === 'docker-unavailable' || failure.reason === 'locked') throw error;
    if ((await lookAtOneOff(operation, word, signal))?.state !== 'created') throw error;
    return failure.message;
  }
}

/** Removes it; one that cannot be removed now goes with the rest, or by the reconciler. */
export async function removeOneOff(operation: Operation, word: string): Promise<void> {
  const { signal } = operation;
  try {
    const found = await lookAtOneOff(operation, word, signal);
    if (found !== undefined) await (await operation.engine(signal)).removeContainer(found.id, signal);
  } catch (error) {
    if (!signal.aborted) operation.say(`The container of "${word}" is still there: ${asFailure(error).message}`);
  }
}

/** In words, after what ran: `ended with code 3`. */
export function endedText(ended: Ended, timeout: number): string {
  switch (ended.kind) {
    case 'ended':
      return `ended with code ${ended.exitCode}`;
    case 'stopped':
      return `was stopped: it took longer than ${seconds(timeout)}`;
    case 'refused':
      return `could not be started: ${ended.message}`;
    case 'gone':
      return 'was lost: its container was removed';
  }
}

/** Of a command that must end with 0. */
export function mustEndWell(what: string, ended: Ended, timeout: number): void {
  if (ended.kind === 'ended' && ended.exitCode === 0) return;
  throw new Failure('precondition', `${what} ${endedText(ended, timeout).replace(/\.$/, '')}.`, { hint: 'What it said is in the log.' });
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}
