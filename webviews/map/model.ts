import type { Health } from '../../server/protocol/health.ts';
import { type Asked, failedWith, Questions } from '../ui/asked.ts';
import type { Bridge } from '../ui/bridge.ts';
import { healthWords } from '../ui/health.tsx';
import { type KeptWish, LiveModel } from '../ui/liveModel.ts';
import { type Layout, layOut } from './layout.ts';
import type { Listed, Loaded, MapContract, MapTarget, Run } from './messages.ts';
import { cycleEdges, type Needs, reachable, turned } from './relations.ts';

/** What survives a reload. */
export type Kept = MapTarget & KeptWish & { readonly environment?: string };

/** Names and needs with what follows from them; made anew only when one of them is another, so that nothing moves while health changes. */
interface Drawn {
  readonly key: string;
  readonly needs: Needs;
  readonly neededBy: Needs;
  readonly layout: Layout;
  /** Edges of ways round. */
  readonly round: ReadonlySet<string>;
}

/** The state of the map. The hub has the truth; here is what it said last, and what of it is looked at. */
export class MapModel extends LiveModel<MapTarget, MapContract, Kept> {
  loaded: Asked<Loaded> = { kind: 'waiting' };
  /** The service whose failure is looked at. */
  chosen: string | undefined;
  /** Only how it is there; all together unless told. */
  environment: string | undefined;
  text = '';
  #drawn: Drawn | undefined;
  #stale = false;
  readonly #questions = new Questions(() => this.changed());

  constructor(bridge: Bridge<MapContract, Kept>) {
    super(bridge);
    this.chosen = bridge.kept?.service;
    this.environment = bridge.kept?.environment;
  }

  get drawn(): Drawn | undefined {
    return this.#drawn;
  }

  get services(): readonly Listed[] {
    return this.loaded.value?.services ?? [];
  }

  get environments(): readonly string[] {
    const names = this.services.flatMap(({ status }) => status.environments.map(({ environment }) => environment));
    return [...new Set(names)].sort();
  }

  /** Undefined for what the catalog does not have. */
  service(name: string): Listed | undefined {
    return this.services.find(({ entry }) => entry.name === name);
  }

  /** In the chosen environment; undefined where it is not there. */
  health(name: string): Health | undefined {
    const status = this.service(name)?.status;
    if (this.environment === undefined) return status?.health;
    return status?.environments.find(({ environment }) => environment === this.environment)?.health;
  }

  /** Those that fail with the chosen one, with how far they are from it. */
  get impact(): ReadonlyMap<string, number> {
    return this.chosen === undefined || this.#drawn === undefined ? new Map() : reachable(this.#drawn.neededBy, this.chosen);
  }

  /** Those that the chosen one needs. */
  get needed(): ReadonlyMap<string, number> {
    return this.chosen === undefined || this.#drawn === undefined ? new Map() : reachable(this.#drawn.needs, this.chosen);
  }

  /** Names that the text of the search is in; undefined without a text. */
  get found(): ReadonlySet<string> | undefined {
    const wanted = this.text.trim().toLowerCase();
    if (wanted === '') return undefined;
    const names = this.#drawn?.layout.places.map(({ name }) => name) ?? [];
    return new Set(
      names.filter((name) => {
        const entry = this.service(name)?.entry;
        return [name, entry?.owner ?? '', entry?.type ?? ''].some((each) => each.toLowerCase().includes(wanted));
      }),
    );
  }

  refresh(): void {
    void this.#load();
  }

  choose(name: string | undefined): void {
    if (this.chosen === name) return;
    this.chosen = name;
    if (name !== undefined) {
      const { size } = this.impact;
      this.announcement =
        size === 0 ? `Nothing fails with ${name}.` : `${size === 1 ? 'One service fails' : `${size} services fail`} with ${name}.`;
    }
    this.#keep();
    this.changed();
  }

  look(environment: string | undefined): void {
    this.environment = environment;
    this.#keep();
    this.changed();
  }

  find(text: string): void {
    this.text = text;
    this.changed();
  }

  run(what: Run): void {
    void this.bridge.ask('run', what).catch((error: unknown) => this.fail(error));
  }

  protected override opened(target: MapTarget, _before: MapTarget | undefined, asked: boolean): void {
    if (asked && target.service !== undefined) this.chosen = target.service;
    this.#keep();
  }

  /** One at a time: changes come faster than a slow hub answers. */
  async #load(): Promise<void> {
    this.#stale = this.#questions.has('load');
    if (this.#stale) return;
    await this.#questions.ask(
      'load',
      (signal) => this.bridge.ask('load', {}, { signal }),
      (value) => this.#take(value),
      (failure) => {
        this.loaded = failedWith(failure, this.loaded.value);
      },
    );
    if (this.#stale) await this.#load();
  }

  #take(value: Loaded): void {
    const before = new Map(this.services.map(({ entry, status }) => [entry.name, status.health.state]));
    const told = value.services.flatMap(({ entry: { name }, status }) => {
      const known = before.get(name);
      return known === undefined || known === status.health.state ? [] : [`${name}: ${healthWords(status.health.state).name}`];
    });
    if (told.length > 0) this.announcement = told.join(', ');
    this.loaded = { kind: 'there', value };
    const all = value.services.map(({ entry }) => [entry.name, [...new Set(entry.dependsOn)].sort()] as const);
    const sorted = all.sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([sorted, value.cycles]);
    if (key !== this.#drawn?.key) {
      const needs = new Map(sorted);
      this.#drawn = { key, needs, neededBy: turned(needs), layout: layOut(needs), round: cycleEdges(value.cycles) };
    }
    if (this.chosen !== undefined && !this.#drawn.neededBy.has(this.chosen)) this.chosen = undefined;
    if (this.environment !== undefined && !this.environments.includes(this.environment)) this.environment = undefined;
  }

  #keep(): void {
    const target = this.opening?.target;
    if (target === undefined) return;
    const { repository } = target;
    this.keep({
      repository,
      ...(this.chosen === undefined ? {} : { service: this.chosen }),
      ...(this.environment === undefined ? {} : { environment: this.environment }),
    });
  }
}
