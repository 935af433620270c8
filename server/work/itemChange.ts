import type { Item } from '../protocol/work.ts';
import { Failure } from '../rpc/failure.ts';
import type { Author, Reader, StateStore, Transaction, Value } from '../store/types.ts';
import { type ItemKey, itemOf, unknownItem } from './itemRows.ts';

/** What every change of an item has: the transaction, the item before it, the way to say what happened. */
export interface ItemChange {
  readonly transaction: Transaction;
  readonly key: ItemKey;
  readonly before: Item;
  /** Runs SQL whose first parameters are `?1` the project and `?2` the number. */
  run(sql: string, params?: readonly Value[]): number;
  /** An event of the item, which carries its title as `name`; the item counts as changed now. */
  event(kind: string, payload?: Readonly<Record<string, unknown>>): void;
}

/**
 * Changes one item. What is kept for a repeated request is `apply`'s small answer, never the item. Throws `not-found`, and whatever `apply`
 * throws: nothing is changed then.
 */
export async function changeItem<T>(store: StateStore, author: Author, key: ItemKey, apply: (change: ItemChange) => T): Promise<T> {
  return store.write(author, (transaction) => apply(changeOf(transaction, key)));
}

export function changeOf(transaction: Transaction, key: ItemKey): ItemChange {
  const run = (sql: string, params: readonly Value[] = []) => transaction.run(sql, [key.project, key.number, ...params]);
  return {
    transaction,
    key,
    before: itemOf(transaction, key),
    run,
    event: (kind, payload = {}) => {
      run('update items set updated = ?3 where project = ?1 and number = ?2', [transaction.now]);
      const name = titleOf(transaction, key);
      transaction.event({ project: key.project, entity: 'item', entityId: String(key.number), kind, payload: { name, ...payload } });
    },
  };
}

export function readItem(store: StateStore, key: ItemKey): Promise<Item> {
  return store.read((reader) => itemOf(reader, key));
}

function titleOf(reader: Reader, { project, number }: ItemKey): string {
  const row = reader.get<{ title: string }>('select title from items where project = ? and number = ?', [project, number]);
  if (row === undefined) throw unknownItem(number);
  return row.title;
}

/** Throws `locked` while a Merge & Complete of the item is on its way. */
export function refuseWhileCompleting(reader: Reader, { project, number }: ItemKey): void {
  if (reader.get('select 1 from completions where project = ? and number = ?', [project, number]) === undefined) return;
  throw new Failure('locked', `A Merge & Complete of #${number} is on its way or was interrupted.`, {
    hint: `Finish or undo it first: \`hearth work complete ${number} --resume\` or \`--undo\`.`,
  });
}
