import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../../rpc/failure.ts';
import { containersOf } from '../containers.ts';
import type { ContainerState } from '../engine/types.ts';
import type { Operation } from '../operation.ts';
import { probeOnce, probeTarget } from '../probe.ts';

/** It does not do what it should. */
export class Unhealthy extends Failure {}

/** What the step of becoming healthy leaves in the journal. */
export type Health = { readonly milliseconds: number; readonly looks: number; readonly restarts: number };

/** What it takes to be well: so long without a failed look, or so many looks. */
export type Proof = { readonly kind: 'window' } | { readonly kind: 'passes'; readonly count: number };

/** A process that ends so often while it is looked at will not come up. */
const mostRestarts = 3;
/** Pause between looks where a few are enough. */
const quickPause = 200;

/**
 * Looks at the containers of a role until all of them have proved to be well. Rejects with `Unhealthy` when they have not within the deadline, which
 * counts from when this phase began, whoever looked then.
 */
export async function becomeHealthy(operation: Operation, step: string, role: 'service' | 'trial', proof: Proof): Promise<void> {
  const { deadline } = operation.record.config.service.health;
  const remaining = remainingOf(operation, deadline);
  await operation.step(step, (signal) => look(operation, role, proof, remaining, signal), { within: deadline + 60_000 });
  operation.tell(null);
}

async function look(operation: Operation, role: 'service' | 'trial', proof: Proof, deadline: number, signal: AbortSignal): Promise<Health> {
  const { service } = operation.record.config;
  const { interval, healthyFor } = service.health;
  const pause = proof.kind === 'passes' ? Math.min(interval, quickPause) : Math.min(interval, Math.max(healthyFor, 10));
  const start = performance.now();
  let wellSince: number | undefined;
  let passes = 0;
  let looks = 0;
  let restarts = 0;
  for (;;) {
    const seen = await lookOnce(operation, role, signal);
    looks++;
    const now = performance.now();
    // One that ends and is started again between two looks was not well.
    if (seen.restarts !== restarts) wellSince = undefined;
    restarts = seen.restarts;
    if (seen.kind === 'well') {
      wellSince ??= now;
      passes++;
      operation.tell(
        proof.kind === 'window'
          ? `healthy for ${seconds(now - wellSince)} of ${seconds(healthyFor)}`
          : `healthy ${passes} of ${proof.count} times`,
      );
      const proved = proof.kind === 'window' ? now - wellSince >= healthyFor && passes >= 2 : passes >= proof.count;
      if (proved) {
        await operation.keepProbes();
        operation.say(`${service.name} is healthy (${looks} looks, ${seconds(now - start)}).`);
        return { milliseconds: Math.round(now - start), looks, restarts };
      }
    } else {
      wellSince = undefined;
      passes = 0;
      operation.tell(`not healthy yet: ${seen.message}`);
      if (seen.kind === 'hopeless' || now - start >= deadline) throw await unhealthy(operation, seen, deadline);
    }
    await wait(pause, undefined, { signal });
  }
}

/** `restarts`: how often the engine has started them again so far. */
type Seen = { readonly restarts: number } & (
  | { readonly kind: 'well' }
  | { readonly kind: 'failing' | 'hopeless'; readonly message: string }
);

/** One look at all containers of a role. */
export async function lookOnce(operation: Operation, role: 'service' | 'trial', signal: AbortSignal): Promise<Seen> {
  const { engine, owner } = await operation.maker(signal);
  const rows = await containersOf({ engine, owner }, operation.record, signal, role);
  const wanted = role === 'trial' ? 1 : operation.record.config.service.replicas;
  if (rows.length < wanted) return { kind: 'hopeless', message: 'A container was removed.', restarts: 0 };
  const target = probeTarget(operation.record);
  const seen = await Promise.all(
    rows.map(async ({ id, name }): Promise<Seen> => {
      const container = await engine.inspectContainer(id, signal);
      if (container === undefined) return { kind: 'hopeless', message: `${name} was removed.`, restarts: 0 };
      const { restarts } = container;
      const probe = await probeOnce(engine, container, target, signal);
      await operation.sawProbe(probe);
      if (probe.ok) return { kind: 'well', restarts };
      return {
        restarts,
        kind: isHopeless(container, role) ? 'hopeless' : 'failing',
        message: operation.redactor.redact(probe.message),
      };
    }),
  );
  const worst = seen.find(({ kind }) => kind === 'hopeless') ?? seen.find(({ kind }) => kind === 'failing');
  return { ...(worst ?? { kind: 'well' }), restarts: seen.reduce((sum, each) => sum + each.restarts, 0) };
}

/** The engine starts it again and again, or not at all. */
function isHopeless({ state, restarts }: ContainerState, role: 'service' | 'trial'): boolean {
  if (state === 'running') return false;
  return role === 'trial' || restarts >= mostRestarts;
}

async function unhealthy(operation: Operation, { kind, message }: Seen & { message: string }, deadline: number): Promise<Unhealthy> {
  await operation.keepProbes();
  const { name } = operation.record.config.service;
  const how = kind === 'hopeless' ? `${name} does not stay up` : `${name} was not healthy within ${seconds(deadline)}`;
  return new Unhealthy('timeout', `${how}: ${message}`, { hint: 'The log has its last lines.' });
}

/** A clock that jumped neither ends it at once nor lets it wait for hours. */
function remainingOf(operation: Operation, deadline: number): number {
  const started = operation.record.phaseTimes.filter(({ phase }) => phase === operation.record.phase).map((each) => each.started);
  const since = Math.min(...started, Date.now());
  return Math.min(deadline, Math.max(deadline / 4, deadline - (Date.now() - since)));
}

function seconds(milliseconds: number): string {
  return milliseconds < 10_000 ? `${(milliseconds / 1000).toFixed(1)} s` : `${Math.round(milliseconds / 1000)} s`;
}
