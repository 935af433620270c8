import type { Keys } from '../environment/index.ts';
import type { ProjectOf } from '../project/index.ts';
import type { Health } from '../protocol/health.ts';
import type { NotificationDefinition, ParamsOf } from '../protocol/message.ts';
import type { Log } from '../rpc/log.ts';
import type { StateStore } from '../store/types.ts';
import type { runCheck } from './checks/index.ts';
import type { Clock } from './clock.ts';
import type { Outside } from './schedule/connectivity.ts';
import type { Consequences } from './types.ts';

/** What monitors are made with. */
export interface MonitorParts {
  readonly store: StateStore;
  readonly projectOf: ProjectOf;
  readonly keys: Keys;
  readonly log: Log;
  /** Tells every client. */
  notify<D extends NotificationDefinition>(definition: D, params: ParamsOf<D>): void;
  /** Incidents and alerts. */
  readonly consequences: Consequences;
  /** How a live release is, as the deployer sees it. */
  deployedHealth(deployment: string): Health;
  /** Where push monitors are called, `http://127.0.0.1:9797`; undefined when nothing listens. */
  pushAddress(): string | undefined;
  /** Given by tests. */
  readonly clock?: Clock;
  readonly check?: typeof runCheck;
  readonly outside?: Outside;
}
