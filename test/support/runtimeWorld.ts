// What runs, seen through the handlers of `runtime/…`, on live releases with real containers.

import { Happenings } from '../../server/deploy/parts.ts';
import type { RuntimeHost } from '../../server/deploy/runtime/host.ts';
import { runtimeHandlers } from '../../server/deploy/runtime/index.ts';
import { Keys } from '../../server/environment/index.ts';
import type { InputOf, PartialOf, RequestDefinition, ResultOf } from '../../server/protocol/message.ts';
import { shellInput } from '../../server/protocol/runtime.ts';
import { Router } from '../../server/rpc/router.ts';
import { Session } from '../../server/rpc/session.ts';
import type { ReleaseWorld } from './releaseWorld.ts';

export interface Asking<D extends RequestDefinition> {
  readonly session?: Session;
  readonly signal?: AbortSignal;
  /** May answer a promise: a slow reader. */
  readonly onPartial?: (partial: PartialOf<D>) => unknown;
}

/** Asks as a connection of the hub does; results are checked against the contract. */
export function runtimeOf(world: ReleaseWorld, more: Partial<RuntimeHost> = {}) {
  const host = {
    ...{ store: world.store, keys: new Keys(world.state.home), home: world.state.home, fence: world.fence, log: () => {} },
    projectOf: { id: async () => world.project },
    engine: async () => world.engine,
    owner: async () => world.owner,
    happenings: new Happenings(),
    reconciler: world.reconciler,
    ...more,
  } as unknown as RuntimeHost;
  const router = new Router(runtimeHandlers(host), () => {}, true);
  const own = new Session(true, 'cli');
  return <D extends RequestDefinition>(
    definition: D,
    params: Omit<InputOf<D>, 'repository'> & { confirmed?: true },
    { session = own, signal = AbortSignal.timeout(60_000), onPartial }: Asking<D> = {},
  ): Promise<ResultOf<D>> =>
    router.dispatch(definition.method, definition.method === shellInput.method ? params : { repository: '/nowhere', ...params }, {
      session,
      signal,
      ...(onPartial === undefined ? {} : { partial: onPartial as (value: unknown) => unknown }),
    }) as Promise<ResultOf<D>>;
}
