import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../../rpc/failure.ts';
import { buildProblems, buildTag } from '../build/index.ts';
import { containersOf, networkOf, removeContainersOf } from '../containers.ts';
import { isOurs, label, roleOf } from '../labels.ts';
import type { Operation } from '../operation.ts';
import type { Parts } from '../parts.ts';
import { createService, createTrial, removeTrial, stopPrevious } from '../phases/create.ts';
import { becomeHealthy, type Proof } from '../phases/health.ts';
import { runHook } from '../phases/hooks.ts';
import { obtainImage } from '../phases/image.ts';
import { showLastLines, startAgain } from '../phases/previous.ts';
import { drain, removeRoute, restoreRoute, retire, routeRemarks, switchRoute } from '../phases/switch.ts';
import { migrationRemarks, smokeRemark } from '../planChecks.ts';
import { probeRemark } from '../planFacts.ts';
import { downtimeOf, stepsOf } from '../planText.ts';
import type { DeploymentRecord } from '../records.ts';
import { retain } from '../retention.ts';
import { type Strategy, strategyOf } from '../strategy.ts';
import type { Kind, PlanFacts, Present, Remarks, Telling } from './types.ts';

/** A rollback is of a version that was good: two looks are enough. After a trial the same holds for the real one. */
const quick: Proof = { kind: 'passes', count: 2 };
/** What never served has nothing to finish: milliseconds until it is killed. */
const shortPatience = 5000;
/** What was switched to and is taken back finishes its requests: milliseconds at most. */
const longestDrain = 60_000;

export const container: Kind = {
  identity: ({ config, commit, project }, service, owner) =>
    service.source.kind === 'image' ? service.source.image : buildTag(config.project, service, commit, { owner, projectId: project }),
  isThere: async (engine, image, _service, signal) => (await engine.inspectImage(image, signal)) !== undefined,
  tell,
  runs: async (live, { rows }) => {
    const running = rows.filter(
      ({ labels, state }) => labels[label.deployment] === live.id && roleOf(labels) === 'service' && state === 'running',
    );
    return running.length >= live.config.service.replicas;
  },
  remarks,
  obtain: obtainImage,
  bringUp,
  switchOver: switchRoute,
  drain,
  retire,
  putBack,
  goBack: async (operation, previous, signal) => {
    await showLastLines(operation, signal);
    await startAgain(operation, previous, signal);
    await restoreRoute(operation, previous, signal);
    await removeContainersOf(await operation.maker(signal), operation.record, signal);
  },
  retain,
  takeDown: async (maker, record, parts, signal) => {
    await removeRoute(maker, record, parts, signal);
    await removeContainersOf(maker, record, signal);
  },
  backProblem,
  present,
};

/** From the image to containers that are healthy and may serve. */
async function bringUp(operation: Operation): Promise<void> {
  const strategy = await chosenStrategy(operation);
  const proof: Proof = operation.record.rollbackTo === null ? { kind: 'window' } : quick;
  await operation.enter('deploying');
  if (strategy === 'trial') {
    await createTrial(operation);
    await operation.enter('health-check');
    await becomeHealthy(operation, 'healthy-trial', 'trial', proof);
    await runHook(operation, 'before');
    await operation.enter('switching');
    await removeTrial(operation);
    await stopPrevious(operation);
    await createService(operation);
    await becomeHealthy(operation, 'healthy', 'service', quick);
    return;
  }
  if (strategy === 'stop-first') {
    await runHook(operation, 'before');
    await stopPrevious(operation);
  }
  await createService(operation);
  await operation.enter('health-check');
  await becomeHealthy(operation, 'healthy', 'service', proof);
  if (strategy === 'beside') await runHook(operation, 'before');
}

/** Where nothing serves yet nobody has to make room. Kept, so that a resumed one goes on as it began. */
async function chosenStrategy(operation: Operation): Promise<Strategy> {
  const { strategy } = await operation.step('strategy', async () => {
    const { service, environment } = operation.record.config;
    const previous = await operation.previous();
    return { strategy: previous === undefined ? ('beside' as const) : strategyOf(service, environment.routing) };
  });
  return strategy;
}

async function putBack(operation: Operation, previous: DeploymentRecord | undefined, showOutput: boolean, signal: AbortSignal) {
  const maker = await operation.maker(signal);
  const patience = Math.min(operation.record.config.service.stopTimeout, shortPatience);
  if (showOutput) await showLastLines(operation, signal);
  if (operation.hasBegun('stop-old')) {
    // The new one may hold the port or the volume of the old one.
    await removeContainersOf(maker, operation.record, signal, undefined, patience);
    if (previous !== undefined) await startAgain(operation, previous, signal);
  }
  if (operation.hasBegun('route')) await restoreRoute(operation, previous, signal);
  // People were switched to it: their requests end there.
  if (previous !== undefined && operation.stepOf('confirm')?.state === 'done')
    await wait(Math.min(operation.record.config.service.drain, longestDrain), undefined, { signal });
  const removed = await removeContainersOf(maker, operation.record, signal, undefined, patience);
  if (removed.length > 0) operation.say(`Removed ${removed.join(', ')}.`);
}

function tell({ wanted: { config, environment }, service, identity: image, isThere: reuse, replaces }: Telling) {
  const callers = Object.values(config.services).filter(({ dependsOn }) => dependsOn.includes(service.name));
  const told = {
    ...{ service, image, reuse, routing: environment.routing, strategy: strategyOf(service, environment.routing) },
    ...{ replaces, registry: environment.registry, callers: callers.map(({ name }) => name) },
  };
  const downtime = downtimeOf(told);
  return { steps: stepsOf(told), ...(downtime === undefined ? {} : { downtime }) };
}

async function remarks(...[parts, wanted, service, facts, step, signal]: Parameters<Kind['remarks']>): Promise<Remarks> {
  const { repository, commit } = wanted;
  const { engine } = facts;
  const probe = probeRemark(service, engine);
  const smoke = smokeRemark(service, wanted.environment.routing, engine);
  const problems =
    service.source.kind === 'build' && !step.reuse ? await buildProblems({ engine, repository, commit, service, signal }) : [];
  return {
    ...(await migrationRemarks(parts, wanted, service, step, facts, signal)),
    blockers: [
      ...(probe === undefined ? [] : [probe]),
      ...(smoke === undefined ? [] : [smoke]),
      ...problems.map((each) => ({ ...each, service: service.name })),
      ...(await portRemarks(wanted.project, service, facts, step.live !== null, signal)),
      ...(await routeRemarks(parts, wanted, service, facts, signal)),
    ],
  };
}

async function portRemarks(
  project: string,
  { name: service, publish }: Parameters<Kind['remarks']>[2],
  { engine, owner, rows }: PlanFacts,
  replaces: boolean,
  signal: AbortSignal,
) {
  if (publish === undefined) return [];
  const holder = await engine.portHolder(publish.port, signal);
  const ours = rows.some(
    ({ name, labels }) => name === holder && isOurs(labels, { owner, projectId: project }) && labels[label.service] === service,
  );
  const adopted = holder !== undefined && replaces && rows.some(({ name }) => name === holder);
  if (holder === undefined || ours || adopted) return [];
  const message = `Port ${publish.port} is taken by ${holder}.`;
  return [{ code: 'port', service, message, hint: 'Stop it, or publish another port in `hearth.yaml`.' }];
}

async function backProblem(parts: Parts, target: DeploymentRecord, signal: AbortSignal): Promise<Failure | undefined> {
  const engine = await parts.engine(target.engine, signal);
  // A pinned one comes from its registry again.
  if (target.digest !== null || (target.imageId !== null && (await engine.inspectImage(target.imageId, signal)) !== undefined))
    return undefined;
  const { id, commit, environment } = target;
  return new Failure('precondition', `The image of ${id.slice(0, 12)} (${commit.slice(0, 12)}) is not there any more.`, {
    hint: `Deploy its commit again, then it is built anew: \`hearth deploy run ${environment} --rev ${commit.slice(0, 12)}\`.`,
  });
}

async function present(parts: Parts, record: DeploymentRecord, signal: AbortSignal): Promise<Present> {
  const engine = await parts.engine(record.engine, signal);
  const rows = await containersOf({ engine, owner: await parts.owner() }, record, signal);
  const network = networkOf(record);
  return { containers: rows.map(({ id, name, state, addresses }) => ({ id, name, state, address: addresses[network] || null })) };
}
