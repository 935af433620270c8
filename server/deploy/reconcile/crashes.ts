import type { Author, StateStore } from '../../store/types.ts';
import { type DeploymentRecord, readDeployment, runningDeployments } from '../records.ts';
import { keyOf } from './picture.ts';
import { crashLimit, recentCrashes } from './planReconcile.ts';

/** Healthy for so long, a release is out of its crash loop. */
const recoveredAfter = crashLimit.within;
/** A `die` event and the look that finds the container stopped are one crash. */
const sameCrash = 2_000;

/** Writes down that a live release went down; what is older than the window is dropped. Nothing once it is a crash loop. */
export async function noteCrash(store: StateStore, author: Author, id: string, time: number): Promise<void> {
  const isNew = (record: DeploymentRecord | undefined): record is DeploymentRecord =>
    record?.state === 'live' &&
    record.stopped === null &&
    !record.crashLoop &&
    !record.crashes.some((each) => Math.abs(each - time) < sameCrash);
  const counts = await store.read((reader) => {
    const record = readDeployment(reader, id);
    // Who deploys there stops what was live.
    return isNew(record) && !runningDeployments(reader, record.project).some((each) => keyOf(each) === keyOf(record));
  });
  if (!counts) return;
  await store.write(author, (transaction) => {
    const record = readDeployment(transaction, id);
    if (!isNew(record)) return;
    const crashes = [...recentCrashes(record.crashes, time), time].sort((a, b) => a - b);
    transaction.run('update deployments set crashes = ? where id = ?', [JSON.stringify(crashes.slice(-crashLimit.count * 2)), id]);
  });
}

/** Ends the crash loop of releases: a person has asked for another try, or they have been healthy for long. */
export async function endCrashLoops(store: StateStore, author: Author, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await store.write(author, (transaction) => {
    for (const id of ids) transaction.run("update deployments set crash_loop = 0, crashes = '[]' where id = ? and crash_loop = 1", [id]);
  });
}

/** Those that have recovered by themselves. */
export function recovered(live: readonly DeploymentRecord[], wellFor: (id: string) => number): string[] {
  return live.filter(({ id, crashLoop }) => crashLoop && wellFor(id) > recoveredAfter).map(({ id }) => id);
}
