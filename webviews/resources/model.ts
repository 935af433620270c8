import { type Asked, failedWith, Questions } from '../ui/asked.ts';
import { type Bridge, failureOf } from '../ui/bridge.ts';
import { type KeptWish, LiveModel } from '../ui/liveModel.ts';
import type { PanelFailure } from '../ui/messages.ts';
import type { Build, Disk, ResourceRow, ResourcesContract, ResourcesTarget, Run, Stopped } from './messages.ts';
import { type Watched, watch } from './samples.ts';

export type Kept = ResourcesTarget & KeptWish;

/** When nothing comes any more it is asked again this much later, then less often (ms). */
const patience = { least: 1000, most: 15_000 };

/** What the containers of an environment use, now and in the last two minutes; what is on disk; what was built. */
export class ResourcesModel extends LiveModel<ResourcesTarget, ResourcesContract, Kept> {
  rows: Asked<ReadonlyMap<string, Watched>> = { kind: 'waiting' };
  stopped: readonly Stopped[] = [];
  disk: Asked<Disk> = { kind: 'waiting' };
  builds: Asked<readonly Build[]> = { kind: 'waiting' };
  readonly #questions = new Questions(() => this.changed());
  #asked: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wait = patience.least;

  constructor(bridge: Bridge<ResourcesContract, Kept>) {
    super(bridge);
    bridge.on('rows', ({ time, rows }) => {
      this.#wait = patience.least;
      this.rows = { kind: 'there', value: watch(this.rows.value ?? new Map(), time, rows) };
      this.changed();
    });
  }

  /** The containers of each service that was not stopped, in the order in which they are told. */
  get services(): ReadonlyMap<string, readonly Watched[]> {
    const services = new Map<string, Watched[]>();
    for (const each of this.rows.value?.values() ?? []) services.set(each.row.service, [...(services.get(each.row.service) ?? []), each]);
    for (const { service } of this.stopped) services.delete(service);
    return services;
  }

  /** Processors and bytes of all that run. */
  get sum(): { readonly cpu: number; readonly memory: number; readonly running: number } {
    const rows = [...(this.rows.value?.values() ?? [])].map(({ row }) => row);
    const add = (pick: (row: ResourceRow) => number | null): number => rows.reduce((sum, row) => sum + (pick(row) ?? 0), 0);
    return {
      cpu: add(({ cpu }) => cpu),
      memory: add(({ memory }) => memory),
      running: rows.filter(({ state }) => state === 'running').length,
    };
  }

  override refresh(): void {
    this.#askFor(
      'stopped',
      () => ({ kind: 'there', value: this.stopped }),
      (asked) => {
        this.stopped = asked.value ?? this.stopped;
      },
    );
    this.#askFor(
      'builds',
      () => this.builds,
      (asked) => {
        this.builds = asked;
      },
    );
    if (this.disk.kind !== 'there') this.measure();
    if (this.#asked === undefined) this.#follow();
  }

  /** Looks at the disk: the engine counts long, so it is not done by itself after the first time. */
  measure(): void {
    const { value } = this.disk;
    this.disk = value === undefined ? { kind: 'waiting' } : { kind: 'waiting', value };
    this.changed();
    this.#askFor(
      'disk',
      () => this.disk,
      (asked) => {
        this.disk = asked;
      },
    );
  }

  run(what: Run): void {
    void this.bridge.ask('run', what).catch((error: unknown) => this.fail(error));
  }

  protected override opened(target: ResourcesTarget, before: ResourcesTarget | undefined): void {
    if (before !== undefined && before.environment !== target.environment) {
      this.rows = { kind: 'waiting' };
      this.disk = { kind: 'waiting' };
      this.builds = { kind: 'waiting' };
    }
    this.keep(target);
  }

  #askFor<M extends 'stopped' | 'disk' | 'builds'>(
    what: M,
    now: () => Asked<ResourcesContract['requests'][M]['result']>,
    take: (asked: Asked<ResourcesContract['requests'][M]['result']>) => void,
  ): void {
    void this.#questions.ask(
      what,
      (signal) => this.bridge.ask(what, {}, { signal }),
      (value) => take({ kind: 'there', value }),
      (failure) => take(failedWith(failure, now().value)),
    );
  }

  #follow(): void {
    clearTimeout(this.#timer);
    const control = new AbortController();
    this.#asked = control;
    this.bridge.ask('follow', {}, { signal: control.signal }).then(
      () => this.#ended(control),
      (error: unknown) => this.#ended(control, failureOf(error)),
    );
  }

  #ended(control: AbortController, failure?: PanelFailure): void {
    if (this.#asked !== control) return;
    this.#asked = undefined;
    if (failure !== undefined && failure.reason !== 'cancelled') this.rows = failedWith(failure, this.rows.value);
    else if (this.rows.value === undefined) this.rows = { kind: 'there', value: new Map() };
    this.#timer = setTimeout(() => this.#follow(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, patience.most);
    this.changed();
  }
}
