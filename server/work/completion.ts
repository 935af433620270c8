import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { ownIdentity } from '../hub/identity.ts';
import { objectId } from '../protocol/gitTypes.ts';
import type { ParamsOf } from '../protocol/message.ts';
import {
  beginCompletion,
  type Completion,
  endCompletion,
  type Item,
  type MergeHow,
  mergeHow,
  recordStep,
  takeCompletion,
} from '../protocol/work.ts';
import { Failure } from '../rpc/failure.ts';
import { faultPoint } from './faultPoint.ts';
import { askHub, type Flow } from './flow.ts';

/** What a Merge & Complete follows; kept by the hub as it was when it began. Commits are those of that moment. */
const completionPlan = z.object({
  version: z.literal(1),
  item: z.int(),
  title: z.string(),
  into: z.string(),
  target: objectId,
  /** Absent: the branch is gone, its work was merged elsewhere. */
  source: z.optional(z.object({ branch: z.string(), commit: objectId })),
  merge: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('merge'), how: mergeHow, message: z.string() }),
    z.object({ kind: z.literal('elsewhere'), commit: z.optional(objectId) }),
  ]),
  assemble: z.boolean(),
  deleteBranch: z.boolean(),
  /** Work trees whose files it may change, beside the one that was asked through. */
  worktrees: z.array(z.string()),
  /** The change log and the fragments of the item: files that are written before they are staged. */
  writes: z.array(z.string()),
});
export type CompletionPlan = z.output<typeof completionPlan>;

export const steps = ['record', 'merge', 'changelog', 'switch', 'delete', 'finish'] as const;
type StepName = (typeof steps)[number];
type Data = Record<string, unknown>;

/** Another process carries it out now: it is theirs to finish or to undo. */
export class TakenOver extends Failure {}

/** One Merge & Complete on its way, as this process carries it out: each step's intent and end are durable before the next begins. */
export class CompletionRun {
  readonly plan: CompletionPlan;
  #completion: Completion;
  readonly #flow: Flow;

  private constructor(flow: Flow, completion: Completion) {
    this.#flow = flow;
    this.#completion = completion;
    const plan = completionPlan.safeParse(completion.plan);
    if (!plan.success) {
      throw new Failure('unsupported', `Another version of Hearth began the Merge & Complete of #${completion.item}.`, {
        hint: 'Update Hearth, and finish or undo it then.',
      });
    }
    this.plan = plan.data;
  }

  static async begin(flow: Flow, plan: CompletionPlan): Promise<CompletionRun> {
    const params = { repository: flow.repository.root, id: plan.item, holder: ownIdentity(), plan };
    const { completion } = await askHub(flow, beginCompletion, params, `begin ${randomUUID()}`);
    faultPoint('begin');
    return new CompletionRun(flow, completion);
  }

  /** Goes on with one whose process is gone. */
  static async take(flow: Flow, open: Completion): Promise<CompletionRun> {
    const params = { repository: flow.repository.root, id: open.item, completion: open.id, from: open.holder, to: ownIdentity() };
    const { completion } = await askHub(flow, takeCompletion, params, `take ${randomUUID()}`);
    return new CompletionRun(flow, completion);
  }

  /** The same with another flow: one that cannot be cancelled any more. */
  through(flow: Flow): CompletionRun {
    return new CompletionRun(flow, this.#completion);
  }

  /** How far a step came since the last new start. */
  stateOf(name: StepName): { readonly kind: 'open' } | { readonly kind: 'intent' } | { readonly kind: 'done'; readonly data: Data } {
    const all = this.#completion.steps;
    const since = all.slice(all.findLastIndex((each) => each.name === 'restart') + 1).filter((each) => each.name === name);
    const done = since.find(({ state }) => state === 'done');
    if (done !== undefined) return { kind: 'done', data: done.data };
    return since.length === 0 ? { kind: 'open' } : { kind: 'intent' };
  }

  /**
   * Runs a step once: what is done is not done again. `happened` looks whether an act whose end was not written down has happened all the
   * same, and answers what it gave.
   */
  async step<T extends Data>(name: StepName, act: () => Promise<T>, happened: () => Promise<T | undefined>): Promise<T> {
    const state = this.stateOf(name);
    if (state.kind === 'done') return state.data as T;
    if (state.kind === 'open') await this.#write(name, 'intent', {});
    faultPoint(`${name} intent`);
    const data = (state.kind === 'intent' ? await happened() : undefined) ?? (await act());
    faultPoint(`${name} acted`);
    await this.#write(name, 'done', data);
    faultPoint(`${name} done`);
    return data;
  }

  /** Everything was taken back: the steps begin anew. */
  async restart(): Promise<void> {
    await this.#write('restart', 'done', {});
  }

  /** Gives it up as it is: whoever looks next may go on with it, though this process lives. */
  async release(): Promise<void> {
    const { id } = this.#completion;
    const params = { repository: this.#flow.repository.root, id: this.plan.item, completion: id };
    await askHub(
      this.#flow,
      takeCompletion,
      { ...params, from: ownIdentity(), to: { ...ownIdentity(), pid: 0 } },
      `${id} release ${randomUUID()}`,
    );
  }

  /** Closes it, and answers the item. */
  async end(outcome: ParamsOf<typeof endCompletion>['outcome']): Promise<Item> {
    const { id } = this.#completion;
    const params = { repository: this.#flow.repository.root, id: this.plan.item, completion: id, holder: ownIdentity(), outcome };
    return (await askHub(this.#flow, endCompletion, params, `${id} end ${randomUUID()}`)).item;
  }

  async #write(name: string, state: 'intent' | 'done', data: Data): Promise<void> {
    const { id } = this.#completion;
    const params = { repository: this.#flow.repository.root, id: this.plan.item, completion: id, holder: ownIdentity() };
    const step = { name, state, data };
    try {
      const asked = await askHub(this.#flow, recordStep, { ...params, step }, `${id} ${name} ${state} ${randomUUID()}`);
      this.#completion = asked.completion;
    } catch (error) {
      if (error instanceof Failure && error.reason === 'locked') throw new TakenOver('locked', error.message, { hint: error.hint });
      throw error;
    }
  }
}

/** How its work got into the target, as the item keeps it. */
export function mergedHow({ merge }: CompletionPlan): MergeHow | 'elsewhere' {
  return merge.kind === 'merge' ? merge.how : 'elsewhere';
}
