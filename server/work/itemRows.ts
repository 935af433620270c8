import type { Item, ItemRow, ItemState, ItemType, LinkedCommit } from '../protocol/work.ts';
import { Failure } from '../rpc/failure.ts';
import type { Reader, Row, Value } from '../store/types.ts';

/** Reading work items: rows of the store as the contract shows them. */

/** Which item: its project and its number there. */
export interface ItemKey {
  readonly project: string;
  readonly number: number;
}

/** What the table `items` says of one; what it is not asked for in a list (notes) is only there as a yes or no. */
export type StoredRow = {
  readonly number: number;
  readonly uid: string;
  readonly title: string;
  readonly type: ItemType;
  readonly state: ItemState;
  readonly branch: string | null;
  readonly base: string | null;
  readonly assignee: string | null;
  readonly due: string | null;
  readonly has_notes: number;
  readonly created: number;
  readonly updated: number;
  readonly started: number | null;
  readonly closed: number | null;
};

/** What other tables say of one, counted. */
export interface Counted {
  readonly tags: string[];
  readonly checks: { readonly done: number; readonly total: number };
  readonly comments: number;
  readonly commits: number;
}

export const storedColumns =
  "number, uid, title, type, state, branch, base, assignee, due, notes <> '' as has_notes, created, updated, started, closed";

export function itemRowOf(row: StoredRow, { tags, checks, comments, commits }: Counted): ItemRow {
  return {
    id: row.number,
    uid: row.uid,
    title: row.title,
    type: row.type,
    state: row.state,
    branch: row.branch,
    base: row.base,
    tags,
    assignee: row.assignee,
    due: row.due,
    checks,
    hasNotes: row.has_notes === 1,
    comments,
    commits,
    created: row.created,
    updated: row.updated,
    started: row.started,
    closed: row.closed,
  };
}

/** One item with all that belongs to it. Throws `not-found`. */
export function itemOf(reader: Reader, key: ItemKey): Item {
  const row = reader.get<StoredRow & { notes: string; merged: string | null }>(
    `select ${storedColumns}, notes, merged from items where project = ? and number = ?`,
    [key.project, key.number],
  );
  if (row === undefined) throw unknownItem(key.number);
  const checklist = checksOf(reader, key);
  const commentList = rowsOf<{ id: string; author: string; text: string; time: number; edited: number | null }>(
    reader,
    key,
    'select id, author, text, time, edited from item_comments where project = ? and number = ? order by time, id',
  );
  const commits = rowsOf<{ id: string; subject: string; author: string; author_time: number; source: LinkedCommit['source'] }>(
    reader,
    key,
    'select id, subject, author, author_time, source from item_commits where project = ? and number = ? order by author_time desc, id',
  );
  const counted: Counted = {
    tags: tagsOf(reader, key),
    checks: { done: checklist.filter(({ done }) => done).length, total: checklist.length },
    comments: commentList.length,
    commits: commits.length,
  };
  return {
    ...itemRowOf(row, counted),
    notes: row.notes,
    checklist,
    commentList: commentList.map(({ edited, ...comment }) => (edited === null ? comment : { ...comment, edited })),
    commitList: commits.map(({ author_time: authorTime, ...commit }) => ({ ...commit, authorTime })),
    merged: row.merged === null ? null : (JSON.parse(row.merged) as Item['merged']),
  };
}

export function tagsOf(reader: Reader, key: ItemKey): string[] {
  return rowsOf<{ tag: string }>(reader, key, 'select tag from item_tags where project = ? and number = ? order by tag').map(
    ({ tag }) => tag,
  );
}

/** In the order of the list. */
export function checksOf(reader: Reader, key: ItemKey): Item['checklist'] {
  return rowsOf<{ id: string; text: string; done: number }>(
    reader,
    key,
    'select id, text, done from item_checks where project = ? and number = ? order by position, id',
  ).map(({ id, text, done }) => ({ id, text, done: done === 1 }));
}

export function unknownItem(number: number): Failure {
  return new Failure('not-found', `There is no work item #${number} here.`, { hint: '`hearth work list --all` shows them.' });
}

function rowsOf<R extends Row>(reader: Reader, { project, number }: ItemKey, sql: string, more: readonly Value[] = []): R[] {
  return reader.all<R>(sql, [project, number, ...more]);
}
