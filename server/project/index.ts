import * as protocol from '../protocol/project.ts';
import { type Context, handle, type Registration } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import { authorOf } from '../store/author.ts';
import type { StateStore } from '../store/types.ts';
import { adoptProject, ensureProject, findProject, type Work } from './ensure.ts';
import { allProjects } from './projects.ts';
import { Turns } from './turns.ts';

export { Trust, trustHandlers } from './trust.ts';

/** The project domain's handlers; they run in the hub. One set for all connections: what two windows ask at once is done in turn. */
export function projectHandlers({ repositories, store }: { repositories: Services['repositories']; store: StateStore }): Registration[] {
  const turns = new Turns();
  /** The repository is read anew each time: nobody watches it here, and a clone does not stay shallow for ever. */
  const workOn = async (root: string, context: Context): Promise<Work> => ({
    store,
    repository: (await repositories.containing(root, context.session)).repository,
    author: authorOf(context),
    signal: context.signal,
  });
  return [
    handle(protocol.find, async ({ repository }, context) => findProject(await workOn(repository, context))),
    handle(protocol.ensure, async ({ repository, name }, context) => {
      const work = await workOn(repository, context);
      return turns.run(work.repository.facts.commonDir, () => ensureProject(work, name));
    }),
    handle(protocol.adopt, async ({ repository, project }, context) => {
      const work = await workOn(repository, context);
      return turns.run(work.repository.facts.commonDir, async () => ({ project: await adoptProject(work, project) }));
    }),
    handle(protocol.list, async () => ({ projects: await store.read(allProjects) })),
  ];
}
