import { setTimeout as wait } from 'node:timers/promises';
import type { SmokeTest } from '../../config/hearthTypes.ts';
import { asFailure, Failure } from '../../rpc/failure.ts';
import { containersOf, networkOf } from '../containers.ts';
import { maskedLine } from '../deploymentLog.ts';
import type { Engine } from '../engine/types.ts';
import type { Operation } from '../operation.ts';
import { addressOf, isRouted } from '../strategy.ts';
import { endedText, finishOneOff, makeOneOff, removeOneOff, within } from './oneOff.ts';
import { askOnce, type Way } from './smokeHttp.ts';
import { routingOf } from './switch.ts';

/** It was switched to, and does not do what it must. */
export class SmokeFailed extends Failure {}

/** What a smoke test leaves in the journal, masked. */
export type Smoked = { readonly name: string; readonly ok: boolean; readonly milliseconds: number; readonly message: string };

interface Seen {
  readonly ok: boolean;
  readonly message: string;
}

/** Between two tries. */
const pause = 1000;
const longestMessage = 500;

/** Runs the smoke tests of the service, in order, a step each. Rejects with `SmokeFailed` at the first that does not hold. */
export async function smoke(operation: Operation): Promise<void> {
  const { smoke: tests = [], name } = operation.record.config.service;
  for (const [index, test] of tests.entries()) {
    operation.tell(`smoke test ${index + 1} of ${tests.length}: ${shown(operation, test.name)}`);
    const result = await operation.step<Smoked>(`smoke-${index}`, (signal) => prove(operation, `smoke-${index}`, test, signal), {
      within: test.attempts * (within(operation, test.timeout) + pause),
    });
    operation.tell(null);
    if (!result.ok) {
      throw new SmokeFailed('precondition', `The smoke test "${result.name}" of ${name} failed: ${result.message}`, {
        hint: 'The log has the last lines of the new version.',
      });
    }
  }
}

/** Until it holds, or has been tried often enough. */
async function prove(operation: Operation, word: string, test: SmokeTest, signal: AbortSignal): Promise<Smoked> {
  const name = shown(operation, test.name);
  for (let attempt = 1; ; attempt++) {
    const start = performance.now();
    const { ok, message } = await tried(operation, word, test, signal);
    const result = { name, ok, milliseconds: Math.round(performance.now() - start), message: shown(operation, message) };
    operation.say(`Smoke test "${name}" ${ok ? 'passed' : `failed (${attempt} of ${test.attempts})`}: ${result.message}`);
    if (ok || attempt >= test.attempts) return result;
    await wait(pause, undefined, { signal });
  }
}

async function tried(operation: Operation, word: string, test: SmokeTest, signal: AbortSignal): Promise<Seen> {
  try {
    return await tryOnce(operation, word, test, signal);
  } catch (error) {
    const failure = asFailure(error);
    // The engine is away, another hub goes on, somebody cancels: that says nothing of the service.
    if (signal.aborted || ['docker-unavailable', 'locked', 'cancelled'].includes(failure.reason)) throw error;
    return { ok: false, message: failure.message };
  }
}

async function tryOnce(operation: Operation, word: string, { check, timeout }: SmokeTest, signal: AbortSignal): Promise<Seen> {
  if (check.kind === 'command') return runOnce(operation, word, check.command, timeout, signal);
  if (!check.url.startsWith('/')) return askOnce(check, undefined, timeout, signal);
  const way = await wayTo(operation, signal);
  if (typeof way === 'string') return askOnce({ ...check, url: `${new URL(way).origin}${check.url}` }, undefined, timeout, signal);
  return askOnce(check, way, timeout, signal);
}

async function runOnce(
  operation: Operation,
  word: string,
  command: readonly string[],
  timeout: number,
  signal: AbortSignal,
): Promise<Seen> {
  // One of a try before this says nothing of now.
  await removeOneOff(operation, word);
  await makeOneOff(operation, word, command, signal);
  let last = '';
  const ended = await finishOneOff(operation, word, timeout, signal, (line) => {
    if (line.trim() !== '') last = line.trim();
  });
  await removeOneOff(operation, word);
  const ok = ended.kind === 'ended' && ended.exitCode === 0;
  return { ok, message: ok ? 'ended with code 0' : `${endedText(ended, timeout)}${last === '' ? '' : `: ${last}`}` };
}

/**
 * Where people reach the service: through its route, at its published port, else at the container. An address as text is asked from here: the
 * engine cannot dial. Rejects with `precondition` when there is none.
 */
async function wayTo(operation: Operation, signal: AbortSignal): Promise<Way | string> {
  const { record } = operation;
  const { service, environment } = record.config;
  const engine = await operation.engine(signal);
  if (isRouted(service, environment.routing)) {
    const { router, target } = await routingOf(operation, record, signal);
    const entry = target === undefined ? undefined : await router.entry(target, signal);
    if (entry !== undefined) return { engine, ...entry, host: target?.host ?? 'localhost' };
  }
  const { publish, port } = service;
  if (publish !== undefined) {
    const outside = addressOf(service, { kind: 'none' }, record.engine);
    if (engine.reach === 'nothing' && outside !== null) return outside;
    const host = publish.address === '' || publish.address === '0.0.0.0' ? '127.0.0.1' : publish.address === '::' ? '::1' : publish.address;
    return { engine, address: { host, port: publish.port }, tls: false, host: `localhost:${publish.port}` };
  }
  const rows = await containersOf(await operation.maker(signal), record, signal, 'service');
  const address = rows.find(({ state }) => state === 'running')?.addresses[networkOf(record)];
  if (address === undefined || address === '' || port === undefined) {
    throw new Failure('precondition', `${service.name} has no address that a smoke test could ask.`);
  }
  return { engine, address: { host: address, port }, tls: false, host: service.route?.host ?? 'localhost' };
}

/** Why paths of a service cannot be asked there; undefined: they can. */
export function cannotAsk({ smoke: tests = [], ...service }: Operation['record']['config']['service'], routed: boolean, engine: Engine) {
  const asks = tests.some(({ check }) => check.kind === 'http' && check.url.startsWith('/'));
  if (!asks || routed || engine.reach === 'containers') return undefined;
  if (service.publish === undefined) return `containers of ${engine.address} cannot be reached from here`;
  const everywhere = ['', '0.0.0.0', '::'].includes(service.publish.address);
  return engine.reach === 'nothing' && !everywhere ? `its port is published on the loopback of ${engine.address} only` : undefined;
}

function shown({ redactor }: Operation, text: string): string {
  // Masked before it is shortened: half a secret is not recognised.
  const line = maskedLine(redactor, text.replace(/\s+/g, ' '));
  return line.length > longestMessage ? `${line.slice(0, longestMessage)}…` : line;
}
