import type { Routing } from '../../config/hearthTypes.ts';
import { containersOf } from '../containers.ts';
import type { Engine } from '../engine/types.ts';
import { liveDeployments } from '../records.ts';
import { upstreamsOf } from './target.ts';
import type { Route, RouterParts, RouteTarget } from './types.ts';

export interface LiveRoute extends Route {
  readonly service: string;
  readonly host: string;
  readonly path: string;
  readonly routing: Routing;
}

/** The routes that an environment must have by the state and by what runs at the engine. */
export async function liveRoutes(
  { store }: Pick<RouterParts, 'store'>,
  engine: Engine,
  { owner, project, environment }: Pick<RouteTarget, 'owner' | 'project' | 'environment'>,
  signal: AbortSignal,
): Promise<LiveRoute[]> {
  const live = await store.read((reader) => liveDeployments(reader));
  const routes: LiveRoute[] = [];
  for (const record of live) {
    const { service, environment: resolved } = record.config;
    if (record.projectName !== project || record.environment !== environment || service.route === undefined) continue;
    const rows = await containersOf({ engine, owner }, record, signal, 'service');
    const upstreams = upstreamsOf(
      record,
      rows.filter(({ state }) => state === 'running'),
    );
    if (upstreams.length === 0) continue;
    routes.push({ service: service.name, ...service.route, deployment: record.id, upstreams, routing: resolved.routing });
  }
  return routes;
}
