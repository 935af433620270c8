import * as z from 'zod/mini';
import { notification, request } from './message.ts';

/** Messages about the hub: the one process per user and home that owns the state (DESIGN §1). */

/** First message on the hub's socket; nothing else is answered before it. Never forwarded by a window's server. */
export const hello = request({
  method: 'hub/hello',
  purpose: 'Open a connection to the hub: prove who asks, exchange versions.',
  where: 'hub',
  params: z.strictObject({
    token: z.string(),
    protocol: z.int(),
    version: z.string(),
    client: z.enum(['window', 'cli', 'hub', 'test']),
    pid: z.int(),
    /** Whether this connection may run what repositories configure; `session/trust` changes it. */
    trusted: z.boolean(),
  }),
  result: z.object({ protocol: z.int(), version: z.string(), pid: z.int(), fence: z.int() }),
});

/** What a running hub says of itself. Times are milliseconds since the epoch. */
export const hubFacts = z.object({
  pid: z.int(),
  fence: z.int(),
  version: z.string(),
  protocol: z.int(),
  runtime: z.string(),
  startedAt: z.int(),
  /** Started by `hearth serve`: never ends by itself. */
  serving: z.boolean(),
  clients: z.array(z.object({ client: z.string(), pid: z.int(), version: z.string(), since: z.int() })),
  memory: z.object({ rss: z.int(), heap: z.int() }),
});

export const ping = request({
  method: 'hub/ping',
  purpose: 'Show that the hub answers, and what it is.',
  where: 'hub',
  params: z.strictObject({}),
  result: hubFacts,
});

export const drain = request({
  method: 'hub/drain',
  purpose: 'Ask the hub to finish what runs, write a snapshot and end: before an upgrade, or to stop it.',
  where: 'hub',
  params: z.strictObject({ why: z.enum(['stop', 'upgrade']), version: z.string() }),
  result: z.object({ draining: z.boolean() }),
});

export const status = request({
  method: 'hub/status',
  purpose: 'Say whether a hub runs for this home, without starting one.',
  params: z.strictObject({}),
  result: z.object({
    home: z.string(),
    state: z.enum(['running', 'silent', 'stopped', 'elsewhere']),
    /** When running. */
    hub: z.optional(hubFacts),
    /** The last owner written down, when it is not running here. */
    owner: z.optional(z.object({ fence: z.int(), pid: z.int(), host: z.string(), since: z.int(), released: z.boolean() })),
  }),
});

export const stop = request({
  method: 'hub/stop',
  purpose: 'End the hub after it finished what runs. Does nothing when none runs.',
  params: z.strictObject({}),
  result: z.object({ stopped: z.boolean() }),
});

export const claim = request({
  method: 'hub/claim',
  purpose:
    'Take over a home that another machine used last: `move` keeps its identity, `copy` gives it a new one (the other one lives on).',
  confirm: 'A home that another machine still uses would be damaged by two owners. Claim it only when that machine does not use it.',
  params: z.strictObject({ identity: z.enum(['move', 'copy']) }),
  result: z.object({ fence: z.int() }),
});

export const gone = notification({
  method: 'hub/gone',
  purpose: 'The hub ends or was lost; views show what they have and ask again when it is back.',
  direction: 'toClient',
  params: z.object({ why: z.enum(['stopped', 'upgrade', 'superseded', 'lost', 'reload-needed']) }),
});
