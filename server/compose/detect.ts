import { labelsOf, needsOf } from '../config/compose.ts';
import type { HearthConfig } from '../config/hearthTypes.ts';
import type { Repository } from '../git/index.ts';
import type { DetectedService, ServiceFacts } from '../protocol/catalog.ts';
import { loadCompose } from './load.ts';
import { typeOf } from './serviceType.ts';
import { commitReader } from './sources.ts';

/** A service of a compose file, by the name that the catalog has for it. */
export interface Detected extends DetectedService {
  readonly name: string;
  readonly facts: ServiceFacts;
}

/**
 * The services of the compose files that a commit deploys as stacks, with who needs whom and where that stands; of a name that several files
 * have the first one. What is wrong with a file is no reason to leave out what can be read.
 */
export async function detectServices(
  repository: Repository,
  commit: string,
  { services }: Pick<HearthConfig, 'services'>,
  signal: AbortSignal,
): Promise<Detected[]> {
  const found = new Map<string, Detected>();
  for (const { stack } of Object.values(services)) {
    if (stack === undefined) continue;
    const read = commitReader(repository, commit, signal);
    const loaded = await loadCompose({ read, files: [stack.compose], profiles: stack.profiles, fill: 'defaults', signal });
    const active = loaded.model.services.filter((service) => service.active);
    const names = labelsOf(active);
    const needs = needsOf(loaded, names);
    for (const service of active) {
      const name = names.get(service.name) ?? service.name;
      if (found.has(name)) continue;
      const own = (needs.get(name) ?? []).slice(0, 100);
      const type = typeOf(service);
      const facts = { ...(type === undefined ? {} : { type }), dependsOn: own.map(({ to }) => to) };
      found.set(name, { name, facts, ...service.place, needs: own });
    }
  }
  return [...found.values()];
}
