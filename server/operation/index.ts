import type { ProjectOf } from '../project/index.ts';
import * as protocol from '../protocol/operation.ts';
import { inDomain, type Log } from '../rpc/log.ts';
import { handle, type Registration, type Timing } from '../rpc/router.ts';
import { storeInfo } from '../store/info.ts';
import type { Store } from '../store/store.ts';
import { version } from '../version.ts';
import type { HttpAnswers } from './httpServer.ts';
import type { LogCount } from './hubLog.ts';
import { aboutOf } from './logAbout.ts';
import { countErrors, searchLog } from './logSearch.ts';
import { storedFacts } from './metricFacts.ts';
import { metricsText } from './metrics.ts';
import { MetricsServer } from './metricsServer.ts';
import { ProcessWatch } from './processFacts.ts';
import type { SettingsFile } from './settings.ts';

/** What the operation of a hub needs to know of it. */
export interface OperationHost {
  /** In the foreground (`hearth serve`): metrics are served unless told otherwise. */
  readonly serving: boolean;
  readonly settings: SettingsFile;
  /** Of the command line; 0: nowhere. */
  readonly metricsPort: number | undefined;
  /** Lines of the log since the hub started. */
  counts(): LogCount[];
  /** Requests since the hub started. */
  requests(): Timing[];
}

interface OperationOptions extends OperationHost {
  readonly home: string;
  readonly store: Store;
  readonly projectOf: ProjectOf;
  readonly log: Log;
  readonly monitors: {
    push: HttpAnswers['push'];
    /** Monitors that are looked at, and those whose next look is overdue. */
    activity(): { readonly active: number; readonly behind: number };
  };
}

const defaultPort = 9797;
const hour = 3_600_000;

/** How the hub itself does: its log, its metrics over HTTP. Nothing listens unless settings or the command line say so, or it serves. */
export class Operation {
  readonly #options: OperationOptions;
  readonly #server: MetricsServer;
  readonly #process = new ProcessWatch();
  readonly #started = Date.now();

  constructor(options: OperationOptions) {
    this.#options = options;
    const { home, log, serving, metricsPort, settings, monitors } = options;
    this.#server = new MetricsServer({
      home,
      port: metricsPort ?? settings.settings.metrics?.port ?? (serving ? defaultPort : 0),
      log: inDomain(log, 'operation'),
      answers: {
        metrics: () => this.#metrics(),
        health: () => this.#health(),
        push: (token, report) => monitors.push(token, report),
      },
    });
  }

  start(): void {
    this.#server.start();
  }

  /** Where metrics, health and push monitors are served; undefined while they are not. */
  address(): string | undefined {
    return this.#server.served?.url;
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }

  handlers(): Registration[] {
    const { home, store, projectOf, monitors } = this.#options;
    return [
      handle(protocol.logs, async ({ repository, item, deployment, limit, ...filter }, context) => {
        const project = repository === undefined ? undefined : await projectOf.id(repository, context);
        const about = await store.read((reader) => aboutOf(reader, { project, item, deployment }));
        return searchLog(
          home,
          { ...filter, about },
          limit,
          (lines) => context.emit({ lines: lines.map((line) => ({ ...line, fields: { ...line.fields } })) }),
          context.signal,
        );
      }),
      handle(protocol.operationStatus, async (_, { signal }) => {
        const { size } = await storeInfo(store);
        const { active, behind } = monitors.activity();
        const messages = await store.read((reader) =>
          reader.all<{ state: string; count: number }>('select state, count(*) as count from outbox group by state'),
        );
        const count = (...states: string[]) => messages.reduce((sum, row) => sum + (states.includes(row.state) ? row.count : 0), 0);
        return {
          metrics: this.#server.served,
          problem: this.#server.problem,
          store: { bytes: size.database, journal: size.journals },
          monitors: { active, behind },
          outbox: { waiting: count('waiting', 'sending'), dead: count('dead', 'uncertain') },
          errors: await countErrors(home, Date.now() - hour, signal),
        };
      }),
    ];
  }

  async #metrics(): Promise<string> {
    const { store, monitors, counts, requests } = this.#options;
    const [stored, { size, position }, process] = await Promise.all([
      store.read((reader) => storedFacts(reader, Date.now())),
      storeInfo(store),
      this.#process.look(),
    ]);
    return metricsText({
      ...{ stored, process, logs: counts(), requests: requests(), monitoring: monitors.activity() },
      store: { sizes: size, position },
    });
  }

  /** The store answers, or the hub is of no use. What is watched does not matter here: that is what metrics are for. */
  async #health(): Promise<{ ok: boolean } & Record<string, unknown>> {
    const { store, monitors } = this.#options;
    const facts = { version, uptime: Math.round((Date.now() - this.#started) / 1000), monitors: monitors.activity() };
    try {
      await store.read((reader) => reader.get('select 1 as one'));
      return { ok: true, ...facts, store: { position: store.position, schema: store.schema } };
    } catch (error) {
      return { ok: false, ...facts, problem: (error as Error).message };
    }
  }
}
