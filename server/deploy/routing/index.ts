import type { Routing } from '../../config/hearthTypes.ts';
import type { Engine } from '../engine/types.ts';
import { CaddyRouter } from './caddy.ts';
import { NoRouter } from './none.ts';
import type { Router } from './types.ts';

export { routeTarget, upstreamsOf } from './target.ts';
export type { Route, Router, RouteTarget } from './types.ts';

/** The router of an environment, seen from its engine. Nothing is connected before it is asked. */
export function routerOf(routing: Routing, engine: Engine): Router {
  return routing.kind === 'caddy' ? new CaddyRouter(routing, engine) : new NoRouter(engine);
}
