import * as z from 'zod/mini';
import { repositoryPath } from './gitTypes.ts';
import { request } from './message.ts';

/** Messages about how Hearth itself does (A6): its log, its metrics, its doctor. */

const level = z.enum(['debug', 'info', 'warn', 'error']);

const logLine = z.object({
  time: z.int(),
  level,
  domain: z.string(),
  text: z.string(),
  correlation: z.nullable(z.string()),
  fields: z.record(z.string(), z.unknown()),
});

export const logs = request({
  method: 'operation/logs',
  purpose: 'Search the log of the hub, newest first; by item or deployment through the event log’s correlation ids.',
  where: 'hub',
  params: z.strictObject({
    level: z.optional(level),
    /** The domain of the line: `deploy`, `monitor`, `hub`, … */
    domain: z.optional(z.string()),
    correlation: z.optional(z.string()),
    text: z.optional(z.string()),
    since: z.optional(z.int()),
    until: z.optional(z.int()),
    repository: z.optional(repositoryPath),
    item: z.optional(z.int()),
    deployment: z.optional(z.string()),
    limit: z._default(z.int().check(z.minimum(1), z.maximum(10_000)), 200),
  }),
  partial: z.object({ lines: z.array(logLine) }),
  result: z.object({ more: z.boolean(), lines: z.optional(z.array(logLine)) }),
});

export const operationStatus = request({
  method: 'operation/status',
  purpose: 'Where metrics and health of the hub are served, how large the store is, how busy monitoring is.',
  where: 'hub',
  params: z.strictObject({}),
  result: z.object({
    /** Null: not served. */
    metrics: z.nullable(z.object({ url: z.string(), tokenFile: z.string() })),
    problem: z.nullable(z.string()),
    store: z.object({ bytes: z.int(), journal: z.int() }),
    monitors: z.object({ active: z.int(), behind: z.int() }),
    outbox: z.object({ waiting: z.int(), dead: z.int() }),
    /** Errors of the log in the last hour, by domain. */
    errors: z.record(z.string(), z.int()),
  }),
});

/** `ok`, or what to do about it. */
export const finding = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(['ok', 'warning', 'error', 'skipped']),
  detail: z.string(),
  hint: z.optional(z.string()),
  milliseconds: z.number(),
});

export const doctor = request({
  method: 'operation/doctor',
  purpose:
    'Look at everything Hearth needs: versions, git, home, socket, hub, store, Docker, settings, limits. Secrets are masked, nothing is changed.',
  params: z.strictObject({ repository: z.optional(repositoryPath), profile: z._default(z.boolean(), false) }),
  result: z.object({
    findings: z.array(finding),
    /** With `profile`: what things take, in milliseconds. */
    timings: z.array(z.object({ name: z.string(), milliseconds: z.number(), note: z.optional(z.string()) })),
  }),
});
