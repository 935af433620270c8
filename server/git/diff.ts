import * as protocol from '../protocol/git.ts';
import { handle, type Registration } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import { diffExport } from './diffExport.ts';
import { diffFile } from './diffFile.ts';
import { diffList } from './diffList.ts';
import { InlineDiffs } from './inlineDiff.ts';

/** A list that takes longer than so many milliseconds shows its names before its counts. */
const patience = 250;

/** What the git domain answers about differences. */
export function diffHandlers(services: Services): Registration[] {
  const { repositories } = services;
  const inlineDiffs = new InlineDiffs(services);
  return [
    handle(protocol.diffList, async ({ repository: root, ...question }, { session, signal, streaming, emit }) => {
      const repository = await repositories.at(root, session);
      emit({ files: [] });
      return diffList(repository, question, (files) => emit({ files }), { signal, ...(streaming && { early: patience }) });
    }),
    handle(protocol.diffFile, async ({ repository: root, ...question }, { session, signal }) => {
      const repository = await repositories.at(root, session);
      return diffFile(repository, question, signal);
    }),
    handle(protocol.diffExport, async ({ repository: root, ...question }, { session, signal, emit, progress }) => {
      const repository = await repositories.at(root, session);
      return diffExport(repository, question, (chunk) => emit({ chunks: [chunk.toString('base64')] }), {
        signal,
        report: (message, done, total) => progress({ message, done, total }),
      });
    }),
    handle(protocol.inlineDiff, (params) => inlineDiffs.compare(params)),
  ];
}
