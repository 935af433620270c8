import type { ReconcileAction } from '../../protocol/deployTypes.ts';
import { asFailure } from '../../rpc/failure.ts';
import type { Author } from '../../store/types.ts';
import type { DeploymentRecord } from '../records.ts';
import { act } from './act.ts';
import type { Backoff } from './backoff.ts';
import { noteCrash } from './crashes.ts';
import type { EngineSight } from './look.ts';
import { keyOf } from './picture.ts';
import { actionOf, type Problem, planReconcile, type Step } from './planReconcile.ts';
import type { ReconcilerOptions, Scope } from './types.ts';

interface Hands extends ReconcilerOptions {
  readonly backoff: Backoff;
}

/**
 * Does what an engine's sight calls for, one after the other. What fails is told with its reason and does not keep the rest from being done;
 * `patient`: what was tried a short while ago waits.
 */
export async function putRight(
  { store, deployer, fence, keys, home, log, notify, backoff }: Hands,
  { engine, picture, problems: seen }: EngineSight,
  { scope, author, signal, patient }: { scope?: Scope; author: Author; signal: AbortSignal; patient: boolean },
): Promise<{ actions: ReconcileAction[]; problems: Problem[] }> {
  const { steps, problems } = planReconcile(picture);
  const actions: ReconcileAction[] = [];
  const touched = new Set<string>();
  for (const step of steps) {
    const key = backoffKey(step);
    if (scope !== undefined && !within(scope)(step)) continue;
    if (patient && !backoff.allows(key)) continue;
    backoff.attempted(key);
    const action = actionOf(step);
    try {
      const done = await act({ store, engine, deployer, fence, keys, home, signal, ...author }, step);
      actions.push({ ...action, done });
      if (done) log('info', 'put right', { ...action });
      if (done) touched.add('record' in step ? step.record.project : step.place.project);
      if (done && (step.kind === 'start' || step.kind === 'recreate')) await noteCrash(store, author, step.record.id, picture.now);
    } catch (error) {
      signal.throwIfAborted();
      const { message, hint, reason } = asFailure(error);
      log('warn', 'could not be put right', { ...action, error: message, reason });
      actions.push({ ...action, done: false, problem: hint === undefined ? message : `${message} ${hint}` });
      if (reason === 'locked') break;
    }
  }
  for (const project of touched) notify(project);
  return { actions, problems: [...seen, ...problems].filter(within(scope)) };
}

/** Whether a step or problem belongs to what was asked for. */
export function within(scope: Scope | undefined): (each: Step | Problem | { record: DeploymentRecord }) => boolean {
  return (each) => {
    if (scope === undefined) return true;
    const place = 'record' in each ? each.record : 'place' in each ? each.place : each;
    return place.project === scope.project && (scope.environment === undefined || place.environment === scope.environment);
  };
}

/** What is tried again only after a pause is the same trouble when it has the same key. */
export function backoffKey(step: Step): string {
  switch (step.kind) {
    case 'remove-orphan':
    case 'unlock':
      return `${step.kind} ${step.row.id}`;
    // One that cannot be started is made anew: the same trouble.
    case 'start':
    case 'recreate':
      return `heal ${step.record.id} ${step.replica}`;
    case 'stop':
    case 'network':
      return `${step.kind} ${step.row.id}`;
    default:
      return `${step.kind} ${keyOf(step.record)} ${step.record.id}`;
  }
}
