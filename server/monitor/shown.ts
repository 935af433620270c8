import type { Health, HealthState } from '../protocol/health.ts';
import type { MonitorState } from '../protocol/monitorTypes.ts';
import type { Status } from './machine.ts';
import type { MonitorRecord } from './types.ts';

/** What is needed to say how a monitor is now. */
export interface Seen {
  readonly record: Pick<MonitorRecord, 'settings' | 'check' | 'paused' | 'orphan'>;
  readonly status: Status;
  /** When somebody looked last and saw something, milliseconds since the epoch. */
  readonly checked: number | null;
  /** How long ago that is, by a clock that does not jump. */
  readonly age: number | null;
  /** Why the last look said nothing. */
  readonly note: string | null;
  /** A maintenance window is open. */
  readonly maintenance: boolean;
}

/** How it is, for people: what nobody has looked at for a while is `unobserved`, whatever it was. */
export function shownState({ record, status, checked, age, note, maintenance }: Seen): MonitorState {
  if (record.paused || record.orphan !== null) return 'paused';
  if (maintenance) return 'maintenance';
  // Nobody has looked since it is watched (again).
  const never = age === null || (status.state === 'unknown' && (checked ?? 0) < status.since);
  if (never) return note === null ? 'unknown' : 'unobserved';
  return age > staleAfter(record) ? 'unobserved' : status.state;
}

/** Two looks were missed. */
function staleAfter({ settings, check }: Seen['record']): number {
  const { interval, retryInterval, timeout } = settings;
  const grace = check.kind === 'push' ? check.grace : 0;
  return 2 * Math.max(interval, retryInterval) + timeout + grace + 5000;
}

export function healthOfState(state: MonitorState): HealthState {
  return state === 'up' ? 'healthy' : state;
}

export function shownHealth(seen: Seen): Health {
  const state = shownState(seen);
  const { status, checked, note } = seen;
  const message = state === 'unobserved' ? (note ?? 'Nobody has looked for a while.') : state === 'up' ? null : status.message;
  return {
    state: healthOfState(state),
    since: state === 'unobserved' ? (checked ?? status.since) : status.since,
    ...(checked === null ? {} : { checked }),
    ...(message === null ? {} : { message }),
  };
}
