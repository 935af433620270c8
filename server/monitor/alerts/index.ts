import type { HearthConfig } from '../../config/hearthTypes.ts';
import type { Keys } from '../../environment/index.ts';
import type { ProjectOf } from '../../project/index.ts';
import type { NotificationDefinition, ParamsOf } from '../../protocol/message.ts';
import { monitorChanged } from '../../protocol/monitor.ts';
import type { Log } from '../../rpc/log.ts';
import type { Registration } from '../../rpc/router.ts';
import type { Fence, StateStore, Transaction } from '../../store/types.ts';
import { type Clock, realClock } from '../clock.ts';
import { type IncidentParts, incidentHandlers } from '../incidents/handlers.ts';
import type { Consequences, Happening } from '../types.ts';
import { AppliedConfigs } from './appliedConfigs.ts';
import { DeploymentNews } from './deploymentNews.ts';
import { drawConsequences } from './draw.ts';
import { notifyHandlers } from './handlers.ts';
import { Pump, type PumpParts } from './pump.ts';

export interface AlertOptions extends Pick<IncidentParts, 'suspectsOf'>, Pick<PumpParts, 'random' | 'senders'> {
  readonly store: StateStore;
  readonly projectOf: ProjectOf;
  readonly fence: Fence;
  readonly keys: Keys;
  readonly log: Log;
  readonly clock?: Clock;
  readonly configs?: Pick<AppliedConfigs, 'of'>;
  /** Tells every client. */
  notify<D extends NotificationDefinition>(definition: D, params: ParamsOf<D>): void;
}

/** Clients are told at most twice a second. */
const pause = 500;

/** Everything the hub does about incidents and notifications. No timer runs while nothing waits. */
export class Alerts implements Consequences {
  readonly configs: Pick<AppliedConfigs, 'of'>;
  readonly #options: AlertOptions;
  readonly #clock: Clock;
  readonly #pump: Pump;
  readonly #news: DeploymentNews;
  readonly #changed = new Set<string>();
  #telling: (() => void) | undefined;

  constructor(options: AlertOptions) {
    const { store, clock = realClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.configs = options.configs ?? new AppliedConfigs(store);
    this.#pump = new Pump({ ...options, clock, configs: this.configs, changed: (project) => this.#tell(project) });
    this.#news = new DeploymentNews({ store, log: options.log, configs: this.configs, told: (project) => this.wake(project) });
  }

  /** Goes on with what a hub before this one has left. */
  start(): void {
    this.#pump.start();
    this.#news.start();
  }

  draw(transaction: Transaction, config: HearthConfig | undefined, happening: Happening): void {
    drawConsequences(transaction, config, happening);
  }

  wake(project: string): void {
    this.#pump.wake();
    this.#tell(project);
  }

  handlers(): Registration[] {
    const { store, projectOf, keys, suspectsOf } = this.#options;
    const shared = {
      store,
      projectOf,
      configs: this.configs,
      wake: (project: string) => this.wake(project),
      now: () => this.#clock.wall(),
    };
    return [
      ...notifyHandlers({ ...shared, keys, pump: this.#pump }),
      ...incidentHandlers({ ...shared, ...(suspectsOf === undefined ? {} : { suspectsOf }) }),
    ];
  }

  async stop(): Promise<void> {
    await this.#news.stop();
    await this.#pump.stop();
    this.#telling?.();
    this.#telling = undefined;
    this.#tellNow();
  }

  /** At once, then with pauses in which changes are gathered. */
  #tell(project: string): void {
    this.#changed.add(project);
    if (this.#telling !== undefined) return;
    this.#tellNow();
    this.#telling = this.#clock.timer(pause, () => {
      this.#telling = undefined;
      for (const each of this.#changed) this.#tell(each);
    });
  }

  #tellNow(): void {
    for (const project of this.#changed) this.#options.notify(monitorChanged, { project, monitors: [], incidents: true, list: false });
    this.#changed.clear();
  }
}
