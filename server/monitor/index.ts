import type { HearthConfig } from '../config/index.ts';
import type { Health } from '../protocol/health.ts';
import { asFailure } from '../rpc/failure.ts';
import type { Registration } from '../rpc/router.ts';
import type { Reader, Transaction } from '../store/types.ts';
import { applyMonitors } from './apply.ts';
import { MonitorChanges } from './changes.ts';
import { editHandlers } from './editHandlers.ts';
import { type MonitorHost, rowsOf } from './host.ts';
import { lookHandlers } from './lookHandlers.ts';
import { maintenanceHandlers } from './maintenance/handlers.ts';
import type { MonitorParts } from './parts.ts';
import { PushTokens } from './pushTokens.ts';
import { reportHandlers } from './report/handlers.ts';
import { worstOf } from './rows.ts';
import { showHandlers } from './showHandlers.ts';
import { shownHealth } from './shown.ts';
import { type PushReport, Watch } from './watch.ts';

export type { MonitorParts } from './parts.ts';
export { worseOf } from './rows.ts';

/** Beats that travel with a row that changed. */
const toldBeats = 30;
/** Milliseconds in which changes of the state are gathered. */
const gather = 50;

/** Everything the hub does about monitors. Nothing is looked at and no timer runs while nothing is watched. */
export class Monitors {
  readonly #parts: MonitorParts;
  readonly #watch: Watch;
  readonly #changes: MonitorChanges;
  readonly #host: MonitorHost;
  #known = '';
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #unlisten = () => {};

  constructor(parts: MonitorParts) {
    this.#parts = parts;
    const tell: MonitorHost['tell'] = (project, change) => this.#changes.add(project, change);
    this.#watch = new Watch(parts, tell);
    this.#host = { parts, watch: this.#watch, tokens: new PushTokens(parts.store), tell };
    this.#changes = new MonitorChanges({
      ...{ notify: (definition, params) => parts.notify(definition, params), clock: this.#watch.clock, log: parts.log },
      rows: (ids) =>
        parts.store.read((reader) =>
          rowsOf(
            this.#host,
            reader,
            ids.flatMap((id) => this.#watch.get(id) ?? []),
            toldBeats,
          ),
        ),
    });
  }

  /** Begins to look, where a hub before this one has stopped. */
  start(): void {
    // *Apply*, a restore, another client: whatever changes what is watched is an event, or comes with one.
    this.#unlisten = this.#parts.store.onAppended(() => {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#follow();
      }, gather).unref();
    });
    this.#follow();
  }

  /** Makes the monitors of a project those of the configuration that is being applied, in the same change. */
  apply(transaction: Transaction, project: string, config: HearthConfig): void {
    applyMonitors(transaction, project, config, (...happened) => this.#parts.consequences.draw(...happened));
  }

  handlers(): Registration[] {
    const all = [showHandlers, editHandlers, lookHandlers, maintenanceHandlers, reportHandlers];
    return all.flatMap((make) => make(this.#host));
  }

  /** The worst of the monitors of a service in an environment, of those that belong to no environment when none is named; undefined: it has none. */
  healthOf(_reader: Reader, project: string, service: string, environment?: string): Health | undefined {
    const watch = this.#watch;
    const lives = watch
      .of(project)
      .filter(({ record }) => record.service === service && record.environment === (environment ?? null) && record.orphan === null);
    return worstOf(lives.map((live) => shownHealth(watch.seen(live))));
  }

  /** Somebody calls in for a push monitor; false when no monitor has that token, or it is not looked at. */
  async push(token: string, report: PushReport): Promise<boolean> {
    await this.#watch.ready();
    const lives = [...this.#watch.projects].flatMap((project) => this.#watch.of(project));
    const candidates = lives.filter(({ active, record }) => active && record.check.kind === 'push');
    const id = await this.#host.tokens.find(
      token,
      candidates.map(({ record }) => record.id),
    );
    const live = id === undefined ? undefined : this.#watch.get(id);
    if (live === undefined) return false;
    await this.#watch.called(live, report);
    return true;
  }

  activity(): { active: number; behind: number } {
    return this.#watch.activity();
  }

  /** The deployer sees something of the project in another way: monitors that look through its eyes look again. */
  deploymentsChanged(project: string): void {
    this.#watch
      .deploymentsChanged(project)
      .catch((error: unknown) => this.#parts.log('warn', 'deployments could not be read', { error: asFailure(error).message }));
  }

  /** Resolves when everything that was seen is written. */
  flush(): Promise<void> {
    return this.#watch.keeper.flush();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#unlisten();
    clearTimeout(this.#timer);
    this.#changes.close();
    await this.#watch.stop();
  }

  /** Takes over what is kept when it is not what was taken over last. */
  #follow(): void {
    if (this.#stopped) return;
    this.#parts.store
      .read(signatureOf)
      .then(async (signature) => {
        if (signature === this.#known || this.#stopped) return;
        this.#known = signature;
        await this.#watch.refresh();
      })
      .catch((error: unknown) => this.#parts.log('error', 'monitors could not be read', { error: asFailure(error).message }));
  }
}

/** Says whether monitors, applied configurations or windows changed. */
function signatureOf(reader: Reader): string {
  return JSON.stringify([
    reader.get('select count(*) as n, total(updated) as sum, max(updated) as last from monitors'),
    reader.get('select count(*) as n, total(time) as sum from applied_configs'),
    reader.get('select count(*) as n, total(ends) as sum from maintenance_windows'),
  ]);
}
