import type { ParamsOf } from '../protocol/message.ts';
import type { list } from '../protocol/work.ts';
import { type ItemRow, type ItemState, itemStates } from '../protocol/work.ts';
import type { Reader, StateStore } from '../store/types.ts';
import { type Counted, itemRowOf, type StoredRow, storedColumns } from './itemRows.ts';

type Filter = ParamsOf<typeof list>['filter'];

/** The items of one project as they were at an event of the log, last changed first. */
interface Kept {
  rows: ItemRow[];
  last: number;
}

/** Projects whose items are kept in memory (about 1 kB an item). */
const mostKept = 4;
/** Nobody has written so long a word. */
const longestText = 2000;

/**
 * The items of projects, kept between requests: a window asks for all of them after every change. What changed since is read from the log,
 * for no item changes without an event.
 */
export class ItemLists {
  readonly #kept = new Map<string, Kept>();
  #last = 0;

  constructor(store: StateStore) {
    store.onAppended((last) => {
      // The log goes on from an earlier event: the state was replaced.
      if (last <= this.#last) this.#kept.clear();
      this.#last = last;
    });
  }

  /** All items of a project, last changed first. Not to be changed. */
  rows(reader: Reader, project: string): readonly ItemRow[] {
    const last = reader.get<{ last: number | null }>('select max(sequence) as last from events')?.last ?? 0;
    const kept = this.#kept.get(project);
    const changed = kept === undefined ? undefined : changedSince(reader, project, kept.last);
    this.#kept.delete(project);
    const rows = kept === undefined || changed === undefined ? readRows(reader, project) : refreshed(reader, project, kept.rows, changed);
    this.#kept.set(project, { rows, last });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
    return rows;
  }
}

/** Those that match all parts of the filter. */
export function matching(reader: Reader, project: string, rows: readonly ItemRow[], filter: Filter): readonly ItemRow[] {
  const { states, types, tags = [], assignee, branch, due } = filter;
  const text = filter.text?.trim().toLowerCase() ?? '';
  const fits = text === '' ? undefined : textMatcher(reader, project, text);
  const person = assignee?.toLowerCase();
  return rows.filter(
    (row) =>
      (states === undefined || states.includes(row.state)) &&
      (types === undefined || types.includes(row.type)) &&
      tags.every((tag) => row.tags.includes(tag)) &&
      (person === undefined || (row.assignee ?? '').toLowerCase() === person) &&
      (branch === undefined || row.branch === branch) &&
      (due === undefined || (row.due !== null && row.due <= due)) &&
      (fits === undefined || fits(row)),
  );
}

export function countsOf(rows: readonly ItemRow[]): Record<ItemState, number> {
  const counts = Object.fromEntries(itemStates.map((state) => [state, 0])) as Record<ItemState, number>;
  for (const { state } of rows) counts[state] += 1;
  return counts;
}

/** Numbers of the items with events since; undefined when something else may have changed them. */
function changedSince(reader: Reader, project: string, last: number): Set<number> | undefined {
  const events = reader.all<{ entity: string; entity_id: string }>(
    "select distinct entity, entity_id from events where sequence > ? and (entity = 'store' or (entity = 'item' and project = ?)) limit 201",
    [last, project],
  );
  if (events.length > 200 || events.some(({ entity }) => entity === 'store')) return undefined;
  return new Set(events.map(({ entity_id: id }) => Number(id)));
}

function refreshed(reader: Reader, project: string, rows: ItemRow[], changed: ReadonlySet<number>): ItemRow[] {
  if (changed.size === 0) return rows;
  const fresh = [...changed].flatMap((number) => readRows(reader, project, number));
  return [...rows.filter(({ id }) => !changed.has(id)), ...fresh].sort((a, b) => b.updated - a.updated || b.id - a.id);
}

/** All rows of a project, or the one of a number; each table is walked once. */
function readRows(reader: Reader, project: string, number?: number): ItemRow[] {
  const [one, params] = number === undefined ? ['', [project]] : ['and number = ?', [project, number]];
  const all = <R extends { readonly number: number }>(columns: string, rest: string) =>
    reader.all<R>(`select ${columns} ${rest.replace('$', `where project = ? ${one}`)}`, params);
  const tags = new Map<number, string[]>();
  for (const row of all<{ number: number; tag: string }>('number, tag', 'from item_tags $ order by number, tag')) {
    const known = tags.get(row.number);
    if (known === undefined) tags.set(row.number, [row.tag]);
    else known.push(row.tag);
  }
  const checks = new Map(
    all<{ number: number; total: number; done: number }>(
      'number, count(*) as total, sum(done) as done',
      'from item_checks $ group by number',
    ).map(({ number: of, total, done }) => [of, { done, total }]),
  );
  const counts = (table: string) =>
    new Map(
      all<{ number: number; total: number }>('number, count(*) as total', `from ${table} $ group by number`).map((each) => [
        each.number,
        each.total,
      ]),
    );
  const [comments, commits] = [counts('item_comments'), counts('item_commits')];
  return all<StoredRow>(storedColumns, 'from items $ order by updated desc, number desc').map((row) => {
    const counted: Counted = {
      tags: tags.get(row.number) ?? [],
      checks: checks.get(row.number) ?? { done: 0, total: 0 },
      comments: comments.get(row.number) ?? 0,
      commits: commits.get(row.number) ?? 0,
    };
    return itemRowOf(row, counted);
  });
}

/** Whether a text (lower case) is in the title, the notes or `#id` of an item. */
function textMatcher(reader: Reader, project: string, text: string): (row: ItemRow) => boolean {
  if (text.length > longestText) return () => false;
  const inNotes = notesWith(reader, project, text);
  return ({ id, title }) => `#${id}`.startsWith(text) || String(id) === text || title.toLowerCase().includes(text) || inNotes.has(id);
}

/** LIKE folds the case of ASCII only; other text is compared here. */
function notesWith(reader: Reader, project: string, text: string): Set<number> {
  if (/^[\x20-\x7e]*$/.test(text)) {
    const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
    const rows = reader.all<{ number: number }>(`select number from items where project = ? and notes like ? escape '\\'`, [
      project,
      pattern,
    ]);
    return new Set(rows.map(({ number }) => number));
  }
  const rows = reader.all<{ number: number; notes: string }>("select number, notes from items where project = ? and notes <> ''", [
    project,
  ]);
  return new Set(rows.filter(({ notes }) => notes.toLowerCase().includes(text)).map(({ number }) => number));
}
