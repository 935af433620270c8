import * as protocol from '../protocol/git.ts';
import { handle, type Registration } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import { actionHandlers } from './actions/handlers.ts';
import { blamesOf } from './blame.ts';
import { documentBlamesOf } from './blameDocuments.ts';
import { diffHandlers } from './diff.ts';
import { historyHandlers } from './historyHandlers.ts';
import { refreshOnMove } from './refreshes.ts';

export * from './actions/branches.ts';
export * from './actions/commit.ts';
export * from './actions/merge.ts';
export { deleteEntry as dropAction } from './actions/oplog.ts';
export * from './actions/record.ts';
export * from './actions/turn.ts';
export { blamesOf } from './blame.ts';
export { checkOutFolder } from './checkoutFolder.ts';
export { unquote as unquotePath } from './diffPath.ts';
export { readHead } from './discover.ts';
export * from './hooks/install.ts';
export { readCommit } from './log.ts';
export { Flights } from './queue.ts';
export { readRemoteSettings } from './remotes.ts';
export type { Repository } from './repository.ts';
export { resolveCommit } from './resolve.ts';
export { readWorktrees } from './worktrees.ts';

/** The git domain's handlers, a few lines each. */
export function gitHandlers(services: Services): Registration[] {
  const { repositories, watchers } = services;
  refreshOnMove(services);
  return [
    handle(protocol.discover, async ({ path }, { session }) => {
      const found = await repositories.containing(path, session);
      // Who has the answer misses no move.
      await watchers.ready(found.repository.root);
      return { repository: found.repository.facts, path: found.path };
    }),
    handle(protocol.documentBlame, (params, context) => documentBlamesOf(services).answer(params, context)),
    handle(protocol.blame, (params, context) => blamesOf(services).answer(params, context)),
    ...diffHandlers(services),
    ...historyHandlers(services),
    ...actionHandlers(services),
  ];
}
