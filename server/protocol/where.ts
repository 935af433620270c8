import * as z from 'zod/mini';
import { objectId, repositoryPath } from './gitTypes.ts';
import { health } from './health.ts';
import { request } from './message.ts';

/**
 * From a line to where it runs (P13). A commit is in an environment's service when it is an ancestor of the release there (or the release itself).
 * Ancestry is worked out once for each state of the repository, never by a git call per line. Times are milliseconds since the epoch.
 */

/** `in`: contained. `out`: not. `unknown`: the deployed commit is not in this repository: fetch. */
const contained = z.enum(['in', 'out', 'unknown']);

/** A release as badges need it; the place in the list is its index. */
const release = z.object({
  environment: z.string(),
  service: z.string(),
  deployment: z.string(),
  commit: objectId,
  since: z.int(),
  health,
  paths: z.array(z.string()),
  /** False: the deployed commit is not here. */
  known: z.boolean(),
  /** False: the service is not made from the file that was asked about (`paths`). */
  concerned: z.boolean(),
  running: z.boolean(),
});
export type Release = z.output<typeof release>;

export const placed = request({
  method: 'deploy/placed',
  purpose: 'Which of the live releases contain each of these commits.',
  params: z.strictObject({
    repository: repositoryPath,
    commits: z.array(objectId).check(z.maxLength(20_000)),
    /** The file they are asked about: says which services it concerns. */
    path: z.optional(z.string()),
  }),
  result: z.object({
    releases: z.array(release),
    /** One entry a commit, in order: indexes into `releases` of those that contain it. */
    contained: z.array(z.array(z.int())),
  }),
});

const place = z.object({
  environment: z.string(),
  service: z.string(),
  contained,
  /** False: the service is not made from that file (of a commit: from any file it changes), whatever it contains (`paths`). */
  concerned: z.boolean(),
  release: z.string(),
  commit: objectId,
  since: z.int(),
  health,
});

export const where = request({
  method: 'deploy/where',
  purpose: 'Where a commit, or the commit of a line, runs: environments, releases, since when, how healthy.',
  params: z.strictObject({
    repository: repositoryPath,
    at: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('revision'), rev: z.string(), path: z.optional(z.string()) }),
      z.strictObject({ kind: z.literal('line'), path: z.string(), line: z.int().check(z.positive()) }),
    ]),
  }),
  result: z.object({
    /** Null: the line is not committed. */
    commit: z.nullable(objectId),
    subject: z.nullable(z.string()),
    path: z.optional(z.string()),
    line: z.optional(z.int()),
    places: z.array(place),
  }),
});

export const ships = request({
  method: 'deploy/ships',
  purpose: 'What would ship: the commits that a deployment of a revision brings to (or takes from) each service of an environment.',
  params: z.strictObject({
    repository: repositoryPath,
    environment: z.string(),
    rev: z._default(z.string(), 'HEAD'),
    limit: z._default(z.int().check(z.minimum(1), z.maximum(10_000)), 500),
  }),
  result: z.object({
    commit: objectId,
    services: z.array(
      z.object({
        service: z.string(),
        /** Null: nothing is live. */
        live: z.nullable(objectId),
        known: z.boolean(),
        added: z.array(
          z.object({
            id: objectId,
            subject: z.string(),
            author: z.string(),
            time: z.int(),
            item: z.nullable(z.int()),
            concerned: z.boolean(),
          }),
        ),
        removed: z.array(z.object({ id: objectId, subject: z.string(), author: z.string(), time: z.int() })),
        more: z.boolean(),
      }),
    ),
  }),
});
