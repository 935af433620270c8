import { randomUUID } from 'node:crypto';
import * as events from '../protocol/events.ts';
import * as protocol from '../protocol/store.ts';
import { Failure } from '../rpc/failure.ts';
import { handle, type Registration } from '../rpc/router.ts';
import { writeArchive } from './archive.ts';
import { importArchive } from './archiveImport.ts';
import { exportEvents, verifyLog } from './audit.ts';
import { authorOf } from './author.ts';
import { refuseExisting } from './backup.ts';
import { type EventRow, eventColumns } from './eventChain.ts';
import { eventOf } from './eventFilter.ts';
import { listEvents } from './eventList.ts';
import { storeInfo } from './info.ts';
import type { Keeping } from './keeping.ts';
import { answerBefore } from './restore.ts';
import type { Author, StateStore } from './types.ts';

/** What the store answers: event log, audit, backups, archive. They run in the hub; one set for all connections. */
export function stateHandlers(keeping: Keeping): Registration[] {
  const { store, segments, backups, restores, migrations } = keeping;
  const { disk } = store;
  return [
    handle(events.list, (params, { signal }) => listEvents(store, segments, params, signal)),
    handle(events.note, async ({ text, project }, context) => {
      const id = randomUUID();
      const event = await store.write(authorOf(context), (transaction) => {
        const sequence = transaction.event({ project, entity: 'note', entityId: id, kind: 'noted', payload: { text } });
        const row = transaction.get<EventRow>(`select ${eventColumns} from events where sequence = ?`, [sequence]);
        if (row === undefined) throw new Failure('internal', 'The note was not written.');
        return eventOf(row);
      });
      return { event };
    }),
    handle(events.verify, (_, context) => verifyLog(store, segments, context)),
    handle(events.exportLog, (filter, context) => exportEvents(store, segments, filter, context)),

    handle(protocol.info, () => storeInfo(store)),
    handle(protocol.backups, async () => {
      const from = await store.firstMoment();
      return { backups: await backups.list(), ...(from === undefined ? {} : { span: { from, to: Date.now() } }) };
    }),
    handle(protocol.createBackup, ({ path }, context) =>
      once(store, authorOf(context), async () => {
        if (path !== undefined) await refuseExisting(disk, path, true);
        const backup = await backups.create('manual', await store.image());
        if (path !== undefined) await backups.copy(backup.name, path);
        return { backup };
      }),
    ),
    handle(protocol.verifyBackup, ({ name }) => backups.verify(name)),
    handle(protocol.previewRestore, ({ source }) => restores.preview(source)),
    handle(protocol.restore, ({ source, identity }, context) => restores.restore(source, identity, authorOf(context))),

    handle(protocol.exportArchive, ({ path }, context) => once(store, authorOf(context), () => writeArchive(keeping, path, context))),
    handle(protocol.importArchive, ({ path, identity }, context) =>
      importArchive({ disk, segments, restores, migrations }, { file: path, identity }, authorOf(context), context),
    ),
  ];
}

/** For what writes a file of the user's: asked for again because its answer was lost, it is not done again. */
async function once<T>(store: StateStore, author: Author, run: () => Promise<T>): Promise<T> {
  const before = await store.read((reader) => answerBefore<T>(reader, author.key));
  const answer = before ?? (await run());
  return store.write(author, () => answer);
}
