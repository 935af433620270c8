import { ownIdentity } from '../hub/identity.ts';
import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import { type Completion, completions, endCompletion, takeCompletion } from '../protocol/work.ts';
import type * as protocol from '../protocol/workFlow.ts';
import { asFailure, Failure } from '../rpc/failure.ts';
import { finishRun, linkMerges, takeBack, takeGitBack } from './complete.ts';
import { CompletionRun, TakenOver } from './completion.ts';
import { isInterrupted } from './completionJournal.ts';
import { HalfDone, type Outcome, runSteps } from './completionSteps.ts';
import { Moved } from './completionTraces.ts';
import { askHub, type Flow, showItem, uncancelled } from './flow.ts';

/** Finishes or undoes a Merge & Complete whose process is gone. */
export async function resumeCompletion(
  flow: Flow,
  { id, action }: ParamsOf<typeof protocol.resume>,
): Promise<ResultOf<typeof protocol.resume>> {
  const { repository } = flow;
  const open = (await askHub(flow, completions, { repository: repository.root }, 'completions')).completions.find(
    ({ item }) => item === id,
  );
  if (open === undefined) {
    throw new Failure('not-found', `There is no interrupted Merge & Complete of #${id}.`, { hint: 'It was finished or undone already.' });
  }
  // Requests of one repository take turns: what this process holds, it is not at work on.
  if (!isInterrupted(open.holder) && !isOwn(open.holder)) {
    const { pid, host } = open.holder;
    throw new Failure('locked', `Process ${pid} on ${host} carries out the Merge & Complete of #${id}.`, {
      hint: 'Wait until it has ended; on another machine it can only be ended there.',
    });
  }
  if (open.plan['redone'] === true) return giveUp(flow, open);
  const run = await CompletionRun.take(flow, open);
  try {
    return await (action === 'undo' ? undo(flow, run) : finish(flow, run));
  } catch (error) {
    const back = uncancelled(flow);
    if (!(error instanceof TakenOver))
      await run
        .through(back)
        .release()
        .catch(() => {});
    const { reason, message, hint, detail } = asFailure(error);
    throw new Failure(reason, message, {
      hint: `${hint === undefined ? '' : `${hint} `}It is still open: finish or undo it later.`,
      detail,
      cause: error,
    });
  }
}

function isOwn({ pid, startTime, bootId, pidNamespace }: Completion['holder']): boolean {
  const here = ownIdentity();
  return pid === here.pid && startTime === here.startTime && bootId === here.bootId && pidNamespace === here.pidNamespace;
}

async function undo(flow: Flow, run: CompletionRun): Promise<ResultOf<typeof protocol.resume>> {
  await takeBack(flow, run);
  return { item: await showItem(flow, run.plan.item, 'undone'), outcome: 'undone' };
}

async function goOn(flow: Flow, run: CompletionRun): Promise<Outcome> {
  try {
    return await runSteps(flow, run);
  } catch (error) {
    if (!(error instanceof HalfDone)) throw error;
    // Git was stopped in the middle: from the beginning, on ground that is clean again.
    await takeGitBack(flow, run);
    await run.restart();
    return runSteps(flow, run);
  }
}

/** It only wrote down what a redo had done already: the next reconcile does that again. */
async function giveUp(flow: Flow, { id, item, holder: from }: Completion): Promise<ResultOf<typeof protocol.resume>> {
  const holder = ownIdentity();
  const own = { repository: flow.repository.root, id: item, completion: id };
  await askHub(flow, takeCompletion, { ...own, from, to: holder }, 'take');
  const ended = await askHub(flow, endCompletion, { ...own, holder, outcome: { kind: 'undone' } }, 'give up');
  return { item: ended.item, outcome: 'undone' };
}

async function finish(flow: Flow, run: CompletionRun): Promise<ResultOf<typeof protocol.resume>> {
  let outcome: Outcome;
  try {
    outcome = await goOn(flow, run);
  } catch (error) {
    // Nothing was merged yet, and the plan is for branches that are elsewhere by now.
    if (error instanceof Moved) return undo(flow, run);
    throw error;
  }
  await linkMerges(flow, run.plan, outcome);
  const { item, commit } = await finishRun(flow, run, outcome);
  return { item, outcome: 'completed', ...(commit === undefined ? {} : { commit }) };
}
