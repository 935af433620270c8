import { randomBytes } from 'node:crypto';
import type { ParamsOf } from '../protocol/message.ts';
import type { checkItem } from '../protocol/work.ts';
import { Failure } from '../rpc/failure.ts';
import type { Transaction } from '../store/types.ts';
import type { ItemChange } from './itemChange.ts';
import type { ItemKey } from './itemRows.ts';
import { shortened, storable } from './itemText.ts';

/** The checklist of an item. Checks have ids of their own, so what two people do at once commutes. */

const mostChecks = 200;

type Action = ParamsOf<typeof checkItem>['action'];

/** Names a check or a comment within its item. */
export function newPartId(): string {
  return randomBytes(8).toString('hex');
}

export function insertCheck(
  transaction: Transaction,
  { project, number }: ItemKey,
  { id, text, position }: { id: string; text: string; position: number },
): void {
  transaction.run('insert into item_checks (project, number, id, position, text, done) values (?, ?, ?, ?, ?, 0)', [
    project,
    number,
    id,
    position,
    storable(text.trim()),
  ]);
}

/** Carries out one change of a checklist. `id` is that of a check to be added. What is as wanted already is no change. */
export function changeChecklist(change: ItemChange, action: Action, id: string): void {
  const { before, transaction, key, run, event } = change;
  const { checklist } = before;
  switch (action.kind) {
    case 'tick': {
      const { text, done } = found(change, action.check);
      if (done === action.done) return;
      run('update item_checks set done = ?4 where project = ?1 and number = ?2 and id = ?3', [action.check, action.done ? 1 : 0]);
      event(action.done ? 'checked' : 'unchecked', { text: shown(text) });
      return;
    }
    case 'add': {
      if (checklist.length >= mostChecks)
        throw new Failure('too-large', `A checklist has at most ${mostChecks} checks.`, {
          hint: 'Make another item of what else there is to do.',
        });
      const order = checklist.map((each) => each.id);
      order.splice(action.after === undefined ? order.length : placeAfter(change, order, action.after), 0, id);
      insertCheck(transaction, key, { id, text: action.text, position: order.length });
      arrange(change, order);
      event('check-added', { text: shown(action.text.trim()) });
      return;
    }
    case 'edit': {
      const { text } = found(change, action.check);
      const to = storable(action.text.to.trim());
      if (text === to) return;
      if (text !== action.text.from) {
        throw new Failure('conflict', `Somebody has changed this check of #${key.number}: it is “${shortened(text, 120)}” now.`, {
          hint: 'Look at it and decide again; nothing was changed.',
        });
      }
      run('update item_checks set text = ?4 where project = ?1 and number = ?2 and id = ?3', [action.check, to]);
      event('check-edited', { from: shown(text), to: shown(to) });
      return;
    }
    case 'remove': {
      const { text } = found(change, action.check);
      run('delete from item_checks where project = ?1 and number = ?2 and id = ?3', [action.check]);
      event('check-removed', { text: shown(text) });
      return;
    }
    case 'move': {
      const { text } = found(change, action.check);
      if (action.after === action.check) return;
      const order = checklist.map((each) => each.id);
      const others = order.filter((each) => each !== action.check);
      others.splice(placeAfter(change, others, action.after), 0, action.check);
      if (others.every((each, index) => each === order[index])) return;
      arrange(change, others);
      event('check-moved', { text: shown(text), to: others.indexOf(action.check) + 1 });
      return;
    }
  }
}

/** Gives the checks positions in that order; only those whose place differs are written. */
function arrange({ run, transaction, key }: ItemChange, order: readonly string[]): void {
  const stored = transaction.all<{ id: string; position: number }>(
    'select id, position from item_checks where project = ? and number = ?',
    [key.project, key.number],
  );
  const known = new Map(stored.map(({ id, position }) => [id, position]));
  for (const [position, id] of order.entries()) {
    if (known.get(id) === position) continue;
    run('update item_checks set position = ?4 where project = ?1 and number = ?2 and id = ?3', [id, position]);
  }
}

function placeAfter({ key }: ItemChange, order: readonly string[], after: string | null): number {
  if (after === null) return 0;
  const index = order.indexOf(after);
  if (index >= 0) return index + 1;
  throw new Failure('conflict', `The check of #${key.number} that this should come after is gone.`, {
    hint: 'Look at the checklist and choose another place; nothing was changed.',
  });
}

function found({ before, key }: ItemChange, id: string): { text: string; done: boolean } {
  const check = before.checklist.find((each) => each.id === id);
  if (check !== undefined) return check;
  throw new Failure('not-found', `This check of #${key.number} is gone: somebody has removed it.`, {
    hint: 'Look at the checklist again.',
  });
}

/** As much of a text as an event carries. */
function shown(text: string): string {
  return shortened(text, 300);
}
