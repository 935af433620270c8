import type { Foreign } from '../../protocol/deployTypes.ts';
import type { ContainerRow, Engine } from '../engine/types.ts';
import { anybodys, label, type Ownership, roleOf } from '../labels.ts';
import { isOneOf, ownersOf } from './owners.ts';
import type { ReconcileHost } from './types.ts';

export interface EnvironmentAt {
  readonly name: string;
  /** Its address; undefined when nobody configured the environment any more. */
  readonly engine: string | undefined;
}

/** An engine that does not answer is given up after so many milliseconds: this is only for show. */
const patience = 2_000;

/** What somebody else's Hearth has under the names of a project, by environment and owner. What cannot be asked is left out. */
export async function foreignOf(
  { engines, store }: Pick<ReconcileHost, 'engines' | 'store'>,
  { project, projectName, at }: { project: string; projectName: string; at: readonly EnvironmentAt[] },
  signal: AbortSignal,
): Promise<Foreign[]> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const found = await Promise.all(
    at.map(async ({ name, engine: address }) => {
      if (address === undefined) return [];
      try {
        const engine = await engines.get(address, until);
        const rows = await listPlace(engine, { project: projectName, environment: name }, until);
        const owners = await store.read((reader) => ownersOf(reader, project, name));
        return foreignIn(rows, name, owners);
      } catch {
        signal.throwIfAborted();
        return [];
      }
    }),
  );
  return found.flat();
}

export function listPlace(engine: Engine, place: { project: string; environment: string }, signal: AbortSignal): Promise<ContainerRow[]> {
  return engine.listContainers(anybodys(place), signal);
}

/** Of containers under the names of an environment, those that are not ours; one entry an owner. */
export function foreignIn(rows: readonly ContainerRow[], environment: string, owners: readonly Ownership[]): Foreign[] {
  const byOwner = new Map<string, { owner: string; host: string; services: Set<string> }>();
  for (const { labels } of rows) {
    const role = roleOf(labels);
    if (isOneOf(owners, labels) || role === 'hook' || role === 'trial') continue;
    const owner = labels[label.owner] ?? '';
    const entry = byOwner.get(owner) ?? { owner, host: labels[label.host] ?? 'another machine', services: new Set<string>() };
    if (role === 'service') entry.services.add(labels[label.service] ?? '');
    byOwner.set(owner, entry);
  }
  return [...byOwner.values()].map(({ owner, host, services }) => ({ environment, owner, host, services: [...services].sort() }));
}
