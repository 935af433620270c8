import { EventEmitter } from 'vscode';
import { listServices } from '../../server/protocol/catalog.ts';
import { difference } from '../../server/protocol/config.ts';
import { changed as deploymentsChanged } from '../../server/protocol/deploy.ts';
import { gone, status as hubStatus } from '../../server/protocol/hub.ts';
import { type Incident, listIncidents } from '../../server/protocol/incident.ts';
import type { ParamsOf, ResultOf } from '../../server/protocol/message.ts';
import { listMonitors, monitorChanged } from '../../server/protocol/monitor.ts';
import type { MonitorRow } from '../../server/protocol/monitorTypes.ts';
import { placed } from '../../server/protocol/where.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure, type RequestFailure } from '../ui/failure.ts';

export type Service = ResultOf<typeof listServices>['services'][number];

/** Services, monitors and open incidents of a repository's project. */
export interface Watched {
  /** The id; absent when the repository has no project yet. */
  readonly project: string | undefined;
  readonly services: readonly Service[];
  readonly cycles: readonly (readonly string[])[];
  /** Worst first. */
  readonly monitors: readonly MonitorRow[];
  /** Monitors that there are beside those. */
  readonly more: number;
  readonly incidents: readonly Incident[];
  /** HEAD has a `hearth.yaml`, and nothing of it was ever applied. */
  readonly unapplied: boolean;
}

/** Changes come in bursts; and what is asked is not small (ms). */
const wait = { quiet: 150, between: 1000 };
/** Of each monitor: what a row has room for. */
const shownBeats = 12;
const mostMonitors = 1000;
const mostIncidents = 200;

/**
 * How services are, per repository that somebody asked about: one answer for the view and the status item. To ask starts the hub, so a
 * repository is asked unbidden only when something of it is live or a hub runs anyway.
 */
export class ServiceStates extends Registered {
  readonly #shell: Shell;
  readonly #known = new Map<string, Watched>();
  readonly #asking = new Map<string, Promise<Watched>>();
  /** Rows that came while a repository was being asked about: its answer may be older than they are. */
  readonly #news = new Map<string, Map<string, MonitorRow>>();
  readonly #failures = new Map<string, RequestFailure>();
  readonly #due = new Set<string>();
  readonly #looked = new Set<string>();
  readonly #changed = this.register(new EventEmitter<string>());
  #timer: NodeJS.Timeout | undefined;
  #asked = Number.NEGATIVE_INFINITY;
  #stopped = false;
  /** Another answer, or another failure, for that repository. */
  readonly onDidChange = this.#changed.event;

  constructor(shell: Shell) {
    super();
    this.#shell = shell;
    this.register(shell.server.on(monitorChanged, (news) => this.#onChanged(news)));
    // What is deployed is part of how a service is, and of which services there are.
    this.register(shell.server.on(deploymentsChanged, ({ project }) => this.#later(this.#rootsOf(project))));
    this.register(shell.server.on(gone, ({ why }) => this.#onGone(why)));
    this.register(shell.server.onDidStart(() => this.#later([...this.#known.keys(), ...this.#failures.keys()])));
    this.register(shell.repositories.onDidChange(() => void this.#onRepositories()));
    this.register(
      shell.repositories.onDidMove(({ repository, what }) => {
        // Another commit may be the first one with a hearth.yaml.
        if (what.includes('head') && this.#known.get(repository)?.services.length === 0) this.#later([repository]);
      }),
    );
    this.register({ dispose: () => clearTimeout(this.#timer) });
  }

  /** The last answer. */
  of(root: string): Watched | undefined {
    return this.#known.get(root);
  }

  /** The last answer, also while another one is on its way; asks when there is none. Rejects when the last question was not answered. */
  get(root: string): Promise<Watched> {
    const failure = this.#failures.get(root);
    if (failure !== undefined) return Promise.reject(failure);
    const known = this.#known.get(root);
    return known === undefined ? (this.#asking.get(root) ?? this.ask(root)) : Promise.resolve(known);
  }

  /** Asks again; starts the hub when it does not run. */
  ask(root: string): Promise<Watched> {
    this.#stopped = false;
    this.#due.delete(root);
    this.#news.set(root, new Map());
    this.#asked = performance.now();
    const asked: Promise<Watched> = this.#read(root).then(
      (answer) => {
        const fresh = withRows(answer, [...(this.#news.get(root)?.values() ?? [])]);
        if (this.#ends(root, asked)) this.#keep(root, fresh);
        return fresh;
      },
      (error: unknown) => {
        if (this.#ends(root, asked)) this.#fail(root, asRequestFailure(error));
        throw error;
      },
    );
    this.#asking.set(root, asked);
    return asked;
  }

  /** The hub was stopped by somebody: nothing is asked until the user, or another action, starts it again. */
  get stopped(): boolean {
    return this.#stopped;
  }

  async #read(repository: string): Promise<Watched> {
    const { server } = this.#shell;
    const [{ project, services, cycles }, { monitors, total }, { incidents }] = await Promise.all([
      server.send(listServices, { repository }),
      server.send(listMonitors, { repository, beats: shownBeats, limit: mostMonitors }),
      server.send(listIncidents, { repository, open: true, limit: mostIncidents }),
    ]);
    const empty = services.length === 0 && monitors.length === 0;
    const config = empty ? await server.send(difference, { repository }).catch(() => undefined) : undefined;
    const unapplied = config?.found === true && config.applied === undefined;
    return { project, services, cycles, monitors, more: Math.max(0, total - monitors.length), incidents, unapplied };
  }

  /** Whether it was the last question about that repository. */
  #ends(root: string, asked: Promise<Watched>): boolean {
    if (this.#asking.get(root) !== asked) return false;
    this.#asking.delete(root);
    this.#news.delete(root);
    this.#later([]);
    return true;
  }

  #fail(root: string, failure: RequestFailure): void {
    if (failure.reason === 'cancelled') return;
    this.#shell.log.debug(`How services are is not known for ${root}: ${failure.message}`);
    this.#failures.set(root, failure);
    this.#changed.fire(root);
  }

  #keep(root: string, answer: Watched): void {
    const same = !this.#failures.delete(root) && factsOf(this.#known.get(root)) === factsOf(answer);
    this.#known.set(root, answer);
    if (!same) this.#changed.fire(root);
  }

  /** Whether something is live, or a hub runs, is known without starting one. */
  async #onRepositories(): Promise<void> {
    const unknown = this.#shell.repositories.all
      .map(({ root }) => root)
      .filter((root) => !this.#known.has(root) && !this.#looked.has(root));
    if (unknown.length === 0) return;
    for (const root of unknown) this.#looked.add(root);
    const running = await this.#shell.server.send(hubStatus, {}).then(
      ({ state }) => state === 'running',
      () => false,
    );
    const wanted = await Promise.all(unknown.map(async (root) => running || (await this.#isLive(root))));
    this.#later(unknown.filter((_, at) => wanted[at]));
  }

  async #isLive(repository: string): Promise<boolean> {
    try {
      return (await this.#shell.server.send(placed, { repository, commits: [] })).releases.length > 0;
    } catch {
      this.#looked.delete(repository);
      return false;
    }
  }

  #rootsOf(project: string): string[] {
    return [...this.#known].filter(([, { project: of }]) => of === undefined || of === project).map(([root]) => root);
  }

  /** Rows that travel with the news are shown at once; the rest is asked for. */
  #onChanged({ project, monitors }: ParamsOf<typeof monitorChanged>): void {
    this.#stopped = false;
    const known = this.#rootsOf(project);
    for (const root of known) {
      const before = this.#known.get(root);
      if (before === undefined || monitors.length === 0 || before.project !== project) continue;
      for (const row of monitors) this.#news.get(root)?.set(row.id, row);
      this.#keep(root, withRows(before, monitors));
    }
    // The project may be one of this window that nobody has asked about yet.
    const unknown = this.#shell.repositories.all.map(({ root }) => root).filter((root) => !this.#known.has(root));
    this.#later([...known, ...unknown]);
  }

  #onGone(why: ParamsOf<typeof gone>['why']): void {
    if (why === 'stopped' || why === 'reload-needed') {
      this.#stopped = true;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      for (const root of this.#known.keys()) this.#changed.fire(root);
    } else this.#later([...this.#known.keys()]);
  }

  #later(roots: readonly string[]): void {
    for (const root of roots) this.#due.add(root);
    // A timer that runs is not put off: while something flaps changes never end.
    if (this.#timer !== undefined || this.#due.size === 0 || this.#stopped) return;
    const pause = Math.max(wait.quiet, this.#asked + wait.between - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const shown = new Set(this.#shell.repositories.all.map(({ root }) => root));
      for (const root of this.#due) {
        // One question at a time: what happened meanwhile is asked when it is answered.
        if (this.#asking.has(root)) continue;
        this.#due.delete(root);
        if (shown.has(root)) this.ask(root).catch(() => {});
      }
    }, pause);
  }
}

/** The answer with some rows as they are by now. */
function withRows(answer: Watched, rows: readonly MonitorRow[]): Watched {
  if (rows.length === 0) return answer;
  const fresh = new Map(rows.map((row) => [row.id, row]));
  return { ...answer, monitors: answer.monitors.map((row) => fresh.get(row.id) ?? row) };
}

/** What a person would see of it: that somebody looked again is no news. */
function factsOf(answer: Watched | undefined): string {
  return JSON.stringify(answer, (key, value: unknown) => (key === 'checked' ? undefined : value)) ?? '';
}
