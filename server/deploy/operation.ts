import { setTimeout as wait } from 'node:timers/promises';
import { Redactor, type ResolvedVariable, resolveVariables } from '../environment/index.ts';
import type { Phase, Probe } from '../protocol/deployTypes.ts';
import { asFailure, cancelled, Failure } from '../rpc/failure.ts';
import type { Author, Transaction } from '../store/types.ts';
import type { Maker } from './containers.ts';
import { DeploymentLog, readLog } from './deploymentLog.ts';
import type { Engine } from './engine/types.ts';
import { faultPoint } from './faultPoint.ts';
import { type Evidence, enterPhase, keepProbes, noteStep, type Step, stepsOf } from './journal.ts';
import type { Parts } from './parts.ts';
import { adoptedOf } from './reconcile/owners.ts';
import { type DeploymentRecord, liveDeployment, readDeployment } from './records.ts';
import { variableQuestion } from './variableQuestion.ts';

/** Why somebody wants it to stop. */
export type Stop =
  | { readonly kind: 'cancel' }
  /** This hub ends; the next one goes on. */
  | { readonly kind: 'suspend' }
  | { readonly kind: 'fail'; readonly reason: string };

export interface StepOptions<E extends Evidence> {
  /** Milliseconds it may take; two minutes unless told. */
  readonly within?: number;
  /** Done anew by each hub that carries it on. */
  readonly again?: boolean;
  /** Becomes durable together with its intent. */
  readonly before?: (transaction: Transaction) => void;
  /** Becomes durable together with its end. */
  readonly also?: (transaction: Transaction, evidence: E) => void;
}

const usual = 120_000;
/** How long an engine may be away (a daemon that restarts) before a step fails. */
const engineAway = 60_000;
const keptProbes = 60;
const probesEvery = 2000;

/**
 * One deployment as this process carries it out. Each step is noted before it is done and when it is done, and looks first what is there: after
 * a crash the next hub does the same steps again, and those that were done are not.
 */
export class Operation {
  readonly parts: Parts;
  readonly owner: string;
  readonly log: DeploymentLog;
  #record: DeploymentRecord;
  readonly #steps: Map<string, Step>;
  #values: readonly ResolvedVariable[] = [];
  #redactor: Redactor | undefined;
  #abort = new AbortController();
  #stop: Stop | undefined;
  #undoing = false;
  #progress: string | null = null;
  #probes: Probe[];
  #probesKept = 0;

  private constructor(parts: Parts, owner: string, record: DeploymentRecord, steps: Map<string, Step>, lastLine: number) {
    this.parts = parts;
    this.owner = owner;
    this.#record = record;
    this.#steps = steps;
    this.#probes = [...record.probes];
    const heard = (line: Parameters<ConstructorParameters<typeof DeploymentLog>[4]>[0]) =>
      parts.happenings.tell({ kind: 'line', record: this.#record, line });
    this.log = new DeploymentLog(parts.home, record.id, lastLine, () => this.#redactor, heard);
  }

  static async open(parts: Parts, id: string): Promise<Operation> {
    // A log that cannot be read costs its lines, never the deployment.
    const lines = await readLog(parts.home, id).catch(() => undefined);
    const owner = await parts.owner();
    const { record, steps } = await parts.store.read((reader) => ({ record: readDeployment(reader, id), steps: stepsOf(reader, id) }));
    if (record === undefined) throw new Failure('not-found', `There is no deployment ${id}.`);
    return new Operation(parts, owner, record, steps, lines?.at(-1)?.n ?? 0);
  }

  get record(): DeploymentRecord {
    return this.#record;
  }

  get progress(): string | null {
    return this.#progress;
  }

  get values(): readonly ResolvedVariable[] {
    return this.#values;
  }

  get redactor(): Redactor {
    return this.#redactor ?? new Redactor([]);
  }

  get stopped(): Stop | undefined {
    return this.#stop;
  }

  /** Fires when it shall stop. While it cleans up only the end of this hub stops it. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  stop(why: Stop): void {
    if (this.#undoing && why.kind !== 'suspend') return;
    this.#stop ??= why;
    if (why.kind === 'suspend') this.#stop = why;
    this.#abort.abort();
  }

  /** What it does from here on is cleaning up: nobody but the end of this hub stops that. */
  beginUndo(): void {
    if (this.#stop?.kind === 'suspend') throw cancelled();
    this.#undoing = true;
    this.#abort = new AbortController();
  }

  stepOf(name: string): Step | undefined {
    return this.#steps.get(name);
  }

  /** Whether all secrets are known, so that what containers say can be masked. */
  masks = false;
  /** Whether this process has taken the lock for it. */
  hasLock = false;
  #release: () => Promise<void> = async () => {};

  onReleaseLock(release: () => Promise<void>): void {
    this.#release = release;
  }

  /** Before its end is written: when it has ended nothing of it is left. */
  async releaseLock(): Promise<void> {
    if (!this.hasLock) return;
    this.hasLock = false;
    await this.#release();
  }

  hasBegun(name: string): boolean {
    return this.#steps.has(name);
  }

  /** Its engine, connected; anew when the connection was lost. */
  engine(signal = this.signal): Promise<Engine> {
    return this.parts.engine(this.#record.engine, signal);
  }

  /** For its own objects, or for those of the release before it, which may be at another engine. */
  async maker(signal = this.signal, of: DeploymentRecord = this.#record): Promise<Maker> {
    const { project, environment, engine } = of;
    const adopted = await this.parts.store.read((reader) => adoptedOf(reader, project, environment));
    return { engine: await this.parts.engine(engine, signal), owner: this.owner, fence: this.parts.fence.number, adopted };
  }

  /** What serves now and is not this. */
  async previous(): Promise<DeploymentRecord | undefined> {
    const live = await this.parts.store.read((reader) => liveDeployment(reader, this.#record));
    return live?.id === this.#record.id ? undefined : live;
  }

  say(text: string): void {
    this.log.add('hearth', text);
  }

  /** What happens now, for a progress line; only who looks at this moment sees it. */
  tell(progress: string | null): void {
    const masked = progress === null ? null : this.redactor.redact(progress);
    if (masked === this.#progress) return;
    this.#progress = masked;
    this.parts.happenings.tell({ kind: 'changed', record: this.#record, progress: masked });
  }

  async enter(phase: Phase): Promise<void> {
    if (this.#record.phase === phase) return;
    this.#progress = null;
    await this.write((transaction) => enterPhase(transaction, this.#record.id, phase));
    faultPoint(`phase ${phase}`);
  }

  /** Changes rows, and knows this one anew. */
  async write(change: (transaction: Transaction) => void): Promise<void> {
    this.#record = await this.parts.store.write(this.#author, (transaction) => {
      change(transaction);
      return readDeployment(transaction, this.#record.id) ?? this.#record;
    });
    this.parts.happenings.tell({ kind: 'changed', record: this.#record, progress: this.#progress });
  }

  /** Does a step once. Engines that are away for a moment are waited for: each act looks first what is there. */
  async step<E extends Evidence>(name: string, act: (signal: AbortSignal) => Promise<E>, options: StepOptions<E> = {}): Promise<E> {
    const { within = usual, again = false, before, also } = options;
    const known = this.#steps.get(name);
    if (known?.state === 'done' && !again) return known.evidence as E;
    if (known?.state !== 'intent') await this.#note(name, 'intent', {}, before);
    faultPoint(`${name} intent`);
    const evidence = await this.#persist(name, act, within);
    faultPoint(`${name} acted`);
    await this.#note(name, 'done', evidence, also === undefined ? undefined : (transaction) => also(transaction, evidence));
    faultPoint(`${name} done`);
    return evidence;
  }

  /** Notes that something is about to be done, once; answers what was noted first. */
  async intend(name: string, evidence: Evidence): Promise<Evidence> {
    const known = this.#steps.get(name);
    if (known !== undefined) return known.evidence;
    await this.#note(name, 'intent', evidence);
    faultPoint(`${name} intent`);
    return evidence;
  }

  /** Does what was intended. Engines that are away for a moment are waited for. */
  async act(name: string, act: (signal: AbortSignal) => Promise<void>, within: number): Promise<void> {
    await this.#persist(name, act, within);
    faultPoint(`${name} acted`);
  }

  /** What was intended is done, and with it the deployment. */
  async finishStep(name: string, also: (transaction: Transaction) => void): Promise<void> {
    await this.#note(name, 'done', this.#steps.get(name)?.evidence ?? {}, also);
    faultPoint(`${name} done`);
  }

  /** Notes a moment in the journal. */
  note(name: string): Promise<void> {
    return this.#note(name, 'done', {});
  }

  /** Reads variables and secrets, as they are now. Rejects with `precondition` when one is missing. */
  async resolveValues(): Promise<void> {
    const { parts } = this;
    const { values, problems } = await parts.store.read((reader) => resolveVariables(variableQuestion(reader, parts.keys, this.#record)));
    this.#values = values;
    this.#mask(values.filter(({ secret }) => secret).map(({ value }) => value));
    this.masks = problems.length === 0;
    if (problems.length > 0) throw new Failure('precondition', problems.join(' '), { hint: '`hearth env list` shows what is set.' });
  }

  /** Masks more values from now on. */
  maskAlso(values: readonly string[]): void {
    this.#mask([...this.#values.filter(({ secret }) => secret).map(({ value }) => value), ...values]);
  }

  /** Keeps a look at its health, masked; written now and then. */
  async sawProbe(probe: Probe): Promise<void> {
    this.#probes = [...this.#probes, { ...probe, message: this.redactor.redact(probe.message) }].slice(-keptProbes);
    const now = performance.now();
    if (now - this.#probesKept < probesEvery) return;
    this.#probesKept = now;
    await this.keepProbes();
  }

  async keepProbes(): Promise<void> {
    const probes = this.#probes;
    await this.write((transaction) => keepProbes(transaction, this.#record.id, probes));
  }

  close(): void {
    this.log.close();
  }

  #mask(secrets: readonly string[]): void {
    this.#redactor = new Redactor(secrets);
  }

  get #author(): Author {
    return { actor: 'hub', correlationId: `deployment-${this.#record.id}` };
  }

  async #note(name: string, state: Step['state'], evidence: Evidence, also?: (transaction: Transaction) => void): Promise<void> {
    const { id } = this.#record;
    if (also === undefined) {
      await this.parts.store.write(this.#author, (transaction) => noteStep(transaction, id, name, state, evidence));
    } else {
      await this.write((transaction) => {
        noteStep(transaction, id, name, state, evidence);
        also(transaction);
      });
    }
    this.#steps.set(name, { state, evidence });
  }

  async #persist<E>(name: string, act: (signal: AbortSignal) => Promise<E>, within: number): Promise<E> {
    const start = performance.now();
    for (let pause = 250; ; pause = Math.min(pause * 2, 5000)) {
      try {
        return await inTime(name, act, within, this.signal);
      } catch (error) {
        const failure = asFailure(error);
        if (failure.reason !== 'docker-unavailable' || this.signal.aborted || performance.now() - start > engineAway) throw error;
        this.say(`${failure.message} Trying again.`);
        await wait(pause, undefined, { signal: this.signal });
      }
    }
  }
}

async function inTime<T>(name: string, act: (signal: AbortSignal) => Promise<T>, within: number, signal: AbortSignal): Promise<T> {
  const limit = AbortSignal.timeout(within);
  try {
    return await act(AbortSignal.any([signal, limit]));
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    throw new Failure('timeout', `The step "${name}" took longer than ${Math.round(within / 1000)} s.`, { cause: error });
  }
}
