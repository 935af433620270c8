import type { Keys } from '../../environment/index.ts';
import type { ProjectOf } from '../../project/index.ts';
import type { Health } from '../../protocol/health.ts';
import type { Log } from '../../rpc/log.ts';
import type { Fence, StateStore } from '../../store/types.ts';
import type { Engine } from '../engine/types.ts';
import type { DeployOptions } from '../parts.ts';
import type { DeploymentRecord } from '../records.ts';
import type { Reconciler } from './reconciler.ts';

/** What the reconciler lets the deployer do. */
export interface Deployer {
  /** Whether this process works on that deployment now (queued counts): its service is left alone. */
  isActive(deployment: string): boolean;
  /** Takes an interrupted one up again, or fails it and brings back what served; resolves when that has begun. */
  resume(deployment: string): Promise<void>;
  /** Ends one that makes no progress; what served goes on serving. */
  fail(deployment: string, reason: string): Promise<void>;
  /** Makes and starts one replica (from 0) of a live release as it was deployed, under its own name. Does not wait for health. */
  createReplica(record: DeploymentRecord, replica: number, engine: Engine, signal: AbortSignal): Promise<void>;
  /** Takes up removals that could not finish: the engine or the router was away. Does not reject for one that cannot finish now either. */
  finishRemovals?(): Promise<void>;
}

export interface ReconcilerOptions {
  readonly store: StateStore;
  readonly engines: { get(address: string, signal: AbortSignal): Promise<Engine> };
  readonly deployer: Deployer;
  readonly fence: Fence;
  readonly keys: Keys;
  readonly home: string;
  readonly log: Log;
  /** Health or crash loop of something of that project (its id) changed. */
  notify(project: string): void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** What is limited to a project, and maybe to one of its environments. */
export interface Scope {
  /** The id. */
  readonly project: string;
  readonly environment?: string | undefined;
}

/** How an engine was when somebody looked last. */
export interface EngineLook {
  /** When it answered last; null: it never has. */
  readonly observed: number | null;
  readonly problem?: string;
  readonly hint?: string;
}

/** What is known of the health of live releases, by the id of the deployment. Kept in memory: a new hub has not looked yet. */
export interface HealthBook {
  healthOf(deployment: string): Health;
  engine(address: string): EngineLook;
}

/** What the handlers of this part are made with. */
export interface ReconcileHost {
  readonly projectOf: ProjectOf;
  readonly store: StateStore;
  readonly reconciler: Reconciler;
  readonly engines: ReconcilerOptions['engines'];
  readonly fence: Fence;
  readonly home: string;
  readonly healthSeen?: DeployOptions['healthSeen'];
}
