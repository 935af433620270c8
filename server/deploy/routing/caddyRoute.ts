import { answerHeader, askHeader } from './confirmHeaders.ts';
import type { Route, RouteTarget } from './types.ts';

/** What of Caddy's configuration concerns us; the rest is passed over. */
export interface CaddyRoute {
  readonly '@id'?: string;
  readonly match?: readonly { readonly host?: readonly string[]; readonly path?: readonly string[] }[];
  readonly handle?: readonly unknown[];
  readonly terminal?: boolean;
}

export interface CaddyServer {
  readonly '@id'?: string;
  readonly listen?: readonly string[];
  readonly routes?: readonly CaddyRoute[];
  readonly automatic_https?: { readonly disable?: boolean };
  readonly tls_connection_policies?: readonly unknown[];
}

export type CaddyServers = Readonly<Record<string, CaddyServer>>;

/** Which of the upstreams it was. */
export const upstreamHeader = 'hearth-upstream';

const prefix = 'hearth';
/** On a server that Hearth has made, so that it can go with its last route. */
export const ownServerId = `${prefix}:server`;

/** Names of projects, environments and services are DNS labels: nothing in them needs escaping. */
export function routeId({
  owner,
  project,
  environment,
  service,
}: Pick<RouteTarget, 'owner' | 'project' | 'environment' | 'service'>): string {
  return [prefix, owner, project, environment, service].join(':');
}

/** Undefined for a route that is not Hearth's. */
export function placeOf(route: CaddyRoute): { owner: string; project: string; environment: string; service: string } | undefined {
  const [word, owner, project, environment, service, ...rest] = (route['@id'] ?? '').split(':');
  if (word !== prefix || owner === undefined || project === undefined || environment === undefined) return undefined;
  return service === undefined || rest.length > 0 ? undefined : { owner, project, environment, service };
}

/** The whole route of a release, as Caddy's JSON has it. */
export function caddyRoute(target: RouteTarget, route: Route): CaddyRoute {
  const { host, path } = target;
  const paths = path === '/' ? {} : { path: [path, `${path.replace(/\/$/, '')}/*`] };
  const confirms = {
    match: [{ header: { [askHeader]: [route.deployment] } }],
    handle: [
      {
        handler: 'headers',
        response: {
          deferred: true,
          set: { [answerHeader]: [route.deployment], [upstreamHeader]: ['{http.reverse_proxy.upstream.hostport}'] },
        },
      },
    ],
  };
  const serves = {
    handle: [
      {
        handler: 'reverse_proxy',
        upstreams: route.upstreams.map((dial) => ({ dial })),
        // One that has just died or is being replaced costs a short wait, not an error.
        load_balancing: { try_duration: 2_000_000_000, try_interval: 100_000_000 },
      },
    ],
  };
  return {
    '@id': routeId(target),
    match: [{ host: [host], ...paths }],
    handle: [{ handler: 'subroute', routes: [confirms, serves] }],
    terminal: true,
  };
}

/** What a route of ours routes to; undefined when somebody has edited it beyond recognition. */
export function routeOf(route: CaddyRoute): Route | undefined {
  const upstreams: string[] = [];
  let deployment: string | undefined;
  // As it was written above, so nothing is assumed about the shape but what is looked for.
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const each of value) walk(each);
      return;
    }
    const { dial, [answerHeader]: answered } = value as Record<string, unknown>;
    if (typeof dial === 'string') upstreams.push(dial);
    if (Array.isArray(answered) && typeof answered[0] === 'string') deployment = answered[0];
    for (const each of Object.values(value)) walk(each);
  };
  walk(route.handle);
  return deployment === undefined ? undefined : { deployment, upstreams: upstreams.sort() };
}

export interface Found {
  readonly server: string;
  readonly route: CaddyRoute;
}

/** Every route of every server, in order. */
export function routesOf(servers: CaddyServers): Found[] {
  return Object.entries(servers).flatMap(([server, { routes = [] }]) => routes.map((route) => ({ server, route })));
}

/** The route of a target: its own, or the one of an owner it was taken over from. */
export function findRoute(servers: CaddyServers, target: RouteTarget): Found | undefined {
  const owners = [target.owner, ...(target.adopted ?? [])];
  const ids = new Set(owners.map((owner) => routeId({ ...target, owner })));
  const found = routesOf(servers).filter(({ route }) => ids.has(route['@id'] ?? ''));
  return found.find(({ route }) => route['@id'] === routeId(target)) ?? found[0];
}

/** A route that would answer for the same host and path, or take its requests away: somebody else's. */
export function inTheWay(servers: CaddyServers, target: RouteTarget): CaddyRoute | undefined {
  const own = findRoute(servers, target)?.route;
  return routesOf(servers)
    .map(({ route }) => route)
    .filter((route) => route !== own)
    .find((route) => {
      const isHearths = placeOf(route) !== undefined;
      return (route.match ?? []).some(({ host, path }) => {
        if (host?.some((each) => each.toLowerCase() === target.host.toLowerCase()) !== true) return false;
        // Ours come first, so another's whole host would be cut off by a route for a part of it; ours share a host by path.
        return !isHearths || (path?.[0] ?? '/') === target.path;
      });
    });
}

/** Where a new route goes: before everything that is not ours, and after ours with a longer path. */
export function placeFor(routes: readonly CaddyRoute[], { path }: RouteTarget): number {
  const at = routes.findIndex((route) => placeOf(route) === undefined || (route.match?.[0]?.path?.[0] ?? '/').length <= path.length);
  return at === -1 ? routes.length : at;
}
