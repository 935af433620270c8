import * as z from 'zod/mini';
import { repositoryPath } from './gitTypes.ts';
import { request } from './message.ts';

/** Messages about notifications: who is told what, and what became of it (DESIGN §8). A message is in the outbox before it is sent. */

export const channelKinds = ['slack', 'discord', 'teams', 'telegram', 'ntfy', 'email', 'webhook'] as const;
export const channelKind = z.enum(channelKinds);
export const notifyOn = z.enum(['down', 'recovered', 'deployed', 'failed', 'certificate', 'incident']);

export const channel = z.object({
  name: z.string(),
  kind: channelKind,
  /** For a person; never an address that holds a secret. */
  target: z.string(),
  on: z.array(notifyOn),
  /** Names of secrets it needs that nobody has set. */
  missing: z.array(z.string()),
  breaker: z.object({ state: z.enum(['closed', 'open', 'half-open']), failures: z.int(), until: z.nullable(z.int()) }),
  waiting: z.int(),
  dead: z.int(),
  lastSent: z.nullable(z.int()),
  lastError: z.nullable(z.string()),
});

export const listChannels = request({
  method: 'notify/list',
  purpose: 'Notifications of the applied `hearth.yaml` with how they do.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath }),
  result: z.object({ channels: z.array(channel) }),
});

export const testChannel = request({
  method: 'notify/test',
  purpose: 'Send a test message through a notification, now, and say what the other side answered.',
  where: 'hub',
  trust: true,
  params: z.strictObject({ repository: repositoryPath, name: z.string() }),
  result: z.object({ ok: z.boolean(), milliseconds: z.number(), answer: z.string() }),
});

/** `uncertain`: the hub ended while it was being sent, or there was no answer twice; it is not sent again by itself. */
export const messageState = z.enum(['waiting', 'sending', 'sent', 'dead', 'uncertain', 'dropped']);

export const message = z.object({
  id: z.int(),
  channel: z.string(),
  kind: z.string(),
  title: z.string(),
  state: messageState,
  attempts: z.int(),
  created: z.int(),
  next: z.nullable(z.int()),
  ended: z.nullable(z.int()),
  error: z.nullable(z.string()),
  incident: z.nullable(z.string()),
});

export const outbox = request({
  method: 'notify/outbox',
  purpose: 'What was and will be sent, newest first.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    states: z.optional(z.array(messageState)),
    channel: z.optional(z.string()),
    limit: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 100),
  }),
  result: z.object({ messages: z.array(message) }),
});

export const resend = request({
  method: 'notify/resend',
  purpose: 'Send messages again that were given up.',
  where: 'hub',
  trust: true,
  params: z.strictObject({ repository: repositoryPath, ids: z.array(z.int()).check(z.minLength(1)) }),
  result: z.object({ messages: z.array(message) }),
});
