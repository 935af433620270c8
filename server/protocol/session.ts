import * as z from 'zod/mini';
import { notification, request } from './message.ts';

/** Messages about the connection itself. */

/** Raised when a message changes in a way that an older peer cannot read; additions keep it (DESIGN §12). */
export const protocolVersion = 1;

/** `initializationOptions` of LSP's `initialize`. */
export const initialization = z.object({
  protocol: z.int(),
  version: z.string(),
  /** Whether the window trusts its folders; nothing of an untrusted repository is ever executed. */
  trusted: z.boolean(),
  /** The git program, from the machine-scoped setting `hearth.git.path`; `git` on PATH when absent. */
  gitPath: z.optional(z.string()),
});

export const trust = notification({
  method: 'session/trust',
  purpose: 'The window was given or lost trust in its folders.',
  direction: 'toServer',
  params: z.strictObject({ trusted: z.boolean() }),
});

/** How much the server logs; `debug` adds a line per request. */
export const logLevel = z.enum(['debug', 'info', 'warn', 'error', 'off']);

export const setLogLevel = notification({
  method: 'session/setLogLevel',
  purpose: 'The user chose how much is logged.',
  direction: 'toServer',
  params: z.strictObject({ level: logLevel }),
});

const timing = z.object({
  method: z.string(),
  count: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  totalMs: z.number(),
  maxMs: z.number(),
});

export const info = request({
  method: 'session/info',
  purpose: 'Versions, the git program in use, and how long each method took so far.',
  params: z.strictObject({}),
  result: z.object({
    version: z.string(),
    protocol: z.int(),
    pid: z.int(),
    runtime: z.string(),
    git: z.union([z.object({ path: z.string(), version: z.string() }), z.object({ problem: z.string() })]),
    /** Git processes started so far by this server, and how many run now. */
    processes: z.object({ started: z.int(), running: z.int() }),
    memory: z.object({ rss: z.int(), heap: z.int() }),
    timings: z.array(timing),
  }),
});

export const echo = request({
  method: 'session/echo',
  purpose: 'Send back what came: shows that the server answers, and how fast.',
  params: z.strictObject({ text: z.string() }),
  result: z.object({ text: z.string() }),
});
