import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../../rpc/failure.ts';
import { readyImage } from '../build/index.ts';
import type { Engine } from '../engine/types.ts';
import type { DeploymentRecord } from '../records.ts';

/** The engine is not looked at while somebody waits for a pull: after so long it goes on by itself. */
const patience = 30_000;
const longestPull = 60 * 60_000;
/** Those under way, by engine and image. */
const pulls = new Map<string, Promise<string>>();

/**
 * A live release with the image it was deployed from, which is on its engine then: one that came from a registry comes from there again, the very
 * same. Throws `precondition` when it is gone, `timeout` while it still comes.
 */
export async function withImage(engine: Engine, record: DeploymentRecord, signal: AbortSignal): Promise<DeploymentRecord> {
  const { image, imageId, digest, service, commit } = record;
  // The digest alone names nothing here: it is the registry's.
  const reference = imageId ?? image ?? '';
  if ((await engine.inspectImage(reference, signal)) !== undefined) return record;
  if (digest !== null && image !== null) return { ...record, imageId: await pulled(engine, image, signal) };
  throw new Failure('precondition', `The image ${image ?? reference} is gone, so ${service} cannot be started again.`, {
    hint: `Deploy ${commit.slice(0, 12)} again: it is built anew.`,
  });
}

async function pulled(engine: Engine, image: string, signal: AbortSignal): Promise<string> {
  const key = `${engine.info.id}\0${image}`;
  const pull = pulls.get(key) ?? begin(key, engine, image, signal);
  const enough = new AbortController();
  try {
    return await Promise.race([pull, tooLong(image, AbortSignal.any([signal, enough.signal]))]);
  } finally {
    enough.abort();
  }
}

function begin(key: string, engine: Engine, image: string, signal: AbortSignal): Promise<string> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(longestPull)]);
  const pull = readyImage({ engine, reference: image, log: () => {}, signal: until })
    .then(({ id }) => id)
    .finally(() => pulls.delete(key));
  // Maybe nobody waits for it any more; whoever tries next learns what is wrong.
  pull.catch(() => {});
  pulls.set(key, pull);
  return pull;
}

async function tooLong(image: string, signal: AbortSignal): Promise<never> {
  await wait(patience, undefined, { signal, ref: false });
  throw new Failure('timeout', `The image ${image} is still being pulled.`, { hint: 'It goes on by itself.' });
}
