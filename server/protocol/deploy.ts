import * as z from 'zod/mini';
import { deployment, deploymentDetail, deploymentId, foreign, logLine, phase, plan, reconcileAction, statusRow } from './deployTypes.ts';
import { objectId, repositoryPath } from './gitTypes.ts';
import { notification, request } from './message.ts';

/** Messages about deployments (DESIGN §7). Everything is done by the hub: a window that closes interrupts nothing. */

const environment = z.string().check(z.regex(/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/, 'must be a DNS label of at most 30 characters'));
const service = environment;
const variableName = z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/));

const wanted = {
  repository: repositoryPath,
  environment,
  /** All of them, in the order of `depends_on`, unless told. */
  services: z.optional(z.array(service).check(z.minLength(1))),
  rev: z._default(z.string(), 'HEAD'),
  /** Variables for this deployment only. */
  overrides: z._default(z.record(variableName, z.string().check(z.maxLength(32_768))), {}),
};

export const planDeploy = request({
  method: 'deploy/plan',
  purpose: 'What a deployment would do, step by step: what is built, what will not be zero-downtime and why, what is in the way.',
  where: 'hub',
  trust: true,
  params: z.strictObject(wanted),
  result: z.object({ plan }),
});

export const run = request({
  method: 'deploy/run',
  purpose: 'Deploy a commit. Answers when it is queued; `deploy/follow` tells how it goes.',
  where: 'hub',
  trust: true,
  confirm: 'Deploying a commit that is older than the live one, or away from its line, takes changes out of production.',
  confirmWhen: 'needed',
  params: z.strictObject({
    ...wanted,
    /** The plan the caller saw: another commit by now is a `conflict`. */
    commit: z.optional(objectId),
  }),
  result: z.object({ run: z.string(), deployments: z.array(deployment) }),
});

export const rollback = request({
  method: 'deploy/rollback',
  purpose: 'Go back to an earlier release that is still there: the last good one unless told.',
  where: 'hub',
  trust: true,
  params: z.strictObject({ repository: repositoryPath, environment, service, to: z.optional(deploymentId) }),
  result: z.object({ run: z.string(), deployments: z.array(deployment) }),
});

export const cancel = request({
  method: 'deploy/cancel',
  purpose: 'Stop deployments on their way. What serves goes on serving. Answers when nothing of them is left.',
  where: 'hub',
  trust: true,
  params: z.strictObject({ repository: repositoryPath, ids: z.array(deploymentId).check(z.minLength(1)) }),
  result: z.object({ deployments: z.array(deployment) }),
});

export const remove = request({
  method: 'deploy/remove',
  purpose: 'Take services of an environment down: routes, containers, network. Volumes and images of kept releases stay.',
  where: 'hub',
  trust: true,
  confirm: 'The services stop serving.',
  params: z.strictObject({ repository: repositoryPath, environment, services: z.optional(z.array(service).check(z.minLength(1))) }),
  result: z.object({ removed: z.array(service), volumes: z.array(z.string()) }),
});

export const list = request({
  method: 'deploy/list',
  purpose: 'Deployments, newest first.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    environment: z.optional(environment),
    service: z.optional(service),
    run: z.optional(z.string()),
    /** Only older than this one. */
    before: z.optional(deploymentId),
    limit: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 50),
  }),
  result: z.object({ deployments: z.array(deployment), more: z.boolean() }),
});

export const show = request({
  method: 'deploy/show',
  purpose: 'One deployment with phases, probes and containers. A prefix of the id is enough where it is the only one.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath, id: deploymentId }),
  result: z.object({ deployment: deploymentDetail }),
});

export const log = request({
  method: 'deploy/log',
  purpose: 'The log of a deployment: from a line on, the last ones, or following until it has ended. Secrets are masked.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    id: deploymentId,
    /** Lines with a greater number. */
    after: z._default(z.int().check(z.nonnegative()), 0),
    /** Only the last so many of them; 0 for all. */
    tail: z._default(z.int().check(z.nonnegative()), 0),
    follow: z._default(z.boolean(), false),
  }),
  partial: z.object({ lines: z.array(logLine) }),
  result: z.object({
    lines: z.optional(z.array(logLine)),
    last: z.int(),
    ended: z.boolean(),
    /** Old logs are deleted. */ kept: z.boolean(),
  }),
});

export const follow = request({
  method: 'deploy/follow',
  purpose: 'Tell of a run until all its deployments have ended: each change of phase, probes, log lines.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath, run: z.string(), log: z._default(z.boolean(), true) }),
  partial: z.object({
    changes: z.array(z.object({ deployment: deploymentId, service, phase, time: z.int(), progress: z.nullable(z.string()) })),
    lines: z.array(z.extend(logLine, { deployment: deploymentId, service })),
  }),
  result: z.object({ deployments: z.array(deployment) }),
});

export const status = request({
  method: 'deploy/status',
  purpose: 'What runs where: every service of every environment of the project, with its release and health.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath, environment: z.optional(environment) }),
  result: z.object({
    /** Its id, as `deploy/changed` has it; absent while the repository has none. */
    project: z.optional(z.string()),
    /** Those of the applied configuration or of HEAD's `hearth.yaml`, and those in which something is deployed. */
    environments: z.array(
      z.object({
        name: environment,
        /** `local`, `ssh://…`; absent when nobody configured it any more. */
        engine: z.optional(z.string()),
        /** Why it cannot be looked at, in a sentence. */
        problem: z.optional(z.string()),
        hint: z.optional(z.string()),
        observed: z.nullable(z.int()),
      }),
    ),
    services: z.array(statusRow),
    foreign: z.array(foreign),
    /** `hearth.yaml` of HEAD differs from what is applied. */
    differs: z.boolean(),
    /** There is a `hearth.yaml`; what one could be made from. */
    configured: z.boolean(),
    found: z.array(z.string()),
  }),
});

export const reconcile = request({
  method: 'deploy/reconcile',
  purpose: 'Compare what should run with what does, and put it right; with `dryRun` only say what would be done.',
  where: 'hub',
  trust: true,
  params: z.strictObject({ repository: repositoryPath, environment: z.optional(environment), dryRun: z._default(z.boolean(), false) }),
  result: z.object({ actions: z.array(reconcileAction), problems: z.array(z.object({ environment, message: z.string() })) }),
});

export const adopt = request({
  method: 'deploy/adopt',
  purpose: 'Take over an environment that was deployed from another machine or home.',
  where: 'hub',
  trust: true,
  confirm: 'From then on this home replaces and removes what the other one has deployed there; the other one must not go on.',
  params: z.strictObject({ repository: repositoryPath, environment }),
  result: z.object({ adopted: z.array(z.object({ service, deployment: deploymentId, commit: objectId })) }),
});

export const live = request({
  method: 'deploy/live',
  purpose: 'The live releases of the project of a repository, for badges: one row a service and environment.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath }),
  result: z.object({
    releases: z.array(
      z.object({
        environment,
        service,
        deployment: deploymentId,
        commit: objectId,
        since: z.int(),
        health: statusRow.shape.health,
        /** Globs of what the service is made from; empty: everything. */
        paths: z.array(z.string()),
        /** A deployment on its way. */
        running: z.boolean(),
      }),
    ),
  }),
});

export const changed = notification({
  method: 'deploy/changed',
  purpose: 'Something of the deployments of a project changed: ask `deploy/status` (or `deploy/live`) again.',
  direction: 'toClient',
  params: z.object({
    project: z.string(),
    /** None: health only. */
    deployments: z.array(z.object({ id: deploymentId, run: z.string(), environment, service, phase, progress: z.nullable(z.string()) })),
  }),
});
