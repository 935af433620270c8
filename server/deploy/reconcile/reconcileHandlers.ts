import * as protocol from '../../protocol/deploy.ts';
import { handle, type Registration } from '../../rpc/router.ts';
import { authorOf } from '../../store/author.ts';
import type { ReconcileHost } from './types.ts';

export function reconcileNowHandlers({ projectOf, reconciler }: ReconcileHost): Registration[] {
  return [
    handle(protocol.reconcile, async ({ repository, environment, dryRun }, context) => {
      const project = await projectOf.id(repository, context);
      if (project === undefined) return { actions: [], problems: [] };
      const scope = { project, environment };
      return dryRun ? reconciler.plan(scope, context.signal) : reconciler.run(scope, context.signal, authorOf(context));
    }),
  ];
}
