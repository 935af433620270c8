import * as z from 'zod/mini';
import { repositoryPath } from './gitTypes.ts';
import { request } from './message.ts';

/**
 * Messages about the variables and secrets of environments (DESIGN §7). A value comes from, later ones win: the service in `hearth.yaml`, the
 * environment's chain of `extends`, what is stored for that chain, what a deployment overrides. No result ever carries the value of a
 * secret. Times are milliseconds since the epoch.
 */

const name = z
  .string()
  .check(z.regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/, 'must be letters, digits and underscores, not starting with a digit'));
const environmentName = z.string().check(z.regex(/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/, 'must be a DNS label of at most 30 characters'));
/** At most 256 kB. */
const value = z.string().check(z.maxLength(262_144));

const origin = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('service'), line: z.optional(z.int()) }),
  z.object({ kind: z.literal('environment'), environment: z.string(), line: z.optional(z.int()) }),
  /** With `service`: for that service only. */
  z.object({ kind: z.literal('stored'), environment: z.string(), service: z.optional(z.string()) }),
  z.object({ kind: z.literal('override') }),
  /** Named in `secrets:`, and nowhere set. */
  z.object({ kind: z.literal('missing') }),
]);
export type VariableOrigin = z.output<typeof origin>;

export const variable = z.object({
  name: z.string(),
  /** Null for a secret and for what is missing. */
  value: z.nullable(z.string()),
  secret: z.boolean(),
  /** How a container gets it. */
  as: z.enum(['variable', 'file']),
  origin,
  /** The services that get it; empty: of the environment, for all. */
  services: z.array(z.string()),
  /** Of a stored one. */
  version: z.optional(z.int()),
  updated: z.optional(z.int()),
  /** What is wrong, in a sentence. */
  problem: z.optional(z.string()),
});
export type Variable = z.output<typeof variable>;

const at = { repository: repositoryPath, environment: environmentName };

export const list = request({
  method: 'environment/list',
  purpose: 'The variables and secrets of an environment with the origin of each; secrets without their values.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath, environment: z.optional(environmentName), service: z.optional(z.string()) }),
  result: z.object({
    project: z.optional(z.string()),
    environments: z.array(
      z.object({ name: z.string(), chain: z.array(z.string()), variables: z.array(variable), problems: z.array(z.string()) }),
    ),
  }),
});

export const get = request({
  method: 'environment/get',
  purpose: 'One variable of an environment. Of a secret: that it is set, since when, which version; never the value.',
  where: 'hub',
  params: z.strictObject({ ...at, name, service: z.optional(z.string()) }),
  result: z.object({ variable }),
});

export const set = request({
  method: 'environment/set',
  purpose: 'Store a variable or a secret for an environment (and what extends it). A running service gets it with its next deployment.',
  where: 'hub',
  trust: true,
  params: z.strictObject({
    ...at,
    /** One service only. */
    service: z.optional(z.string()),
    values: z.record(name, value),
    secret: z._default(z.boolean(), false),
  }),
  result: z.object({ set: z.array(z.string()), unchanged: z.array(z.string()) }),
});

export const unset = request({
  method: 'environment/unset',
  purpose: 'Forget a stored variable or secret of an environment.',
  where: 'hub',
  trust: true,
  confirm: 'The stored value is deleted; a secret cannot be brought back.',
  params: z.strictObject({ ...at, service: z.optional(z.string()), names: z.array(name).check(z.minLength(1)) }),
  result: z.object({ removed: z.array(z.string()) }),
});

export const rotate = request({
  method: 'environment/rotate',
  purpose: 'Make a new master key and encrypt every stored secret again, in one step.',
  where: 'hub',
  trust: true,
  params: z.strictObject({ repository: repositoryPath }),
  result: z.object({ key: z.string(), secrets: z.int() }),
});

export const keyList = request({
  method: 'environment/keyList',
  purpose: 'The master keys of this home: id, when made, how many secrets need it. Never the key.',
  where: 'hub',
  params: z.strictObject({}),
  result: z.object({
    keys: z.array(z.object({ id: z.string(), created: z.int(), current: z.boolean(), secrets: z.int(), missing: z.boolean() })),
  }),
});

export const keyExport = request({
  method: 'environment/keyExport',
  purpose: 'The master keys, encrypted with a passphrase, to keep elsewhere or to bring to another machine.',
  where: 'hub',
  trust: true,
  params: z.strictObject({ passphrase: z.string().check(z.minLength(8), z.maxLength(1000)) }),
  result: z.object({ text: z.string(), keys: z.array(z.string()) }),
});

export const keyImport = request({
  method: 'environment/keyImport',
  purpose: 'Bring master keys that were exported.',
  where: 'hub',
  trust: true,
  params: z.strictObject({ text: z.string().check(z.maxLength(1_000_000)), passphrase: z.string().check(z.maxLength(1000)) }),
  result: z.object({ added: z.array(z.string()), known: z.array(z.string()) }),
});
