import { liveDeployment } from '../deploy/index.ts';
import type { Beat } from '../protocol/monitorTypes.ts';
import { asFailure, Failure } from '../rpc/failure.ts';
import { hostOf } from './checks/index.ts';
import { type Clock, realClock } from './clock.ts';
import { letterOf } from './history/beats.ts';
import { lastBeats } from './history/hours.ts';
import { Keeper } from './keeper.ts';
import { Live } from './live.ts';
import { lookOnce, nothingSeen } from './look.ts';
import { afterGap, isUnsettled } from './machine.ts';
import { Calendar } from './maintenance/calendar.ts';
import { manualWindows } from './maintenance/windows.ts';
import type { MonitorParts } from './parts.ts';
import { AppliedConfigs } from './projects.ts';
import { allMonitors, readStates, type StateRecord } from './records.ts';
import { Scheduler } from './schedule/scheduler.ts';
import type { Seen } from './shown.ts';
import type { CheckResult, MonitorRecord } from './types.ts';
import { remoteHost, Witness } from './witness.ts';

/** Rows show so many beats at most. */
const shownBeats = 100;
/** A jump of the clock that is shorter than this is none, in milliseconds. */
const shortestJump = 5000;
/** So many other hosts are asked when one of them does not answer, and not more often than this (ms): they may be silent too. */
const witnesses = 3;
const askOthersEvery = 15_000;

/** No job is believed to have taken longer, in milliseconds. */
const longestTime = 7 * 86_400_000;

/** What somebody told a push monitor. */
export interface PushReport {
  readonly ok: boolean;
  readonly message?: string | undefined;
  readonly milliseconds?: number | undefined;
}

/** Looks at everything that is watched, and knows by heart how it is. No timer and nothing read while nothing is watched. */
export class Watch {
  readonly #parts: MonitorParts;
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly configs: AppliedConfigs;
  readonly keeper: Keeper;
  readonly #scheduler: Scheduler;
  readonly #witness: Witness;
  readonly #lives = new Map<string, Live>();
  readonly #abort = new AbortController();
  readonly #looks = new Set<Promise<unknown>>();
  readonly #tell: (project: string, change: { monitor?: string; list?: boolean }) => void;
  #refreshing: Promise<void> = Promise.resolve();
  #ready = false;
  /** Wall clock minus monotonic clock, as it was last. */
  #offset: number;
  #askedOthers = Number.NEGATIVE_INFINITY;

  constructor(parts: MonitorParts, tell: (project: string, change: { monitor?: string; list?: boolean }) => void) {
    this.#parts = parts;
    this.#tell = tell;
    const { store, log, consequences, clock = realClock, outside } = parts;
    this.clock = clock;
    this.calendar = new Calendar(log);
    this.configs = new AppliedConfigs(store, log);
    this.keeper = new Keeper({ store, log, consequences, clock, configOf: (project) => this.configs.of(project) });
    this.#witness = new Witness({
      ...{ clock, outside, keeper: this.keeper },
      seen: (live) => this.seen(live),
      told: ({ record }) => tell(record.project, { monitor: record.id }),
      askOthers: (host) => this.#askOthers(host),
    });
    this.#scheduler = new Scheduler({ clock, look: (id) => this.#look(id), gap: (length) => this.#gap(length) });
    this.#offset = clock.wall() - clock.monotonic();
  }

  get(id: string): Live | undefined {
    return this.#lives.get(id);
  }

  /** All of a project; orphans and paused ones too. */
  of(project: string): Live[] {
    return [...this.#lives.values()].filter(({ record }) => record.project === project);
  }

  /** Those that have monitors. */
  get projects(): Set<string> {
    return new Set([...this.#lives.values()].map(({ record }) => record.project));
  }

  activity(): { active: number; behind: number } {
    return { active: this.#scheduler.size, behind: this.#scheduler.behind };
  }

  /** How long ago somebody looked at it and saw something, in milliseconds; null: nobody did. */
  age({ checked, checkedAt }: Live): number | null {
    if (checkedAt !== undefined) return this.clock.monotonic() - checkedAt;
    return checked === null ? null : Math.max(0, this.clock.wall() - checked);
  }

  /** What is needed to say how it is now. */
  seen(live: Live): Seen {
    const { record, status, checked, note } = live;
    const maintenance = this.calendar.open(record, this.clock.wall()) !== undefined;
    return { record, status, checked, age: this.age(live), note, maintenance };
  }

  /** Takes over what is kept now: new monitors, changed ones, those that are gone, what is applied, windows. Each call sees what was written before it. */
  refresh(): Promise<void> {
    const next = this.#refreshing.then(() => this.#refresh());
    this.#refreshing = next.catch((error: unknown) =>
      this.#parts.log('error', 'monitors could not be read', { error: asFailure(error).message }),
    );
    return next;
  }

  /** Resolves when what is kept was taken over at least once: a hub that has just started knows nothing of it. */
  async ready(): Promise<void> {
    if (!this.#ready) await this.refresh();
  }

  /** One that is kept, also when it was not taken over yet; undefined: it is gone. */
  async known(id: string): Promise<Live | undefined> {
    if (!this.#lives.has(id)) await this.refresh();
    return this.#lives.get(id);
  }

  /** The deployer sees something of a project in another way: monitors that look through its eyes and know better are looked at again. */
  async deploymentsChanged(project: string): Promise<void> {
    const { store, deployedHealth } = this.#parts;
    const docker = this.of(project).filter(({ record, active }) => active && record.check.kind === 'docker');
    if (docker.length === 0) return;
    const seen = await store.read((reader) =>
      docker.flatMap((live) => {
        const { service, environment } = live.record;
        const release = service === null || environment === null ? undefined : liveDeployment(reader, { project, environment, service });
        return release === undefined ? [] : [{ live, state: deployedHealth(release.id).state }];
      }),
    );
    for (const { live, state } of seen) {
      const isNews = state === 'healthy' ? live.status.state !== 'up' : state === 'down' && live.status.state !== 'down';
      if (isNews) this.#scheduler.after(live.record.id, 0);
    }
  }

  /** Somebody has called in. Throws `precondition` for a monitor that is no push monitor, or is not looked at. */
  async called(live: Live, { ok, message, milliseconds }: PushReport): Promise<void> {
    const { check, name, settings } = live.record;
    if (check.kind !== 'push') {
      throw new Failure('precondition', `${name} is no push monitor: Hearth looks by itself.`, {
        hint: `\`hearth monitor test ${name}\` looks once.`,
      });
    }
    if (!live.active)
      throw new Failure('precondition', `${name} is not watched now.`, { hint: `\`hearth monitor resume ${name}\` goes on.` });
    live.pushed = this.clock.wall();
    live.calledAt = this.clock.monotonic();
    live.changed = true;
    const said = ok ? null : wordsOf(message ?? 'It says itself that it is not well.');
    const took = milliseconds === undefined || !Number.isFinite(milliseconds) ? null : Math.min(Math.max(milliseconds, 0), longestTime);
    // What a job says of itself is final: one that runs once a day is not to say it twice.
    await this.#witness.saw(live, { ...nothingSeen(''), ok, message: said, milliseconds: took }, true);
    this.#scheduler.after(live.record.id, settings.interval + check.grace);
  }

  async stop(): Promise<void> {
    this.#scheduler.stop();
    this.#abort.abort();
    await this.#refreshing;
    await Promise.allSettled(this.#looks);
    await this.keeper.stop();
  }

  async #refresh(): Promise<void> {
    const { store } = this.#parts;
    const { records, states, windows } = await store.read((reader) => ({
      records: allMonitors(reader),
      states: readStates(reader),
      windows: manualWindows(reader, this.clock.wall()),
    }));
    const projects = new Set([...records, ...windows].map(({ project }) => project));
    await this.configs.refresh(projects);
    await this.calendar.set(
      new Map(
        [...projects].map((project) => [
          project,
          {
            configured: this.configs.of(project)?.maintenance ?? [],
            manual: windows.filter((each) => each.project === project),
            idOf: (name) => records.find((each) => each.project === project && each.name === name)?.id,
          },
        ]),
      ),
    );
    const fresh = records.filter(({ id }) => !this.#lives.has(id));
    const recent = await store.read((reader) => new Map(fresh.map(({ id }) => [id, lastBeats(reader, id, shownBeats)])));
    const known = new Set(records.map(({ id }) => id));
    for (const [id, live] of this.#lives) if (!known.has(id)) this.#forget(live);
    for (const record of records) this.#take(record, states.get(record.id), recent.get(record.id));
    for (const live of this.#lives.values()) {
      const over = live.active && live.status.state === 'maintenance' && !this.seen(live).maintenance;
      if (over) this.#scheduler.after(live.record.id, 0);
    }
    this.#witness.connectivity.keep(
      new Set([...this.#lives.values()].flatMap((live) => (live.active ? (remoteHost(live.record) ?? []) : []))),
    );
    this.#ready = true;
  }

  #take(record: MonitorRecord, state: StateRecord | undefined, beats: readonly Beat[] | undefined): void {
    const known = this.#lives.get(record.id);
    if (known !== undefined && known.record.updated === record.updated) return;
    const live = known ?? new Live(record, state);
    if (known === undefined) {
      this.#lives.set(record.id, live);
      live.recent = (beats ?? []).map((beat) => letterOf(beat.state)).join('');
      const seen = (beats ?? []).findLast(({ ok }) => ok !== null);
      live.checked = Math.max(live.checked ?? 0, seen?.time ?? 0) || null;
      live.milliseconds = seen?.milliseconds ?? live.milliseconds;
    } else live.reread(record, state);
    live.watchedAt = this.clock.monotonic();
    if (!live.active) this.#scheduler.delete(record.id);
    else {
      const { settings, check } = record;
      // Who must call in has all of the interval from now: nobody could while no hub ran.
      const age = check.kind === 'push' ? 0 : (this.age(live) ?? undefined);
      this.#scheduler.set({ id: record.id, interval: settings.interval, host: hostOf(check) }, known === undefined ? age : undefined);
    }
    this.#tell(record.project, { monitor: record.id, list: true });
  }

  #forget(live: Live): void {
    this.#lives.delete(live.record.id);
    this.#scheduler.delete(live.record.id);
    this.keeper.forget(live);
    this.#tell(live.record.project, { list: true });
  }

  async #look(id: string): Promise<number | undefined> {
    const look = this.#lookNow(id).catch((error: unknown) => {
      this.#parts.log('error', 'a look has failed', { monitor: id, error: asFailure(error).message });
      return undefined;
    });
    this.#looks.add(look);
    try {
      return await look;
    } finally {
      this.#looks.delete(look);
    }
  }

  /** Answers after how long the next look is wanted. */
  async #lookNow(id: string): Promise<number | undefined> {
    const live = this.#lives.get(id);
    if (live?.active !== true || this.#abort.signal.aborted) return undefined;
    this.#noticeJump(live);
    const { record } = live;
    const left = record.check.kind === 'push' ? this.#silence(live) : 0;
    if (left > 0) return left;
    const result =
      record.check.kind === 'push'
        ? {
            ...nothingSeen(''),
            ok: false,
            message: `Nobody has called in for ${Math.round((record.settings.interval + record.check.grace) / 1000)} s.`,
          }
        : await this.#run(live);
    // It may have been changed, paused or removed meanwhile: what was seen is of another monitor.
    if (result === undefined || this.#lives.get(id) !== live || live.record !== record || !live.active) return undefined;
    await this.#witness.saw(live, result, record.check.kind === 'push');
    // When its window ends it is not to stand in maintenance until its usual time.
    const open = this.calendar.open(record, this.clock.wall());
    if (open !== undefined) return Math.min(open.until - this.clock.wall() + 1, record.settings.interval);
    return isUnsettled(live.status) && result.ok !== null ? record.settings.retryInterval : undefined;
  }

  /** How long somebody still has to call in, in milliseconds. */
  #silence({ record, calledAt, watchedAt }: Live): number {
    const patience = record.settings.interval + (record.check.kind === 'push' ? record.check.grace : 0);
    return Math.ceil(Math.max(calledAt ?? Number.NEGATIVE_INFINITY, watchedAt) + patience - this.clock.monotonic());
  }

  async #run(live: Live): Promise<CheckResult | undefined> {
    try {
      return await lookOnce({ ...this.#parts, configs: this.configs }, live.record, this.#abort.signal);
    } catch (error) {
      if (this.#abort.signal.aborted) return undefined;
      throw error;
    }
  }

  /** Looks at others earlier than planned. */
  #askOthers(host: string): void {
    const now = this.clock.monotonic();
    if (now - this.#askedOthers < askOthersEvery) return;
    this.#askedOthers = now;
    const asked = new Set([host]);
    for (const { record, active } of this.#lives.values()) {
      const other = remoteHost(record);
      if (!active || other === undefined || asked.has(other)) continue;
      this.#scheduler.after(record.id, 0);
      if (asked.add(other).size > witnesses) return;
    }
  }

  /** The process stood still: what failed before it is no row of failures with what comes after. */
  #gap(length: number): void {
    this.#parts.log('warn', 'monitoring stood still', { milliseconds: Math.round(length) });
    this.#beginAnew();
  }

  /** The machine slept, or its clock was set. */
  #noticeJump({ record }: Live): void {
    const offset = this.clock.wall() - this.clock.monotonic();
    const jump = Math.abs(offset - this.#offset);
    this.#offset = offset;
    if (jump <= Math.max(shortestJump, Math.min(2 * record.settings.interval, 60_000))) return;
    this.#parts.log('warn', 'the machine slept, or its clock was set', { milliseconds: Math.round(jump) });
    this.#beginAnew();
  }

  #beginAnew(): void {
    for (const live of this.#lives.values()) {
      live.status = afterGap(live.status);
      live.failingSince = undefined;
    }
  }
}

/** What others have written, as one line. */
function wordsOf(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 500);
}
