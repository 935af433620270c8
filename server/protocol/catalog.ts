import * as z from 'zod/mini';
import { repositoryPath } from './gitTypes.ts';
import { health } from './health.ts';
import { request } from './message.ts';

/**
 * Messages about the catalog: every service of a project, who owns it, what it needs and what needs it (DESIGN §8). Entries come from the
 * applied `hearth.yaml` or were added by hand; one whose source is gone becomes an orphan and is never deleted by itself. Times are
 * milliseconds since the epoch.
 */

export const serviceName = z
  .string()
  .check(z.regex(/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/, 'must be a DNS label of at most 30 characters'));

export const serviceTypes = ['web', 'api', 'worker', 'database', 'queue', 'cache', 'site', 'job', 'library', 'external', 'other'] as const;
export const serviceType = z.enum(serviceTypes);
export const lifecycle = z.enum(['experimental', 'production', 'deprecated', 'retired']);

const oneLine = (most: number) => z.string().check(z.maxLength(most), z.regex(/^[^\0-\x1f\x7f]*$/, 'must be one line'));

export const linkKinds = ['dashboard', 'documentation', 'repository', 'runbook', 'logs', 'monitor', 'other'] as const;
/** `url` is `https:`, `http:` or a path in the repository. */
export const serviceLink = z.strictObject({
  title: oneLine(100).check(z.minLength(1)),
  url: oneLine(2000).check(z.minLength(1)),
  kind: z._default(z.enum(linkKinds), 'other'),
});

/** What a person writes of a service. */
export const serviceFacts = z.strictObject({
  type: z.optional(serviceType),
  owner: z.optional(oneLine(200)),
  lifecycle: z.optional(lifecycle),
  description: z.optional(z.string().check(z.maxLength(2000))),
  links: z.optional(z.array(serviceLink).check(z.maxLength(30))),
  /** A path in the repository or an address. */
  runbook: z.optional(oneLine(2000)),
  dependsOn: z.optional(z.array(serviceName).check(z.maxLength(100))),
});
export type ServiceFacts = z.output<typeof serviceFacts>;

/** `file`: of the applied configuration, changed there. `manual`: added by hand. */
export const catalogSource = z.enum(['file', 'manual']);

/** A service that was found in a compose file, and the places that say what it needs. Files are those of the repository, lines count from 1. */
export const detectedService = z.object({
  file: z.string(),
  line: z.int(),
  needs: z.array(z.object({ to: z.string(), kind: z.string(), file: z.string(), line: z.int() })),
});
export type DetectedService = z.output<typeof detectedService>;

export const catalogEntry = z.object({
  name: serviceName,
  source: catalogSource,
  type: serviceType,
  owner: z.nullable(z.string()),
  lifecycle,
  description: z.nullable(z.string()),
  links: z.array(z.object({ title: z.string(), url: z.string(), kind: z.enum(linkKinds) })),
  runbook: z.nullable(z.string()),
  /** By name; those that the catalog does not have are `missing`. */
  dependsOn: z.array(z.string()),
  dependedOnBy: z.array(z.string()),
  missing: z.array(z.string()),
  /** Since when its source is gone. */
  orphan: z.nullable(z.int()),
  /** Where `hearth.yaml` has it, a line from 1. */
  line: z.nullable(z.int()),
  /** It is in a compose file that the applied `hearth.yaml` deploys, not in `hearth.yaml` itself. */
  detected: z.optional(detectedService),
  created: z.int(),
  updated: z.int(),
});
export type CatalogEntry = z.output<typeof catalogEntry>;

/** How a service is, over all environments: the worst of its monitors and of what the deployer sees. */
export const serviceStatus = z.object({
  health,
  /** One row for each environment in which it is deployed or watched. */
  environments: z.array(
    z.object({
      environment: z.string(),
      health,
      deployment: z.nullable(z.string()),
      commit: z.nullable(z.string()),
      url: z.nullable(z.string()),
    }),
  ),
  /** Ids of its monitors, the worst first. */
  monitors: z.array(z.string()),
  /** Ids of its open incidents. */
  incidents: z.array(z.string()),
});

export const listServices = request({
  method: 'catalog/list',
  purpose: 'Every service of the project with its dependencies in both directions and its health.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath, orphans: z._default(z.boolean(), true) }),
  result: z.object({
    project: z.optional(z.string()),
    services: z.array(z.object({ entry: catalogEntry, status: serviceStatus })),
    /** Each is a way round, in order, the first name not repeated. */
    cycles: z.array(z.array(z.string())),
  }),
});

export const showService = request({
  method: 'catalog/show',
  purpose: 'One service, and what fails with it: every service that needs it, directly or not.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath, name: serviceName }),
  result: z.object({
    entry: catalogEntry,
    status: serviceStatus,
    /** Those that need it, nearest first; `distance` 1 needs it directly. */
    impact: z.array(z.object({ name: z.string(), distance: z.int(), health })),
    /** What it needs, nearest first. */
    needs: z.array(z.object({ name: z.string(), distance: z.int(), health })),
  }),
});

/** A person says in one sentence what changed: it becomes an entry of the change log of the item, or the event only when there is none. */
const changeEntry = z.string().check(z.minLength(3, 'says what changed, in a sentence'), z.maxLength(500));

export const saveService = request({
  method: 'catalog/save',
  purpose: 'Add a service by hand or change one that was added so. One of `hearth.yaml` is changed there: `conflict`.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    name: serviceName,
    facts: serviceFacts,
    /** What changed and why: required, it is kept in the event log and shown in the service's history. */
    change: changeEntry,
    /** The `updated` that the caller saw; another one by now is a `conflict`. Null: it must not exist yet. */
    seen: z.nullable(z.int()),
  }),
  result: z.object({ entry: catalogEntry }),
});

export const removeService = request({
  method: 'catalog/remove',
  purpose: 'Take a service that was added by hand, or an orphan, out of the catalog.',
  where: 'hub',
  confirm: 'Its entry, owner and links are gone; monitors and incidents stay.',
  params: z.strictObject({ repository: repositoryPath, name: serviceName, change: changeEntry }),
  result: z.object({ removed: z.boolean() }),
});
