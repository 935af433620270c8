import * as z from 'zod/mini';
import { health } from './health.ts';

/** What monitors are made of (DESIGN §8). Durations are milliseconds, times milliseconds since the epoch unless said otherwise. */

export const monitorName = z
  .string()
  .check(z.regex(/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/, 'must be lower case letters, digits, "-", "." or "_", at most 63'));
export const monitorId = z.string().check(z.regex(/^[0-9a-z]{8,40}$/, 'must be the id of a monitor'));

export const checkKinds = ['http', 'tcp', 'ping', 'tls', 'dns', 'snmp', 'docker', 'push', 'command'] as const;
export const checkKind = z.enum(checkKinds);
export type CheckKind = z.output<typeof checkKind>;

const host = z
  .string()
  .check(z.minLength(1), z.maxLength(253), z.regex(/^[A-Za-z0-9_[][A-Za-z0-9_.:%[\]-]*$/, 'must be a host name or address'));
const port = z.int().check(z.minimum(1), z.maximum(65_535));
const family = z.optional(z.union([z.literal(4), z.literal(6)]));
const secretName = z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/, 'must be the name of a secret'));

/** What is looked at. Secrets by name only: their values are read from the environment's secrets when it runs. */
export const check = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('http'),
    url: z.string().check(z.maxLength(4000), z.regex(/^https?:\/\/[^\s\0-\x1f]+$/, 'must begin with http:// or https://')),
    method: z._default(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']), 'GET'),
    headers: z._default(z.record(z.string(), z.string()), {}),
    /** Headers whose value is a secret, by header name. */
    secretHeaders: z._default(z.record(z.string(), secretName), {}),
    body: z.optional(z.string().check(z.maxLength(100_000))),
    /** Redirects that are followed; 0: the redirect itself is the answer. */
    redirects: z._default(z.int().check(z.minimum(0), z.maximum(20)), 10),
    /** Accept a certificate that nobody trusts. */
    insecure: z._default(z.boolean(), false),
    /** Only this version of HTTP; else what the server offers first of 2 and 1.1. */
    version: z.optional(z.enum(['1.1', '2'])),
    family,
  }),
  z.strictObject({ kind: z.literal('tcp'), host, port, family }),
  z.strictObject({ kind: z.literal('ping'), host, family }),
  z.strictObject({ kind: z.literal('tls'), host, port: z._default(port, 443), serverName: z.optional(host), family }),
  z.strictObject({
    kind: z.literal('dns'),
    name: host,
    type: z._default(z.enum(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SRV', 'SOA', 'CAA', 'PTR']), 'A'),
    /** `address` or `address:port`; the machine's own resolver unless told. */
    server: z.optional(host),
    /** At least these among the answers. */
    expect: z._default(z.array(z.string().check(z.maxLength(1000))), []),
  }),
  z.strictObject({
    kind: z.literal('snmp'),
    host,
    port: z._default(port, 161),
    /** Secret with the community; `public` unless told. */
    community: z.optional(secretName),
    oid: z.string().check(z.regex(/^\.?\d+(\.\d+)*$/, 'must be an OID such as 1.3.6.1.2.1.1.3.0')),
  }),
  /** Health of a deployed service as Docker and the deployer see it. */
  z.strictObject({ kind: z.literal('docker') }),
  /** Somebody else calls in (`POST /push/<token>`, `hearth monitor push`); down when nobody did for interval + grace. */
  z.strictObject({ kind: z.literal('push'), grace: z._default(z.int().check(z.minimum(0)), 0) }),
  /** Run on this machine, trusted repositories only. Exit code 0 is up; nothing of it is a shell unless it says so. */
  z.strictObject({ kind: z.literal('command'), command: z.array(z.string()).check(z.minLength(1), z.maxLength(100)) }),
]);
export type Check = z.output<typeof check>;

/** How it is looked at, whatever it is. */
export const monitorSettings = z.strictObject({
  interval: z._default(z.int().check(z.minimum(1000), z.maximum(86_400_000)), 60_000),
  /** Of the whole check. At most the interval. */
  timeout: z._default(z.int().check(z.minimum(100), z.maximum(300_000)), 10_000),
  /** So many failures in a row are `down`; fewer are `pending`. */
  failures: z._default(z.int().check(z.minimum(1), z.maximum(100)), 2),
  /** After a failure it looks again this soon. */
  retryInterval: z._default(z.int().check(z.minimum(1000), z.maximum(86_400_000)), 20_000),
  /** So many successes in a row are `up` after `down`. */
  successes: z._default(z.int().check(z.minimum(1), z.maximum(100)), 2),
  /** Up is down and down is up. */
  inverted: z._default(z.boolean(), false),
  /** Expressions such as `status == 200`, `time < 500ms`, `header.content-type contains json`, `text contains "Shop"`, `json $.ok == true`, `certificate > 14d`. */
  assert: z._default(z.array(z.string().check(z.maxLength(1000))).check(z.maxLength(50)), []),
  /** Tell again while it is down; 0: never. */
  remind: z._default(z.int().check(z.minimum(0)), 0),
  /** Names of notifications; all of the project unless told. */
  notify: z.optional(z.array(z.string())),
});
export type MonitorSettings = z.output<typeof monitorSettings>;

/** `unknown`: never looked. `unobserved`: no hub ran, or the fault was our own. */
export const monitorState = z.enum(['unknown', 'up', 'pending', 'down', 'paused', 'maintenance', 'unobserved']);
export type MonitorState = z.output<typeof monitorState>;

/** What a check of TLS saw. Days are whole, negative when it is over; the minimum over the chain. */
export const certificate = z.object({
  subject: z.string(),
  issuer: z.string(),
  fingerprint: z.string(),
  expires: z.int(),
  days: z.int(),
  trusted: z.boolean(),
  /** Why it is not trusted: `CERT_HAS_EXPIRED`, `DEPTH_ZERO_SELF_SIGNED_CERT`, `ERR_TLS_CERT_ALTNAME_INVALID`, … */
  problem: z.nullable(z.string()),
});
export type Certificate = z.output<typeof certificate>;

/** One look. `ok: null`: it says nothing of what is watched (our own fault, ICMP unavailable). */
export const beat = z.object({
  time: z.int(),
  state: monitorState,
  ok: z.nullable(z.boolean()),
  milliseconds: z.nullable(z.number()),
  message: z.nullable(z.string()),
});
export type Beat = z.output<typeof beat>;

/** `uptime`: share of observed time that was not down, 0 to 1; null when nobody looked. Percentiles of answers in milliseconds, within 4 %. */
export const window = z.object({
  span: z.enum(['24h', '7d', '30d', '1y']),
  uptime: z.nullable(z.number()),
  beats: z.int(),
  down: z.int(),
  p50: z.nullable(z.number()),
  p95: z.nullable(z.number()),
  p99: z.nullable(z.number()),
});

export const monitor = z.object({
  id: monitorId,
  name: monitorName,
  service: z.nullable(z.string()),
  environment: z.nullable(z.string()),
  /** `file`: of the applied `hearth.yaml`, changed there. */
  source: z.enum(['file', 'manual']),
  check,
  settings: monitorSettings,
  paused: z.boolean(),
  /** Since when the file does not have it any more: it is not looked at, its history stays. */
  orphan: z.nullable(z.int()),
  created: z.int(),
});
export type Monitor = z.output<typeof monitor>;

/** What a list shows. `beats`: states of the last ones, oldest first, `u p d m o n` for up, pending, down, maintenance, unobserved, unknown. */
export const monitorRow = z.object({
  id: monitorId,
  name: monitorName,
  service: z.nullable(z.string()),
  environment: z.nullable(z.string()),
  kind: checkKind,
  /** What it looks at, for a person: `https://shop.example.test/`. Never a secret. */
  target: z.string(),
  source: z.enum(['file', 'manual']),
  orphan: z.nullable(z.int()),
  state: monitorState,
  health,
  /** "retrying 1/2" */
  failures: z.int(),
  failuresToBeDown: z.int(),
  milliseconds: z.nullable(z.number()),
  certificate: z.nullable(certificate),
  uptime24h: z.nullable(z.number()),
  incident: z.nullable(z.string()),
  beats: z.string(),
});
export type MonitorRow = z.output<typeof monitorRow>;
