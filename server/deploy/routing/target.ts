import type { Routing, Service } from '../../config/hearthTypes.ts';
import { networkOf, upstreamAlias } from '../containers.ts';
import type { ContainerRow } from '../engine/types.ts';
import { label } from '../labels.ts';
import type { DeploymentRecord } from '../records.ts';
import type { RouteTarget } from './types.ts';

interface Place {
  readonly owner: string;
  /** Owners from whom the environment was taken over (`ownersOf`). */
  readonly adopted?: readonly string[];
  /** The name of the project. */
  readonly project: string;
  readonly environment: string;
  readonly service: Service;
}

/** What a router is told of a service; undefined when nothing is routed to it. */
export function routeTarget({ service, ...place }: Place): RouteTarget | undefined {
  if (service.route === undefined) return undefined;
  const { host, path } = service.route;
  return { ...place, service: service.name, host, path, probe: probeOf(service, path) };
}

/** The health check's path says most, where the route leads to it. */
function probeOf({ health }: Service, path: string): string {
  if (health.probe.kind !== 'http') return path;
  const within = path === '/' || health.probe.path === path || health.probe.path.startsWith(`${path}/`);
  return within ? health.probe.path : path;
}

/** The network of the router's container, which containers must join to be reached; undefined: it is on the engine's machine itself. */
export function networkOfRouter(routing: Routing): string | undefined {
  return routing.kind === 'none' ? undefined : routing.network;
}

/**
 * Where a router reaches the running containers of a release, sorted: by alias when it is in their network, else at their address in the
 * environment's own. Empty for a service without a port.
 */
export function upstreamsOf(record: DeploymentRecord, rows: readonly Pick<ContainerRow, 'addresses' | 'labels'>[]): string[] {
  const { port } = record.config.service;
  const { routing } = record.config.environment;
  if (port === undefined) return [];
  const inside = networkOfRouter(routing);
  return rows
    .flatMap(({ addresses, labels }) => {
      const address = addresses[inside ?? networkOf(record)];
      if (address === undefined || address === '') return [];
      const host = inside === undefined ? address : upstreamAlias(record, Number(labels[label.replica] ?? 0));
      return [`${host.includes(':') ? `[${host}]` : host}:${port}`];
    })
    .sort();
}
