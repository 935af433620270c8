import * as protocol from '../protocol/git.ts';
import { handle, type Registration } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import { readCommitCard } from './commitCard.ts';
import { readContent } from './content.ts';
import { listFiles } from './files.ts';
import { readHistory } from './history.ts';
import { readLog } from './log.ts';
import { readNeighbours } from './neighbours.ts';
import { readPermalink } from './permalink.ts';
import { readRefs } from './refs.ts';
import { resolveCommit } from './resolve.ts';
import { showCommit } from './show.ts';

/** Handlers of commits, refs, trees and contents. An empty list is told apart from one that travelled as partials by being there. */
export function historyHandlers({ repositories }: Services): Registration[] {
  return [
    handle(protocol.log, async ({ repository, ...request }, { session, signal, emit, streaming }) => {
      if (!streaming) emit({ commits: [] });
      return readLog(await repositories.at(repository, session), request, (commits) => emit({ commits }), signal);
    }),
    handle(protocol.show, async ({ repository, revision, options }, { session, signal }) =>
      showCommit(await repositories.at(repository, session), revision, options, signal),
    ),
    handle(protocol.refs, async ({ repository, limit }, { session, signal }) =>
      readRefs(await repositories.at(repository, session), limit, signal),
    ),
    handle(protocol.files, async ({ repository, ...request }, { session, signal, emit, streaming }) => {
      if (!streaming) emit({ entries: [] });
      return listFiles(await repositories.at(repository, session), request, (entries) => emit({ entries }), signal);
    }),
    handle(protocol.content, async ({ repository, ...request }, { session, signal }) =>
      readContent(await repositories.at(repository, session), request, signal),
    ),
    handle(protocol.history, async ({ repository, ...request }, { session, signal, emit, streaming, progress }) => {
      if (!streaming) emit({ revisions: [] });
      if (request.lines !== undefined || request.function !== undefined) progress({ message: 'Looking through history' });
      return readHistory(await repositories.at(repository, session), request, (revisions) => emit({ revisions }), signal);
    }),
    handle(protocol.neighbours, async ({ repository, ...request }, { session, signal }) =>
      readNeighbours(await repositories.at(repository, session), request, signal),
    ),
    handle(protocol.permalink, async ({ repository, ...request }, { session, signal }) =>
      readPermalink(await repositories.at(repository, session), request, signal),
    ),
    handle(protocol.commitCard, async ({ repository, ...request }, { session, signal }) =>
      readCommitCard(await repositories.at(repository, session), request, signal),
    ),
    handle(protocol.resolve, async ({ repository, revision }, { session, signal }) =>
      resolveCommit(await repositories.at(repository, session), revision, signal),
    ),
  ];
}
