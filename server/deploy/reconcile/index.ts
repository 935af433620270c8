import * as protocol from '../../protocol/deploy.ts';
import { handle, type Registration } from '../../rpc/router.ts';
import { adoptEnvironment } from './adopt.ts';
import { liveHandlers } from './liveHandlers.ts';
import { reconcileNowHandlers } from './reconcileHandlers.ts';
import { statusHandlers } from './statusHandlers.ts';
import type { ReconcileHost } from './types.ts';

export { Reconciler } from './reconciler.ts';
export type { ReconcilerOptions } from './types.ts';

/** What the hub answers of how deployments are: `deploy/status`, `deploy/live`, `deploy/reconcile`, `deploy/adopt`. */
export function reconcileHandlers(host: ReconcileHost): Registration[] {
  return [
    ...statusHandlers(host),
    ...liveHandlers(host),
    ...reconcileNowHandlers(host),
    handle(protocol.adopt, (params, context) => adoptEnvironment(host, params, context)),
  ];
}
