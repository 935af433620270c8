import * as z from 'zod/mini';
import { objectId } from './gitTypes.ts';
import { health } from './health.ts';

/**
 * What deployments are made of (DESIGN §7). A *run* is what a person asked for: one or more services of an environment at one commit; each
 * service is a *deployment* of its own. Times are milliseconds since the epoch.
 */

/** In order. Terminal: `live` (until another takes its place), `failed`, `rolled-back`, `canceled`, `superseded`. */
export const phases = [
  'queued',
  'preparing',
  'building',
  'deploying',
  'health-check',
  'switching',
  'draining',
  'live',
  'failed',
  'rolled-back',
  'canceled',
  'superseded',
  'interrupted',
] as const;
export const phase = z.enum(phases);
export type Phase = z.output<typeof phase>;

/**
 * `live`: serving. `retired`: was live. `removed`: taken down on purpose. `failed`: the old version serves on. `rolled-back`: was switched to, then
 * went back by itself because it was not healthy.
 */
export const deploymentState = z.enum(['running', 'live', 'retired', 'removed', 'failed', 'rolled-back', 'canceled', 'superseded']);
export type DeploymentState = z.output<typeof deploymentState>;

export const deploymentId = z.string().check(z.regex(/^[0-9a-z]{8,40}$/, 'must be the id of a deployment'));

export const deployment = z.object({
  /** Sortable by time. Its first 12 characters name containers. */
  id: deploymentId,
  run: z.string(),
  project: z.string(),
  environment: z.string(),
  service: z.string(),
  commit: objectId,
  /** Of the commit, as it was when deployed. */
  subject: z.string(),
  image: z.nullable(z.string()),
  phase,
  state: deploymentState,
  /** One sentence: why it failed, was rolled back, superseded. */
  reason: z.nullable(z.string()),
  hint: z.nullable(z.string()),
  actor: z.string(),
  /** A rollback goes back to that deployment. */
  rollbackTo: z.nullable(deploymentId),
  created: z.int(),
  started: z.nullable(z.int()),
  liveSince: z.nullable(z.int()),
  ended: z.nullable(z.int()),
});
export type Deployment = z.output<typeof deployment>;

/** One look at the new version's health: `status` of HTTP or exit code of a command, the first 500 characters of what it said. */
export const probe = z.object({
  time: z.int(),
  ok: z.boolean(),
  milliseconds: z.number(),
  status: z.optional(z.int()),
  message: z.string(),
});
export type Probe = z.output<typeof probe>;

export const deploymentDetail = z.extend(deployment, {
  /** Those it has been through, in order; the last one without `ended` is the present one. */
  phaseTimes: z.array(z.object({ phase, started: z.int(), ended: z.nullable(z.int()) })),
  /** The last 60. */
  probes: z.array(probe),
  /** What is there of it: containers with their addresses. */
  containers: z.array(z.object({ id: z.string(), name: z.string(), state: z.string(), address: z.nullable(z.string()) })),
  /** Of a static site: its folder, the folder of this release, and whether `current` leads to it. */
  site: z.optional(z.object({ root: z.string(), release: z.string(), files: z.int(), bytes: z.int(), current: z.boolean() })),
  /** Of a stack: its services as the Swarm has them. `update`: `updating`, `completed`, `paused`, `rollback_completed`, …; null: none. */
  stack: z.optional(
    z.object({
      name: z.string(),
      services: z.array(
        z.object({
          name: z.string(),
          image: z.string(),
          running: z.int(),
          wanted: z.int(),
          update: z.nullable(z.string()),
          message: z.nullable(z.string()),
        }),
      ),
    }),
  ),
  /** `unknown`: a hub was killed and nobody can say whether it ran to its end. */
  migration: z.optional(z.object({ state: z.enum(['done', 'skipped', 'failed', 'taken-back', 'unknown']), message: z.string() })),
  /** In order; those after a failed one were not run. */
  smoke: z.optional(z.array(z.object({ name: z.string(), ok: z.boolean(), milliseconds: z.number(), message: z.string() }))),
  /** What happens now, for a progress line: "building web · step 4 of 9". */
  progress: z.nullable(z.string()),
  url: z.nullable(z.string()),
  /** Its image is there: it can be rolled back to. */
  rollback: z.enum(['possible', 'image-gone', 'never-live', 'is-live']),
});
export type DeploymentDetail = z.output<typeof deploymentDetail>;

/** `stream` of a line: what Hearth says, the build, a hook, or the container's own output. */
export const logLine = z.object({ n: z.int(), time: z.int(), stream: z.enum(['hearth', 'build', 'hook', 'container']), text: z.string() });
export type LogLine = z.output<typeof logLine>;

export const planStep = z.object({
  service: z.string(),
  action: z.enum(['deploy', 'restart', 'unchanged']),
  /** What happens, a sentence each, in order. */
  steps: z.array(z.string()),
  kind: z.optional(z.enum(['container', 'static', 'stack'])),
  /** The image; of a site or a stack what names this version of it. */
  image: z.string(),
  /** The image of this commit and configuration is there already. */
  reuse: z.boolean(),
  zeroDowntime: z.boolean(),
  /** Why not, and what it costs. */
  downtime: z.optional(z.string()),
  live: z.nullable(
    z.object({
      deployment: deploymentId,
      commit: objectId,
      since: z.int(),
      relation: z.enum(['same', 'older', 'newer', 'diverged', 'unknown']),
    }),
  ),
});
export type PlanStep = z.output<typeof planStep>;

/** `code` is for programs. A blocker must be removed; a confirmation needs `confirmed: true`. */
const remark = z.object({ code: z.string(), service: z.optional(z.string()), message: z.string(), hint: z.optional(z.string()) });
export type Remark = z.output<typeof remark>;

export const plan = z.object({
  project: z.string(),
  environment: z.string(),
  commit: objectId,
  subject: z.string(),
  engine: z.object({ address: z.string(), name: z.string(), version: z.string(), buildkit: z.boolean() }),
  routing: z.string(),
  /** In the order in which they are deployed. */
  steps: z.array(planStep),
  warnings: z.array(remark),
  /** Older than what is live, foreign objects, … */
  confirmations: z.array(remark),
  blockers: z.array(remark),
});
export type Plan = z.output<typeof plan>;

/** A service of an environment as it is now (the shape `hearth deploy status --json` prints, with `health` as its word). */
export const statusRow = z.object({
  project: z.string(),
  environment: z.string(),
  service: z.string(),
  /** The live deployment, else the last one. */
  release: z.nullable(deploymentId),
  commit: z.nullable(objectId),
  subject: z.nullable(z.string()),
  state: deploymentState,
  health,
  since: z.nullable(z.int()),
  url: z.nullable(z.string()),
  /** One that is on its way. */
  running: z.nullable(z.object({ deployment: deploymentId, phase, progress: z.nullable(z.string()), commit: objectId })),
  /** The last one failed after the live one: its id and reason. */
  failed: z.nullable(z.object({ deployment: deploymentId, reason: z.string(), time: z.int() })),
  /** Healing was given up: it crashed too often. */
  crashLoop: z.boolean(),
  kind: z.enum(['container', 'static', 'stack']),
  /** Since when somebody has stopped it on purpose; nothing starts it but `runtime/control` or a deployment. */
  stopped: z.nullable(z.int()),
});
export type StatusRow = z.output<typeof statusRow>;

/** Objects of somebody else in an environment of this project. */
export const foreign = z.object({ environment: z.string(), owner: z.string(), host: z.string(), services: z.array(z.string()) });
export type Foreign = z.output<typeof foreign>;

/** A difference between what should be and what is, and what is done about it. */
export const reconcileAction = z.object({
  environment: z.string(),
  service: z.string(),
  kind: z.enum(['resume', 'fail', 'start', 'stop', 'recreate', 'heal', 'route', 'remove-orphan', 'give-up', 'forget', 'network', 'unlock']),
  object: z.string(),
  why: z.string(),
  /** Undefined in a dry run. */
  done: z.optional(z.boolean()),
  problem: z.optional(z.string()),
});
export type ReconcileAction = z.output<typeof reconcileAction>;
