import * as z from 'zod/mini';
import { deploymentId } from './deployTypes.ts';
import { repositoryPath } from './gitTypes.ts';
import { request } from './message.ts';

/** Messages about what runs: output, a shell, resources, start and stop. Only containers of our own releases are touched. */

const label = z.string().check(z.regex(/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/, 'must be a DNS label of at most 30 characters'));
const services = z.optional(z.array(label).check(z.minLength(1)));
const place = { repository: repositoryPath, environment: label };

/** `container` is its name; of a stack the task's. Secrets of the environment are masked. */
export const outputLine = z.object({
  time: z.int(),
  service: z.string(),
  container: z.string(),
  stream: z.enum(['stdout', 'stderr']),
  text: z.string(),
  /** It was longer, and was cut. */
  cut: z.optional(z.boolean()),
});
export type OutputLine = z.output<typeof outputLine>;

export const logs = request({
  method: 'runtime/logs',
  purpose:
    'What the containers of live releases say: the last lines, since a time, what matches a search, and on as it comes. Secrets are masked.',
  where: 'hub',
  trust: true,
  params: z.strictObject({
    ...place,
    services,
    /** Milliseconds since the epoch. */
    since: z.optional(z.int()),
    until: z.optional(z.int()),
    /** Of each container; 0 for all. */
    tail: z._default(z.int().check(z.nonnegative(), z.maximum(1_000_000)), 200),
    follow: z._default(z.boolean(), false),
    /** Lines that hold this text; or match it. Without regard to case unless it has a capital letter. */
    search: z.optional(z.string().check(z.minLength(1), z.maxLength(500))),
    regex: z._default(z.boolean(), false),
    stream: z.optional(z.enum(['stdout', 'stderr'])),
  }),
  partial: z.object({
    lines: z.array(outputLine),
    /** So many were left out so far, because they came faster than they were read. */
    dropped: z.int(),
  }),
  result: z.object({ lines: z.int(), dropped: z.int(), containers: z.array(z.string()) }),
});

/** A remark on resources. `idle`: next to nothing for an hour. `over-provisioned`: its limit is far above what it uses. */
const hint = z.object({ code: z.enum(['idle', 'over-provisioned', 'near-limit', 'no-limit', 'log-size']), message: z.string() });

export const resourceRow = z.object({
  service: z.string(),
  container: z.string(),
  state: z.string(),
  /** Processors: 0.5 is half of one. Null while it does not run. */
  cpu: z.nullable(z.number()),
  /** Bytes, without what is only cache. */
  memory: z.nullable(z.int()),
  limits: z.object({ cpus: z.nullable(z.number()), memory: z.nullable(z.int()), pids: z.nullable(z.int()) }),
  pids: z.nullable(z.int()),
  /** Bytes since it was started. */
  network: z.nullable(z.object({ received: z.int(), sent: z.int() })),
  block: z.nullable(z.object({ read: z.int(), written: z.int() })),
  restarts: z.int(),
  started: z.nullable(z.int()),
  hints: z.array(hint),
});
export type ResourceRow = z.output<typeof resourceRow>;

export const stats = request({
  method: 'runtime/stats',
  purpose:
    'Processors, memory, network and disk of the containers of live releases, with their limits; with `follow` again every two seconds.',
  where: 'hub',
  trust: true,
  params: z.strictObject({ ...place, services, follow: z._default(z.boolean(), false) }),
  partial: z.object({ time: z.int(), rows: z.array(resourceRow) }),
  result: z.object({ time: z.int(), rows: z.array(resourceRow) }),
});

export const control = request({
  method: 'runtime/control',
  purpose: 'Stop, start or restart services that are live. A stopped one stays stopped until it is started or deployed.',
  where: 'hub',
  trust: true,
  confirm: 'While a service is stopped or restarts it does not answer.',
  confirmWhen: 'needed',
  params: z.strictObject({ ...place, services: z.array(label).check(z.minLength(1)), action: z.enum(['start', 'stop', 'restart']) }),
  result: z.object({ done: z.array(z.object({ service: z.string(), containers: z.array(z.string()) })) }),
});

export const shell = request({
  method: 'runtime/shell',
  purpose:
    'A terminal in a container of a live release; answers when the command has ended. Input and size come by `runtime/shellInput` under the same id.',
  where: 'hub',
  trust: true,
  params: z.strictObject({
    ...place,
    service: label,
    replica: z._default(z.int().check(z.nonnegative()), 0),
    /** The best shell that is there (`bash`, else `sh`) unless told. */
    command: z.optional(z.array(z.string()).check(z.minLength(1))),
    /** Made up by the caller; names this terminal in `runtime/shellInput`. */
    terminal: z.string().check(z.regex(/^[0-9a-zA-Z-]{16,64}$/)),
    rows: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 24),
    columns: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 80),
    tty: z._default(z.boolean(), true),
  }),
  /** Base64 of bytes. */
  partial: z.object({ output: z.string() }),
  result: z.object({
    exitCode: z.nullable(z.int()),
    container: z.string(),
    /** So many times `***` stands in the output for a secret. */
    masked: z.optional(z.int()),
  }),
});

export const shellInput = request({
  method: 'runtime/shellInput',
  purpose: 'Keys for a terminal of this connection, or its new size.',
  where: 'hub',
  trust: true,
  params: z.strictObject({
    terminal: z.string(),
    /** Base64 of bytes. */
    input: z.optional(z.string().check(z.maxLength(1_000_000))),
    size: z.optional(
      z.object({ rows: z.int().check(z.minimum(1), z.maximum(1000)), columns: z.int().check(z.minimum(1), z.maximum(1000)) }),
    ),
    /** No more input comes. */
    end: z._default(z.boolean(), false),
  }),
  result: z.object({}),
});

export const disk = request({
  method: 'runtime/disk',
  purpose:
    'What the engine of an environment holds on disk: our images, volumes, the build cache, log files; and how much is free where that can be told.',
  where: 'hub',
  trust: true,
  params: z.strictObject(place),
  result: z.object({
    images: z.object({ count: z.int(), bytes: z.int(), ours: z.int(), oursBytes: z.int() }),
    volumes: z.array(z.object({ name: z.string(), bytes: z.nullable(z.int()) })),
    buildCache: z.object({ bytes: z.int(), reclaimable: z.int() }),
    containers: z.object({ count: z.int(), bytes: z.int() }),
    /** Of the file system that holds the engine's data, when it is this machine's. */
    free: z.nullable(z.int()),
    total: z.nullable(z.int()),
  }),
});

export const builds = request({
  method: 'runtime/builds',
  purpose: 'Builds of a service, newest first: how long they took, what they made, how large that is, and whether it is still there.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    environment: z.optional(label),
    service: z.optional(label),
    limit: z._default(z.int().check(z.minimum(1), z.maximum(200)), 20),
  }),
  result: z.object({
    builds: z.array(
      z.object({
        deployment: deploymentId,
        environment: z.string(),
        service: z.string(),
        commit: z.string(),
        subject: z.string(),
        started: z.int(),
        /** Of the phase `building`; null while it goes on. */
        milliseconds: z.nullable(z.int()),
        result: z.enum(['built', 'reused', 'failed', 'canceled', 'running']),
        /** The image, or the folder of a site. */
        artefact: z.nullable(z.string()),
        bytes: z.nullable(z.int()),
        kept: z.nullable(z.boolean()),
        /** Against the build before it that was not reused, as a factor: 1.5 is half as long again. */
        slower: z.nullable(z.number()),
      }),
    ),
  }),
});
