import * as protocol from '../protocol/project.ts';
import { handle, type Registration } from '../rpc/router.ts';
import type { StateStore } from '../store/types.ts';
import { adoptProject, ensureProject, findProject } from './ensure.ts';
import type { ProjectOf } from './projectOf.ts';
import { allProjects } from './projects.ts';

export { ProjectOf } from './projectOf.ts';
export { projectById } from './projects.ts';
export { Trust, trustHandlers } from './trust.ts';

/** The project domain's handlers; they run in the hub. */
export function projectHandlers({ projectOf, store }: { projectOf: ProjectOf; store: StateStore }): Registration[] {
  return [
    handle(protocol.find, async ({ repository }, context) => findProject(await projectOf.work(repository, context))),
    handle(protocol.ensure, async ({ repository, name }, context) => {
      const work = await projectOf.work(repository, context);
      return projectOf.inTurn(work, () => ensureProject(work, name));
    }),
    handle(protocol.adopt, async ({ repository, project }, context) => {
      const work = await projectOf.work(repository, context);
      return projectOf.inTurn(work, async () => ({ project: await adoptProject(work, project) }));
    }),
    handle(protocol.list, async () => ({ projects: await store.read(allProjects) })),
  ];
}
