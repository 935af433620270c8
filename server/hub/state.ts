import type { Log } from '../rpc/log.ts';
import type { Registration } from '../rpc/router.ts';
import type { Owner } from './owner.ts';

/** The state of the home, open: what answers its requests, and the way to close it. */
export interface State {
  readonly registrations: readonly Registration[];
  /** Called after each durable change with the last sequence of the event log. */
  onAppended(listener: (last: number) => void): void;
  /** Writes a snapshot; nothing changes any more. */
  close(): Promise<void>;
}

/** What the state needs to know of its hub. */
export interface StateHost {
  readonly home: string;
  readonly owner: Owner;
  readonly log: Log;
  /** The store can promise nothing any more (the disk, or another owner): the hub ends without another answer. */
  failed(error: unknown): void;
}

/** Opens the store under this owner's fence. Rejects with the sentence that says why not. */
export async function openState(_host: StateHost): Promise<State> {
  return { registrations: [], onAppended: () => {}, close: async () => {} };
}
