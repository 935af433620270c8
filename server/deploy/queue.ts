import { asFailure } from '../rpc/failure.ts';
import { carryOut } from './course.ts';
import { begin, end, takeUp } from './journal.ts';
import { Locks } from './locks.ts';
import { Operation, type Stop } from './operation.ts';
import type { Parts } from './parts.ts';
import { type DeploymentRecord, deploymentsOfRun, readDeployment, runningDeployments } from './records.ts';

/** Taken up again so often, it is given up. */
const mostResumes = 2;
/** So often it may fail to be carried on in one hub, with so long a rest (ms, longer each time) between. */
const mostStumbles = 4;
const rest = 3000;

interface Active {
  readonly operation: Promise<Operation>;
  readonly done: Promise<void>;
}

/**
 * Which deployment is worked on when. The store says what waits: one at a time for each service of an environment, after those of its run that it
 * depends on.
 */
export class Queue {
  readonly #parts: Parts;
  readonly #locks = new Locks();
  readonly #active = new Map<string, Active>();
  readonly #changed: () => void;
  #considering: Promise<void> = Promise.resolve();
  /** Those that could not be carried on, and how often: they rest for a moment, and are given up in the end. */
  readonly #stumbled = new Map<string, { times: number; until: number }>();
  /** Those that wait for others. */
  #waiting: ReadonlySet<string> = new Set();
  #suspended = false;

  constructor(parts: Parts, changed: () => void) {
    this.#parts = parts;
    this.#changed = changed;
  }

  get busy(): boolean {
    return this.#active.size > 0;
  }

  /** Whether it is this process's to carry out: it is worked on, or waits here. */
  isActive(id: string): boolean {
    return this.#active.has(id) || this.#waiting.has(id);
  }

  async progressOf(id: string): Promise<string | null> {
    return (await this.#active.get(id)?.operation.catch(() => undefined))?.progress ?? null;
  }

  /** Starts what may start. Rejects never: what cannot be written ends the hub. */
  consider(): Promise<void> {
    const next = this.#considering.then(() => this.#consider());
    this.#considering = next.catch((error: unknown) =>
      this.#parts.log('error', 'deployments cannot go on', { error: asFailure(error).message }),
    );
    return this.#considering;
  }

  /** Asks one to stop; resolves when nothing of it is left. One that is not worked on is left to whoever takes it up. */
  async stop(id: string, why: Stop): Promise<void> {
    const active = this.#active.get(id);
    if (active === undefined) return;
    (await active.operation.catch(() => undefined))?.stop(why);
    await active.done;
  }

  /** Stops everything where it is: the next hub goes on. */
  async suspend(): Promise<void> {
    this.#suspended = true;
    await this.#considering;
    await Promise.all([...this.#active.keys()].map((id) => this.stop(id, { kind: 'suspend' })));
  }

  async #consider(): Promise<void> {
    if (this.#suspended) return;
    const { store } = this.#parts;
    const open = await store.read((reader) =>
      runningDeployments(reader).map((record) => ({ record, run: deploymentsOfRun(reader, record.project, record.run) })),
    );
    // Those that were interrupted come before those that wait.
    open.sort((a, b) => Number(a.record.started === null) - Number(b.record.started === null));
    const taken = new Set<string>();
    this.#waiting = new Set(open.map(({ record }) => record.id));
    for (const { record, run } of open) {
      const key = `${record.project}\0${record.environment}\0${record.service}`;
      const isFirst = !taken.has(key);
      taken.add(key);
      if (this.#active.has(record.id) || !isFirst || this.#rests(record.id)) continue;
      const waits = record.started === null ? waitsFor(record, run) : { kind: 'nothing' as const };
      if (waits.kind === 'deployment') continue;
      if (waits.kind === 'never') await this.#giveUp(record, waits.reason);
      else this.#start(record);
    }
  }

  #start(record: DeploymentRecord): void {
    const opening = Operation.open(this.#parts, record.id);
    const done = this.#carry(record, opening).finally(() => {
      this.#active.delete(record.id);
      this.#changed();
      void this.consider();
    });
    this.#active.set(record.id, { operation: opening, done });
    this.#changed();
  }

  async #carry(record: DeploymentRecord, opening: Promise<Operation>): Promise<void> {
    const { log, fence } = this.#parts;
    let operation: Operation | undefined;
    try {
      operation = await opening;
      if (record.started === null) await operation.write((transaction) => begin(transaction, record.id, fence.number));
      else await takeUpAgain(operation, fence.number);
      await carryOut(operation, this.#locks);
    } catch (error) {
      log('error', 'a deployment was left as it is', { deployment: record.id, error: asFailure(error).message });
      await this.#stumble(record, asFailure(error).message).catch(() => {});
    } finally {
      operation?.close();
    }
  }

  #rests(id: string): boolean {
    return (this.#stumbled.get(id)?.until ?? 0) > performance.now();
  }

  /** Something is wrong here (the disk, the store): a moment later it may not be. */
  async #stumble(record: DeploymentRecord, problem: string): Promise<void> {
    const times = (this.#stumbled.get(record.id)?.times ?? 0) + 1;
    if (times >= mostStumbles) {
      this.#stumbled.delete(record.id);
      await this.#close(record, 'failed', `It could not be carried out: ${problem}`);
      return;
    }
    this.#stumbled.set(record.id, { times, until: performance.now() + rest * times });
    setTimeout(() => void this.consider(), rest * times + 50).unref();
  }

  #giveUp(record: DeploymentRecord, reason: string): Promise<void> {
    return this.#close(record, 'canceled', reason);
  }

  async #close(record: DeploymentRecord, state: 'canceled' | 'failed', reason: string): Promise<void> {
    const author = { actor: 'hub', correlationId: `deployment-${record.id}` };
    const now = await this.#parts.store.write(author, (transaction) => {
      end(transaction, record.id, { state: record.state === 'live' ? 'live' : state, reason, hint: null });
      return readDeployment(transaction, record.id) ?? record;
    });
    this.#parts.happenings.tell({ kind: 'changed', record: now, progress: null });
    void this.consider();
  }
}

async function takeUpAgain(operation: Operation, fence: number): Promise<void> {
  const { id } = operation.record;
  await operation.write((transaction) => takeUp(transaction, id, fence));
  const { resumed, canceling, state } = operation.record;
  operation.say(`Taken up again by another hub (fence ${fence}).`);
  if (state === 'live') return;
  if (canceling) operation.stop({ kind: 'cancel' });
  else if (resumed > mostResumes) operation.stop({ kind: 'fail', reason: `It was interrupted ${resumed} times; it is not tried again.` });
}

type Waiting = { kind: 'nothing' } | { kind: 'deployment' } | { kind: 'never'; reason: string };

/** What of its own run it depends on: not live yet, or never to be. */
function waitsFor(record: DeploymentRecord, run: readonly DeploymentRecord[]): Waiting {
  for (const other of run) {
    if (!record.config.service.dependsOn.includes(other.service)) continue;
    if (other.state === 'running') return { kind: 'deployment' };
    if (other.state === 'live' && other.ended === null) return { kind: 'deployment' };
    if (other.state !== 'live' && other.state !== 'retired') {
      return { kind: 'never', reason: `Not deployed: ${other.service}, which it depends on, is ${other.state}.` };
    }
  }
  return { kind: 'nothing' };
}
