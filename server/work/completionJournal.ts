import type * as z from 'zod/mini';
import { isRunning, isSameMachine, ownIdentity } from '../hub/identity.ts';
import type { ParamsOf } from '../protocol/message.ts';
import type { beginCompletion, Completion, endCompletion, holder as holderSchema, recordStep } from '../protocol/work.ts';
import { Failure } from '../rpc/failure.ts';
import type { Reader, Row } from '../store/types.ts';
import type { ItemChange } from './itemChange.ts';
import { setState } from './itemMove.ts';
import type { ItemKey } from './itemRows.ts';

/** The journal of Merge & Completes: who carries one out, what it is about to do, what it has done. A row is there until it ends. */

export type Holder = z.output<typeof holderSchema>;

type Stored = Row & {
  readonly id: string;
  readonly number: number;
  readonly repository: string;
  readonly holder: string;
  readonly plan: string;
  readonly steps: string;
  readonly started: number;
};

const columns = 'id, number, repository, holder, plan, steps, started';

/** Those of a project, oldest first. */
export function completionsOf(reader: Reader, project: string): Completion[] {
  return reader.all<Stored>(`select ${columns} from completions where project = ? order by started, number`, [project]).map(completionOf);
}

/** The open one of an item. Throws `not-found` when there is none of that id. */
export function openCompletion(reader: Reader, { project, number }: ItemKey, id: string): Completion {
  const row = reader.get<Stored>(`select ${columns} from completions where project = ? and number = ? and id = ?`, [project, number, id]);
  if (row !== undefined) return completionOf(row);
  throw new Failure('not-found', `This Merge & Complete of #${number} has ended.`, { hint: 'Look at the item again.' });
}

/** Whether whoever carries it out is gone, as far as can be seen from here: another machine's or container's processes cannot. */
export function isInterrupted(holder: Holder): boolean {
  const here = ownIdentity();
  if (!isSameMachine(holder, here)) return false;
  if (holder.bootId !== here.bootId) return true;
  return holder.pidNamespace === here.pidNamespace && !isRunning(holder);
}

/** Answers the id. Throws `locked` while another one of the item is open. */
export function begin(change: ItemChange, id: string, { repository, holder, plan }: ParamsOf<typeof beginCompletion>): string {
  const { transaction, key, run, event } = change;
  const other = transaction.get<Stored>(`select ${columns} from completions where project = ? and number = ?`, [key.project, key.number]);
  if (other !== undefined) {
    const { holder: its } = completionOf(other);
    throw new Failure('locked', `A Merge & Complete of #${key.number} is open already (process ${its.pid} on ${its.host}).`, {
      hint: isInterrupted(its)
        ? `It was interrupted: \`hearth work complete ${key.number} --resume\` or \`--undo\`.`
        : 'Wait until it has ended.',
    });
  }
  run(`insert into completions (project, number, id, repository, holder, plan, steps, started) values (?1, ?2, ?3, ?4, ?5, ?6, '[]', ?7)`, [
    id,
    repository,
    JSON.stringify(holder),
    JSON.stringify(plan),
    transaction.now,
  ]);
  event('completing', { completion: id });
  return id;
}

/** Throws `locked` unless its holder is `from`. */
export function take(change: ItemChange, id: string, { from, to }: { from: Holder; to: Holder }): void {
  held(change, id, from);
  change.run('update completions set holder = ?4 where project = ?1 and number = ?2 and id = ?3', [id, JSON.stringify(to)]);
  change.event('completion-taken', { completion: id });
}

/** Throws `locked` when another process holds it by now. */
export function record(change: ItemChange, id: string, holder: Holder, step: ParamsOf<typeof recordStep>['step']): void {
  const { steps } = held(change, id, holder);
  const all = [...steps, { ...step, time: change.transaction.now }];
  change.run('update completions set steps = ?4 where project = ?1 and number = ?2 and id = ?3', [id, JSON.stringify(all)]);
}

/** Throws `locked` when another process holds it by now. */
export function end(change: ItemChange, id: string, { holder, outcome }: Pick<ParamsOf<typeof endCompletion>, 'holder' | 'outcome'>): void {
  const { before, run, event, transaction } = change;
  const { steps } = held(change, id, holder);
  run('delete from completions where project = ?1 and number = ?2 and id = ?3', [id]);
  const done = steps.filter(({ state }) => state === 'done').map(({ name }) => name);
  if (outcome.kind === 'undone') {
    event('completion-undone', { completion: id, steps: done });
    return;
  }
  const merged = { ...outcome.merged, time: transaction.now };
  setState(change, 'done');
  run('update items set merged = ?3, branch = case ?4 when 1 then null else branch end where project = ?1 and number = ?2', [
    JSON.stringify(merged),
    outcome.branchDeleted ? 1 : 0,
  ]);
  const { time: _, ...told } = merged;
  const branch = before.branch === null ? {} : { branch: before.branch };
  event('completed', { completion: id, from: before.state, ...told, ...branch, branchDeleted: outcome.branchDeleted, steps: done });
}

function held({ transaction, key }: ItemChange, id: string, holder: Holder): Completion {
  const completion = openCompletion(transaction, key, id);
  if (isSameProcess(completion.holder, holder)) return completion;
  const { pid, host } = completion.holder;
  throw new Failure('locked', `Another process (${pid} on ${host}) carries out this Merge & Complete of #${key.number}.`, {
    hint: 'Look at the item again when it has ended.',
  });
}

function isSameProcess(one: Holder, other: Holder): boolean {
  const names = ['pid', 'startTime', 'bootId', 'host', 'machine', 'pidNamespace'] as const;
  return names.every((name) => one[name] === other[name]);
}

function completionOf({ id, number, repository, holder, plan, steps, started }: Stored): Completion {
  return {
    id,
    item: number,
    repository,
    holder: JSON.parse(holder) as Holder,
    plan: JSON.parse(plan) as Completion['plan'],
    steps: JSON.parse(steps) as Completion['steps'],
    started,
  };
}
