import { setTimeout as wait } from 'node:timers/promises';
import type { ReconcileAction } from '../../protocol/deployTypes.ts';
import type { HealthState } from '../../protocol/health.ts';
import { asFailure } from '../../rpc/failure.ts';
import type { Author } from '../../store/types.ts';
import type { Engine, EngineEvent } from '../engine/types.ts';
import { fenced } from '../fenced.ts';
import { label } from '../labels.ts';
import { type DeploymentRecord, liveDeployments, runningDeployments } from '../records.ts';
import { Backoff } from './backoff.ts';
import { endCrashLoops, noteCrash, recovered } from './crashes.ts';
import { EngineWatch } from './engineWatch.ts';
import { type EngineSight, lookAtEngine } from './look.ts';
import { Observations } from './observations.ts';
import { actionOf, type Problem, planReconcile } from './planReconcile.ts';
import { backoffKey, putRight, within } from './putRight.ts';
import type { HealthBook, ReconcilerOptions, Scope } from './types.ts';

export interface Reconciliation {
  readonly actions: ReconcileAction[];
  readonly problems: { environment: string; message: string }[];
}

/** A look soon after something was put right. */
const soon = 2_000;
/** Sooner than usual, in milliseconds: another look settles it, or somebody waits for it to come back. */
const lookAgainAfter: Partial<Record<HealthState, number>> = { pending: 5_000, down: 10_000 };
/** Milliseconds in which changes of the state are gathered. */
const gather = 50;

/**
 * Keeps what runs as the state says, for all projects of this home: looks at each engine on which something is or is coming (events wake it),
 * writes down how healthy it is, and puts right what differs. Without deployments it has no timer and no connection.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #now: () => number;
  readonly #observations: Observations;
  readonly #backoff = new Backoff();
  readonly #watches = new Map<string, EngineWatch>();
  /** One look at an engine at a time. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** Live releases by the engine's address, as of the last look at the state. */
  #live: ReadonlyMap<string, ReadonlyMap<string, DeploymentRecord>> = new Map();
  /** What was live or on its way at each engine then. */
  #known: ReadonlyMap<string, string> = new Map();
  /** What stands in the way of an engine's environments, as of the last look. */
  readonly #problems = new Map<string, readonly Problem[]>();
  #finishing: Promise<void> | undefined;
  #stopped = false;
  #started = false;
  #refreshing: Promise<void> = Promise.resolve();
  #refreshTimer: NodeJS.Timeout | undefined;
  #unlisten = () => {};
  readonly #author: Author;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#observations = new Observations(this.#now);
    this.#author = { actor: 'hub', correlationId: `reconcile-${process.pid}` };
  }

  get observations(): HealthBook {
    return this.#observations;
  }

  /** What stands in the way in an environment, in a sentence: its router does not answer, releases that the state does not know. */
  problemOf({ project, environment }: { readonly project: string; readonly environment: string }): string | undefined {
    const all = [...this.#problems.values()].flat();
    return all.find((each) => each.project === project && each.environment === environment)?.message;
  }

  start(): void {
    this.#started = true;
    // Whatever makes something live or takes it down is an event; many at once are one look at the state.
    this.#unlisten = this.#options.store.onAppended(() => {
      this.#refreshTimer ??= setTimeout(() => {
        this.#refreshTimer = undefined;
        this.wake();
      }, gather).unref();
    });
    this.wake();
  }

  /** Something became live, was taken down, or ended: looks at the state, and at the engines of which it says something else now. */
  wake(): void {
    if (!this.#started || this.#stopped) return;
    this.#refreshing = this.#refreshing.then(
      () => this.#refresh(),
      () => this.#refresh(),
    );
    this.#refreshing.catch((error) =>
      this.#options.log('warn', 'the reconciler could not read the state', { error: asFailure(error).message }),
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unlisten();
    clearTimeout(this.#refreshTimer);
    await this.#refreshing.catch(() => {});
    await Promise.all([...this.#watches.values()].map((watch) => watch.stop()));
    this.#watches.clear();
  }

  /** What would be done, for people; nothing is changed. */
  plan(scope: Scope, signal: AbortSignal): Promise<Reconciliation> {
    return this.#all(scope, signal, async (sight) => {
      const { steps, problems } = planReconcile(sight.picture);
      return { actions: steps.filter(within(scope)).map(actionOf), problems: problems.filter(within(scope)) };
    });
  }

  /** Puts right what differs, whatever was tried before: a crash loop gets another chance. */
  async run(scope: Scope, signal: AbortSignal, author: Author = this.#author): Promise<Reconciliation> {
    const looping = await this.#options.store.read((reader) =>
      liveDeployments(reader, scope.project).filter((each) => each.crashLoop && within(scope)({ record: each })),
    );
    // Without the key of the request: this is not its answer.
    const by = { actor: author.actor, correlationId: author.correlationId };
    await endCrashLoops(
      this.#options.store,
      by,
      looping.map(({ id }) => id),
    );
    await this.#finishRemovals();
    const done = await this.#all(scope, signal, async (sight, address) => {
      await this.#note(address, sight, signal);
      return putRight({ ...this.#options, backoff: this.#backoff }, sight, { scope, author: by, signal, patient: false });
    });
    this.wake();
    return done;
  }

  /** Resolves when each engine of a project's live releases was looked at once, or after so many milliseconds. */
  async looked(project: string, within: number, signal: AbortSignal): Promise<void> {
    const live = await this.#options.store.read((reader) => liveDeployments(reader, project));
    const addresses = new Set(live.map(({ engine }) => engine));
    const deadline = performance.now() + within;
    while ([...addresses].some((address) => !this.#observations.hasLooked(address))) {
      if (performance.now() > deadline || this.#stopped || !this.#started) return;
      await wait(25, undefined, { signal });
    }
  }

  /** Watches the engines on which something is or is coming, and no other. */
  async #refresh(): Promise<void> {
    const { live, open } = await this.#options.store.read((reader) => ({
      live: liveDeployments(reader),
      open: runningDeployments(reader),
    }));
    if (this.#stopped) return;
    const byEngine = new Map<string, Map<string, DeploymentRecord>>();
    for (const each of live) byEngine.set(each.engine, (byEngine.get(each.engine) ?? new Map()).set(each.id, each));
    this.#live = byEngine;
    this.#observations.keep(new Set(live.map(({ id }) => id)));
    const wanted = new Set([...live, ...open].map(({ engine }) => engine));
    const known = new Map([...wanted].map((address) => [address, signatureOf(address, live, open)]));
    const gone = [...this.#watches].filter(([address]) => !wanted.has(address));
    for (const [address] of gone) {
      this.#watches.delete(address);
      this.#problems.delete(address);
    }
    for (const address of wanted) {
      const watch = this.#watches.get(address);
      if (watch === undefined) this.#watches.set(address, this.#watch(address));
      else if (this.#known.get(address) !== known.get(address)) watch.wake(0);
    }
    this.#known = known;
    await Promise.all(gone.map(([, watch]) => watch.stop()));
  }

  #watch(address: string): EngineWatch {
    return new EngineWatch({
      address,
      get: (signal) => this.#options.engines.get(address, signal),
      look: (signal) => this.#tend(address, signal),
      heard: (event) => this.#heard(address, event),
      log: this.#options.log,
    });
  }

  #heard(address: string, { kind, action, labels, time }: EngineEvent): boolean {
    // Health commands are run in containers all the time.
    if (kind === 'container' && action.startsWith('exec_')) return false;
    if (labels[label.role] === 'claim') return true;
    const id = labels[label.deployment] ?? '';
    if (!this.#live.get(address)?.has(id)) return kind === 'network';
    if (kind === 'container' && action === 'die' && labels[label.role] === 'service') {
      const noted = noteCrash(this.#options.store, this.#author, id, time);
      noted.catch((error) =>
        this.#options.log('warn', 'a crash could not be written down', { deployment: id, error: asFailure(error).message }),
      );
    }
    return true;
  }

  /** One look of the watch: health, then what differs. Answers when the next one is due. */
  async #tend(address: string, signal: AbortSignal): Promise<number | undefined> {
    const { store, log } = this.#options;
    try {
      return await this.#inTurn(address, async () => {
        const sight = await this.#sight(address, signal);
        await this.#note(address, sight, signal);
        const ended = recovered(sight.picture.live, (id) => this.#observations.wellFor(id));
        await endCrashLoops(store, this.#author, ended);
        const { actions, problems } = await putRight({ ...this.#options, backoff: this.#backoff }, sight, {
          author: this.#author,
          signal,
          patient: true,
        });
        this.#problems.set(address, problems);
        this.#finishRemovals().catch((error) => log('warn', 'removals cannot go on', { error: asFailure(error).message }));
        if (actions.some(({ done }) => done === true)) return soon;
        const waiting = this.#backoff.wait(planReconcile(sight.picture).steps.map(backoffKey));
        const settling = sight.picture.live.flatMap(({ id }) => lookAgainAfter[this.#observations.healthOf(id).state] ?? []);
        const due = [...settling, ...(waiting === undefined ? [] : [Math.max(waiting, 100)])];
        return due.length === 0 ? undefined : Math.min(...due, 30_000);
      });
    } catch (error) {
      if (signal.aborted) return undefined;
      const { message, hint } = asFailure(error);
      log('info', 'the engine could not be looked at', { address, error: message });
      const live = [...(this.#live.get(address)?.values() ?? [])];
      const isNews = this.#observations.noteEngine(address, { message, hint });
      const isLost = this.#observations.lose(
        live.map(({ id }) => id),
        message,
      );
      if (isNews || isLost) for (const project of new Set(live.map(({ project }) => project))) this.#options.notify(project);
      return undefined;
    }
  }

  async #sight(address: string, signal: AbortSignal): Promise<EngineSight> {
    const { engines, store, deployer, fence, keys, home } = this.#options;
    const engine: Engine = fenced(await engines.get(address, signal), fence);
    return lookAtEngine(
      { engine, address, store, fence: fence.number, keys, home, isActive: (id) => deployer.isActive(id), now: this.#now },
      signal,
    );
  }

  async #note(address: string, sight: EngineSight, signal: AbortSignal): Promise<void> {
    const findings = await sight.health(signal);
    const changed = new Set<string>();
    for (const record of sight.picture.live) {
      const finding = findings.get(record.id);
      if (finding !== undefined && this.#observations.note(record.id, finding)) changed.add(record.project);
    }
    if (this.#observations.noteEngine(address)) for (const { project } of sight.picture.live) changed.add(project);
    for (const project of changed) this.#options.notify(project);
  }

  /** The same on every engine that a project has or had something on. */
  async #all(
    scope: Scope,
    signal: AbortSignal,
    each: (sight: EngineSight, address: string) => Promise<{ actions: ReconcileAction[]; problems: readonly Omit<Problem, 'project'>[] }>,
  ): Promise<Reconciliation> {
    const sql = 'select distinct engine, environment from deployments where project = ? order by engine, environment';
    const rows = await this.#options.store.read((reader) => reader.all<{ engine: string; environment: string }>(sql, [scope.project]));
    const wanted = rows.filter(({ environment }) => scope.environment === undefined || environment === scope.environment);
    const actions: ReconcileAction[] = [];
    const problems: { environment: string; message: string }[] = [];
    for (const address of new Set(wanted.map(({ engine }) => engine))) {
      try {
        const found = await this.#inTurn(address, async () => each(await this.#sight(address, signal), address));
        actions.push(...found.actions);
        problems.push(...found.problems.map(({ environment, message }) => ({ environment, message })));
      } catch (error) {
        signal.throwIfAborted();
        const { message } = asFailure(error);
        for (const { environment, engine } of wanted) if (engine === address) problems.push({ environment, message });
      }
    }
    return { actions, problems };
  }

  /** One at a time; whoever asks meanwhile waits for that. */
  #finishRemovals(): Promise<void> {
    this.#finishing ??= (this.#options.deployer.finishRemovals?.() ?? Promise.resolve()).finally(() => {
      this.#finishing = undefined;
    });
    return this.#finishing;
  }

  #inTurn<T>(address: string, task: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(address) ?? Promise.resolve()).then(task, task);
    this.#turns.set(address, turn);
    return turn;
  }
}

function signatureOf(address: string, ...lists: readonly (readonly DeploymentRecord[])[]): string {
  return lists
    .map((list) =>
      list
        .filter(({ engine }) => engine === address)
        .map(({ id }) => id)
        .join(),
    )
    .join(' ');
}
