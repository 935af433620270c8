import type { Service } from '../../config/hearthTypes.ts';
import type { DeploymentDetail, PlanStep, Remark } from '../../protocol/deployTypes.ts';
import type { Failure } from '../../rpc/failure.ts';
import type { Maker } from '../containers.ts';
import type { ContainerRow, Engine } from '../engine/types.ts';
import type { Operation } from '../operation.ts';
import type { Parts } from '../parts.ts';
import type { Finding } from '../reconcile/observations.ts';
import type { DeploymentRecord } from '../records.ts';
import type { Wanted } from '../wanted.ts';

/**
 * What is particular to a kind of service: how it is planned, brought up, switched to, taken back, watched and taken down. The order of things,
 * the journal, locks, phases, cancelling and records are the same for all (`course.ts`). Each act goes through `operation.step`, looks first what
 * is there, and may be done again by another hub.
 */
export interface Kind extends Planner {
  /** Phase `building`: gets what is made live (an image, the files of a site, the images of a stack). */
  obtain(operation: Operation): Promise<void>;
  /** Phases `deploying` and `health-check`: makes the new version, and sees that it is well as far as that can be seen before the switch. */
  bringUp(operation: Operation): Promise<void>;
  /** Phase `switching`: people get the new version, and it was seen. */
  switchOver(operation: Operation): Promise<void>;
  /** It is live: the old one finishes. Rejects with `Unhealthy` when the new one does not stay well; the old one is still there then. */
  drain(operation: Operation, old: DeploymentRecord | undefined): Promise<void>;
  /** Removes what serves no more; what a rollback needs stays. */
  retire(operation: Operation, old: DeploymentRecord | undefined): Promise<void>;
  /** It did not become live: everything as it was, `previous` serves. Fine when nothing was done yet. */
  putBack(operation: Operation, previous: DeploymentRecord | undefined, showOutput: boolean, signal: AbortSignal): Promise<void>;
  /** It was live and is no good: `previous` serves again. */
  goBack(operation: Operation, previous: DeploymentRecord, signal: AbortSignal): Promise<void>;
  /** Keeps what the last releases need; the rest goes. */
  retain(operation: Operation): Promise<void>;
  /** Takes a release down that was live: nothing of it serves. Volumes and kept releases stay. */
  takeDown(maker: Maker, record: DeploymentRecord, parts: Parts, signal: AbortSignal): Promise<void>;
  /** Why that release cannot be gone back to; undefined: it can. */
  backProblem(parts: Parts, target: DeploymentRecord, signal: AbortSignal): Promise<Failure | undefined>;
  /** What is there of it now, for people. */
  present(parts: Parts, record: DeploymentRecord, signal: AbortSignal): Promise<Present>;
  /** How a live release is, and what is wrong with it that `heal` can put right. Containers are looked at by the reconciler itself. */
  look?(sight: Sight, record: DeploymentRecord, signal: AbortSignal): Promise<{ readonly finding: Finding; readonly wrong?: string }>;
  /** Makes a live release as it was deployed. */
  heal?(sight: Sight, record: DeploymentRecord, signal: AbortSignal): Promise<void>;
}

/** What the reconciler has at hand. */
export type Sight = Maker & Pick<Parts, 'store' | 'keys' | 'home'>;

export interface Present {
  readonly containers: DeploymentDetail['containers'];
  readonly site?: NonNullable<DeploymentDetail['site']>;
  readonly stack?: NonNullable<DeploymentDetail['stack']>;
}

export interface Planner {
  /** Names what the release is made of: the image's tag, or the commit and what makes files or services of it. Part of the hash of the release. */
  identity(wanted: Wanted, service: Service, owner: string): string;
  /** Whether that is there already. */
  isThere(engine: Engine, identity: string, service: Service, signal: AbortSignal): Promise<boolean>;
  /** What happens, a sentence each; and what it costs where it is not without a gap. */
  tell(told: Telling): { readonly steps: string[]; readonly downtime?: string };
  /** Whether the live release runs as it should: then deploying the same again changes nothing. */
  runs(live: DeploymentRecord, facts: PlanFacts, signal: AbortSignal): Promise<boolean>;
  /** What is in the way, what needs a yes, what to know. */
  remarks(parts: Parts, wanted: Wanted, service: Service, facts: PlanFacts, step: PlanStep, signal: AbortSignal): Promise<Remarks>;
}

export interface PlanFacts {
  readonly engine: Engine;
  readonly owner: string;
  /** What any Hearth has under the names of the environment. */
  readonly rows: readonly ContainerRow[];
}

export interface Telling {
  readonly wanted: Wanted;
  readonly service: Service;
  readonly identity: string;
  readonly isThere: boolean;
  /** Something serves now. */
  readonly replaces: boolean;
}

export interface Remarks {
  readonly warnings?: readonly Remark[];
  readonly confirmations?: readonly Remark[];
  readonly blockers?: readonly Remark[];
}
