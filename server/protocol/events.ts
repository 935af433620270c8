import * as z from 'zod/mini';
import { notification, request } from './message.ts';

/**
 * Messages about the event log: every change of state is one row, chained by hashes (DESIGN §4).
 * Times are milliseconds since the epoch; sequences start at 1 and have no gaps.
 */

export const event = z.object({
  sequence: z.int(),
  time: z.int(),
  /** Who did it: `window`, `cli`, `hub`, later a hook's name. */
  actor: z.string(),
  /** Of the request that caused it; the log lines of that request carry it too. */
  correlationId: z.string(),
  /** The project it belongs to, when it belongs to one. */
  project: z.optional(z.string()),
  /** What changed: `project`, `note`, `backup`, `store`, … and which one. */
  entity: z.string(),
  entityId: z.string(),
  kind: z.string(),
  payload: z.record(z.string(), z.unknown()),
});
export type Event = z.output<typeof event>;

const filter = {
  project: z.optional(z.string()),
  entity: z.optional(z.string()),
  entityId: z.optional(z.string()),
  kind: z.optional(z.string()),
  actor: z.optional(z.string()),
  correlationId: z.optional(z.string()),
  /** Case-insensitive, anywhere in the payload's values, the entity id or the kind. */
  text: z.optional(z.string()),
  /** From this time on, and before that one. */
  since: z.optional(z.int()),
  until: z.optional(z.int()),
};

/** Sealed segments that had to be left out, with a sentence each. */
const unreadable = z.optional(z.array(z.object({ segment: z.string(), problem: z.string() })));

export const list = request({
  method: 'events/list',
  purpose: 'List what happened, newest first, filtered and paged; sealed segments are read when asked for or when the page reaches them.',
  where: 'hub',
  params: z.strictObject({
    ...filter,
    /** Only events before (older than) or after (newer than) this sequence; with `after` the oldest come first. */
    before: z.optional(z.int()),
    after: z.optional(z.int()),
    limit: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 100),
    /** Also search segments older than the log in memory. */
    sealed: z._default(z.boolean(), false),
  }),
  result: z.object({
    events: z.array(event),
    /** Whether there is more in that direction. */
    more: z.boolean(),
    last: z.int(),
    unreadable,
  }),
});

export const note = request({
  method: 'events/note',
  purpose: 'Write a note of your own into the log.',
  where: 'hub',
  params: z.strictObject({ text: z.string().check(z.minLength(1), z.maxLength(2000)), project: z.optional(z.string()) }),
  result: z.object({ event }),
});

export const appended = notification({
  method: 'events/appended',
  purpose: 'Something happened: the log has new rows up to this sequence. Ask `events/list` for them.',
  direction: 'toClient',
  params: z.object({ last: z.int() }),
});

export const verify = request({
  method: 'audit/verify',
  purpose: 'Check the chain of hashes over the whole log, sealed segments included.',
  where: 'hub',
  params: z.strictObject({}),
  result: z.object({
    events: z.int(),
    segments: z.int(),
    /** The last row's hash: note it elsewhere to prove later that nothing before it changed. */
    head: z.object({ sequence: z.int(), hash: z.string() }),
    problems: z.array(z.object({ sequence: z.int(), segment: z.optional(z.string()), problem: z.string() })),
  }),
});

/**
 * A row with what is needed to check it without Hearth (the README says how). `payload` is the JSON text that was hashed (null when it was erased; then
 * `payloadHash` is what was kept); binary values are hexadecimal. `previous` is the hash of the row before, so that rows of a filtered export can be checked too.
 */
export const auditRow = z.extend(event, {
  payload: z.nullable(z.string()),
  payloadHash: z.optional(z.string()),
  salt: z.string(),
  previous: z.string(),
  hash: z.string(),
});

export const exportLog = request({
  method: 'audit/export',
  purpose: 'Stream the log with salts and hashes, oldest first, so that somebody else can verify it.',
  where: 'hub',
  params: z.strictObject(filter),
  partial: z.object({ rows: z.array(auditRow) }),
  result: z.object({ count: z.int(), rows: z.optional(z.array(auditRow)), unreadable }),
});
