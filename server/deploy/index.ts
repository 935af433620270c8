import type { Health } from '../protocol/health.ts';
import { asFailure } from '../rpc/failure.ts';
import type { Registration } from '../rpc/router.ts';
import { authorityHandlers } from './authority/index.ts';
import { Changes } from './changes.ts';
import { fenced } from './fenced.ts';
import { deployHandlers } from './handlers.ts';
import { releaseOutput } from './output.ts';
import { type DeployOptions, Happenings, type Parts } from './parts.ts';
import { Queue } from './queue.ts';
import { deployerOf } from './reconcile/deployer.ts';
import { Reconciler, reconcileHandlers } from './reconcile/index.ts';
import { ownOwner } from './reconcile/owners.ts';
import type { DeploymentRecord } from './records.ts';
import { finishRemovals } from './remove.ts';
import { runtimeHandlers } from './runtime/index.ts';
import { Turns } from './turns.ts';

export { newDeploymentId } from './names.ts';
export { type DeploymentRecord, everLive, liveDeployment, readDeployment } from './records.ts';
export { matcherOf, pathsOf } from './where/paths.ts';

const buildsAtOnce = 2;

/** Everything the hub does about deployments. Nothing is connected and no timer runs while nothing is deployed. */
export class Deployments {
  readonly #parts: Parts;
  readonly #queue: Queue;
  readonly #changes: Changes;
  readonly #reconciler: Reconciler;
  readonly #busyListeners = new Set<() => void>();

  constructor(options: DeployOptions) {
    const happenings = new Happenings();
    this.#parts = {
      ...options,
      happenings,
      builds: new Turns(buildsAtOnce),
      engine: async (address, signal) => fenced(await options.engines.get(address, signal), options.fence),
      owner: () => options.store.read(ownOwner),
    };
    this.#changes = new Changes(options.notify, happenings);
    this.#queue = new Queue(this.#parts, () => {
      for (const listener of this.#busyListeners) listener();
      this.#reconciler.wake();
    });
    this.#reconciler = new Reconciler({
      ...options,
      deployer: { ...deployerOf(this.#parts, this.#queue), finishRemovals: () => finishRemovals(this.#parts) },
      notify: (project) => this.#changes.add(project),
    });
  }

  /** Goes on with what a hub before this one has left. */
  start(): void {
    void this.#queue.consider();
    this.#reconciler.start();
    finishRemovals(this.#parts).catch((error: unknown) =>
      this.#parts.log('error', 'removals cannot go on', { error: asFailure(error).message }),
    );
  }

  handlers(): Registration[] {
    return [
      ...deployHandlers(this.#parts, this.#queue),
      ...authorityHandlers(this.#parts),
      ...reconcileHandlers({ ...this.#parts, reconciler: this.#reconciler }),
      ...runtimeHandlers({ ...this.#parts, reconciler: this.#reconciler }),
    ];
  }

  /** How a live release is, as the reconciler has seen it. */
  healthOf(deployment: string): Health {
    return this.#reconciler.observations.healthOf(deployment);
  }

  /** The last lines of what a release's containers said, masked; empty when nobody can say. */
  output(record: DeploymentRecord, tail: number, signal: AbortSignal): Promise<string[]> {
    return releaseOutput(this.#parts, record, tail, signal);
  }

  /** Whether a deployment is worked on: the hub must not end by itself then. */
  get busy(): boolean {
    return this.#queue.busy;
  }

  onBusy(listener: () => void): void {
    this.#busyListeners.add(listener);
  }

  /** Leaves what is under way to the next hub; whoever follows is told. */
  async suspend(): Promise<void> {
    this.#parts.happenings.tell({ kind: 'suspended' });
    await this.#reconciler.stop();
    await this.#queue.suspend();
    this.#changes.close();
  }
}
