import { ownIdentity } from '../hub/identity.ts';
import { Failure } from '../rpc/failure.ts';
import type { Maker } from './containers.ts';
import type { ContainerState, Engine } from './engine/types.ts';
import { type EnvironmentPlace, environmentLabels, isOurs, label, type Ownership } from './labels.ts';
import { lockName } from './names.ts';

/**
 * Who deploys into an environment is written where it deploys to: a container that is created and never started, whose labels name the
 * holder. Creating it is the compare-and-swap: the engine gives a name once.
 */

const image = 'hearth/empty:1';
const attempts = 5;

/** Everything that may hold a lock we may take: ours, and that of homes whose environment was taken over. */
export interface LockClaim {
  readonly place: EnvironmentPlace;
  readonly owners: readonly Ownership[];
}

/** Takes the lock, from an earlier hub of this home if need be. Throws `locked`, naming the holder. */
export async function takeLock(
  { engine, fence }: Maker,
  { place, owners }: LockClaim,
  deployment: string,
  signal: AbortSignal,
): Promise<void> {
  const name = lockName(place);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const found = await engine.inspectContainer(name, signal);
    if (found === undefined) {
      if (await create(engine, name, place, fence, deployment, signal)) return;
      continue;
    }
    const holder = Number(found.labels[label.fence]);
    const own = isOurs(found.labels, place);
    if (own && holder === fence) return;
    if (own && holder > fence) throw new Failure('locked', 'Another hub has taken over; this one is superseded.', { hint: 'Try again.' });
    if (!own && !owners.some((each) => isOurs(found.labels, each))) throw heldBy(found, place.environment);
    await engine.removeContainer(found.id, signal);
  }
  throw new Failure('locked', `The lock of ${place.environment} changes hands again and again.`, { hint: 'Try again.' });
}

/** Gives it back; that of somebody else stays. */
export async function releaseLock({ engine, fence }: Maker, place: EnvironmentPlace, signal: AbortSignal): Promise<void> {
  const found = await engine.inspectContainer(lockName(place), signal);
  if (found === undefined || !isOurs(found.labels, place) || Number(found.labels[label.fence]) > fence) return;
  await engine.removeContainer(found.id, signal);
}

async function create(
  engine: Engine,
  name: string,
  place: EnvironmentPlace,
  fence: number,
  deployment: string,
  signal: AbortSignal,
): Promise<boolean> {
  await engine.emptyImage(image, {}, signal);
  const { pid, host } = ownIdentity();
  const labels = {
    ...environmentLabels(place, fence),
    [label.role]: 'lock',
    // Not `hearth.deployment`: the lock outlives the one that took it while others of this hub need it.
    'hearth.holder': JSON.stringify({ host, pid, deployment, since: Date.now() }),
  };
  try {
    await engine.createContainer(
      // Never started: the engine only wants to know a command.
      { name, image, labels, command: ['lock'], variables: {}, volumes: [], networks: [], resources: {}, restart: 'no' },
      signal,
    );
    return true;
  } catch (error) {
    if (error instanceof Failure && error.reason === 'conflict') return false;
    throw error;
  }
}

function heldBy({ labels, created }: ContainerState, environment: string): Failure {
  const host = labels[label.host] ?? 'another machine';
  const since = new Date(created).toISOString().slice(0, 16).replace('T', ' ');
  return new Failure('locked', `Another Hearth (on ${host}) deploys into ${environment} since ${since} UTC.`, {
    hint: `Wait until it is done. If nothing deploys from there any more: \`hearth deploy adopt ${environment}\`.`,
  });
}
