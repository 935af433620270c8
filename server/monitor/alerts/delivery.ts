import { createHash } from 'node:crypto';
import type { Reader, Transaction } from '../../store/types.ts';
import { addEntry } from '../incidents/journal.ts';
import { mostAttempts, pauseAfter } from './backoff.ts';
import { noteFailure, noteSent, readChannel } from './breaker.ts';
import type { Answer } from './channels/index.ts';
import { type MessageRecord, readMessages } from './outbox.ts';
import { plainLine } from './payload.ts';

/** What the outbox says before and after something is sent. Each function is one change. */

/** Messages that are sent as one, under one key. */
export interface Batch {
  readonly key: string;
  readonly messages: readonly MessageRecord[];
  /** It may have been taken before. */
  readonly again: boolean;
}

export interface Place {
  /** The id. */
  readonly project: string;
  /** Name of the channel. */
  readonly channel: string;
}

/** So many become one at most. */
const mostTogether = 50;
/** A clock that was set back must not hold messages for hours: those from the future are due. */
const future = 60_000;
/** As the index says it, so that it is used. */
const onTheWay = "state in ('waiting', 'sending')";
const due = '(next <= ? or created > ?)';

/** Channels for which something waits, each with the time at which it is tried next. */
export function waitingChannels(reader: Reader, now: number): (Place & { next: number })[] {
  return reader
    .all<Place & { next: number } & Record<string, string | number>>(
      `select project, channel, min(case when created > ? then ? else next end) as next from outbox where ${onTheWay} and state = 'waiting'
       group by project, channel`,
      [now + future, now],
    )
    .map(({ project, channel, next }) => {
      const rest = readChannel(reader, project, channel).openUntil ?? 0;
      return { project, channel, next: Math.max(next, rest) };
    });
}

/**
 * Takes what is to be sent now, if anything is due: what may have been taken before goes alone, under its key; else everything that waits, the
 * oldest first. From here on it is this hub's (`fence`). Undefined when nothing is due.
 */
export function claim(transaction: Transaction, { project, channel }: Place, fence: number): Batch | undefined {
  const { now } = transaction;
  const rest = readChannel(transaction, project, channel).openUntil;
  if (rest !== null && rest > now && rest < now + 90_000_000) return undefined;
  const mine = "project = ? and channel = ? and state = 'waiting'";
  const [ready] = readMessages(transaction, `${mine} and ${due} order by id limit 1`, [project, channel, now, now + future]);
  if (ready === undefined) return undefined;
  // In order: what is tried again goes before or with what came after it, or the last word would be an old one.
  const [first = ready] = readMessages(transaction, `${mine} order by id limit 1`, [project, channel]);
  const messages =
    first.batch === null
      ? readMessages(transaction, `${mine} and batch is null order by id limit ?`, [project, channel, mostTogether])
      : readMessages(transaction, `${mine} and batch = ? order by id`, [project, channel, first.batch]);
  const key = first.batch ?? keyOf(project, channel, messages);
  for (const { id } of messages) {
    transaction.run("update outbox set state = 'sending', fence = ?, batch = ?, attempts = attempts + 1, next = null where id = ?", [
      fence,
      key,
      id,
    ]);
  }
  return {
    key,
    again: first.batch !== null,
    messages: messages.map((each) => ({ ...each, state: 'sending', batch: key, attempts: each.attempts + 1, next: null, fence })),
  };
}

function keyOf(project: string, channel: string, messages: readonly MessageRecord[]): string {
  const hash = createHash('sha256').update(JSON.stringify([project, channel, messages.map(({ id, cause }) => [id, cause])]));
  return hash.digest('hex').slice(0, 32);
}

/**
 * Writes down what became of it. `random` is in [0, 1). Answers are masked already. What may have been taken twice is left to a person, unless
 * the other side takes a key twice only once (`idempotent`).
 */
export function settle(
  transaction: Transaction,
  { messages, again }: Batch,
  answer: Answer,
  { random, idempotent }: { random: number; idempotent: boolean },
): void {
  const [first] = messages;
  if (first === undefined) return;
  const { project, channel } = first;
  const said = plainLine(answer.answer, 500);
  if (answer.kind === 'accepted') {
    noteSent(transaction, project, channel);
    for (const { id } of messages) {
      transaction.run("update outbox set state = 'sent', ended = ?, error = null, fence = null where id = ?", [transaction.now, id]);
    }
    told(transaction, messages, 'sent', (titles) => `${channel} was told: ${titles}`);
    return;
  }
  const asked = answer.kind === 'refused' ? answer.retryAfter : undefined;
  const permanent = answer.kind === 'refused' && answer.permanent;
  if (!permanent) noteFailure(transaction, project, channel, { error: said, asked });
  const given = messages.filter(({ attempts }) => permanent || attempts >= mostAttempts);
  giveUp(transaction, given, said);
  const rest = messages.filter((each) => !given.includes(each));
  if (answer.kind === 'unknown' && again && !idempotent) {
    leave(transaction, rest, `Perhaps it has arrived: ${said}`);
    return;
  }
  for (const { id, attempts } of rest) {
    // What was certainly never taken may go with others the next time.
    transaction.run(
      `update outbox set state = 'waiting', next = ?, error = ?, fence = null, batch = case when ? then batch else null end where id = ?`,
      [transaction.now + pauseAfter(attempts, asked, random), said, answer.kind === 'unknown' || again ? 1 : 0, id],
    );
  }
}

export function giveUp(transaction: Transaction, messages: readonly MessageRecord[], error: string): void {
  if (messages.length === 0) return;
  for (const { id } of messages) {
    transaction.run("update outbox set state = 'dead', ended = ?, error = ?, next = null, fence = null, batch = null where id = ?", [
      transaction.now,
      error,
      id,
    ]);
  }
  told(transaction, messages, 'dead', (titles) => `${messages[0]?.channel} could not be told (${error}): ${titles}`, { error });
}

/** The notification is not there any more. */
export function dropAll(transaction: Transaction, { project, channel }: Place): void {
  transaction.run(
    "update outbox set state = 'dropped', ended = ?, next = null, error = ? where project = ? and channel = ? and state = 'waiting'",
    [transaction.now, 'The applied hearth.yaml has no such notification any more.', project, channel],
  );
}

/**
 * What another hub was sending when it ended: nobody knows whether it was taken. Where the other side takes a key twice only once it is sent
 * again; else it is left to a person.
 */
export function takeOver(
  transaction: Transaction,
  messages: readonly MessageRecord[],
  sendsAgain: (message: MessageRecord) => boolean,
): void {
  const again = messages.filter(sendsAgain);
  const left = messages.filter((each) => !again.includes(each));
  for (const { id } of again)
    transaction.run("update outbox set state = 'waiting', next = ?, fence = null where id = ?", [transaction.now, id]);
  for (const [, own] of grouped(left, ({ project, channel }) => `${project} ${channel}`)) {
    leave(transaction, own, 'Hearth ended while it was being sent: perhaps it has arrived.');
  }
}

/** Nobody knows whether it has arrived, and it is not sent again by itself. All of one channel. */
function leave(transaction: Transaction, messages: readonly MessageRecord[], error: string): void {
  for (const { id } of messages) {
    transaction.run("update outbox set state = 'uncertain', ended = ?, next = null, fence = null, error = ? where id = ?", [
      transaction.now,
      error,
      id,
    ]);
  }
  told(transaction, messages, 'uncertain', (titles) => `Perhaps ${messages[0]?.channel} was told: ${titles}`);
}

/** Those that another hub was sending. */
export function sendingOfOthers(reader: Reader, fence: number): MessageRecord[] {
  return readMessages(reader, `${onTheWay} and state = 'sending' and (fence is null or fence <> ?) order by id`, [fence]);
}

const keptDays = 60;
const isOld = 'ended < ? and id < (select max(id) from outbox)';

/** What has ended long ago is forgotten; the last one stays, so that its number does not come back. */
export function forgetOld(transaction: Transaction): void {
  transaction.run(`delete from outbox where ${isOld}`, [transaction.now - keptDays * 86_400_000]);
}

export function hasOld(reader: Reader, now: number): boolean {
  return reader.get(`select id from outbox where ${isOld} limit 1`, [now - keptDays * 86_400_000]) !== undefined;
}

/** Once for a channel in the event log, once for each incident in its timeline. */
function told(
  transaction: Transaction,
  messages: readonly MessageRecord[],
  kind: 'sent' | 'dead' | 'uncertain',
  words: (titles: string) => string,
  more: Readonly<Record<string, unknown>> = {},
): void {
  const [first] = messages;
  if (first === undefined) return;
  for (const [incident, own] of grouped(messages, (each) => each.incident)) {
    if (incident === null) continue;
    addEntry(transaction, incident, { actor: 'hub', kind: 'alert', text: words(own.map(({ payload }) => payload.title).join(', ')) });
  }
  const kinds = [...new Set(messages.map((each) => each.kind))];
  transaction.event({
    ...{ project: first.project, entity: 'notification', entityId: first.channel, kind },
    payload: { kinds, title: first.payload.title, messages: messages.length, incident: first.incident, ...more },
  });
}

function grouped<T, K>(all: readonly T[], keyOf: (each: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const each of all) groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]);
  return groups;
}
