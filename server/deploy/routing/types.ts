import type { Routing } from '../../config/hearthTypes.ts';
import type { Fence, StateStore } from '../../store/types.ts';

/**
 * A router sends the requests of a host and path to the containers of a release. Switching is one step that either happened or did not; after it
 * `confirm` has seen the new release answer through the router. Nothing of the user's own configuration is changed.
 */
export interface Router {
  readonly kind: Routing['kind'];
  /** The network that containers must join to be reached. */
  readonly network: string | undefined;
  /** Rejects with `precondition` and a hint when it cannot be used as it is. */
  check(target: RouteTarget, signal: AbortSignal): Promise<void>;
  /** What it routes to now; undefined: there is no route. */
  current(target: RouteTarget, signal: AbortSignal): Promise<Route | undefined>;
  /** The same for any number of targets with one look. */
  look(signal: AbortSignal): Promise<(target: RouteTarget) => Route | undefined>;
  /** Idempotent. Requests on their way to the old upstreams are finished by them. */
  route(target: RouteTarget, route: Route, signal: AbortSignal): Promise<void>;
  /** Resolves when a request through the router was answered by this deployment; rejects with `timeout` and what was seen instead. */
  confirm(target: RouteTarget, route: Route, signal: AbortSignal): Promise<{ milliseconds: number; detail: string }>;
  /** Where a request through the router is made, as seen from the engine's machine. Undefined: there is no router. */
  entry(target: RouteTarget, signal: AbortSignal): Promise<Entry | undefined>;
  remove(target: RouteTarget, signal: AbortSignal): Promise<void>;
}

export interface Entry {
  readonly address: { readonly host: string; readonly port: number };
  readonly tls: boolean;
}

/** What a router may need beside its engine. */
export interface RouterParts {
  /** HEARTH_HOME: the local authority is there. */
  readonly home: string;
  /** What is live, for a router whose own record was lost. */
  readonly store: StateStore;
  /** Asked before a file is changed; absent for who only looks. */
  readonly fence?: Fence;
}

export interface RouteTarget {
  readonly owner: string;
  /** Other owners from whom the environment was taken over: their route is replaced; anybody else's is in the way. */
  readonly adopted?: readonly string[];
  /** The name. */
  readonly project: string;
  readonly environment: string;
  readonly service: string;
  readonly host: string;
  readonly path: string;
  /** What to ask for to confirm: the path of the health check, else `path`. */
  readonly probe: string;
}

export interface Route {
  readonly deployment: string;
  /** `host:port`: the container's name where the router is in its network, else its address. */
  readonly upstreams: readonly string[];
}
