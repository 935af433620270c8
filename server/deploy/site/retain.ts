import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Operation } from '../operation.ts';
import { type DeploymentRecord, recordsOfProject } from '../records.ts';
import { temporaryLink } from './current.ts';
import { releaseId, releaseOf, releasesIn, rootOfRecord } from './layout.ts';
import { removeRelease, removeWork } from './release.ts';

/** Keeps the folders of the last releases, and removes what failed deployments have left. What nobody here has made stays. */
export async function retainReleases(operation: Operation): Promise<void> {
  const { parts, record } = operation;
  const root = rootOfRecord(record);
  const all = await parts.store.read((reader) => recordsOfProject(reader, record.project));
  await operation.step('site-retain', async () => {
    parts.fence.check();
    const { releases, links } = leftovers(await fs.readdir(releasesIn(root)), all, record);
    for (const id of releases) await removeRelease(root, id);
    for (const id of links) await fs.rm(temporaryLink(root, id), { force: true });
    if (releases.length > 0) operation.say(`Removed old releases: ${releases.join(', ')}.`);
    return { removed: releases };
  });
  const ended = new Set(all.filter((each) => each.ended !== null).map(({ id }) => id));
  const works = await fs.readdir(path.join(parts.home, 'work')).catch(() => []);
  for (const id of works) if (ended.has(id)) await removeWork(parts.home, id);
}

/**
 * Of the names in `releases`, the ids of those that go: not live, not on their way and not among the last that were live, by the journal. And the
 * deployments that may have left a temporary link. Exported for its test.
 */
export function leftovers(
  names: readonly string[],
  records: readonly DeploymentRecord[],
  { environment, service, config }: Pick<DeploymentRecord, 'environment' | 'service' | 'config'>,
): { releases: string[]; links: string[] } {
  const root = rootOfRecord({ config });
  const own = records
    .filter((each) => each.environment === environment && each.service === service && each.config.service.kind === 'static')
    .filter((each) => rootOfRecord(each) === root)
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  const released = own.filter(({ liveSince, state }) => liveSince !== null && state !== 'rolled-back');
  // Going back to a release keeps it by two deployments: it counts once.
  const recent = [...new Set(released.map(releaseOf))].slice(0, Math.max(config.retention.releases, 1));
  const needed = own.filter(({ state, ended }) => state === 'live' || ended === null).map(releaseOf);
  const kept = new Set([...recent, ...needed]);
  const known = new Set(own.map(({ id }) => id));
  const found = new Set(names.map((name) => name.replace(/\.partial$/, '')));
  const releases = [...found].filter((id) => releaseId.test(id) && known.has(id) && !kept.has(id));
  const links = own.filter(({ ended }) => ended !== null).map(releaseOf);
  return { releases: releases.sort(), links: [...new Set(links)] };
}
