import { type CancellationToken, CancellationTokenSource, type WebviewPanel } from 'vscode';
import { showService } from '../../server/protocol/catalog.ts';
import { type Incident, listIncidents } from '../../server/protocol/incident.ts';
import { history, listMonitors, pauseMonitor, showMonitor, testMonitor } from '../../server/protocol/monitor.ts';
import {
  firstSpan,
  type Loaded,
  type Past,
  type Service,
  type ServiceContract,
  type ServiceTarget,
  type Shown,
  type Span,
} from '../../webviews/service/messages.ts';
import type { Shell } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import type { PanelHandlers } from '../ui/panelHost.ts';
import { LivePanel } from './servicePanelBase.ts';
import { runOutside } from './servicePanelRun.ts';

/** Monitors of a service that are listed at first; all of them when the user asks. */
const firstMonitors = 100;
const incidentsShown = 20;
const day = 86_400_000;
const hour = 3_600_000;
/** More points than a chart has pixels say nothing. */
const mostBeats = 3000;

const spanTimes: Readonly<Record<Span, number>> = { '24h': day, '7d': 7 * day, '30d': 30 * day, '1y': 365 * day };

interface Wanted {
  readonly monitor?: string;
  readonly all?: boolean;
  readonly span?: Span;
}

/** One service panel: what its page asks is answered here. */
export class ServicePanel extends LivePanel<ServiceTarget, ServiceContract> {
  /** What is asked while the page still loads, and about which monitor. */
  #early: { readonly monitor: string | undefined; readonly loaded: Promise<Loaded> } | undefined;
  #service: string | undefined;

  constructor(shell: Shell, panel: WebviewPanel, target: ServiceTarget) {
    super(shell, panel, target);
    panel.title = 'service' in target ? target.service : target.monitor;
    const loaded = this.#load({ span: firstSpan }, new CancellationTokenSource().token);
    // Whoever asks hears of it.
    loaded.catch(() => {});
    this.#early = { monitor: target.monitor, loaded };
    this.show({ bundle: 'service', title: 'Hearth: service', handlers: this.#handlers(), changes: ['pause'] });
  }

  shows(target: ServiceTarget): boolean {
    const own = this.target;
    if (own.repository !== target.repository) return false;
    if ('service' in target) return ('service' in own ? own.service : this.#service) === target.service;
    return 'service' in own ? false : own.monitor === target.monitor;
  }

  #handlers(): PanelHandlers<ServiceContract> {
    const { server } = this.shell;
    const { repository } = this.target;
    return {
      load: async (wanted, { token }) => {
        const { monitor = this.target.monitor, all, span } = wanted;
        const early = this.#early;
        this.#early = undefined;
        const same = monitor === early?.monitor && all !== true && span === firstSpan;
        return (same ? early?.loaded : undefined) ?? this.#load(wanted, token);
      },
      history: ({ monitor, span, interval }, { token }) => this.#history(monitor, span, interval, token),
      test: ({ monitor }, { token }) => server.send(testMonitor, { repository, monitor }, { token }),
      pause: async ({ monitors, paused }) => {
        await server.send(pauseMonitor, { repository, monitors: [...monitors], paused });
        return null;
      },
      // Answered at once: its questions may stay open while the page is hidden and unloaded.
      run: (what) => {
        void runOutside(this.shell, { repository, ...(this.#service === undefined ? {} : { service: this.#service }) }, what);
        return null;
      },
    };
  }

  async #load(wanted: Wanted, token: CancellationToken): Promise<Loaded> {
    const loaded = await this.#loadAll(wanted, token);
    const { shown } = loaded;
    const { span } = wanted;
    if (span === undefined || shown === null) return loaded;
    return { ...loaded, past: await this.#history(shown.monitor.id, span, shown.monitor.settings.interval, token) };
  }

  async #loadAll({ monitor, all }: Wanted, token: CancellationToken): Promise<Loaded> {
    const { server } = this.shell;
    const { target } = this;
    const { repository } = target;
    const wanted = monitor ?? target.monitor;
    if (!('service' in target)) {
      const shown = await server.send(showMonitor, { repository, monitor: wanted ?? target.monitor }, { token });
      const service = shown.monitor.service ?? undefined;
      if (service === undefined) return this.#named(shown.monitor.name, await this.#alone(shown, token));
      return this.#named(service, await this.#ofService(service, shown.monitor.id, all, token));
    }
    return this.#named(target.service, await this.#ofService(target.service, wanted, all, token));
  }

  #named(name: string, rest: Omit<Loaded, 'name'>): Loaded {
    this.panel.title = name;
    return { name, ...rest };
  }

  /** A monitor that belongs to no service. */
  async #alone(shown: Shown, token: CancellationToken): Promise<Omit<Loaded, 'name'>> {
    const { repository } = this.target;
    const { incidents } = await this.shell.server.send(listIncidents, { repository, limit: 200 }, { token });
    const own = incidents.filter(({ monitors }) => monitors.some(({ id }) => id === shown.monitor.id));
    return { service: null, monitors: [shown.row], total: 1, shown, incidents: own.slice(0, incidentsShown) };
  }

  async #ofService(
    service: string,
    wanted: string | undefined,
    all: boolean | undefined,
    token: CancellationToken,
  ): Promise<Omit<Loaded, 'name'>> {
    const { server } = this.shell;
    const { repository } = this.target;
    this.#service = service;
    const limit = all === true ? 5000 : firstMonitors;
    const [entry, { monitors, total, project }, incidents] = await Promise.all([
      this.#entry(service, token),
      server.send(listMonitors, { repository, service, beats: 30, limit }, { token }),
      this.#incidents(service, token),
    ]);
    this.project = project;
    const chosen = wanted ?? monitors[0]?.id;
    const shown = chosen === undefined ? null : await this.#shown(chosen, monitors[0]?.id, token);
    if (entry === null && shown === null) throw unknownService(service);
    return { service: entry, monitors, total, shown, incidents };
  }

  /** Null where the catalog does not have it: its monitors and incidents may be there all the same. */
  async #entry(name: string, token: CancellationToken): Promise<Service | null> {
    const { repository } = this.target;
    return this.shell.server.send(showService, { repository, name }, { token }).catch((error: unknown) => nullWhenUnknown(error));
  }

  async #incidents(service: string, token: CancellationToken): Promise<Incident[]> {
    const { repository } = this.target;
    return (await this.shell.server.send(listIncidents, { repository, service, limit: incidentsShown }, { token })).incidents;
  }

  /** The chosen monitor; the worst one when that was removed. */
  async #shown(chosen: string, worst: string | undefined, token: CancellationToken): Promise<Shown | null> {
    const { repository } = this.target;
    const ask = (monitor: string) => this.shell.server.send(showMonitor, { repository, monitor }, { token }).catch(nullWhenUnknown);
    const shown = await ask(chosen);
    return shown === null && worst !== undefined && worst !== chosen ? ask(worst) : shown;
  }

  async #history(monitor: string, span: Span, interval: number, token: CancellationToken): Promise<Past> {
    const to = Date.now();
    const from = to - spanTimes[span];
    const beats = span === '24h' && day / interval <= mostBeats;
    const resolution = beats ? 'beat' : span === '1y' ? 'day' : 'hour';
    const { repository } = this.target;
    const columns = await this.shell.server.send(history, { repository, monitor, from, to, resolution }, { token });
    return { ...columns, span, from, to, row: beats ? 0 : span === '1y' ? day : hour };
  }
}

function nullWhenUnknown(error: unknown): null {
  if (error instanceof RequestFailure && error.reason === 'not-found') return null;
  throw error;
}

function unknownService(name: string): RequestFailure {
  return new RequestFailure('not-found', `There is no service ${name}.`, 'Apply hearth.yaml, or add it in the Services view.');
}
