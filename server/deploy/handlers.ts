import * as protocol from '../protocol/deploy.ts';
import { Failure } from '../rpc/failure.ts';
import { handle, type Registration } from '../rpc/router.ts';
import { followLog, followRun } from './follow.ts';
import type { Parts } from './parts.ts';
import { makePlan } from './plan.ts';
import type { Queue } from './queue.ts';
import { deploymentOf, deploymentsOfRun, findDeployment, listDeployments } from './records.ts';
import { removeServices } from './remove.ts';
import { cancelDeployments, projectId, startRollback, startRun } from './requests.ts';
import { detailOf } from './show.ts';
import { readWanted } from './wanted.ts';

/** What the hub answers of deployments. */
export function deployHandlers(parts: Parts, queue: Queue): Registration[] {
  const { store, projectOf } = parts;
  return [
    handle(protocol.planDeploy, async (params, context) => {
      const { plan } = await makePlan(parts, await readWanted(parts, params, context), context.signal);
      return { plan };
    }),
    handle(protocol.run, async ({ commit, ...params }, context) =>
      startRun(parts, queue, await readWanted(parts, params, context), commit, context),
    ),
    handle(protocol.rollback, async ({ repository, environment, service, to }, context) => {
      const project = await projectId(projectOf, repository, context);
      return startRollback(parts, queue, { project, environment, service }, to, context);
    }),
    handle(protocol.cancel, async ({ repository, ids }, context) => {
      const project = await projectId(projectOf, repository, context);
      return { deployments: await cancelDeployments(parts, queue, project, ids, context) };
    }),
    handle(protocol.remove, async ({ repository, environment, services }, context) => {
      const project = await projectId(projectOf, repository, context);
      return removeServices(parts, { project, environment }, services, context);
    }),
    handle(protocol.list, async ({ repository, limit, ...filter }, context) => {
      const project = await projectOf.id(repository, context);
      if (project === undefined) return { deployments: [], more: false };
      const found = await store.read((reader) => listDeployments(reader, project, { ...filter, limit: limit + 1 }));
      return { deployments: found.slice(0, limit).map(deploymentOf), more: found.length > limit };
    }),
    handle(protocol.show, async ({ repository, id }, context) => {
      const project = await projectId(projectOf, repository, context);
      const record = await store.read((reader) => findDeployment(reader, project, id));
      return { deployment: await detailOf(parts, queue, record, context.signal) };
    }),
    handle(protocol.log, async ({ repository, id, ...question }, context) => {
      const project = await projectId(projectOf, repository, context);
      const record = await store.read((reader) => findDeployment(reader, project, id));
      return followLog(parts, record, question, context.emit, context.signal);
    }),
    handle(protocol.follow, async ({ repository, run, log }, context) => {
      const project = await projectId(projectOf, repository, context);
      const records = await store.read((reader) => deploymentsOfRun(reader, project, run));
      if (records.length === 0)
        throw new Failure('not-found', `There is no run ${run} here.`, { hint: '`hearth deploy history` lists deployments.' });
      const ended = await followRun(parts, records, log, context.emit, context.signal);
      return { deployments: ended.map(deploymentOf) };
    }),
  ];
}
