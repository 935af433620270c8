import type { ParamsOf } from '../protocol/message.ts';
import type { edit } from '../protocol/work.ts';
import { Failure } from '../rpc/failure.ts';
import type { ItemChange } from './itemChange.ts';
import { shortened, storable } from './itemText.ts';

const mostTags = 30;

type Edit = Pick<ParamsOf<typeof edit>, 'title' | 'type' | 'notes' | 'assignee' | 'due' | 'tags'>;

const fields = ['title', 'type', 'notes', 'assignee', 'due'] as const;
type Field = (typeof fields)[number];

const updates: Readonly<Record<Field, string>> = {
  title: 'update items set title = ?3 where project = ?1 and number = ?2',
  type: 'update items set type = ?3 where project = ?1 and number = ?2',
  notes: 'update items set notes = ?3 where project = ?1 and number = ?2',
  assignee: 'update items set assignee = ?3 where project = ?1 and number = ?2',
  due: 'update items set due = ?3 where project = ?1 and number = ?2',
};

/** Changes fields, all or none. A field that is neither as the caller saw it nor as wanted is a `conflict`. */
export function editItem(change: ItemChange, wanted: Edit): void {
  const changed: Record<string, unknown> = {};
  for (const field of fields) {
    const { from, to } = wanted[field] ?? {};
    if (to === undefined) continue;
    const present = change.before[field];
    const value = stored(field, to);
    if (present === value) continue;
    if (present !== from) throw conflict(change.key.number, field, present);
    change.run(updates[field], [value]);
    changed[field] = told(field, present, value);
  }
  const tags = changeTags(change, wanted.tags);
  if (tags !== undefined) changed['tags'] = tags;
  if (Object.keys(changed).length > 0) change.event('edited', changed);
}

function stored(field: Field, to: string | null): string | null {
  if (to === null) return null;
  const text = storable(field === 'notes' ? to : to.trim());
  return field === 'assignee' && text === '' ? null : text;
}

/** As the event says it: of notes only how long they were and are. */
function told(field: Field, from: string | null, to: string | null): { from: unknown; to: unknown } {
  return field === 'notes' ? { from: from?.length ?? 0, to: to?.length ?? 0 } : { from, to };
}

function conflict(number: number, field: Field, present: string | null): Failure {
  const names: Record<Field, string> = { title: 'title', type: 'type', notes: 'notes', assignee: 'assignee', due: 'due date' };
  const verb = field === 'notes' ? 'are' : 'is';
  const now = present === null || present === '' ? 'empty' : `“${shortened(present, 120)}”`;
  return new Failure(
    'conflict',
    `Somebody has changed the ${names[field]} of #${number}: ${field === 'notes' ? 'they' : 'it'} ${verb} ${now} now.`,
    {
      hint: 'Look at the item and decide again; nothing was changed.',
    },
  );
}

/** A set: what is there already, or gone already, is no change. */
function changeTags({ before, run, key }: ItemChange, wanted: Edit['tags']): { added: string[]; removed: string[] } | undefined {
  if (wanted === undefined) return undefined;
  const removed = [...new Set(wanted.remove)].filter((tag) => before.tags.includes(tag));
  const added = [...new Set(wanted.add.map(storable))].filter((tag) => !before.tags.includes(tag));
  if (removed.length + added.length === 0) return undefined;
  if (before.tags.length - removed.length + added.length > mostTags) {
    throw new Failure('too-large', `#${key.number} would have more than ${mostTags} tags.`, {
      hint: 'Remove some first; nothing was changed.',
    });
  }
  for (const tag of removed) run('delete from item_tags where project = ?1 and number = ?2 and tag = ?3', [tag]);
  for (const tag of added) run('insert into item_tags (project, number, tag) values (?1, ?2, ?3)', [tag]);
  return { added, removed };
}
