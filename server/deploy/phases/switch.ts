import { setTimeout as wait } from 'node:timers/promises';
import type { Service } from '../../config/hearthTypes.ts';
import type { Remark } from '../../protocol/deployTypes.ts';
import { asFailure } from '../../rpc/failure.ts';
import { containersOf, type Maker, removeContainersOf } from '../containers.ts';
import type { Engine } from '../engine/types.ts';
import { promote } from '../journal.ts';
import type { Operation } from '../operation.ts';
import type { Parts } from '../parts.ts';
import { adoptedOf } from '../reconcile/owners.ts';
import { type DeploymentRecord, readDeployment } from '../records.ts';
import { type Route, type Router, type RouteTarget, routerOf, routeTarget, upstreamsOf } from '../routing/index.ts';
import { isRouted } from '../strategy.ts';
import type { Wanted } from '../wanted.ts';
import { type Health, lookOnce, Unhealthy } from './health.ts';

/** Points the route at the new version and sees it answer there. Without a route there is nothing to do. */
export async function switchRoute(operation: Operation): Promise<void> {
  await operation.enter('switching');
  const { service, environment } = operation.record.config;
  if (!isRouted(service, environment.routing)) return;
  operation.tell('switching the route');
  await operation.step(
    'route',
    async (signal) => {
      const { router, target } = await routingOf(operation, operation.record, signal);
      if (target === undefined) return {};
      await router.check(target, signal);
      await router.route(target, await routeTo(operation, operation.record, signal), signal);
      return {};
    },
    { again: true },
  );
  operation.tell('waiting for the first answer through the route');
  await operation.step('confirm', async (signal) => {
    const { router, target } = await routingOf(operation, operation.record, signal);
    if (target === undefined) return {};
    const { milliseconds, detail } = await router.confirm(target, await routeTo(operation, operation.record, signal), signal);
    operation.say(`The route is confirmed: ${detail} (${Math.round(milliseconds)} ms).`);
    return { milliseconds, detail };
  });
}

type Promotion = { readonly previous: string | null };

/** From here on it is the live one. */
export async function goLive(operation: Operation): Promise<void> {
  const { id } = operation.record;
  const { previous } = await operation.step<Promotion>('promote', async () => ({ previous: (await operation.previous())?.id ?? null }), {
    also: (transaction, evidence) => promote(transaction, id, evidence.previous),
  });
  operation.say(previous === null ? 'Live.' : `Live, in place of ${previous}.`);
}

/**
 * Requests on their way to the old version end there; the new one must stay well meanwhile. Rejects with `Unhealthy` when it does not: the old one
 * is still there.
 */
export async function drain(operation: Operation, old: DeploymentRecord | undefined): Promise<void> {
  const { service, environment } = operation.record.config;
  if (old === undefined || operation.hasBegun('stop-old') || !isRouted(service, environment.routing)) return;
  operation.tell('the old version finishes its requests');
  await operation.step(
    'drain',
    async (signal) => {
      const began = operation.record.liveSince ?? Date.now();
      const remaining = Math.min(service.drain, Math.max(0, service.drain - (Date.now() - began)));
      const end = performance.now() + remaining;
      const before = (operation.stepOf('healthy')?.evidence as Health | undefined)?.restarts ?? 0;
      // At least one look: whoever takes this up again may come when the time is over.
      for (let failures = 0; ; ) {
        const seen = await lookOnce(operation, 'service', signal);
        failures = seen.kind === 'well' ? 0 : failures + 1;
        const why = seen.kind === 'well' ? 'it ended and was started again' : seen.message;
        if (seen.kind === 'hopeless' || failures >= 2 || seen.restarts > before) {
          throw new Unhealthy('timeout', `${service.name} was switched to and then failed: ${why}`, {
            hint: 'The log has its last lines.',
          });
        }
        if (failures === 0 && performance.now() >= end) break;
        await wait(Math.max(1, Math.min(service.health.interval, failures > 0 ? 500 : end - performance.now())), undefined, { signal });
      }
      return {};
    },
    { within: service.drain + 60_000 },
  );
}

/** Stops the old version and removes its containers; images and volumes stay. */
export async function retire(operation: Operation, old: DeploymentRecord | undefined): Promise<void> {
  operation.tell('stopping the old version');
  await operation.step(
    'retire',
    async (signal) => {
      if (old !== undefined) await removeOldRoute(operation, old, signal);
      const removed = old === undefined ? [] : await removeContainersOf(await operation.maker(signal, old), old, signal);
      await removeContainersOf(await operation.maker(signal), operation.record, signal, 'trial');
      if (removed.length > 0) operation.say(`Removed ${removed.join(', ')}.`);
      return { removed };
    },
    { within: (old?.config.service.stopTimeout ?? 0) + 120_000 },
  );
}

/** A route that still leads to the old version: the new one has another router, or none. One that leads to the new one is its own. */
async function removeOldRoute(operation: Operation, old: DeploymentRecord, signal: AbortSignal): Promise<void> {
  if (!isRouted(old.config.service, old.config.environment.routing)) return;
  const { router, target } = await routingOf(operation, old, signal);
  if (target !== undefined && (await router.current(target, signal))?.deployment === old.id) await router.remove(target, signal);
}

/** What this one took the place of. */
export async function replacedBy(operation: Operation): Promise<DeploymentRecord | undefined> {
  const step = operation.stepOf('promote');
  const previous = step?.state === 'done' ? (step.evidence as Promotion).previous : null;
  return previous === null ? undefined : operation.parts.store.read((reader) => readDeployment(reader, previous));
}

/** The route as it was: to what is live, or gone. Fine when there never was one. */
export async function restoreRoute(operation: Operation, live: DeploymentRecord | undefined, signal: AbortSignal): Promise<void> {
  const { router, target } = await routingOf(operation, operation.record, signal);
  if (target === undefined) return;
  if (live === undefined || !isRouted(live.config.service, live.config.environment.routing)) {
    await router.remove(target, signal);
    return;
  }
  const before = await routingOf(operation, live, signal);
  if (before.target === undefined) return;
  const route = await routeTo(operation, live, signal);
  await before.router.route(before.target, route, signal);
  // Another router than before has a route of its own.
  if ((await router.current(target, signal))?.deployment === operation.record.id) await router.remove(target, signal);
  try {
    await before.router.confirm(before.target, route, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    operation.say(`The old version does not answer through the route yet: ${asFailure(error).message}`);
  }
}

/** The router of a release, and what it is told of it; no target: nothing is routed to it. */
export async function routingOf(
  operation: Operation,
  record: DeploymentRecord,
  signal: AbortSignal,
): Promise<{ router: Router; target: RouteTarget | undefined }> {
  const { service, environment } = record.config;
  const adopted = await operation.parts.store.read((reader) =>
    adoptedOf(reader, record.project, record.environment).map(({ owner }) => owner),
  );
  const router = routerOf(environment.routing, (await operation.maker(signal, record)).engine, operation.parts);
  const place = { owner: operation.owner, adopted, project: record.projectName, environment: record.environment };
  return { router, target: routeTarget({ ...place, service }) };
}

async function routeTo(operation: Operation, record: DeploymentRecord, signal: AbortSignal): Promise<Route> {
  const rows = await containersOf(await operation.maker(signal, record), record, signal, 'service');
  const running = rows.filter(({ state }) => state === 'running');
  return { deployment: record.id, upstreams: upstreamsOf(record, running) };
}

/** By now it may lead to a release that was deployed since: only its own is removed. */
export async function removeRoute(maker: Maker, record: DeploymentRecord, parts: Parts, signal: AbortSignal): Promise<void> {
  const { service, environment } = record.config;
  if (!isRouted(service, environment.routing)) return;
  const adopted = await parts.store.read((reader) => adoptedOf(reader, record.project, record.environment).map(({ owner }) => owner));
  const place = { owner: maker.owner, adopted, project: record.projectName, environment: record.environment };
  const target = routeTarget({ ...place, service });
  const router = routerOf(environment.routing, maker.engine, parts);
  if (target === undefined) return;
  // What cannot be recognised any more is no newer release's either.
  const current = await router.current(target, signal);
  if (current === undefined || current.deployment === record.id) await router.remove(target, signal);
}

/** What the router has against a route, before anything is done. */
export async function routeRemarks(
  parts: Parts,
  { environment, project, config }: Wanted,
  service: Service,
  { engine, owner }: { readonly engine: Engine; readonly owner: string },
  signal: AbortSignal,
): Promise<Remark[]> {
  if (!isRouted(service, environment.routing)) return [];
  const adopted = await parts.store.read((reader) => adoptedOf(reader, project, environment.name).map((each) => each.owner));
  const target = routeTarget({ owner, adopted, project: config.project, environment: environment.name, service });
  try {
    if (target !== undefined) await routerOf(environment.routing, engine, parts).check(target, signal);
    return [];
  } catch (error) {
    const { message, hint } = asFailure(error);
    if (signal.aborted) throw error;
    return [{ code: 'routing', service: service.name, message, ...(hint === undefined ? {} : { hint }) }];
  }
}
