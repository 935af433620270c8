import * as z from 'zod/mini';
import { objectId, repositoryPath, revision } from './gitTypes.ts';
import { request } from './message.ts';

/**
 * Messages about `hearth.yaml` (DESIGN §6). A deployment uses the file of its commit; what lives longer (environments, monitors, rules) is the
 * applied configuration, which changes by `config/apply` only. Lines and columns count from 1, columns in UTF-16 units; times are
 * milliseconds since the epoch.
 */

/** A quick fix: replaces a part of the text. */
const fix = z.object({
  title: z.string(),
  edits: z.array(z.object({ line: z.int(), column: z.int(), endLine: z.int(), endColumn: z.int(), text: z.string() })),
});

export const problem = z.object({
  /** `hearth.yaml`, or another file it names. */
  path: z.string(),
  line: z.int(),
  column: z.int(),
  endLine: z.int(),
  endColumn: z.int(),
  severity: z.enum(['error', 'warning', 'information']),
  /** For programs: `unknown-key`, `not-in-this-version`, `type`, `reference`, `cycle`, `yaml`, … */
  code: z.string(),
  message: z.string(),
  /** The path of keys, `services.web.port`. */
  key: z.optional(z.string()),
  fixes: z.optional(z.array(fix)),
});
export type Problem = z.output<typeof problem>;

/** Which text is meant: of a commit, or (without `rev`) of the work tree. `text` is a text that is not saved. */
const source = { repository: repositoryPath, rev: z.optional(revision), text: z.optional(z.string()) };

export const check = request({
  method: 'config/check',
  purpose: 'Check `hearth.yaml`: every mistake with its place, and what would be a fix.',
  params: z.strictObject(source),
  result: z.object({
    path: z.string(),
    /** False when there is no such file: no problem then. */
    found: z.boolean(),
    commit: z.optional(objectId),
    problems: z.array(problem),
    services: z.array(z.string()),
    environments: z.array(z.string()),
  }),
});

export const explain = request({
  method: 'config/explain',
  purpose: 'What an environment comes to, key by key, and where each value is from.',
  params: z.strictObject({ ...source, environment: z.string(), service: z.optional(z.string()) }),
  result: z.object({
    environment: z.string(),
    /** The chain of `extends`, this one first. */
    chain: z.array(z.string()),
    rows: z.array(
      z.object({
        /** `docker`, `routing.kind`, `services.web.health.interval`, `services.web.variables.LOG_LEVEL`. */
        key: z.string(),
        /** As YAML would write it; of a secret only its name. */
        value: z.string(),
        origin: z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('default') }),
          z.object({ kind: z.literal('file'), line: z.int(), environment: z.optional(z.string()) }),
        ]),
      }),
    ),
  }),
});

export const schema = request({
  method: 'config/schema',
  purpose: 'The JSON schema of `hearth.yaml`.',
  params: z.strictObject({}),
  result: z.object({ schema: z.record(z.string(), z.unknown()) }),
});

const change = z.object({
  key: z.string(),
  kind: z.enum(['added', 'removed', 'changed']),
  from: z.optional(z.string()),
  to: z.optional(z.string()),
});

/** What is applied now. */
const applied = z.object({ commit: objectId, time: z.int(), actor: z.string() });

export const difference = request({
  method: 'config/diff',
  purpose: 'How `hearth.yaml` of a revision (HEAD unless told) differs from what is applied.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath, rev: z.optional(revision) }),
  result: z.object({
    /** Absent when nothing is applied yet. */
    applied: z.optional(applied),
    commit: z.optional(objectId),
    found: z.boolean(),
    same: z.boolean(),
    changes: z.array(change),
    problems: z.array(problem),
  }),
});

export const apply = request({
  method: 'config/apply',
  purpose: 'Make `hearth.yaml` of a revision (HEAD unless told) the applied configuration.',
  where: 'hub',
  trust: true,
  params: z.strictObject({
    repository: repositoryPath,
    rev: z.optional(revision),
    /** The commit that was reviewed as applied; another one by now is a `conflict`. Null: nothing was applied. */
    from: z.optional(z.nullable(objectId)),
  }),
  result: z.object({ applied, changed: z.boolean(), changes: z.array(change) }),
});

export const create = request({
  method: 'config/create',
  purpose: 'Make a `hearth.yaml` from what is there: a compose file, or Dockerfiles with their ports and health checks.',
  trust: true,
  params: z.strictObject({
    repository: repositoryPath,
    write: z._default(z.boolean(), false),
    /** The compose file becomes one service for a Swarm; its services are in the catalog. */
    stack: z._default(z.boolean(), false),
  }),
  result: z.object({
    path: z.string(),
    text: z.string(),
    /** What it was made from, relative to the root. */
    from: z.array(z.string()),
    written: z.boolean(),
  }),
});
