import { asFailure } from '../../rpc/failure.ts';
import type { Sight } from '../kinds/types.ts';
import type { Finding } from '../reconcile/observations.ts';
import { type DeploymentRecord, readDeployment, runningDeployments, type ServiceKey } from '../records.ts';
import { currentProblem, readCurrent, switchTo } from './current.ts';
import { currentIn, releaseOf, rootOfRecord } from './layout.ts';
import { goneRelease, releaseThere, verifyRelease } from './manifest.ts';
import { confirm } from './release.ts';

type Look = { readonly finding: Finding; readonly wrong?: string };

/** How a live site is: whether `current` leads to its release, and whether that is there. Never rejects. */
export async function lookAtSite({ store }: Pick<Sight, 'store'>, record: DeploymentRecord): Promise<Look> {
  try {
    const [root, release] = [rootOfRecord(record), releaseOf(record)];
    const [current, manifest] = await Promise.all([readCurrent(root), releaseThere(root, release)]);
    const problem = currentProblem(root, current);
    if (problem !== undefined) return failing(problem.message);
    if (manifest === undefined) return { finding: { kind: 'gone', message: goneRelease(root, release).message } };
    switch (current.kind) {
      case 'none':
        return gone('its link `current` is gone');
      case 'release':
        break;
      default:
        return failing(`${currentIn(root)} is no link to a release.`);
    }
    if (current.id === release) return { finding: { kind: 'well' } };
    if (!current.there) return gone('its link `current` leads nowhere');
    const { other, isComing } = await store.read((reader) => ({
      other: readDeployment(reader, current.id),
      isComing: runningDeployments(reader, record.project).some((each) => isOfService(each, record) && releaseOf(each) === current.id),
    }));
    // It was switched to, and is being tried.
    if (isComing) return { finding: { kind: 'well' } };
    const message = `${currentIn(root)} leads to another release, ${current.id}.`;
    // What the state knows nothing about may be newer than all it knows: a person decides.
    if (other === undefined) return failing(message);
    return { ...failing(message), wrong: 'its link `current` leads to another release' };
  } catch (error) {
    return failing(asFailure(error).message);
  }
}

/** Makes `current` lead to the live release again. Rejects with `precondition` when that is not whole, or `current` is somebody's own. */
export async function healSite(record: DeploymentRecord, signal: AbortSignal): Promise<void> {
  const [root, release] = [rootOfRecord(record), releaseOf(record)];
  await verifyRelease(root, release, signal);
  const problem = currentProblem(root, await readCurrent(root));
  if (problem !== undefined) throw problem;
  signal.throwIfAborted();
  await switchTo(root, release);
  await confirm(root, release);
}

const isOfService = (a: ServiceKey, b: ServiceKey): boolean => a.environment === b.environment && a.service === b.service;

const failing = (message: string): Look => ({ finding: { kind: 'failing', message, partly: false } });

const gone = (why: string): Look => ({
  finding: { kind: 'gone', message: `${why.charAt(0).toUpperCase()}${why.slice(1)}.` },
  wrong: why,
});
