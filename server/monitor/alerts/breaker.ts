import type { Reader, Transaction } from '../../store/types.ts';
import { longestAsked, mostFailures, restAfter } from './backoff.ts';

/** How a channel does: a row of `channels`. Times are milliseconds since the epoch. */
export interface ChannelState {
  /** In a row. */
  readonly failures: number;
  /** It rests until then: too many failures, or the other side has asked for it. */
  readonly openUntil: number | null;
  readonly lastSent: number | null;
  readonly lastError: string | null;
}

const untried: ChannelState = { failures: 0, openUntil: null, lastSent: null, lastError: null };

export function readChannel(reader: Reader, project: string, name: string): ChannelState {
  return (
    reader.get<ChannelState & Record<string, string | number | null>>(
      `select failures, open_until as "openUntil", last_sent as "lastSent", last_error as "lastError" from channels
       where project = ? and name = ?`,
      [project, name],
    ) ?? untried
  );
}

/** As the contract says it. Half open: the next message tries whether it goes again. */
export function breakerOf(
  { failures, openUntil }: ChannelState,
  now: number,
): { state: 'closed' | 'open' | 'half-open'; failures: number; until: number | null } {
  const resting = openUntil !== null && openUntil > now;
  const state = failures < mostFailures ? 'closed' : resting ? 'open' : 'half-open';
  return { state, failures, until: resting ? openUntil : null };
}

export function noteSent(transaction: Transaction, project: string, name: string): void {
  write(transaction, project, name, { failures: 0, openUntil: null, lastSent: transaction.now, lastError: null });
}

/** `asked`: how long the other side wants to be left alone, in milliseconds; that is no failure, and obeyed for a day at most. */
export function noteFailure(
  transaction: Transaction,
  project: string,
  name: string,
  { error, asked }: { error: string; asked?: number | undefined },
): void {
  const before = readChannel(transaction, project, name);
  const failures = asked === undefined ? before.failures + 1 : before.failures;
  const rest = asked === undefined ? restAfter(failures) : Math.min(asked, longestAsked);
  write(transaction, project, name, { ...before, failures, openUntil: rest > 0 ? transaction.now + rest : null, lastError: error });
}

/** Somebody says that it works now: it is tried at once. */
export function closeBreaker(transaction: Transaction, project: string, name: string): void {
  transaction.run('update channels set failures = 0, open_until = null where project = ? and name = ?', [project, name]);
}

function write(transaction: Transaction, project: string, name: string, { failures, openUntil, lastSent, lastError }: ChannelState): void {
  transaction.run(
    `insert into channels (project, name, failures, open_until, last_sent, last_error) values (?, ?, ?, ?, ?, ?)
     on conflict (project, name) do update set failures = excluded.failures, open_until = excluded.open_until,
     last_sent = excluded.last_sent, last_error = excluded.last_error`,
    [project, name, failures, openUntil, lastSent, lastError],
  );
}
