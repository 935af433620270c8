import type { HearthConfig } from '../config/index.ts';
import type { Health } from '../protocol/health.ts';
import type { Certificate, Check, MonitorSettings, MonitorState } from '../protocol/monitorTypes.ts';
import type { Transaction } from '../store/types.ts';

/** A row of `monitors`. Times are milliseconds since the epoch. */
export interface MonitorRecord {
  readonly id: string;
  /** The id. */
  readonly project: string;
  readonly name: string;
  readonly service: string | null;
  readonly environment: string | null;
  readonly source: 'file' | 'manual';
  readonly check: Check;
  readonly settings: MonitorSettings;
  readonly paused: boolean;
  readonly orphan: number | null;
  readonly created: number;
  readonly updated: number;
}

/** What one look found. `ok: null` says nothing of what is watched: the fault was our own, or it cannot be looked at from here. */
export interface CheckResult {
  readonly ok: boolean | null;
  readonly milliseconds: number | null;
  /** Why not, in one sentence that names what was found and what was wanted: `status 500, wanted 200`. */
  readonly message: string | null;
  /** What was found, for a person: `HTTP 200 · 12 kB`. */
  readonly found: string;
  readonly phases: readonly { readonly name: string; readonly milliseconds: number }[];
  readonly assertions: readonly { readonly expression: string; readonly ok: boolean; readonly actual: string }[];
  readonly certificate: Certificate | null;
  /** The other side answered in some way: a connection, a refusal, a status. Absent: nobody can say. */
  readonly reached?: boolean;
}

/** What a check may use beside its own description. */
export interface CheckHost {
  readonly signal: AbortSignal;
  /** Value of a secret of the monitor's environment; undefined when nobody has set it. */
  secret(name: string): string | undefined;
  /** Health of the monitor's service as the deployer sees it; undefined when it is not deployed. */
  deployed(): Health | undefined;
  /** Where a command runs, and whether it may. */
  readonly folder: string | undefined;
  readonly trusted: boolean;
}

/** A monitor went from one state to another; given to incidents and alerts in the transaction that writes it down. */
export interface Transition {
  readonly monitor: MonitorRecord;
  readonly from: MonitorState;
  readonly to: MonitorState;
  readonly time: number;
  readonly message: string | null;
}

/** What happened to a monitor that somebody may have to be told of. */
export type Happening =
  | { readonly kind: 'transition'; readonly transition: Transition }
  /** It is still down, and it is time to say so again. */
  | { readonly kind: 'reminder'; readonly monitor: MonitorRecord; readonly since: number; readonly message: string | null }
  /** A threshold (21, 14 or 7 days) was crossed, once for each certificate. */
  | { readonly kind: 'certificate'; readonly monitor: MonitorRecord; readonly certificate: Certificate; readonly days: number };

/** Incidents and alerts: called in the same transaction as the change, so that a kill leaves both or none. */
export interface Consequences {
  /** `config` is the applied one; undefined when nothing is applied. */
  draw(transaction: Transaction, config: HearthConfig | undefined, happening: Happening): void;
  /** After the transaction is durable. */
  wake(project: string): void;
}
