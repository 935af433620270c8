import { monitorChanged } from '../protocol/monitor.ts';
import type { MonitorRow } from '../protocol/monitorTypes.ts';
import { asFailure } from '../rpc/failure.ts';
import type { Clock } from './clock.ts';
import type { MonitorParts } from './parts.ts';

/** Clients are told at most twice a second of each project. */
const pause = 500;
/** More rows do not travel: whoever shows more asks. */
const mostRows = 200;

interface Waiting {
  readonly monitors: Set<string>;
  list: boolean;
}

interface ChangesOptions {
  readonly notify: MonitorParts['notify'];
  readonly clock: Clock;
  readonly log: MonitorParts['log'];
  /** Rows of these monitors as they are now; those that are gone are left out. */
  rows(ids: readonly string[]): Promise<MonitorRow[]>;
}

/** Tells clients what changed: at once, then with pauses in which changes are gathered. No timer when nothing happens. */
export class MonitorChanges {
  readonly #options: ChangesOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #resting = new Map<string, () => void>();
  #closed = false;

  constructor(options: ChangesOptions) {
    this.#options = options;
  }

  add(project: string, { monitor, list = false }: { monitor?: string; list?: boolean }): void {
    if (this.#closed) return;
    const waiting = this.#waiting.get(project) ?? { monitors: new Set<string>(), list: false };
    this.#waiting.set(project, waiting);
    if (monitor !== undefined) waiting.monitors.add(monitor);
    waiting.list ||= list;
    if (!this.#resting.has(project)) this.#tell(project);
  }

  close(): void {
    this.#closed = true;
    for (const stop of this.#resting.values()) stop();
    this.#resting.clear();
  }

  #tell(project: string): void {
    const waiting = this.#waiting.get(project);
    if (waiting === undefined) return;
    this.#waiting.delete(project);
    const stop = this.#options.clock.timer(pause, () => {
      this.#resting.delete(project);
      this.#tell(project);
    });
    this.#resting.set(project, stop);
    const { monitors, list } = waiting;
    this.#options.rows([...monitors].slice(0, mostRows)).then(
      (rows) => this.#options.notify(monitorChanged, { project, monitors: rows, list, incidents: false }),
      (error: unknown) => this.#options.log('warn', 'clients could not be told of monitors', { error: asFailure(error).message }),
    );
  }
}
