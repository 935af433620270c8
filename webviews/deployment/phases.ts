import type { DeploymentDetail, Phase } from './messages.ts';

/** The way of a deployment in its order; what it ends in instead of `live` is added behind. */
const way: readonly Phase[] = ['queued', 'preparing', 'building', 'deploying', 'health-check', 'switching', 'draining', 'live'];

/** `skipped`: was not needed. `stopped`: it did not get further. `ahead`: comes yet. `never`: will not come any more. */
export type StepState = 'done' | 'current' | 'skipped' | 'stopped' | 'ahead' | 'never';

export interface Step {
  readonly phase: Phase;
  readonly state: StepState;
  /** How long it took, or has taken until now; absent for what was not gone through. */
  readonly milliseconds?: number;
}

const names: Readonly<Record<Phase, string>> = {
  queued: 'Queued',
  preparing: 'Preparing',
  building: 'Building',
  deploying: 'Deploying',
  'health-check': 'Health check',
  switching: 'Switching',
  draining: 'Draining',
  live: 'Live',
  failed: 'Failed',
  'rolled-back': 'Rolled back',
  canceled: 'Canceled',
  superseded: 'Superseded',
  interrupted: 'Interrupted',
};

export function phaseName(phase: Phase): string {
  return names[phase];
}

/** The steps of a deployment as a line: what it went through with the time each took, where it is, what comes. */
export function stepsOf({ phase, state, phaseTimes }: Pick<DeploymentDetail, 'phase' | 'state' | 'phaseTimes'>, now: number): Step[] {
  // A live one still drains what was before it.
  const running = state === 'running' || (state === 'live' && phase !== 'live');
  const reached = Math.max(-1, ...phaseTimes.map((each) => way.indexOf(each.phase)));
  const lived = way.includes(phase) && !running;
  const steps = way.map((each, index): Step => {
    const spent = spentIn(each, phaseTimes, now);
    const time = spent === undefined || each === 'live' ? {} : { milliseconds: spent };
    if (running && each === phase) return { phase: each, state: 'current', ...time };
    if (spent !== undefined || (each === 'live' && lived)) {
      const stopped = !running && !lived && index === reached;
      return { phase: each, state: stopped ? 'stopped' : 'done', ...time };
    }
    if (index < reached || lived) return { phase: each, state: 'skipped' };
    return { phase: each, state: running ? 'ahead' : 'never' };
  });
  if (way.includes(phase)) return steps;
  return [...steps.filter((each) => each.state !== 'never'), { phase, state: running ? 'current' : 'stopped' }];
}

/** A phase may be entered again after an interruption: what all its times add up to. */
function spentIn(phase: Phase, times: DeploymentDetail['phaseTimes'], now: number): number | undefined {
  const own = times.filter((each) => each.phase === phase);
  if (own.length === 0) return undefined;
  return own.reduce((sum, { started, ended }) => sum + Math.max(0, (ended ?? now) - started), 0);
}
