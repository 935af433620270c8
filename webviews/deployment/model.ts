import { type Asked, failedWith, Questions } from '../ui/asked.ts';
import { type Bridge, failureOf } from '../ui/bridge.ts';
import type { PanelFailure } from '../ui/messages.ts';
import { firstLook, type LogLook, LogModel } from './logModel.ts';
import type { Deployment, DeploymentContract, DeploymentDetail, Loaded, Opening, PanelTarget, Plan, Run, WantedPlan } from './messages.ts';
import { phaseName } from './phases.ts';

/** What survives a reload: the target (as the shell reads it), the wish of the user that was followed last, and how the log is looked at. */
export type Kept = PanelTarget & { readonly asked?: string | null; readonly look?: LogLook };

interface Chosen {
  readonly service?: string;
  readonly deployment?: string;
}

/** While a deployment is on its way its probes are looked at this often. */
const beat = 1000;

/** The state of the panel. The hub has the truth; here is what it said last, and what of it is looked at. */
export class DeploymentModel {
  readonly #bridge: Bridge<DeploymentContract, Kept>;
  readonly log: LogModel;
  opening: Opening | undefined;
  plan: Asked<Plan> = { kind: 'waiting' };
  loaded: Asked<Loaded> = { kind: 'waiting' };
  detail: Asked<DeploymentDetail> = { kind: 'waiting' };
  /** Deploy or Cancel was pressed and is not answered yet. */
  busy: 'starting' | 'canceling' | undefined;
  /** The last thing that the user wanted and that did not work. */
  problem: PanelFailure | undefined;
  /** For screen readers. */
  announcement = '';
  #chosen: Chosen = {};
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Something changed since `load` was asked. */
  #stale = false;
  readonly #listeners = new Set<() => void>();
  readonly #questions = new Questions(() => this.#changed());

  constructor(bridge: Bridge<DeploymentContract, Kept>) {
    this.#bridge = bridge;
    const { kept } = bridge;
    const look = { ...firstLook, ...kept?.look };
    this.log = new LogModel(bridge, look, { changed: () => this.#changed(), looked: () => this.#keep() });
    if (kept !== undefined) this.#chosen = chosenIn(kept) ?? {};
    bridge.on('opened', (opening) => this.#open(opening, kept));
    bridge.on('changed', () => this.refresh());
    bridge.on('restarted', () => {
      this.refresh();
      this.log.again();
    });
  }

  get planned(): WantedPlan | undefined {
    const target = this.opening?.target;
    return target !== undefined && 'plan' in target ? target.plan : undefined;
  }

  get deployments(): readonly Deployment[] {
    return this.loaded.value?.deployments ?? [];
  }

  /** The deployment that is shown. */
  get chosen(): Deployment | undefined {
    const { service, deployment } = this.#chosen;
    const { deployments } = this;
    return (
      deployments.find(({ id }) => id === deployment) ??
      deployments.find((each) => each.service === service) ??
      deployments.find(({ state }) => state === 'running') ??
      deployments.find(({ state }) => state === 'failed' || state === 'rolled-back') ??
      deployments[0]
    );
  }

  /** What is known of the one that is shown; never of another. */
  get shown(): DeploymentDetail | undefined {
    const { value } = this.detail;
    return value !== undefined && value.id === this.chosen?.id ? value : undefined;
  }

  get running(): readonly Deployment[] {
    return this.deployments.filter(({ state }) => state === 'running');
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks for everything again; what is shown stays until the answers are there. */
  refresh(): void {
    if (this.planned !== undefined) void this.#loadPlan(this.planned);
    else void this.#load();
  }

  choose(service: string): void {
    this.#chosen = { service };
    this.#choose();
  }

  /** To the service beside the shown one; around at the end. */
  step(by: 1 | -1): void {
    const { deployments, chosen } = this;
    const at = deployments.findIndex(({ id }) => id === chosen?.id);
    const next = deployments[(at + by + deployments.length) % deployments.length];
    if (next !== undefined) this.choose(next.service);
  }

  async start(): Promise<void> {
    const { planned } = this;
    const plan = this.plan.value;
    if (planned === undefined || plan === undefined || plan.blockers.length > 0 || this.busy !== undefined) return;
    const worked = await this.#act('starting', () => this.#bridge.ask('start', { ...planned, plan }));
    // Another commit by now, another one live: the plan is not the truth any more.
    if (!worked) this.refresh();
  }

  async cancel(): Promise<void> {
    const ids = this.running.map(({ id }) => id);
    if (ids.length === 0 || this.busy !== undefined) return;
    await this.#act('canceling', () => this.#bridge.ask('cancel', { ids }));
    this.refresh();
  }

  run(what: Run): void {
    void this.#bridge.ask('run', what).catch((error: unknown) => {
      this.problem = failureOf(error);
      this.#changed();
    });
  }

  dismiss(): void {
    this.problem = undefined;
    this.#changed();
  }

  #open(opening: Opening, kept: Kept | undefined): void {
    const before = this.opening?.target;
    const last = this.opening ?? kept;
    this.opening = opening;
    const { target, asked } = opening;
    // What was chosen in the page since the user asked for something counts more.
    const chosen = last === undefined || (asked !== null && asked !== last.asked) ? chosenIn(target) : undefined;
    if (chosen !== undefined) this.#chosen = chosen;
    if (before !== undefined && 'plan' in before && !('plan' in target)) this.loaded = { kind: 'waiting' };
    this.#keep();
    this.refresh();
    this.#changed();
    if (chosen !== undefined) void this.#show();
  }

  #choose(): void {
    this.#keep();
    this.#changed();
    void this.#show();
  }

  async #loadPlan(wanted: WantedPlan): Promise<void> {
    const { plan } = this;
    this.plan = plan.value === undefined ? { kind: 'waiting' } : { kind: 'waiting', value: plan.value };
    this.#changed();
    await this.#questions.ask(
      'plan',
      (signal) => this.#bridge.ask('plan', wanted, { signal }),
      (value) => {
        this.plan = { kind: 'there', value };
      },
      // A plan that cannot be made now is none to start from.
      (failure) => {
        this.plan = { kind: 'failed', failure };
      },
    );
  }

  /** One at a time: changes come faster than a slow hub answers, and one more question at the end is enough for all of them. */
  async #load(): Promise<void> {
    this.#stale = this.#questions.has('load');
    if (this.#stale) return;
    await this.#questions.ask(
      'load',
      (signal) => this.#bridge.ask('load', {}, { signal }),
      (value) => {
        this.#tell(this.deployments, value.deployments);
        this.loaded = { kind: 'there', value };
        this.#beat();
        this.#keep();
        void this.#show();
      },
      (failure) => {
        this.loaded = failedWith(failure, this.loaded.value);
      },
    );
    if (this.#stale) await this.#load();
  }

  async #show(): Promise<void> {
    const { chosen } = this;
    if (chosen === undefined) return;
    this.log.open(chosen.id);
    await this.#questions.ask(
      'show',
      (signal) => this.#bridge.ask('show', { id: chosen.id }, { signal }),
      (value) => {
        this.detail = { kind: 'there', value };
      },
      (failure) => {
        this.detail = failedWith(failure, this.detail.value);
      },
    );
  }

  /** Says what changed to those who do not see it. */
  #tell(before: readonly Deployment[], now: readonly Deployment[]): void {
    const said = now.flatMap(({ id, service, phase }) => {
      const known = before.find((each) => each.id === id);
      return known === undefined || known.phase === phase ? [] : [`${service}: ${phaseName(phase)}`];
    });
    if (said.length > 0) this.announcement = said.join(', ');
  }

  /** Asks once a second while something is on its way (a live one may still drain), and not at all otherwise. */
  #beat(): void {
    if (this.deployments.every(({ ended }) => ended !== null)) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else this.#timer ??= setInterval(() => void this.#load(), beat);
  }

  async #act(busy: 'starting' | 'canceling', action: () => Promise<unknown>): Promise<boolean> {
    this.busy = busy;
    this.problem = undefined;
    this.#changed();
    try {
      await action();
      return true;
    } catch (error) {
      const failure = failureOf(error);
      if (failure.reason !== 'cancelled') this.problem = failure;
      return false;
    } finally {
      this.busy = undefined;
      this.#changed();
    }
  }

  #keep(): void {
    const target = this.opening?.target;
    if (target === undefined) return;
    const { run } = this.loaded.value ?? {};
    const { repository } = target;
    const service = this.chosen?.service;
    const place = 'plan' in target || run === undefined ? target : { repository, run, ...(service === undefined ? {} : { service }) };
    this.#bridge.keep({ ...place, asked: this.opening?.asked ?? null, look: this.log.look });
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** What of a target is looked at; undefined where it does not say. */
function chosenIn(target: PanelTarget): Chosen | undefined {
  if ('deployment' in target) return { deployment: target.deployment };
  return 'run' in target && target.service !== undefined ? { service: target.service } : undefined;
}
