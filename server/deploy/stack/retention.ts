import { ourImages } from '../labels.ts';
import type { Operation } from '../operation.ts';
import { type DeploymentRecord, recordsOfProject } from '../records.ts';
import { releaseOf, type StackRelease } from './release.ts';

/** Removes images that were built for stacks of the project and that no kept release has. */
export async function retainStackImages(operation: Operation): Promise<void> {
  const { parts, record, owner } = operation;
  const stacks = await parts.store.read((reader) =>
    recordsOfProject(reader, record.project)
      .filter(({ config }) => config.service.kind === 'stack')
      .map((each) => ({ record: each, release: releaseOf(reader, each) })),
  );
  await operation.step('retain-stack', async (signal) => {
    const engine = await operation.engine(signal);
    const old = new Set(tagsToRemove(stacks));
    const images = old.size === 0 ? [] : await engine.listImages(ourImages({ owner, projectId: record.project }), signal);
    const removed: string[] = [];
    for (const tag of images.flatMap(({ tags }) => tags)) {
      if (old.has(tag) && (await engine.removeImage(tag, signal))) removed.push(tag);
    }
    if (removed.length > 0) operation.say(`Removed images of old releases: ${removed.join(', ')}.`);
    return { removed };
  });
}

/** Tags that no kept release and nothing on its way needs. Exported for its test. */
export function tagsToRemove(
  stacks: readonly { readonly record: DeploymentRecord; readonly release: StackRelease | undefined }[],
): string[] {
  const kept = new Set<string>();
  const all = new Set<string>();
  const releases = new Map<string, number>();
  for (const { record, release } of [...stacks].sort((a, b) => (a.record.id < b.record.id ? 1 : -1))) {
    const key = `${record.environment}\0${record.service}`;
    const before = releases.get(key) ?? 0;
    const counts = record.liveSince !== null && record.state !== 'rolled-back' && record.rollbackTo === null;
    if (counts) releases.set(key, before + 1);
    const isKept = record.state === 'live' || record.ended === null || (counts && before < Math.max(record.config.retention.releases, 1));
    for (const { image } of release?.services ?? []) if (image.tag !== undefined) (isKept ? kept : all).add(image.tag);
  }
  return [...all].filter((tag) => !kept.has(tag));
}
