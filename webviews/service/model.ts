import { type Asked, failedWith, Questions } from '../ui/asked.ts';
import type { Bridge } from '../ui/bridge.ts';
import { monitorWords } from '../ui/health.tsx';
import { type KeptWish, LiveModel } from '../ui/liveModel.ts';
import {
  firstSpan,
  type Loaded,
  type Past,
  type Run,
  type ServiceContract,
  type ServiceTarget,
  type Shown,
  type Span,
  type Tested,
} from './messages.ts';

/** What survives a reload: the target with the chosen monitor (as the shell reads it), and the span of the chart. */
export type Kept = ServiceTarget & KeptWish & { readonly span?: Span };

/** Beats are looked for as often as the monitor looks, within these limits. */
const beatLimits = { least: 2000, most: 30_000 };
/** The chart moves slowly. */
const historyAge = 60_000;

/** The state of the panel. The hub has the truth; here is what it said last, and what of it is looked at. */
export class ServiceModel extends LiveModel<ServiceTarget, ServiceContract, Kept> {
  loaded: Asked<Loaded> = { kind: 'waiting' };
  history: Asked<Past> = { kind: 'waiting' };
  span: Span;
  /** The result of the last look that was asked for here. */
  tested: { readonly monitor: string; readonly result: Tested } | undefined;
  /** All monitors of a service with very many. */
  #all = false;
  #chosen: string | undefined;
  #historyOf: { readonly monitor: string; readonly span: Span; readonly time: number } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stale = false;
  readonly #questions = new Questions(() => this.changed());

  constructor(bridge: Bridge<ServiceContract, Kept>) {
    super(bridge);
    this.span = bridge.kept?.span ?? firstSpan;
    this.#chosen = bridge.kept?.monitor;
  }

  get value(): Loaded | undefined {
    return this.loaded.value;
  }

  /** The monitor that is shown; undefined while another was chosen and is not there yet. */
  get shown(): Shown | undefined {
    const shown = this.value?.shown ?? undefined;
    const { monitor } = shown ?? {};
    return this.#chosen === undefined || monitor?.id === this.#chosen || monitor?.name === this.#chosen ? shown : undefined;
  }

  get chosenId(): string | undefined {
    return this.shown?.monitor.id ?? this.#chosen;
  }

  refresh(): void {
    void this.#load();
  }

  choose(monitor: string): void {
    if (monitor === this.chosenId) return;
    this.#chosen = monitor;
    this.history = { kind: 'waiting' };
    this.#keep();
    this.changed();
    void this.#load(true);
  }

  /** To the monitor beside the shown one; around at the end. */
  step(by: 1 | -1): void {
    const monitors = this.value?.monitors ?? [];
    const at = monitors.findIndex(({ id }) => id === this.chosenId);
    const next = monitors[(at + by + monitors.length) % monitors.length];
    if (next !== undefined) this.choose(next.id);
  }

  showAll(): void {
    this.#all = true;
    void this.#load(true);
  }

  look(span: Span): void {
    this.span = span;
    this.#keep();
    this.changed();
    this.#loadHistory();
  }

  async test(): Promise<void> {
    const { shown } = this;
    if (shown === undefined) return;
    const monitor = shown.monitor.id;
    await this.act('testing', async () => {
      const result = await this.bridge.ask('test', { monitor });
      this.tested = { monitor, result };
      this.announcement = `${shown.monitor.name}: ${result.found}`;
    });
  }

  closeTest(): void {
    this.tested = undefined;
    this.changed();
  }

  async pause(paused: boolean): Promise<void> {
    const { shown } = this;
    if (shown === undefined) return;
    await this.act('pausing', () => this.bridge.ask('pause', { monitors: [shown.monitor.id], paused }));
    this.refresh();
  }

  run(what: Run): void {
    void this.bridge.ask('run', what).catch((error: unknown) => this.fail(error));
  }

  protected override opened(target: ServiceTarget, before: ServiceTarget | undefined, asked: boolean): void {
    const reading = this.#chosen;
    if (asked && target.monitor !== undefined) this.#chosen = target.monitor;
    this.#keep();
    // A page that has kept nothing reads what it was opened with.
    if (reading === this.#chosen || (before === undefined && reading === undefined)) return;
    this.history = { kind: 'waiting' };
    // What is on its way is about the monitor before: its answer would bring that one back.
    void this.#load(true);
  }

  /** One at a time: changes come faster than a slow hub answers. `anew` when what was asked is not wanted any more. */
  async #load(anew = false): Promise<void> {
    this.#stale = !anew && this.#questions.has('load');
    if (this.#stale) return;
    const wanted = {
      ...(this.#chosen === undefined ? {} : { monitor: this.#chosen }),
      ...(this.#all ? { all: true } : {}),
      ...(this.history.value === undefined ? { span: this.span } : {}),
    };
    await this.#questions.ask(
      'load',
      (signal) => this.bridge.ask('load', wanted, { signal }),
      (value) => this.#take(value),
      (failure) => {
        this.loaded = failedWith(failure, this.value);
      },
    );
    this.#again();
    if (this.#stale) await this.#load();
  }

  #take(value: Loaded): void {
    const before = this.value?.monitors ?? [];
    const told = value.monitors.flatMap(({ id, name, state }) => {
      const known = before.find((each) => each.id === id);
      return known === undefined || known.state === state ? [] : [`${name}: ${monitorWords(state).name}`];
    });
    if (told.length > 0) this.announcement = told.join(', ');
    this.loaded = { kind: 'there', value };
    // The chosen one was removed: the worst is shown.
    const { monitor } = value.shown ?? {};
    if (this.#chosen !== undefined && this.#chosen !== monitor?.id) this.#chosen = monitor?.id;
    const { past } = value;
    if (past !== undefined && monitor !== undefined && past.span === this.span && this.history.value === undefined) {
      this.#historyOf = { monitor: monitor.id, span: past.span, time: Date.now() };
      this.history = { kind: 'there', value: past };
    }
    this.#loadHistory();
  }

  /** Beats come without a message of their own. */
  #again(): void {
    clearTimeout(this.#timer);
    const interval = this.shown?.monitor.settings.interval;
    if (interval === undefined) return;
    this.#timer = setTimeout(() => this.refresh(), Math.max(beatLimits.least, Math.min(beatLimits.most, interval)));
  }

  #loadHistory(): void {
    const { shown, span } = this;
    if (shown === undefined) return;
    const { id: monitor, settings } = shown.monitor;
    const known = this.#historyOf;
    const now = Date.now();
    const same = known?.monitor === monitor && known.span === span;
    if (same && now - known.time < Math.min(historyAge, settings.interval)) return;
    this.#historyOf = { monitor, span, time: now };
    const { value } = this.history;
    this.history = same && value !== undefined ? { kind: 'waiting', value } : { kind: 'waiting' };
    void this.#questions.ask(
      'history',
      (signal) => this.bridge.ask('history', { monitor, span, interval: settings.interval }, { signal }),
      (past) => {
        this.history = { kind: 'there', value: past };
      },
      (failure) => {
        this.#historyOf = undefined;
        this.history = failedWith(failure, this.history.value);
      },
    );
  }

  #keep(): void {
    const target = this.opening?.target;
    if (target === undefined) return;
    const { repository } = target;
    const monitor = this.#chosen === undefined ? {} : { monitor: this.#chosen };
    const place =
      'service' in target ? { repository, service: target.service, ...monitor } : { repository, monitor: target.monitor, ...monitor };
    this.keep({ ...place, span: this.span });
  }
}
