import type { Keys } from '../environment/index.ts';
import type { ProjectOf } from '../project/index.ts';
import type { LogLine } from '../protocol/deployTypes.ts';
import type { Health } from '../protocol/health.ts';
import type { NotificationDefinition, ParamsOf } from '../protocol/message.ts';
import type { Log } from '../rpc/log.ts';
import type { Services } from '../services.ts';
import type { Fence, Reader, StateStore } from '../store/types.ts';
import type { Engine } from './engine/types.ts';
import type { DeploymentRecord, ServiceKey } from './records.ts';
import type { Turns } from './turns.ts';

/** What deployments are made with. */
export interface DeployOptions {
  readonly store: StateStore;
  readonly projectOf: ProjectOf;
  readonly repositories: Services['repositories'];
  readonly engines: { get(address: string, signal: AbortSignal): Promise<Engine> };
  readonly keys: Keys;
  readonly fence: Fence;
  readonly home: string;
  readonly log: Log;
  /** What people are told of the health of a live release, where others than the deployer look at it too. */
  healthSeen?(key: ServiceKey, deployed: Health, reader: Reader): Health;
  /** Tells every client. */
  notify<D extends NotificationDefinition>(definition: D, params: ParamsOf<D>): void;
}

/** What happens to deployments, for those who follow them. */
export type Happening =
  | { readonly kind: 'changed'; readonly record: DeploymentRecord; readonly progress: string | null }
  | { readonly kind: 'line'; readonly record: DeploymentRecord; readonly line: LogLine }
  /** This hub ends; the next one goes on. */
  | { readonly kind: 'suspended' };

export interface Parts extends DeployOptions {
  /** Engines that check the fence before they change anything. */
  engine(address: string, signal: AbortSignal): Promise<Engine>;
  /** `ownerId` of the store. */
  owner(): Promise<string>;
  readonly happenings: Happenings;
  readonly builds: Turns;
}

/** Who follows, and what they are told. */
export class Happenings {
  readonly #listeners = new Set<(happening: Happening) => void>();

  /** Returns the way to stop. */
  listen(listener: (happening: Happening) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(happening: Happening): void {
    for (const listener of this.#listeners) listener(happening);
  }
}
