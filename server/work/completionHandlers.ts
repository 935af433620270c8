import { randomUUID } from 'node:crypto';
import * as protocol from '../protocol/work.ts';
import { handle, type Registration } from '../rpc/router.ts';
import { begin, completionsOf, end, openCompletion, record, take } from './completionJournal.ts';
import type { ItemDesk, Named } from './itemDesk.ts';

/** What the hub keeps of Merge & Completes, for the processes that carry them out. */
export function completionHandlers(desk: ItemDesk): Registration[] {
  const { store, projectOf } = desk;
  const completion = async (named: Named, id: string, context: Parameters<ItemDesk['key']>[1]) => {
    const key = await desk.key(named, context);
    return { completion: await store.read((reader) => openCompletion(reader, key, id)) };
  };
  return [
    handle(protocol.completions, async ({ repository }, context) => {
      const project = await projectOf.id(repository, context);
      return { completions: project === undefined ? [] : await store.read((reader) => completionsOf(reader, project)) };
    }),
    handle(protocol.beginCompletion, async (params, context) => {
      const { answer: id } = await desk.change(params, context, (change) => begin(change, randomUUID(), params));
      return completion(params, id, context);
    }),
    handle(protocol.takeCompletion, async ({ completion: id, ...params }, context) => {
      await desk.change(params, context, (change) => take(change, id, params));
      return completion(params, id, context);
    }),
    handle(protocol.recordStep, async ({ completion: id, holder, step, ...params }, context) => {
      await desk.change(params, context, (change) => record(change, id, holder, step));
      return completion(params, id, context);
    }),
    handle(protocol.endCompletion, async ({ completion: id, ...params }, context) => {
      const { item } = await desk.change(params, context, (change) => end(change, id, params));
      return { item };
    }),
  ];
}
