import type { Routing } from '../../config/hearthTypes.ts';
import type { Engine } from '../engine/types.ts';
import { CaddyRouter } from './caddy.ts';
import { NoRouter } from './none.ts';
import { TraefikRouter } from './traefik.ts';
import type { Router, RouterParts } from './types.ts';

export { networkOfRouter, routeTarget, upstreamsOf } from './target.ts';
export type { Route, Router, RouterParts, RouteTarget } from './types.ts';

/** The router of an environment, seen from its engine. Nothing is connected before it is asked. */
export function routerOf(routing: Routing, engine: Engine, parts: RouterParts): Router {
  switch (routing.kind) {
    case 'caddy':
      return new CaddyRouter(routing, engine);
    case 'traefik':
      return new TraefikRouter(routing, engine, parts);
    default:
      return new NoRouter(engine);
  }
}
