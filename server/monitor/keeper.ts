import type { HearthConfig } from '../config/hearthTypes.ts';
import type { Beat } from '../protocol/monitorTypes.ts';
import { asFailure, type Failure } from '../rpc/failure.ts';
import type { Author, Transaction } from '../store/types.ts';
import type { Clock } from './clock.ts';
import { BeatBuffer } from './history/beatBuffer.ts';
import { hourOf } from './history/beats.ts';
import { rollUp } from './history/rollUp.ts';
import type { Live } from './live.ts';
import type { Step } from './machine.ts';
import type { MonitorParts } from './parts.ts';
import { writeChange, writeState } from './records.ts';
import type { Happening, MonitorRecord } from './types.ts';

/** Beats wait so long to be written together, in milliseconds. */
const flushAfter = 5000;

/** What came of a look beside the beat. */
export type News =
  | { readonly kind: 'step'; readonly step: Step; readonly time: number; readonly message: string | null }
  | { readonly kind: 'reminder'; readonly since: number; readonly message: string | null }
  | { readonly kind: 'certificate'; readonly certificate: NonNullable<Live['certificate']>; readonly days: number };

interface KeeperOptions extends Pick<MonitorParts, 'store' | 'log' | 'consequences'> {
  readonly clock: Clock;
  configOf(project: string): HearthConfig | undefined;
}

/** Writes down what was seen: beats every few seconds, what people are told of at once and together with its consequences. */
export class Keeper {
  readonly #options: KeeperOptions;
  readonly #buffer = new BeatBuffer();
  /** Those whose kept state is not what is known of them. */
  readonly #changed = new Set<Live>();
  #disarm: (() => void) | undefined;
  #rolled = -1;
  #rolling: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** It is written with the next ones. */
  add(live: Live, beat: Beat): void {
    this.#buffer.add(live.record.id, beat);
    if (live.changed) this.#changed.add(live);
    if (this.#stopped) return;
    this.#disarm ??= this.#options.clock.timer(flushAfter, () => {
      this.#disarm = undefined;
      void this.flush();
    });
  }

  /** Writes what waits of this one, and what news there is of it with what follows from that. False, with nothing written, when that is refused. */
  async commit(live: Live, news: readonly News[]): Promise<boolean> {
    this.#changed.add(live);
    const { record } = live;
    const author = { actor: 'hub', correlationId: `monitor-${record.id}-${this.#options.clock.wall()}` };
    const refused = await this.#write(author, [record.id], (transaction) => {
      if (isAsKnown(transaction, record)) for (const each of news) this.#draw(transaction, record, each);
    });
    if (refused === undefined) this.#options.consequences.wake(record.project);
    return refused === undefined;
  }

  /** Resolves when what was added until now is written; what could not be is tried again later. */
  async flush(): Promise<void> {
    this.#disarm?.();
    this.#disarm = undefined;
    await this.#writeAll();
    const { store, clock, log } = this.#options;
    const hour = hourOf(clock.wall());
    if (hour === this.#rolled || this.#stopped) return;
    this.#rolled = hour;
    this.#rolling = this.#rolling
      .then(() => rollUp(store, { actor: 'hub', correlationId: 'monitor-hours' }, clock.wall()))
      .catch((error: unknown) => log('warn', 'the history of monitors could not be rolled up', { error: asFailure(error).message }));
  }

  /** The last time history was rolled up has ended. */
  get settled(): Promise<void> {
    return this.#rolling;
  }

  forget(live: Live): void {
    this.#buffer.forget(live.record.id);
    this.#changed.delete(live);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.flush();
    await this.#rolling;
  }

  /** All that waits together; when that is refused each monitor by itself, so that none holds up the others. */
  async #writeAll(): Promise<void> {
    const author = { actor: 'hub', correlationId: 'monitor-beats' };
    const waiting = [...new Set([...this.#buffer.monitors, ...[...this.#changed].map(({ record }) => record.id)])];
    if (waiting.length === 0) return;
    const refused = await this.#write(author, waiting, () => {});
    // What the disk refuses it refuses of each.
    if (refused?.reason !== 'internal') return;
    for (const id of waiting) {
      if ((await this.#write(author, [id], () => {}))?.reason !== 'internal') continue;
      this.#buffer.forget(id);
      for (const live of this.#changed) if (live.record.id === id) this.#changed.delete(live);
    }
  }

  /** What waits of these monitors, in one change. Answers why not; then it waits again. */
  async #write(author: Author, monitors: readonly string[], more: (transaction: Transaction) => void): Promise<Failure | undefined> {
    const batch = this.#buffer.take(monitors);
    const ids = new Set(monitors);
    const changed = [...this.#changed]
      .filter(({ record }) => ids.has(record.id))
      .map((live) => ({ live, record: live.record, state: live.state() }));
    for (const { live } of changed) {
      this.#changed.delete(live);
      live.changed = false;
    }
    try {
      await this.#options.store.write(author, (transaction) => {
        batch.write(transaction);
        for (const { record, state } of changed) if (isAsKnown(transaction, record)) writeState(transaction, record.id, state);
        more(transaction);
      });
      return undefined;
    } catch (error) {
      const failure = asFailure(error);
      this.#options.log('error', 'what monitors saw could not be written', { monitors: monitors.length, error: failure.message });
      this.#buffer.putBack(batch);
      for (const { live } of changed) {
        live.changed = true;
        this.#changed.add(live);
      }
      return failure;
    }
  }

  #draw(transaction: Transaction, monitor: MonitorRecord, news: News): void {
    const draw = (happening: Happening) => this.#options.consequences.draw(transaction, this.#options.configOf(monitor.project), happening);
    if (news.kind === 'step') writeStep(transaction, monitor, news, draw);
    else if (news.kind === 'reminder') draw({ kind: 'reminder', monitor, since: news.since, message: news.message });
    else draw({ kind: 'certificate', monitor, certificate: news.certificate, days: news.days });
  }
}

/** Whether it was not changed, paused or removed meanwhile: what was seen then is of another monitor. */
function isAsKnown(transaction: Transaction, { id, updated }: MonitorRecord): boolean {
  return transaction.get<{ updated: number }>('select updated from monitors where id = ?', [id])?.updated === updated;
}

/** A settled state has changed: the change, the event, and what follows from it. The state itself is written by then. */
export function writeStep(
  transaction: Transaction,
  monitor: MonitorRecord,
  { step: { from, to }, time, message }: { readonly step: Step; readonly time: number; readonly message: string | null },
  draw: (happening: Happening) => void,
): void {
  const at = writeChange(transaction, monitor.id, { time, from, to, message });
  const { id, project, name, service, environment } = monitor;
  transaction.event({
    ...{ project, entity: 'monitor', entityId: id, kind: to },
    payload: { name, from, service, environment, ...(message === null ? {} : { message }) },
  });
  draw({ kind: 'transition', transition: { monitor, from, to, time: at, message } });
}
