import * as protocol from '../../protocol/gitActions.ts';
import { type Context, handle, type Registration } from '../../rpc/router.ts';
import type { Services } from '../../services.ts';
import type { Repository } from '../repository.ts';
import { deleteBranchNow } from './branches.ts';
import { discardFiles } from './discard.ts';
import { applyHunks } from './hunks.ts';
import { predictMerge } from './mergePrediction.ts';
import { listActions, recorded, redoAction, undoAction } from './record.ts';
import { stageFiles, unstageFiles } from './stage.ts';
import { inTurn } from './turn.ts';

/** Handlers of what changes the repository; each serialised, recorded before it runs where something could be lost, undoable. */
export function actionHandlers({ repositories }: Services): Registration[] {
  const at = (root: string, { session }: Context<never>) => repositories.at(root, session);
  const turn = async <T>(root: string, context: Context<never>, act: (repository: Repository) => Promise<T>) => {
    const repository = await at(root, context);
    return inTurn(repository, () => act(repository));
  };
  return [
    handle(protocol.stage, ({ repository, files }, context) =>
      turn(repository, context, (place) => stageFiles(place, files, context.signal).then(() => ({}))),
    ),
    handle(protocol.unstage, ({ repository, files }, context) =>
      turn(repository, context, (place) => unstageFiles(place, files, context.signal).then(() => ({}))),
    ),
    handle(protocol.discard, ({ repository, files }, context) =>
      turn(repository, context, (place) => discardFiles(place, files, context.session.actor, context.signal)),
    ),
    handle(protocol.applyHunks, ({ repository, ...request }, context) =>
      turn(repository, context, (place) => applyHunks(place, request, context.session.actor, context.signal)),
    ),
    handle(protocol.deleteBranch, ({ repository, branch, force }, context) =>
      turn(repository, context, async (place) => {
        const action = {
          kind: 'delete-branch',
          label: `Delete branch ${branch}`,
          actor: context.session.actor,
          branches: [branch],
        } as const;
        const { result, undo } = await recorded(place, action, context.signal, () =>
          deleteBranchNow(place, { branch, force, signal: context.signal }),
        );
        return { branch, commit: result.commit, undo };
      }),
    ),
    handle(protocol.predictMerge, async ({ repository, source, into }, context) =>
      predictMerge(await at(repository, context), { source, into, signal: context.signal }),
    ),
    handle(protocol.undoList, async ({ repository, limit }, context) => ({
      entries: await listActions(await at(repository, context), limit, context.signal),
    })),
    handle(protocol.undo, ({ repository, id }, context) =>
      turn(repository, context, (place) => undoAction(place, id, context.session.actor, context.signal)),
    ),
    handle(protocol.redo, ({ repository, id }, context) =>
      turn(repository, context, (place) => redoAction(place, id, context.session.actor, context.signal)),
    ),
  ];
}
