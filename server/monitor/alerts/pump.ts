import type { HearthConfig, NotificationConfig } from '../../config/hearthTypes.ts';
import { type Keys, Redactor } from '../../environment/index.ts';
import { asFailure } from '../../rpc/failure.ts';
import type { Log } from '../../rpc/log.ts';
import type { Author, Fence, StateStore } from '../../store/types.ts';
import type { Clock } from '../clock.ts';
import { upkeep } from '../incidents/upkeep.ts';
import type { AppliedConfigs } from './appliedConfigs.ts';
import { type Answer, senders } from './channels/index.ts';
import type { Sender } from './channels/types.ts';
import {
  type Batch,
  claim,
  dropAll,
  forgetOld,
  hasOld,
  type Place,
  sendingOfOthers,
  settle,
  takeOver,
  waitingChannels,
} from './delivery.ts';
import type { MessageRecord } from './outbox.ts';
import { letterOf, type Payload } from './payload.ts';
import { secretOf } from './secrets.ts';

export interface PumpParts {
  readonly store: StateStore;
  readonly keys: Keys;
  readonly fence: Fence;
  readonly log: Log;
  readonly clock: Clock;
  readonly configs: Pick<AppliedConfigs, 'of'>;
  /** Something of a project can be seen that could not be before. */
  changed(project: string): void;
  /** In [0, 1). */
  random?(): number;
  /** How each kind is sent; the real ones unless told. */
  readonly senders?: Readonly<Record<NotificationConfig['kind'], Sender>>;
}

/** What is sent is waited for this long when the hub ends, in milliseconds. */
const patience = 3000;
/** After a failure of our own (a key that cannot be read, …), in milliseconds. */
const troubled = 60_000;
const author: Author = { actor: 'hub', correlationId: 'alerts' };

/**
 * Sends what waits in the outbox and does what time brings to incidents. Each channel one after the other, all channels side by side. One timer,
 * and none when nothing waits.
 */
export class Pump {
  readonly #parts: PumpParts;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();
  #looking: Promise<void> | undefined;
  #again = false;
  #timer: { readonly due: number; stop(): void } | undefined;
  #stopped = false;

  constructor(parts: PumpParts) {
    this.#parts = parts;
  }

  /** Sorts out what a hub before this one was sending, then begins. */
  start(): void {
    this.#looking = this.#takeOver()
      .catch((error: unknown) => this.#trouble(error))
      .finally(() => {
        this.#looking = undefined;
        this.wake();
      });
  }

  /** Looks what is to be done now. */
  wake(): void {
    if (this.#stopped) return;
    if (this.#looking !== undefined) {
      this.#again = true;
      return;
    }
    this.#stopTimer();
    this.#looking = this.#look()
      .catch((error: unknown) => {
        this.#trouble(error);
        this.#comeBack(troubled);
      })
      .finally(() => {
        this.#looking = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.wake();
      });
  }

  /** Resolves when nothing is sent any more. What could not be ended in time is left as it is: the next hub finds it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopTimer();
    const limit = setTimeout(() => this.#abort.abort(), patience);
    await this.#looking;
    await Promise.all(this.#busy.values());
    clearTimeout(limit);
  }

  async #look(): Promise<void> {
    const { store, clock, configs, changed } = this.#parts;
    const kept = await upkeep({ store, configs, now: clock.wall(), author });
    for (const project of kept.changed) changed(project);
    const now = clock.wall();
    const waiting = await store.read((reader) => waitingChannels(reader, now));
    let next = kept.next;
    for (const place of waiting) {
      if (this.#busy.has(keyOf(place))) continue;
      if (place.next <= now) this.#begin(place);
      else next = Math.min(next ?? place.next, place.next);
    }
    if (next !== undefined) this.#comeBack(next - now);
  }

  /** Whoever is first is waited for: then everything is looked at. */
  #comeBack(milliseconds: number): void {
    const { clock } = this.#parts;
    const rest = Math.max(milliseconds, 0);
    const due = clock.monotonic() + rest;
    if (this.#stopped || (this.#timer !== undefined && this.#timer.due <= due)) return;
    this.#stopTimer();
    const run = () => {
      this.#timer = undefined;
      this.wake();
    };
    this.#timer = { due, stop: clock.timer(rest, run) };
  }

  #stopTimer(): void {
    this.#timer?.stop();
    this.#timer = undefined;
  }

  #begin(place: Place): void {
    const work = this.#empty(place)
      .then(
        () => true,
        (error: unknown) => {
          this.#trouble(error);
          return false;
        },
      )
      .then((well) => {
        this.#busy.delete(keyOf(place));
        if (well) this.wake();
        else this.#comeBack(troubled);
      });
    this.#busy.set(keyOf(place), work);
  }

  /** Sends what is due in one channel until nothing is. */
  async #empty(place: Place): Promise<void> {
    const { store, configs, fence, changed } = this.#parts;
    while (!this.#stopped) {
      const config = await configs.of(place.project);
      const channel = config?.notifications.find(({ name }) => name === place.channel);
      if (config !== undefined && channel === undefined) {
        await store.write(author, (transaction) => dropAll(transaction, place));
        return changed(place.project);
      }
      const batch = await store.write(author, (transaction) => claim(transaction, place, fence.number) ?? null);
      if (batch === null) return;
      const answer = await this.#send(config, channel, batch);
      // Nobody knows what became of it: it stays as it is, for the next hub.
      if (this.#abort.signal.aborted) return;
      const idempotent = channel !== undefined && this.#senderOf(channel.kind).idempotent;
      const random = (this.#parts.random ?? Math.random)();
      await store.write(author, (transaction) => settle(transaction, batch, answer, { random, idempotent }));
      changed(place.project);
    }
  }

  async #send(config: HearthConfig | undefined, channel: NotificationConfig | undefined, { key, messages }: Batch): Promise<Answer> {
    if (config === undefined || channel === undefined) return refused('The applied hearth.yaml cannot be read.');
    const payloads = messages.map(({ payload }) => payload);
    return this.deliver(config, channel, { key, payloads, project: messages[0]?.project ?? '' });
  }

  /** Sends at once, past the outbox. Never rejects; the answer is masked. */
  async deliver(
    config: HearthConfig,
    channel: NotificationConfig,
    { key, payloads, project }: { key: string; payloads: readonly Payload[]; project: string },
  ): Promise<Answer> {
    const { store, keys, fence, log } = this.#parts;
    const { secret: name, environment } = channel;
    let redactor = new Redactor([]);
    let isSent = false;
    try {
      const found =
        name === undefined ? undefined : await store.read((reader) => secretOf(reader, { keys, config, project, environment, name }));
      if (found !== undefined && 'problem' in found) return refused(found.problem);
      if (found !== undefined) redactor = new Redactor([found.value, found.value.trim()]);
      const letter = letterOf(payloads);
      // Another hub may have taken over since this was claimed: then it is that one's.
      fence.check();
      isSent = true;
      const answer = await this.#senderOf(channel.kind).send({ channel, secret: found?.value, letter, key, signal: this.#abort.signal });
      log(answer.kind === 'accepted' ? 'info' : 'warn', `notification ${channel.name}: ${answer.kind}`, {
        messages: payloads.length,
        answer: redactor.redact(answer.answer),
      });
      return { ...answer, answer: redactor.redact(answer.answer) };
    } catch (error) {
      const answer = redactor.redact(asFailure(error).message);
      return isSent ? { kind: 'unknown', answer } : refused(answer);
    }
  }

  async #takeOver(): Promise<void> {
    const { store, configs, fence, clock } = this.#parts;
    const { left, old } = await store.read((reader) => ({
      left: sendingOfOthers(reader, fence.number),
      old: hasOld(reader, clock.wall()),
    }));
    if (left.length === 0 && !old) return;
    const again = new Set<number>();
    for (const message of left) if (await this.#takesTwice(message, configs)) again.add(message.id);
    await store.write(author, (transaction) => {
      forgetOld(transaction);
      takeOver(transaction, left, ({ id }) => again.has(id));
    });
  }

  async #takesTwice({ project, channel }: MessageRecord, configs: PumpParts['configs']): Promise<boolean> {
    const kind = (await configs.of(project))?.notifications.find(({ name }) => name === channel)?.kind;
    return kind !== undefined && this.#senderOf(kind).idempotent;
  }

  #senderOf(kind: NotificationConfig['kind']): Sender {
    return (this.#parts.senders ?? senders)[kind];
  }

  #trouble(error: unknown): void {
    const failure = asFailure(error);
    this.#parts.log(failure.reason === 'locked' ? 'info' : 'error', 'alerts cannot go on', { error: failure.message });
  }
}

const keyOf = ({ project, channel }: Place): string => `${project} ${channel}`;

function refused(answer: string): Answer {
  return { kind: 'refused', permanent: false, answer };
}
