import * as protocol from '../../protocol/deploy.ts';
import { handle, type Registration } from '../../rpc/router.ts';
import { liveDeployments, runningDeployments } from '../records.ts';
import { pathsOf } from '../where/paths.ts';
import { keyOf } from './picture.ts';
import type { ReconcileHost } from './types.ts';

/** For badges: what is live, from memory and the state alone. */
export function liveHandlers({ projectOf, store, reconciler }: ReconcileHost): Registration[] {
  return [
    handle(protocol.live, async ({ repository }, context) => {
      const project = await projectOf.id(repository, context);
      if (project === undefined) return { releases: [] };
      const { live, running } = await store.read((reader) => ({
        live: liveDeployments(reader, project),
        running: new Set(runningDeployments(reader, project).map(keyOf)),
      }));
      return {
        releases: live.map((record) => ({
          environment: record.environment,
          service: record.service,
          deployment: record.id,
          commit: record.commit,
          since: record.liveSince ?? record.created,
          health: reconciler.observations.healthOf(record.id),
          paths: [...pathsOf(record.config.service)],
          running: running.has(keyOf(record)),
        })),
      };
    }),
  ];
}
