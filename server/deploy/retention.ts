import { buildTag, registryTag } from './build/index.ts';
import { deleteLog, keptLogs } from './deploymentLog.ts';
import { ourImages } from './labels.ts';
import type { Operation } from './operation.ts';
import { type DeploymentRecord, recordsOfProject } from './records.ts';

/**
 * Keeps the images of the last releases of each service and environment, and the logs of the last deployments; the others go. Rows stay. Only
 * images that this store built are removed, never one that some kept release needs, wherever it is deployed.
 */
export async function retain(operation: Operation): Promise<void> {
  const { parts, record } = operation;
  const all = await parts.store.read((reader) => recordsOfProject(reader, record.project));
  await operation.step('retain', async (signal) => {
    const engine = await operation.engine(signal);
    const old = new Set(imagesToRemove(all, operation.owner));
    const images = await engine.listImages(ourImages({ owner: operation.owner, projectId: record.project }), signal);
    const removed: string[] = [];
    for (const tag of images.flatMap(({ tags }) => tags)) {
      if (old.has(tag) && (await engine.removeImage(tag, signal))) removed.push(tag);
    }
    if (removed.length > 0) operation.say(`Removed images of old releases: ${removed.join(', ')}.`);
    return { removed };
  });
  const kept = await keptLogs(parts.home);
  for (const id of logsToDelete(all)) if (kept.has(id)) await deleteLog(parts.home, id);
}

/** Newest first within each service of each environment. */
function byService(records: readonly DeploymentRecord[]): DeploymentRecord[][] {
  const groups = new Map<string, DeploymentRecord[]>();
  for (const record of records) {
    const key = `${record.environment}\0${record.service}`;
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups.values()].map((group) => group.sort((a, b) => (a.id < b.id ? 1 : -1)));
}

/** Tags at one engine that no kept release and nothing on its way needs. Exported for its test. */
export function imagesToRemove(records: readonly DeploymentRecord[], owner: string): string[] {
  const kept = new Set<string>();
  const all = new Set<string>();
  for (const group of byService(records)) {
    const limit = group[0]?.config.retention.releases ?? 0;
    const releases = group.filter(({ liveSince, state }) => liveSince !== null && state !== 'rolled-back');
    // Going back to a release keeps its image by two deployments: it counts once.
    const recent = [...new Set(releases.map(({ image }) => image))].slice(0, Math.max(limit, 1));
    for (const record of group) {
      const tags = tagsOf(record, owner);
      const isKept = record.state === 'live' || record.ended === null || recent.includes(record.image);
      for (const tag of tags) (isKept ? kept : all).add(tag);
    }
  }
  return [...all].filter((tag) => !kept.has(tag));
}

/** Under which names the image of a deployment is at its engine; none for one that was not built. */
function tagsOf({ config, commit, project: projectId }: DeploymentRecord, owner: string): string[] {
  const { project, service, environment } = config;
  if (service.source.kind !== 'build') return [];
  const tag = buildTag(project, service, commit, { owner, projectId });
  return environment.registry === undefined ? [tag] : [tag, registryTag(environment.registry, tag)];
}

/** Exported for its test. */
export function logsToDelete(records: readonly DeploymentRecord[]): string[] {
  return byService(records).flatMap((group) =>
    group.slice(group[0]?.config.retention.logs ?? 0).flatMap(({ id, state, ended }) => (state === 'live' || ended === null ? [] : [id])),
  );
}
