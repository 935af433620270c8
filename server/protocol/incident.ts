import * as z from 'zod/mini';
import { objectId, repositoryPath } from './gitTypes.ts';
import { request } from './message.ts';

/** Messages about incidents (DESIGN §8): what broke, since when, who looks at it, and which commits may be why. */

export const incidentId = z.string().check(z.regex(/^[0-9a-z]{8,40}$/, 'must be the id of an incident'));
export const incidentStates = ['investigating', 'identified', 'monitoring', 'resolved'] as const;
/** In order. `merged`: one cause, another incident goes on for it. */
export const incidentState = z.enum([...incidentStates, 'merged']);
export const severity = z.enum(['critical', 'major', 'minor']);

const line = (most: number) => z.string().check(z.minLength(1), z.maxLength(most), z.regex(/^[^\0-\x1f\x7f]*$/, 'must be one line'));
const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most), z.regex(/^[^\0]*$/));

export const incident = z.object({
  id: incidentId,
  /** Of the project, from 1: `I-7`. */
  number: z.int(),
  title: z.string(),
  state: incidentState,
  severity,
  source: z.enum(['monitor', 'manual']),
  /** What it concerns; the first one is where it began. */
  services: z.array(z.string()),
  environment: z.nullable(z.string()),
  monitors: z.array(z.object({ id: z.string(), name: z.string(), joined: z.int(), recovered: z.nullable(z.int()) })),
  /** The release that was live there when it began. */
  deployment: z.nullable(z.string()),
  commit: z.nullable(objectId),
  item: z.nullable(z.int()),
  runbook: z.nullable(z.string()),
  started: z.int(),
  acknowledged: z.nullable(z.object({ time: z.int(), actor: z.string() })),
  resolved: z.nullable(z.int()),
  mergedInto: z.nullable(incidentId),
  /** Path in the repository of the post-mortem that was written. */
  postmortem: z.nullable(z.string()),
});
export type Incident = z.output<typeof incident>;

export const timelineEntry = z.object({
  time: z.int(),
  actor: z.string(),
  kind: z.enum([
    'opened',
    'state',
    'acknowledged',
    'note',
    'monitor-down',
    'monitor-up',
    'alert',
    'deployment',
    'linked',
    'merged',
    'severity',
    'postmortem',
  ]),
  text: z.string(),
});
export type TimelineEntry = z.output<typeof timelineEntry>;

export const listIncidents = request({
  method: 'incident/list',
  purpose: 'Incidents, open ones first, then the newest.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    open: z._default(z.boolean(), false),
    service: z.optional(z.string()),
    before: z.optional(incidentId),
    limit: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 50),
  }),
  result: z.object({ incidents: z.array(incident), open: z.int(), more: z.boolean() }),
});

export const showIncident = request({
  method: 'incident/show',
  purpose: 'One incident with everything that happened. A prefix of the id or `I-7` is enough.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath, incident: z.string().check(z.maxLength(60)) }),
  result: z.object({ incident, timeline: z.array(timelineEntry) }),
});

export const openIncident = request({
  method: 'incident/open',
  purpose: 'Open an incident by hand.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    title: line(300),
    severity: z._default(severity, 'major'),
    services: z._default(z.array(z.string()), []),
    environment: z.optional(z.string()),
    item: z.optional(z.int()),
  }),
  result: z.object({ incident }),
});

export const updateIncident = request({
  method: 'incident/update',
  purpose:
    'Say what is known: state, severity, a note, a linked item. States go forwards; going back to `investigating` says why in the note.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    incident: z.string().check(z.maxLength(60)),
    state: z.optional(z.enum(incidentStates)),
    severity: z.optional(severity),
    title: z.optional(line(300)),
    note: z.optional(text(5000)),
    item: z.optional(z.nullable(z.int())),
    acknowledge: z.optional(z.boolean()),
  }),
  result: z.object({ incident }),
});

export const mergeIncident = request({
  method: 'incident/merge',
  purpose: 'Two incidents are one: the first goes into the second.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    incident: z.string().check(z.maxLength(60)),
    into: z.string().check(z.maxLength(60)),
  }),
  result: z.object({ incident }),
});

export const postmortem = request({
  method: 'incident/postmortem',
  purpose:
    'A post-mortem made from the log: summary, timeline, suspects, what was done. With `write` it is a file in `docs/incidents/`, never over one that is there.',
  where: 'hub',
  trust: true,
  params: z.strictObject({
    repository: repositoryPath,
    incident: z.string().check(z.maxLength(60)),
    write: z._default(z.boolean(), false),
  }),
  result: z.object({ text: z.string(), path: z.nullable(z.string()) }),
});

/** Why a commit is suspected, each with its share of the score. */
const suspectReason = z.object({
  kind: z.enum(['paths', 'configuration', 'dependencies', 'error-text', 'migration', 'size', 'recent', 'revert']),
  text: z.string(),
  score: z.number(),
  /** Files it is about, at most 10. */
  files: z.array(z.string()),
});

export const suspects = request({
  method: 'incident/suspects',
  purpose: 'The commits between the last release that was healthy and the first that was not, ranked by what they touch.',
  where: 'hub',
  params: z.strictObject({
    repository: repositoryPath,
    incident: z.string().check(z.maxLength(60)),
    limit: z._default(z.int().check(z.minimum(1), z.maximum(500)), 50),
  }),
  result: z.object({
    service: z.nullable(z.string()),
    environment: z.nullable(z.string()),
    good: z.nullable(z.object({ deployment: z.string(), commit: objectId, liveSince: z.nullable(z.int()) })),
    bad: z.nullable(z.object({ deployment: z.string(), commit: objectId, liveSince: z.nullable(z.int()) })),
    /** In a sentence, when there is nothing to rank: nothing was deployed, no healthy release before, the commits are not here (fetch). */
    problem: z.nullable(z.string()),
    /** How long before the incident the bad release went live, in milliseconds. */
    gap: z.nullable(z.int()),
    commits: z.array(
      z.object({
        commit: objectId,
        subject: z.string(),
        author: z.string(),
        authorTime: z.int(),
        /** 0 to 1; the best first. */
        score: z.number(),
        reasons: z.array(suspectReason),
        item: z.nullable(z.int()),
      }),
    ),
    total: z.int(),
  }),
});
