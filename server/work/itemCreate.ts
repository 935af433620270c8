import type { ItemType } from '../protocol/work.ts';
import type { Author, StateStore } from '../store/types.ts';
import { insertCheck } from './checklist.ts';
import { storable } from './itemText.ts';

/** What a new item is made of; everything is resolved and checked by then. */
export interface NewItem {
  readonly uid: string;
  readonly title: string;
  readonly type: ItemType;
  readonly notes: string;
  readonly tags: readonly string[];
  readonly assignee: string | null;
  readonly due: string | null;
  readonly checklist: readonly { readonly id: string; readonly text: string }[];
}

/** Writes down a new item; answers its number, which no item of the project had before. */
export function createItem(store: StateStore, author: Author, project: string, given: NewItem): Promise<number> {
  return store.write(author, (transaction) => {
    transaction.run(
      'insert into item_counters (project, last) values (?, 1) on conflict (project) do update set last = item_counters.last + 1',
      [project],
    );
    const number = transaction.get<{ last: number }>('select last from item_counters where project = ?', [project])?.last ?? 0;
    const { uid, type, assignee, due } = given;
    const title = storable(given.title.trim());
    const tags = [...new Set(given.tags.map(storable))];
    transaction.run(
      `insert into items (project, number, uid, title, type, state, notes, assignee, due, had_branch, created, updated)
       values (?1, ?2, ?3, ?4, ?5, 'planned', ?6, ?7, ?8, 0, ?9, ?9)`,
      [project, number, uid, title, type, storable(given.notes), assignee, due, transaction.now],
    );
    for (const tag of tags) transaction.run('insert into item_tags (project, number, tag) values (?, ?, ?)', [project, number, tag]);
    for (const [position, { id, text }] of given.checklist.entries()) insertCheck(transaction, { project, number }, { id, text, position });
    const payload = {
      name: title,
      type,
      ...(tags.length === 0 ? {} : { tags }),
      ...(assignee === null ? {} : { assignee }),
      ...(due === null ? {} : { due }),
    };
    transaction.event({ project, entity: 'item', entityId: String(number), kind: 'created', payload });
    return number;
  });
}
