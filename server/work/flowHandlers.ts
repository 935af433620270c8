import { inTurn } from '../git/index.ts';
import * as protocol from '../protocol/workFlow.ts';
import { handle, type Registration } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import { commitWork } from './commit.ts';
import { planCommit } from './commitPlan.ts';
import { completeItem } from './complete.ts';
import { planComplete } from './completePlan.ts';
import { readCurrent } from './current.ts';
import { deleteItem } from './deleteItem.ts';
import { type Flow, openFlow } from './flow.ts';
import { Reconciled, reconcileItems } from './reconcile.ts';
import { resumeCompletion } from './resume.ts';
import { startWork } from './start.ts';
import { planStart } from './startPlan.ts';

/** Handlers of work items and git together. What changes the repository takes its turn there as a whole. */
export function flowHandlers(services: Services): Registration[] {
  const seen = new Reconciled();
  const reading =
    <P extends { repository: string }, R>(answer: (flow: Flow, params: P) => Promise<R>) =>
    async (params: P, context: Flow['context']): Promise<R> =>
      answer(await openFlow(services, params.repository, context), params);
  const changing =
    <P extends { repository: string }, R>(answer: (flow: Flow, params: P) => Promise<R>) =>
    async (params: P, context: Flow['context']): Promise<R> => {
      const { repository } = await openFlow(services, params.repository, context);
      // Read again when it is our turn: HEAD may have moved before.
      return inTurn(repository, async () => answer(await openFlow(services, params.repository, context), params));
    };
  return [
    handle(protocol.current, reading(readCurrent)),
    handle(protocol.startPlan, reading(planStart)),
    handle(protocol.start, changing(startWork)),
    handle(
      protocol.reconcile,
      reading((flow) => reconcileItems(flow, seen)),
    ),
    handle(protocol.deleteItem, changing(deleteItem)),
    handle(protocol.commitPlan, reading(planCommit)),
    handle(protocol.commit, changing(commitWork)),
    handle(protocol.completePlan, reading(planComplete)),
    handle(protocol.complete, changing(completeItem)),
    handle(protocol.resume, changing(resumeCompletion)),
  ];
}
