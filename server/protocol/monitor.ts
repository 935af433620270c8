import * as z from 'zod/mini';
import { serviceName } from './catalog.ts';
import { repositoryPath } from './gitTypes.ts';
import { notification, request } from './message.ts';
import {
  beat,
  certificate,
  check,
  monitor,
  monitorId,
  monitorName,
  monitorRow,
  monitorSettings,
  monitorState,
  window,
} from './monitorTypes.ts';

/** Messages about monitors (DESIGN §8). They are looked at by the hub as long as it runs; `hearth serve` runs for ever. */

const named = z.union([monitorId, monitorName]);

export const listMonitors = request({
  method: 'monitor/list',
  purpose: 'Monitors of the project with their state, worst first.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    service: z.optional(serviceName),
    environment: z.optional(z.string()),
    states: z.optional(z.array(monitorState)),
    /** How many beats a row shows. */
    beats: z._default(z.int().check(z.minimum(0), z.maximum(100)), 30),
    after: z.optional(monitorId),
    limit: z._default(z.int().check(z.minimum(1), z.maximum(5000)), 1000),
  }),
  result: z.object({ project: z.optional(z.string()), monitors: z.array(monitorRow), total: z.int(), more: z.boolean() }),
});

export const showMonitor = request({
  method: 'monitor/show',
  purpose: 'One monitor with its last beats, uptime and percentiles.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath, monitor: named }),
  result: z.object({
    monitor,
    row: monitorRow,
    /** The last 100, oldest first. */
    beats: z.array(beat),
    windows: z.array(window),
    certificate: z.nullable(certificate),
    /** Changes of state, newest first, at most 50. */
    changes: z.array(z.object({ time: z.int(), from: monitorState, to: monitorState, message: z.nullable(z.string()) })),
    maintenance: z.nullable(z.object({ name: z.string(), until: z.int() })),
    /** `http://127.0.0.1:PORT/push/TOKEN` of a push monitor; only for callers that may change it. */
    push: z.nullable(z.string()),
  }),
});

export const history = request({
  method: 'monitor/history',
  purpose: 'How it was: one row a beat, an hour or a day, oldest first.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    monitor: named,
    from: z.int(),
    to: z.int(),
    /** Beats are kept 48 hours, hours 35 days, days 400 days. */
    resolution: z.enum(['beat', 'hour', 'day']),
  }),
  result: z.object({
    /** Columns: arrays of one length. */
    time: z.array(z.int()),
    up: z.array(z.int()),
    down: z.array(z.int()),
    pending: z.array(z.int()),
    maintenance: z.array(z.int()),
    p50: z.array(z.nullable(z.number())),
    p95: z.array(z.nullable(z.number())),
    p99: z.array(z.nullable(z.number())),
  }),
});

export const addMonitor = request({
  method: 'monitor/add',
  purpose: 'Watch something from now on; with `item` and `document` also make a work item and a page in `docs/endpoints/` from a template.',
  where: 'hub',
  trust: true,
  params: z.strictObject({
    repository: repositoryPath,
    name: monitorName,
    service: z.optional(serviceName),
    environment: z.optional(z.string()),
    check,
    settings: z._default(monitorSettings, () => monitorSettings.parse({})),
    item: z._default(z.boolean(), false),
    document: z._default(z.boolean(), false),
  }),
  result: z.object({ monitor, item: z.nullable(z.int()), document: z.nullable(z.string()) }),
});

export const editMonitor = request({
  method: 'monitor/edit',
  purpose: 'Change a monitor that was added by hand; one of `hearth.yaml` is changed there (`conflict`).',
  where: 'hub',
  trust: true,
  params: z.strictObject({
    repository: repositoryPath,
    monitor: named,
    name: z.optional(monitorName),
    check: z.optional(check),
    settings: z.optional(monitorSettings),
    service: z.optional(z.nullable(serviceName)),
    environment: z.optional(z.nullable(z.string())),
  }),
  result: z.object({ monitor }),
});

export const removeMonitor = request({
  method: 'monitor/remove',
  purpose: 'Stop watching something that was added by hand, or forget an orphan.',
  where: 'hub',
  confirm: 'Its history is gone.',
  params: z.strictObject({ repository: repositoryPath, monitor: named }),
  result: z.object({ removed: z.boolean() }),
});

export const pauseMonitor = request({
  method: 'monitor/pause',
  purpose: 'Do not look for a while, or look again. Nobody is told meanwhile; the time does not count.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath, monitors: z.array(named).check(z.minLength(1)), paused: z.boolean() }),
  result: z.object({ monitors: z.array(monitorRow) }),
});

export const testMonitor = request({
  method: 'monitor/test',
  purpose: 'Look once, now: a monitor that is there, or one that is only described. Changes nothing.',
  where: 'hub',
  trust: true,
  params: z.strictObject({
    repository: repositoryPath,
    monitor: z.optional(named),
    check: z.optional(check),
    settings: z.optional(monitorSettings),
    environment: z.optional(z.string()),
  }),
  result: z.object({
    ok: z.nullable(z.boolean()),
    milliseconds: z.nullable(z.number()),
    message: z.nullable(z.string()),
    /** `HTTP 200 · 12 kB`, a sentence for a person. */
    found: z.string(),
    /** What each part took. */
    phases: z.array(z.object({ name: z.string(), milliseconds: z.number() })),
    assertions: z.array(z.object({ expression: z.string(), ok: z.boolean(), actual: z.string() })),
    certificate: z.nullable(certificate),
  }),
});

/** Of what is said with a call, in characters; the first 500 are kept. */
export const longestMessage = 100_000;

export const push = request({
  method: 'monitor/push',
  purpose: 'Call in for a push monitor.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    monitor: named,
    ok: z._default(z.boolean(), true),
    message: z.optional(z.string().check(z.maxLength(longestMessage))),
    milliseconds: z.optional(z.number().check(z.minimum(0))),
  }),
  result: z.object({ state: monitorState }),
});

const maintenanceWindow = z.object({
  id: z.string(),
  name: z.string(),
  source: z.enum(['file', 'manual']),
  /** One time (`from`, `to`), or again and again (`cron`, `duration`). */
  from: z.nullable(z.int()),
  to: z.nullable(z.int()),
  cron: z.nullable(z.string()),
  duration: z.nullable(z.int()),
  timeZone: z.string(),
  /** Names of monitors; empty: all of the project. */
  monitors: z.array(z.string()),
  active: z.boolean(),
  /** When it begins next, or began when it is active; and ends. */
  next: z.nullable(z.object({ from: z.int(), to: z.int() })),
});

export const listMaintenance = request({
  method: 'monitor/maintenance',
  purpose: 'Maintenance windows: while one is open nobody is told, and the time does not count.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath }),
  result: z.object({ windows: z.array(maintenanceWindow) }),
});

export const startMaintenance = request({
  method: 'monitor/startMaintenance',
  purpose: 'Open a maintenance window now, or at a time, by hand.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    name: z.string().check(z.minLength(1), z.maxLength(100)),
    from: z.optional(z.int()),
    duration: z.int().check(z.minimum(60_000), z.maximum(30 * 86_400_000)),
    monitors: z._default(z.array(named), []),
  }),
  result: z.object({ window: maintenanceWindow }),
});

export const endMaintenance = request({
  method: 'monitor/endMaintenance',
  purpose: 'Close a maintenance window that was opened by hand, before its time.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath, id: z.string() }),
  result: z.object({ window: maintenanceWindow }),
});

export const report = request({
  method: 'monitor/report',
  purpose: 'Uptime, answer times and incidents of a span as HTML, Markdown or JSON.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    format: z.enum(['html', 'markdown', 'json']),
    from: z.int(),
    to: z.int(),
    service: z.optional(serviceName),
    environment: z.optional(z.string()),
  }),
  result: z.object({ text: z.string() }),
});

export const monitorChanged = notification({
  method: 'monitor/changed',
  purpose: 'Monitors, incidents or alerts of a project changed: ask again. Rows of monitors whose state changed travel with it.',
  direction: 'toClient',
  params: z.object({
    project: z.string(),
    /** At most 200; beats of others come when somebody asks. */
    monitors: z.array(monitorRow),
    incidents: z.boolean(),
    /** Something of the list itself: added, removed, applied. */
    list: z.boolean(),
  }),
});
