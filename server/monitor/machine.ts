import type { MonitorSettings, MonitorState } from '../protocol/monitorTypes.ts';

/** How a monitor is, by everything that was seen of it so far. Survives the hub (`monitor_states`). */
export interface Status {
  /** `unobserved` is never kept: it is how a state is shown that nobody has looked at for a while. */
  readonly state: Exclude<MonitorState, 'unobserved'>;
  /** Milliseconds since the epoch: since when it is in that state. */
  readonly since: number;
  /** The last state that was no `pending`: what people were told. */
  readonly settled: Exclude<MonitorState, 'unobserved' | 'pending'>;
  /** Since when that: a retry that succeeds is no end of being up. */
  readonly settledSince: number;
  /** In a row. */
  readonly failures: number;
  readonly successes: number;
  /** Why it is not up. */
  readonly message: string | null;
}

/** What one look says: up, down, or nothing (`ok: null`). */
export interface Sighting {
  readonly ok: boolean | null;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly message: string | null;
  /** A maintenance window is open. */
  readonly maintenance: boolean;
  /** One is enough, whatever the thresholds say: somebody called in, or nobody did. */
  readonly final?: boolean;
}

/** From one settled state to another. */
export interface Step {
  readonly from: Status['settled'];
  readonly to: Status['settled'];
}

export type Thresholds = Pick<MonitorSettings, 'failures' | 'successes'>;

export const nothingKnown = (time: number): Status => ({
  state: 'unknown',
  since: time,
  settled: 'unknown',
  settledSince: time,
  failures: 0,
  successes: 0,
  message: null,
});

/**
 * The state after one look. `step` is there when a settled state has changed: that is what is kept as a change and may be told; retries
 * (`pending`) come and go in silence. A look that says nothing changes nothing.
 */
export function advance(before: Status, { failures, successes }: Thresholds, seen: Sighting): { status: Status; step?: Step } {
  const { time, message } = seen;
  if (seen.maintenance) {
    if (before.state === 'maintenance') return { status: before };
    return settle(before, 'maintenance', { time, message: null, failures: 0, successes: 0 });
  }
  if (seen.ok === null) return { status: before };
  if (seen.ok) {
    // Counted no further than it matters: what does not change need not be written.
    const row = Math.min(before.successes + 1, successes);
    if (before.settled === 'down' && row < successes && seen.final !== true) return { status: { ...before, successes: row, failures: 0 } };
    return settle(before, 'up', { time, message: null, failures: 0, successes: row });
  }
  const row = Math.min(before.failures + 1, failures);
  if (row >= failures || seen.final === true || before.settled === 'down') {
    return settle(before, 'down', { time, message, failures: Math.max(row, before.settled === 'down' ? failures : row), successes: 0 });
  }
  const since = before.state === 'pending' ? before.since : time;
  const { settled, settledSince } = before;
  return { status: { state: 'pending', since, settled, settledSince, failures: row, successes: 0, message } };
}

/** By hand: nobody looks any more, or somebody does again. */
export function setAside(before: Status, state: 'paused' | 'unknown', time: number): { status: Status; step?: Step } {
  return settle(before, state, { time, message: null, failures: 0, successes: 0 });
}

/** After a gap of our own (sleep, a stopped process) failures in a row begin anew. */
export function afterGap(before: Status): Status {
  if (before.state !== 'pending') return before;
  return { ...before, failures: 0 };
}

function settle(
  before: Status,
  state: Status['settled'],
  { time, ...rest }: { time: number; message: string | null; failures: number; successes: number },
): { status: Status; step?: Step } {
  const since = before.settled === state ? before.settledSince : time;
  const status: Status = { state, settled: state, since, settledSince: since, ...rest };
  return before.settled === state ? { status } : { status, step: { from: before.settled, to: state } };
}

/** Whether it is looked at again sooner than usual: a verdict is near. */
export function isUnsettled(status: Status): boolean {
  return status.state === 'pending' || (status.state === 'down' && status.successes > 0);
}
