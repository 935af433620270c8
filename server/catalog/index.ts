import type { ProjectOf } from '../project/index.ts';
import * as protocol from '../protocol/catalog.ts';
import { Failure } from '../rpc/failure.ts';
import { handle, type Registration } from '../rpc/router.ts';
import { authorOf } from '../store/author.ts';
import type { Reader, StateStore } from '../store/types.ts';
import { remove, save } from './edit.ts';
import { edgesOf, entriesOf } from './entries.ts';
import { cyclesOf, type Edges, reachable, reversed } from './graph.ts';
import { readRecords } from './records.ts';
import { type HealthSources, type ServiceStatus, statusesOf } from './status.ts';

export { applyCatalog } from './apply.ts';
export { needs } from './entries.ts';
export { readRecord as readService } from './records.ts';
export { worseHealth, worstHealth } from './worstHealth.ts';

interface CatalogParts extends HealthSources {
  readonly projectOf: ProjectOf;
  readonly store: StateStore;
}

/** What the hub answers of the catalog. */
export function catalogHandlers({ projectOf, store, ...sources }: CatalogParts): Registration[] {
  const entryOf = (reader: Reader, project: string, name: string) =>
    entriesOf(readRecords(reader, project)).find((entry) => entry.name === name) ?? missing(name);
  return [
    handle(protocol.listServices, async ({ repository, orphans }, context) => {
      const project = await projectOf.id(repository, context);
      if (project === undefined) return { services: [], cycles: [] };
      return store.read((reader) => {
        const records = readRecords(reader, project);
        const statuses = statusesOf(reader, project, records, sources);
        const services = entriesOf(records).flatMap((entry) => {
          const status = statuses.get(entry.name);
          return status === undefined || (entry.orphan !== null && !orphans) ? [] : [{ entry, status }];
        });
        return { project, services, cycles: cyclesOf(edgesOf(records)) };
      });
    }),
    handle(protocol.showService, async ({ repository, name }, context) => {
      const project = await projectOf.id(repository, context);
      if (project === undefined) return missing(name);
      return store.read((reader) => {
        const records = readRecords(reader, project);
        const entry = entriesOf(records).find((each) => each.name === name);
        const statuses = statusesOf(reader, project, records, sources);
        const status = statuses.get(name);
        if (entry === undefined || status === undefined) return missing(name);
        const edges = edgesOf(records);
        return { entry, status, impact: around(reversed(edges), name, statuses), needs: around(edges, name, statuses) };
      });
    }),
    handle(protocol.saveService, async ({ repository, ...wanted }, context) => {
      const project = await projectOf.ensure(repository, context);
      return store.write(authorOf(context), (transaction) => {
        save(transaction, project, wanted);
        return { entry: entryOf(transaction, project, wanted.name) };
      });
    }),
    handle(protocol.removeService, async ({ repository, ...wanted }, context) => {
      const project = await projectOf.id(repository, context);
      if (project === undefined) return { removed: false };
      return store.write(authorOf(context), (transaction) => ({ removed: remove(transaction, project, wanted) }));
    }),
  ];
}

function around(edges: Edges, name: string, statuses: ReadonlyMap<string, ServiceStatus>) {
  return reachable(edges, name).flatMap((each) => {
    const status = statuses.get(each.name);
    return status === undefined ? [] : [{ ...each, health: status.health }];
  });
}

function missing(name: string): never {
  throw new Failure('not-found', `There is no service ${name} in the catalog.`, {
    hint: '`hearth services list` lists them; `hearth config apply` brings those of hearth.yaml.',
  });
}
