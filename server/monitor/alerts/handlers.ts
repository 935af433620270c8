import { randomUUID } from 'node:crypto';
import type { HearthConfig, NotificationConfig } from '../../config/hearthTypes.ts';
import type { Keys } from '../../environment/index.ts';
import type { ProjectOf } from '../../project/index.ts';
import * as protocol from '../../protocol/notify.ts';
import { Failure } from '../../rpc/failure.ts';
import { type Context, handle, type Registration } from '../../rpc/router.ts';
import { authorOf } from '../../store/author.ts';
import type { Reader, StateStore, Transaction } from '../../store/types.ts';
import type { AppliedConfigs } from './appliedConfigs.ts';
import { breakerOf, closeBreaker, readChannel } from './breaker.ts';
import { targetText } from './channels/index.ts';
import { testPayload } from './messages.ts';
import { listMessages, messageOf, readMessages } from './outbox.ts';
import { plainLine } from './payload.ts';
import type { Pump } from './pump.ts';
import { secretOf } from './secrets.ts';

export interface NotifyParts {
  readonly store: StateStore;
  readonly projectOf: ProjectOf;
  readonly keys: Keys;
  readonly configs: Pick<AppliedConfigs, 'of'>;
  readonly pump: Pick<Pump, 'deliver' | 'wake'>;
  wake(project: string): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** What the hub answers of notifications. */
export function notifyHandlers({ store, projectOf, keys, configs, pump, wake, now }: NotifyParts): Registration[] {
  const projectId = async (repository: string, context: Context<never>): Promise<string> => {
    const id = await projectOf.id(repository, context);
    if (id === undefined) throw nothingApplied();
    return id;
  };
  return [
    handle(protocol.listChannels, async ({ repository }, context) => {
      const project = await projectOf.id(repository, context);
      const config = project === undefined ? undefined : await configs.of(project);
      if (project === undefined || config === undefined) return { channels: [] };
      return store.read((reader) => ({
        channels: config.notifications.map((each) => channelOf(reader, { keys, config, project, now: now() }, each)),
      }));
    }),
    handle(protocol.testChannel, async ({ repository, name }, context) => {
      const project = await projectId(repository, context);
      const config = await configs.of(project);
      if (config === undefined) throw nothingApplied();
      const channel = config.notifications.find((each) => each.name === name);
      if (channel === undefined) {
        const names = config.notifications.map((each) => each.name).join(', ');
        throw new Failure('not-found', `There is no notification ${JSON.stringify(name)} in the applied hearth.yaml.`, {
          hint: names === '' ? 'It has none: `notifications:` names them, `hearth config apply` applies it.' : `It has: ${names}.`,
        });
      }
      const start = performance.now();
      const payloads = [testPayload(name, now())];
      const answer = await pump.deliver(config, channel, { key: randomUUID().replaceAll('-', ''), payloads, project });
      const milliseconds = Math.round(performance.now() - start);
      const ok = answer.kind === 'accepted';
      if (ok) {
        await store.write(authorOf(context), (transaction) => closeBreaker(transaction, project, name));
        pump.wake();
      }
      return { ok, milliseconds, answer: plainLine(answer.answer) };
    }),
    handle(protocol.outbox, async ({ repository, ...filter }, context) => {
      const project = await projectOf.id(repository, context);
      if (project === undefined) return { messages: [] };
      return store.read((reader) => {
        const messages = listMessages(reader, project, filter);
        const rests = new Map([...new Set(messages.map(({ channel }) => channel))].map((name) => [name, restOf(reader, project, name)]));
        return { messages: messages.map((each) => messageOf(each, rests.get(each.channel) ?? null)) };
      });
    }),
    handle(protocol.resend, async ({ repository, ids }, context) => {
      const project = await projectId(repository, context);
      const messages = await store.write(authorOf(context), (transaction) => sendAgain(transaction, project, ids));
      wake(project);
      return { messages };
    }),
  ];
}

const restOf = (reader: Reader, project: string, name: string): number | null => readChannel(reader, project, name).openUntil;

function channelOf(
  reader: Reader,
  { keys, config, project, now }: { keys: Keys; config: HearthConfig; project: string; now: number },
  channel: NotificationConfig,
): ReturnType<typeof protocol.channel.parse> {
  const { name, kind, on, secret, environment } = channel;
  const state = readChannel(reader, project, name);
  const count = (states: string) =>
    reader.get<{ count: number }>(`select count(*) as count from outbox where project = ? and channel = ? and state in (${states})`, [
      project,
      name,
    ])?.count ?? 0;
  const isMissing = secret !== undefined && 'problem' in secretOf(reader, { keys, config, project, environment, name: secret });
  return {
    ...{ name, kind, target: targetText(channel), on: [...on], missing: isMissing ? [secret] : [] },
    breaker: breakerOf(state, now),
    ...{ waiting: count("'waiting', 'sending'"), dead: count("'dead'"), lastSent: state.lastSent, lastError: state.lastError },
  };
}

/** Throws `not-found` for a number that is none, `precondition` for a message that is on its way, or was sent. */
function sendAgain(transaction: Transaction, project: string, ids: readonly number[]): ReturnType<typeof protocol.message.parse>[] {
  const channels = new Set<string>();
  for (const id of ids) {
    const [message] = readMessages(transaction, 'project = ? and id = ?', [project, id]);
    if (message === undefined) throw new Failure('not-found', `There is no message ${id}.`, { hint: '`hearth notify outbox` lists them.' });
    if (message.state !== 'dead' && message.state !== 'uncertain') {
      throw new Failure('precondition', `Message ${id} is ${message.state}.`, {
        hint: 'Only what was given up or is uncertain is sent again.',
      });
    }
    channels.add(message.channel);
    transaction.run(
      "update outbox set state = 'waiting', attempts = 0, next = ?, ended = null, error = null, batch = null, fence = null where id = ?",
      [transaction.now, id],
    );
  }
  for (const channel of channels) {
    closeBreaker(transaction, project, channel);
    transaction.event({ project, entity: 'notification', entityId: channel, kind: 'resent', payload: { ids: [...ids] } });
  }
  // None of their channels rests any more.
  return ids.flatMap((id) => readMessages(transaction, 'id = ?', [id]).map((each) => messageOf(each, null)));
}

function nothingApplied(): Failure {
  return new Failure('precondition', 'No hearth.yaml is applied: there are no notifications.', {
    hint: '`hearth config apply` applies it.',
  });
}
