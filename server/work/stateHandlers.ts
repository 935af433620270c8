import { randomUUID } from 'node:crypto';
import { readWorkConfig } from '../config/workConfig.ts';
import type { ProjectOf } from '../project/index.ts';
import * as protocol from '../protocol/work.ts';
import { handle, type Registration } from '../rpc/router.ts';
import { authorOf } from '../store/author.ts';
import type { StateStore } from '../store/types.ts';
import { changeChecklist, newPartId } from './checklist.ts';
import { changeComments } from './comments.ts';
import { completionHandlers } from './completionHandlers.ts';
import { completionsOf, isInterrupted } from './completionJournal.ts';
import { changeItem, readItem, refuseWhileCompleting } from './itemChange.ts';
import { createItem } from './itemCreate.ts';
import { ItemDesk } from './itemDesk.ts';
import { editItem } from './itemEdit.ts';
import { linkItem } from './itemLink.ts';
import { countsOf, ItemLists, matching } from './itemList.ts';
import { moveItem } from './itemMove.ts';
import { readTemplate, readTemplates, warningsOf } from './templates.ts';
import { timelineOf } from './timeline.ts';

/** Rows of a list that travel at once. */
const page = 1000;

/** What the hub answers of work items. */
export function workStateHandlers({ projectOf, store }: { projectOf: ProjectOf; store: StateStore }): Registration[] {
  const lists = new ItemLists(store);
  const desk = new ItemDesk({ projectOf, store });
  return [
    handle(protocol.list, async ({ repository, filter, limit, skip }, context) => {
      const project = await projectOf.id(repository, context);
      if (project === undefined) return { items: [], total: 0, counts: countsOf([]), interrupted: [] };
      const assignee = filter.assignee === undefined ? undefined : await desk.person(filter.assignee, repository, context);
      const { rows, found, completions } = await store.read((reader) => {
        const all = lists.rows(reader, project);
        return { rows: all, found: matching(reader, project, all, { ...filter, assignee }), completions: completionsOf(reader, project) };
      });
      const wanted = found.slice(skip, limit === 0 ? undefined : skip + limit);
      for (let from = 0; from === 0 || from < wanted.length; from += page) {
        await context.emit({ items: wanted.slice(from, from + page) });
      }
      const interrupted = completions.filter(({ holder }) => isInterrupted(holder)).map(({ item }) => item);
      return { project, total: found.length, counts: countsOf(rows), interrupted };
    }),
    handle(protocol.show, async (params, context) => ({ item: await readItem(store, await desk.key(params, context)) })),
    handle(protocol.timeline, async ({ limit, ...params }, context) => {
      const key = await desk.key(params, context);
      return store.read((reader) => timelineOf(reader, key, limit));
    }),
    handle(protocol.templates, async ({ repository }, context) => readTemplates((await projectOf.repository(repository, context)).root)),

    handle(protocol.create, async ({ repository: root, ...given }, context) => {
      const repository = await projectOf.repository(root, context);
      const template = await readTemplate(repository.root, given.type);
      const assignee = given.assignee === undefined ? '' : await desk.person(given.assignee, root, context);
      const project = await projectOf.ensure(root, context);
      const number = await createItem(store, authorOf(context), project, {
        uid: randomUUID(),
        title: given.title,
        type: given.type,
        notes: given.notes ?? template.notes,
        tags: given.tags ?? template.tags,
        assignee: assignee === '' ? null : assignee,
        due: given.due ?? null,
        checklist: (given.checklist ?? template.checklist).map((text) => ({ id: newPartId(), text })),
      });
      const item = await readItem(store, { project, number });
      return { item, warnings: given.checklist === undefined ? warningsOf(template) : [] };
    }),
    handle(protocol.edit, async ({ assignee: wanted, ...params }, context) => {
      const assignee =
        wanted === undefined || wanted.to === null ? wanted : { ...wanted, to: await desk.person(wanted.to, params.repository, context) };
      const { item } = await desk.change(params, context, (each) => editItem(each, { ...params, assignee }));
      return { item };
    }),
    handle(protocol.move, async ({ from, to, ...params }, context) => {
      // What this repository asks for before something is done.
      const { root } = await projectOf.repository(params.repository, context);
      const rules = to === 'done' ? (await readWorkConfig(root)).config.complete : undefined;
      const { item } = await desk.change(params, context, (each) => moveItem(each, { from, to, rules }));
      return { item };
    }),
    handle(protocol.checkItem, async ({ action, ...params }, context) => {
      const id = newPartId();
      const { item } = await desk.change(params, context, (each) => changeChecklist(each, action, id));
      return { item };
    }),
    handle(protocol.commentItem, async ({ action, ...params }, context) => {
      const name = action.kind === 'add' ? await desk.ownName(params.repository, context) : undefined;
      const by = { id: newPartId(), author: name ?? context.session.actor };
      const { item } = await desk.change(params, context, (each) => changeComments(each, action, by));
      return { item };
    }),
    handle(protocol.link, async (params, context) => {
      const { item, answer } = await desk.change(params, context, (each) => linkItem(each, params));
      return { item, changed: answer };
    }),
    handle(protocol.remove, async (params, context) => {
      const key = await desk.key(params, context);
      return changeItem(store, authorOf(context), key, ({ before, transaction, run, event }) => {
        refuseWhileCompleting(transaction, key);
        const { title, type, state, branch } = before;
        event('removed', { type, state, ...(branch === null ? {} : { branch }) });
        run('delete from items where project = ?1 and number = ?2');
        return { title };
      });
    }),
    ...completionHandlers(desk),
  ];
}
