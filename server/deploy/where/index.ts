import * as protocol from '../../protocol/where.ts';
import { handle, type Registration } from '../../rpc/router.ts';
import type { Services } from '../../services.ts';
import { Ancestries } from './ancestries.ts';
import { LiveReleases } from './liveReleases.ts';
import { placeCommits } from './placement.ts';
import { findShips } from './ships.ts';
import { findWhere } from './where.ts';

/** From commits to where they run. Answered beside the user's git: what is live comes from the hub when one runs, ancestry from the repository. */
export function whereHandlers(services: Services): Registration[] {
  const { repositories } = services;
  const ancestries = new Ancestries();
  const releases = new LiveReleases(services);
  return [
    handle(protocol.placed, async ({ repository: root, ...asked }, context) => {
      const repository = await repositories.at(root, context.session);
      return placeCommits(repository, ancestries, await releases.of(repository, context), asked, context.signal);
    }),
    handle(protocol.where, async ({ repository: root, at }, context) =>
      findWhere(services, { ancestries, releases }, await repositories.at(root, context.session), at, context),
    ),
    handle(protocol.ships, async ({ repository: root, ...asked }, context) => {
      const repository = await repositories.at(root, context.session);
      return findShips(repository, ancestries, await releases.of(repository, context), asked, context.signal);
    }),
  ];
}
