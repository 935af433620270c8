import type { Keys } from '../../environment/index.ts';
import { Failure } from '../../rpc/failure.ts';
import type { Fence, StateStore, Transaction } from '../../store/types.ts';
import { ensurePlace } from '../containers.ts';
import type { ContainerRow, Engine } from '../engine/types.ts';
import { kindOf } from '../kinds/index.ts';
import { label } from '../labels.ts';
import { type DeploymentRecord, liveDeployments, readDeployment, runningDeployments } from '../records.ts';
import { routerOf, routeTarget } from '../routing/index.ts';
import { adoptedOf, noteLost, ownOwner } from './owners.ts';
import { keyOf } from './picture.ts';
import type { Step } from './planReconcile.ts';
import { withImage } from './sameImage.ts';
import type { Deployer } from './types.ts';

interface Actor {
  readonly store: StateStore;
  readonly engine: Engine;
  readonly deployer: Deployer;
  readonly fence: Fence;
  readonly keys: Keys;
  readonly home: string;
  readonly signal: AbortSignal;
  readonly correlationId: string;
  readonly actor: string;
}

/** Of one that the state knows nothing about, in milliseconds. */
const usualStop = 10_000;

/**
 * Does one step. Answers false when it is not wanted any more: somebody deploys there by now, or the release was replaced. Rejects with what
 * went wrong, and then nothing is worse than before.
 */
export async function act(by: Actor, step: Step): Promise<boolean> {
  if (!(await isStillWanted(by, step))) return false;
  by.fence.check();
  const { engine, deployer, signal } = by;
  switch (step.kind) {
    case 'resume':
      await deployer.resume(step.record.id);
      return true;
    case 'fail':
      await deployer.fail(step.record.id, `Nothing happened for too long: ${step.why}.`);
      return true;
    case 'start':
      return (await startOrRecreate(by, step)) && healed(by, step);
    case 'recreate':
      return (await recreate(by, step)) && healed(by, step);
    case 'network':
      await join(by, step);
      return healed(by, step);
    case 'route':
      await route(by, step);
      return healed(by, step);
    case 'stop':
      await engine.stopContainer(step.row.id, step.record.config.service.stopTimeout, signal);
      return true;
    case 'heal': {
      const { store, fence, keys, home } = by;
      const { owner, adopted } = await store.read((reader) => ({
        owner: ownOwner(reader),
        adopted: adoptedOf(reader, step.record.project, step.record.environment),
      }));
      await kindOf(step.record.config.service).heal?.(
        { engine, owner, adopted, fence: fence.number, store, keys, home },
        step.record,
        signal,
      );
      return healed(by, step);
    }
    case 'remove-orphan':
      if (step.row.state !== 'created' && step.row.state !== 'exited')
        await engine.stopContainer(step.row.id, await stopTimeout(by, step.row), signal);
      await engine.removeContainer(step.row.id, signal);
      return true;
    case 'unlock':
      await engine.removeContainer(step.row.id, signal);
      return true;
    case 'give-up':
      return giveUp(by, step.record, step.why);
    case 'forget':
      return forget(by, step.record, step.why);
  }
}

function stopTimeout({ store }: Actor, { labels }: ContainerRow): Promise<number> {
  return store.read((reader) => readDeployment(reader, labels[label.deployment] ?? '')?.config.service.stopTimeout ?? usualStop);
}

/** Between the look and now a deployment may have begun. */
function isStillWanted({ store }: Actor, step: Step): Promise<boolean> {
  return store.read((reader) => {
    const place = 'record' in step ? step.record : step.place;
    if (step.kind === 'resume' || step.kind === 'fail') return true;
    const open = runningDeployments(reader, place.project);
    if (step.kind === 'unlock') return !open.some(({ environment }) => environment === place.environment);
    if (open.some((each) => keyOf(each) === keyOf(place))) return false;
    if (!('record' in step)) return true;
    const now = readDeployment(reader, step.record.id);
    if (now?.state !== 'live') return false;
    // Somebody may have asked for another try.
    return step.kind !== 'stop' || now.stopped !== null || now.crashLoop;
  });
}

/** What cannot be started because its network is gone is made anew; anything else (a port that is taken) would not be better then. */
async function startOrRecreate(by: Actor, step: Extract<Step, { kind: 'start' }>): Promise<boolean> {
  const { engine, signal } = by;
  try {
    await engine.startContainer(step.row.id, signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Failure) || error.reason !== 'not-found') throw error;
    return recreate(by, step);
  }
}

/** Nothing is removed before the image is there. Answers false when that took so long that somebody deploys by now. */
async function recreate(by: Actor, step: Extract<Step, { kind: 'start' | 'recreate' }>): Promise<boolean> {
  const { engine, deployer, signal } = by;
  const record = await withImage(engine, step.record, signal);
  if (!(await isStillWanted(by, step))) return false;
  if (step.row !== undefined) await engine.removeContainer(step.row.id, signal);
  await deployer.createReplica(record, step.replica, engine, signal);
  return true;
}

async function join(by: Actor, { record, row, joins }: Extract<Step, { kind: 'network' }>): Promise<void> {
  const { store, engine, fence, signal } = by;
  for (const { network, aliases, own } of joins) {
    if (own) {
      const { owner, adopted } = await store.read((reader) => ({
        owner: ownOwner(reader),
        adopted: adoptedOf(reader, record.project, record.environment),
      }));
      await ensurePlace({ engine, owner, fence: fence.number, adopted }, record, signal);
    }
    await engine.connectNetwork(network, row.id, aliases, signal);
  }
}

async function route(
  { store, engine, fence, home, signal }: Actor,
  { record, route: wanted }: Extract<Step, { kind: 'route' }>,
): Promise<void> {
  const target = await store.read((reader) =>
    targetOf(record, ownOwner(reader), adoptedOwners(adoptedOf(reader, record.project, record.environment))),
  );
  if (target === undefined) return;
  const router = routerOf(record.config.environment.routing, engine, { home, store, fence });
  await router.check(target, signal);
  await router.route(target, wanted, signal);
}

export function targetOf(
  { projectName: project, environment, config }: Pick<DeploymentRecord, 'projectName' | 'environment' | 'config'>,
  owner: string,
  adopted: readonly string[],
) {
  return routeTarget({ owner, adopted, project, environment, service: config.service });
}

export const adoptedOwners = (owners: readonly { owner: string }[]): string[] => owners.map(({ owner }) => owner);

async function healed(by: Actor, step: Extract<Step, { kind: 'start' | 'recreate' | 'network' | 'route' | 'heal' }>): Promise<true> {
  const { record } = step;
  await by.store.write(by, (transaction) => {
    tell(transaction, record, 'healed', { what: step.kind, why: step.why });
  });
  return true;
}

function giveUp(by: Actor, record: DeploymentRecord, why: string): Promise<boolean> {
  return by.store.write(by, (transaction) => {
    const changed = transaction.run("update deployments set crash_loop = 1 where id = ? and state = 'live' and crash_loop = 0", [
      record.id,
    ]);
    if (changed > 0) tell(transaction, record, 'crash-loop', { why });
    return changed > 0;
  });
}

/** All that was live in the environment: it is one thing that was taken over. */
function forget(by: Actor, { project, environment }: DeploymentRecord, why: string): Promise<boolean> {
  return by.store.write(by, (transaction) => {
    const lost = liveDeployments(transaction, project).filter((each) => each.environment === environment);
    const reason = `${why.charAt(0).toUpperCase()}${why.slice(1)}.`;
    for (const record of lost) {
      transaction.run("update deployments set state = 'removed', ended = ?, reason = ? where id = ?", [transaction.now, reason, record.id]);
      tell(transaction, record, 'taken-over', { why });
    }
    noteLost(transaction, project, environment);
    return lost.length > 0;
  });
}

/** An event of a deployment, as all of them are told. */
export function tell(transaction: Transaction, record: DeploymentRecord, kind: string, more: Readonly<Record<string, unknown>> = {}): void {
  const { id, project, environment, service, commit, run } = record;
  transaction.event({ project, entity: 'deployment', entityId: id, kind, payload: { environment, service, commit, run, ...more } });
}
