import type { ItemState } from '../protocol/work.ts';
import { Failure } from '../rpc/failure.ts';
import type { ItemChange } from './itemChange.ts';
import { refuseWhileCompleting } from './itemChange.ts';

/** What has to be there before an item without a branch is done; `work.yaml` may ask for less. */
export interface Rules {
  readonly notes: boolean;
  readonly checklist: boolean;
}

const open: readonly ItemState[] = ['planned', 'started', 'review'];

/**
 * Moves an item to another state: freely among the open ones, to `canceled` from them, back from `canceled` and `done`. To `done` only what
 * never had a branch; with one it is done by being merged.
 */
export function moveItem(
  change: ItemChange,
  { from, to, rules }: { from?: ItemState | undefined; to: ItemState; rules?: Rules | undefined },
): void {
  const { before, key, transaction, event } = change;
  if (before.state === to) return;
  if (from !== undefined && before.state !== from) {
    throw new Failure('conflict', `#${key.number} is ${before.state} by now, not ${from}.`, {
      hint: 'Look at the item and decide again; nothing was changed.',
    });
  }
  refuseWhileCompleting(transaction, key);
  if (!open.includes(before.state) && !open.includes(to)) {
    throw new Failure('precondition', `#${key.number} is ${before.state}.`, { hint: 'Open it again first.' });
  }
  if (to === 'done') refuseUnfinished(change, rules ?? { notes: true, checklist: true });
  setState(change, to);
  event('moved', { from: before.state, to });
}

/** Sets the state and the times that go with it: an item that is open again is neither closed nor merged. */
export function setState({ run, transaction }: ItemChange, to: ItemState): void {
  const started = to === 'planned' ? 'null' : to === 'canceled' ? 'started' : 'coalesce(started, ?3)';
  const over = open.includes(to) ? 'closed = null, merged = null' : 'closed = ?3';
  run(`update items set state = ?4, started = ${started}, ${over} where project = ?1 and number = ?2`, [transaction.now, to]);
}

function refuseUnfinished({ before, key, transaction }: ItemChange, rules: Rules): void {
  const { had_branch: hadBranch } = transaction.get<{ had_branch: number }>(
    'select had_branch from items where project = ? and number = ?',
    [key.project, key.number],
  ) ?? { had_branch: 1 };
  const refuse = (why: string, hint: string) => new Failure('precondition', why, { hint });
  if (hadBranch === 1) {
    throw refuse(`#${key.number} has a branch: it is done when that is merged.`, 'Use Merge & Complete (`hearth work complete`).');
  }
  const left = before.checks.total - before.checks.done;
  if (rules.checklist && left > 0) {
    throw refuse(
      `${left} of ${before.checks.total} checks of #${key.number} ${left === 1 ? 'is' : 'are'} not done.`,
      'Tick them, or remove what is not needed.',
    );
  }
  if (rules.notes && before.notes.trim() === '') {
    throw refuse(`#${key.number} has no notes yet.`, 'Write what was done and why, in a sentence or two.');
  }
}
