import { setTimeout as wait } from 'node:timers/promises';
import type { Routing } from '../../config/hearthTypes.ts';
import { Failure } from '../../rpc/failure.ts';
import type { Engine } from '../engine/types.ts';
import { CaddyAdmin, type CaddyState } from './caddyAdmin.ts';
import {
  type CaddyRoute,
  type CaddyServer,
  caddyRoute,
  findRoute,
  inTheWay,
  ownServerId,
  placeFor,
  placeOf,
  routeOf,
  upstreamHeader,
} from './caddyRoute.ts';
import { answerHeader, askHeader } from './confirmHeaders.ts';
import { dialHttp } from './dialHttp.ts';
import type { Entry, Route, Router, RouteTarget } from './types.ts';

type CaddyRouting = Extract<Routing, { kind: 'caddy' }>;

const newServer = 'hearth';
/** How often a change is tried again that somebody else's has come before. */
const attempts = 5;
/** Milliseconds for a switch to be seen. */
const usualPatience = 15_000;

/**
 * A Caddy through its admin endpoint: one route for each service, with an id of its own, put before the user's. A change is one request, which
 * Caddy takes whole or not at all; requests on their way are finished by what they began with.
 */
export class CaddyRouter implements Router {
  readonly kind = 'caddy';
  readonly network: string | undefined;
  readonly #routing: CaddyRouting;
  readonly #engine: Engine;
  readonly #admin: CaddyAdmin;
  readonly #patience: number;

  constructor(routing: CaddyRouting, engine: Engine, { patience = usualPatience } = {}) {
    this.#routing = routing;
    this.#engine = engine;
    this.#patience = patience;
    this.network = routing.network;
    this.#admin = new CaddyAdmin(engine, routing.admin, routing.network);
  }

  async check(target: RouteTarget, signal: AbortSignal): Promise<void> {
    const state = await this.#admin.read(signal);
    this.#serverFor(state, target);
    const other = inTheWay(state.servers, target);
    if (other === undefined) return;
    const place = placeOf(other);
    if (place === undefined) {
      throw new Failure('precondition', `Caddy has a route of its own for ${target.host}.`, {
        hint: `Take ${target.host} out of Caddy's configuration, or give the service another \`route.host\`.`,
      });
    }
    const whose = place.owner === target.owner ? '' : ', deployed from another home';
    throw new Failure(
      'precondition',
      `${target.host}${target.path} is routed to ${place.service} of ${place.project} ${place.environment}${whose}.`,
      {
        hint: 'Remove that one first, or give the service another `route`.',
      },
    );
  }

  async current(target: RouteTarget, signal: AbortSignal): Promise<Route | undefined> {
    return (await this.look(signal))(target);
  }

  async look(signal: AbortSignal): Promise<(target: RouteTarget) => Route | undefined> {
    const { servers } = await this.#admin.read(signal);
    return (target) => {
      const found = findRoute(servers, target);
      return found === undefined ? undefined : routeOf(found.route);
    };
  }

  async route(target: RouteTarget, route: Route, signal: AbortSignal): Promise<void> {
    if (route.upstreams.length === 0) throw new Failure('internal', 'A route needs an upstream.');
    const wanted = caddyRoute(target, route);
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (await this.#put(await this.#admin.read(signal), target, wanted, signal)) return;
    }
    throw new Failure('conflict', 'Somebody else changes the configuration of Caddy all the time.', { hint: 'Try again.' });
  }

  async confirm(target: RouteTarget, route: Route, signal: AbortSignal): Promise<{ milliseconds: number; detail: string }> {
    const start = performance.now();
    const { address, tls } = await this.entry(target, signal);
    const headers = { host: target.host, [askHeader]: route.deployment, 'user-agent': 'hearth' };
    const asked = { method: 'GET', path: target.probe, headers, timeout: 5000, ...(tls ? { tls: target.host } : {}) };
    let seen = 'no answer';
    for (let pause = 10; ; pause = Math.min(pause * 2, 500)) {
      try {
        const answer = await dialHttp(this.#engine, address, asked, signal);
        const upstream = String(answer.headers[upstreamHeader] ?? '');
        if (answer.headers[answerHeader] === route.deployment && route.upstreams.includes(upstream)) {
          return {
            milliseconds: performance.now() - start,
            detail: `${answer.status} from ${upstream} through ${address.host}:${address.port}`,
          };
        }
        seen = `${answer.status} from somebody else`;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof Failure && error.reason === 'unsupported') throw error;
        seen = error instanceof Error ? error.message : String(error);
      }
      if (performance.now() - start > this.#patience) {
        const where = `${tls ? 'https' : 'http'}://${address.host}:${address.port}`;
        throw new Failure('timeout', `${target.host} was not answered by the new version at ${where}: ${seen}.`, {
          hint: 'When Caddy is reached elsewhere, say so in `routing.entry`.',
        });
      }
      await wait(pause, undefined, { signal });
    }
  }

  async remove(target: RouteTarget, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { servers, etag } = await this.#admin.read(signal);
      const found = findRoute(servers, target);
      if (found === undefined) return;
      const server = servers[found.server];
      const isLast = server?.['@id'] === ownServerId && server.routes?.length === 1;
      const path = isLast ? `/id/${ownServerId}` : `/id/${found.route['@id']}`;
      await this.#admin.change('DELETE', path, undefined, etag, signal);
    }
  }

  /** False when somebody else's change has come in between. */
  async #put(state: CaddyState, target: RouteTarget, wanted: CaddyRoute, signal: AbortSignal): Promise<boolean> {
    const name = this.#serverFor(state, target);
    const found = findRoute(state.servers, target);
    const change = this.#admin.change.bind(this.#admin);
    if (found?.server === name) {
      if (JSON.stringify(sorted(found.route)) === JSON.stringify(sorted(wanted))) return true;
      const { routes = [] } = state.servers[name] ?? {};
      const others = routes.filter((each) => each !== found.route);
      const at = placeFor(others, target);
      const stays = JSON.stringify(found.route.match) === JSON.stringify(wanted.match) || routes.indexOf(found.route) === at;
      if (stays) return change('PATCH', `/id/${found.route['@id']}`, wanted, state.etag, signal);
      // With another path it belongs elsewhere: all at once, so that no request meets neither.
      const moved = [...others.slice(0, at), wanted, ...others.slice(at)];
      return change('PATCH', `/config/apps/http/servers/${name}/routes`, moved, state.etag, signal);
    }
    if (found !== undefined) {
      // `routing.server` is another one now; an id must not be there twice.
      await change('DELETE', `/id/${found.route['@id']}`, undefined, state.etag, signal);
      return false;
    }
    const server = state.servers[name];
    const etag = state.etag;
    if (server === undefined) return this.#makeServer(state, { '@id': ownServerId, listen: [':443'], routes: [wanted] }, signal);
    if (server.routes === undefined) return change('PUT', `/config/apps/http/servers/${name}/routes`, [wanted], etag, signal);
    const at = placeFor(server.routes, target);
    const routes = `/config/apps/http/servers/${name}/routes`;
    // Caddy inserts before a route that is there, and appends by another verb.
    if (at === server.routes.length) return change('POST', routes, wanted, etag, signal);
    return change('PUT', `${routes}/${at}`, wanted, etag, signal);
  }

  #makeServer({ has, etag }: CaddyState, server: CaddyServer, signal: AbortSignal): Promise<boolean> {
    if (has === 'none')
      return this.#admin.change('POST', '/config/', { apps: { http: { servers: { [newServer]: server } } } }, etag, signal);
    return this.#admin.change('PUT', `/config/apps/http/servers/${newServer}`, server, etag, signal);
  }

  /** The name of the server that gets the route; the one where it is already unless the configuration names another. */
  #serverFor({ servers }: CaddyState, target: RouteTarget): string {
    const { server } = this.#routing;
    if (server !== undefined) {
      if (servers[server] !== undefined) return server;
      const names = Object.keys(servers);
      throw new Failure('precondition', `Caddy has no HTTP server named ${server}.`, {
        hint: names.length === 0 ? 'It has none at all; leave `routing.server` out.' : `It has ${names.join(', ')}.`,
      });
    }
    const found = findRoute(servers, target);
    if (found !== undefined) return found.server;
    const secure = Object.entries(servers).find(([, { listen = [] }]) => listen.some((each) => portOf(each) === 443));
    return secure?.[0] ?? Object.keys(servers)[0] ?? newServer;
  }

  /** Where a request is tried: `routing.entry`, else where the server listens. */
  async entry(target: RouteTarget, signal: AbortSignal): Promise<Entry> {
    const { entry } = this.#routing;
    if (entry !== undefined) {
      const url = new URL(entry);
      const tls = url.protocol === 'https:';
      return { address: { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (tls ? 443 : 80) }, tls };
    }
    const { servers, httpPort } = await this.#admin.read(signal);
    const server = servers[findRoute(servers, target)?.server ?? ''];
    const listen = server?.listen?.[0] ?? ':443';
    const port = portOf(listen);
    const host = listen
      .replace(/^tcp[46]?\//, '')
      .replace(/:[^:]*$/, '')
      .replace(/^\[|\]$/g, '');
    const isPlain = server?.automatic_https?.disable === true && server.tls_connection_policies === undefined;
    return {
      address: { host: host === '' || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host, port },
      tls: !isPlain && port !== httpPort,
    };
  }
}

/** Of `:443`, `127.0.0.1:8080`, `tcp/:80`, `:8080-8085` (the first). */
function portOf(listen: string): number {
  return Number(/:(\d+)(?:-\d+)?$/.exec(listen)?.[1] ?? 443);
}

/** Caddy may give keys in another order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
