import type { Service } from '../../config/hearthTypes.ts';
import type { ReconcileAction } from '../../protocol/deployTypes.ts';
import { networkOf, replicaName, upstreamAlias } from '../containers.ts';
import type { ContainerRow } from '../engine/types.ts';
import { label } from '../labels.ts';
import type { DeploymentRecord } from '../records.ts';
import { networkOfRouter, type Route, upstreamsOf } from '../routing/index.ts';
import { keyOf, type Picture, type Seen } from './picture.ts';

/** One thing to put right. `why` is a sentence's part for people. */
export type Step =
  | { readonly kind: 'resume' | 'fail' | 'give-up' | 'forget'; readonly record: DeploymentRecord; readonly why: string }
  | {
      readonly kind: 'start';
      readonly record: DeploymentRecord;
      readonly row: ContainerRow;
      readonly replica: number;
      readonly why: string;
    }
  | {
      readonly kind: 'recreate';
      readonly record: DeploymentRecord;
      readonly row?: ContainerRow;
      readonly replica: number;
      readonly why: string;
    }
  | {
      readonly kind: 'network';
      readonly record: DeploymentRecord;
      readonly row: ContainerRow;
      readonly joins: readonly Join[];
      readonly why: string;
    }
  | { readonly kind: 'heal'; readonly record: DeploymentRecord; readonly why: string }
  | { readonly kind: 'stop'; readonly record: DeploymentRecord; readonly row: ContainerRow; readonly why: string }
  | { readonly kind: 'route'; readonly record: DeploymentRecord; readonly route: Route; readonly why: string }
  | { readonly kind: 'remove-orphan' | 'unlock'; readonly place: ServicePlace; readonly row: ContainerRow; readonly why: string };

export interface Join {
  readonly network: string;
  readonly aliases: readonly string[];
  /** The environment's own, which is made when it is missing. */
  readonly own: boolean;
}

export interface ServicePlace {
  /** The id. */
  readonly project: string;
  readonly environment: string;
  readonly service: string;
}

export interface Problem {
  /** The id. */
  readonly project: string;
  readonly environment: string;
  readonly message: string;
}

/** So many crashes in so many milliseconds are a crash loop. */
export const crashLimit = { count: 5, within: 10 * 60_000 } as const;
/** Those that count towards it. What is far in the future was before the clock was set back. */
export const recentCrashes = (crashes: readonly number[], now: number): number[] =>
  crashes.filter((time) => Math.abs(now - time) < crashLimit.within);
/** What the state does not know and is younger may be somebody's at work. */
const young = 2 * 60_000;
/** Without a step of its journal for so long a deployment is stuck; building and pulling may take longer. */
const stuckAfter = { usual: 15 * 60_000, building: 60 * 60_000 } as const;

/**
 * What must be done so that an engine is as the state says; nothing when it is. Data in, data out: running it again on what its steps lead to
 * gives none. Services on which this process is at work are left alone, and nothing is removed that the state has no later word about.
 */
export function planReconcile(picture: Picture): { steps: Step[]; problems: Problem[] } {
  const { live, open, busy } = picture;
  const isTaken = (place: Pick<ServicePlace, 'project' | 'environment'>) => claimOf(picture, place) !== undefined;
  const refused = refusals(picture);
  const isQuiet = (place: ServicePlace) => !busy.has(keyOf(place)) && !isTaken(place) && !refused.keys.has(keyOf(place));
  const steps: Step[] = [
    ...open.flatMap((each) => ofOpen(each, picture.now)),
    ...live.filter(isTaken).map((record) => forget(picture, record)),
    ...live.filter(isQuiet).flatMap((record) => ofLive(picture, record)),
    ...picture.containers.filter(({ ours }) => ours).flatMap((seen) => ofLeftover(picture, seen, { busy, isQuiet })),
  ];
  return { steps, problems: refused.problems };
}

/** As the contract tells it. */
export function actionOf(step: Step): ReconcileAction {
  switch (step.kind) {
    case 'remove-orphan':
    case 'unlock':
      return { environment: step.place.environment, service: step.place.service, kind: step.kind, object: step.row.name, why: step.why };
    case 'start':
    case 'stop':
    case 'network':
      return { environment: step.record.environment, service: step.record.service, kind: step.kind, object: step.row.name, why: step.why };
    case 'recreate':
      return { ...placeIn(step.record), kind: step.kind, object: step.row?.name ?? replicaName(step.record, step.replica), why: step.why };
    case 'route':
      return { ...placeIn(step.record), kind: step.kind, object: step.record.config.service.route?.host ?? '', why: step.why };
    default:
      return { ...placeIn(step.record), kind: step.kind, object: step.record.id, why: step.why };
  }
}

const placeIn = ({ environment, service }: DeploymentRecord) => ({ environment, service });

function ofOpen({ record, active, progressed }: Picture['open'][number], now: number): Step[] {
  // It waits for its turn.
  if (record.started === null) return [];
  if (!active) return [{ kind: 'resume', record, why: `it was interrupted in ${record.phase}` }];
  const limit = record.phase === 'building' || record.phase === 'preparing' ? stuckAfter.building : stuckAfter.usual;
  const still = now - progressed;
  if (still < limit + ownTime(record.config.service)) return [];
  return [{ kind: 'fail', record, why: `nothing has happened in ${record.phase} for ${Math.round(still / 60_000)} minutes` }];
}

/** The longest that one step of a service may take by what its file says. */
function ownTime({ health, migrate, site, smoke = [] }: Service): number {
  const tests = smoke.map(({ timeout, attempts }) => (timeout + 1000) * attempts);
  return Math.max(health.deadline + health.healthyFor, migrate?.timeout ?? 0, site?.build?.timeout ?? 0, ...tests);
}

/** Somebody else says that the environment is theirs. */
function claimOf({ containers, owner }: Picture, place: Pick<ServicePlace, 'project' | 'environment'>): Seen | undefined {
  return containers.find(({ role, project, environment, row: { labels } }) => {
    if (role !== 'claim' || project !== place.project || environment !== place.environment) return false;
    return labels[label.owner] !== owner || labels[label.projectId] !== project;
  });
}

function forget(picture: Picture, record: DeploymentRecord): Step {
  const host = claimOf(picture, record)?.row.labels[label.host] ?? 'another machine';
  return { kind: 'forget', record, why: `the environment was taken over from ${host}` };
}

/**
 * Services that are not touched. Something runs there that is newer than all the state knows (it was restored from a backup, or lost), or that
 * another home has deployed: to put back ours, or to remove what serves, would be worse than to wait for a person.
 */
function refusals({ containers, live }: Picture): { keys: Set<string>; problems: Problem[] } {
  const serving = containers.filter(({ role }) => role === 'service');
  const unknown = serving.filter(({ ours, standing }) => ours && standing === 'newer');
  const foreign = serving.filter((each) => !each.ours && live.some((record) => keyOf(record) === keyOf(each)));
  const problems = [
    ...byEnvironment(unknown).map(({ place, services }) => ({
      ...place,
      message: `Releases run here that the state does not know (${services}): nothing of them is changed. \`hearth deploy adopt ${place.environment}\` takes them into the state.`,
    })),
    ...byEnvironment(foreign).map(({ place, services }) => ({
      ...place,
      message: `Another home has deployed here too (${services}): nothing of them is changed. \`hearth deploy adopt ${place.environment}\` takes them over.`,
    })),
  ];
  return { keys: new Set([...unknown, ...foreign].map(keyOf)), problems };
}

function byEnvironment(found: readonly Seen[]): { place: { project: string; environment: string }; services: string }[] {
  const places = new Map<string, { place: { project: string; environment: string }; names: Set<string> }>();
  for (const { project, environment, service } of found) {
    const key = `${project} ${environment}`;
    const entry = places.get(key) ?? { place: { project, environment }, names: new Set() };
    entry.names.add(service);
    places.set(key, entry);
  }
  return [...places.values()].map(({ place, names }) => ({ place, services: [...names].sort().join(', ') }));
}

function ofLive(picture: Picture, record: DeploymentRecord): Step[] {
  const wrong = picture.others.get(record.id)?.wrong;
  if (wrong !== undefined) return record.stopped === null ? [{ kind: 'heal', record, why: wrong }] : [];
  const mine = picture.containers.filter(({ deployment, role, ours }) => ours && role === 'service' && deployment === record.id);
  const rows = Array.from({ length: record.config.service.replicas }, (_, replica) => mine.find((each) => each.replica === replica)?.row);
  if (record.stopped !== null) {
    const running = rows.flatMap((row) => (row?.state === 'running' || row?.state === 'restarting' ? [row] : []));
    return running.map((row) => ({ kind: 'stop', record, row, why: 'it was stopped on purpose' }));
  }
  const broken = rows.flatMap((row, replica): Step[] => ofReplica(record, replica, row));
  // The engine itself would start these again for ever.
  const restarting = rows.flatMap((row) => (row?.state === 'restarting' ? [row] : []));
  const stops = restarting.map((row): Step => ({ kind: 'stop', record, row, why: 'it crashed too often' }));
  if (record.crashLoop) return [...stops, ...ofRoute(picture, record, rows)];
  const { length: crashes } = recentCrashes(record.crashes, picture.now);
  if (broken.length + stops.length > 0 && crashes >= crashLimit.count) {
    return [{ kind: 'give-up', record, why: `it went down ${crashes} times in ${crashLimit.within / 60_000} minutes` }, ...stops];
  }
  // Those that run are routed to meanwhile.
  return [...broken, ...ofRoute(picture, record, rows)];
}

/** `restarting` (until it is a crash loop) and `removing` pass by themselves; who pauses one means it. */
function ofReplica(record: DeploymentRecord, replica: number, row: ContainerRow | undefined): Step[] {
  if (row === undefined) return [{ kind: 'recreate', record, replica, why: 'its container is gone' }];
  switch (row.state) {
    case 'running': {
      const joins = missingNetworks(record, replica, row);
      return joins.length === 0
        ? []
        : [{ kind: 'network', record, row, joins, why: `it is not in ${joins.map(({ network }) => network).join(', ')}` }];
    }
    case 'exited':
      return [{ kind: 'start', record, row, replica, why: 'its container has stopped' }];
    case 'created':
      return [{ kind: 'start', record, row, replica, why: 'its container was never started' }];
    case 'dead':
      return [{ kind: 'recreate', record, row, replica, why: 'its container is dead' }];
    default:
      return [];
  }
}

function missingNetworks(record: DeploymentRecord, replica: number, { addresses }: ContainerRow): Join[] {
  const network = networkOfRouter(record.config.environment.routing);
  const routers =
    network !== undefined && record.config.service.route !== undefined
      ? [{ network, aliases: [upstreamAlias(record, replica)], own: false }]
      : [];
  const wanted: Join[] = [{ network: networkOf(record), aliases: [record.service], own: true }, ...routers];
  return wanted.filter(({ network }) => (addresses[network] ?? '') === '');
}

function ofRoute({ routes }: Picture, record: DeploymentRecord, rows: readonly (ContainerRow | undefined)[]): Step[] {
  const found = routes.get(record.id);
  if (found === undefined || found === 'unknown') return [];
  const upstreams = upstreamsOf(
    record,
    rows.filter((row) => row?.state === 'running').flatMap((row) => row ?? []),
  );
  // With nothing to route to, the old route answers as well as none.
  if (upstreams.length === 0) return [];
  const route = { deployment: record.id, upstreams };
  if (found === 'none') return [{ kind: 'route', record, route, why: 'the router has no route to it' }];
  if (found.deployment === record.id && found.upstreams.join() === upstreams.join()) return [];
  return [{ kind: 'route', record, route, why: 'the router routes elsewhere' }];
}

/** What is ours and serves no release: left by what failed, was cut off or is over. */
function ofLeftover(
  { now, live, owner, fence }: Picture,
  seen: Seen,
  { busy, isQuiet }: { busy: ReadonlySet<string>; isQuiet: (place: ServicePlace) => boolean },
): Step[] {
  const { row, role, standing, deployment, replica, project, environment, service } = seen;
  const place = { project, environment, service };
  if (role === 'claim') return [];
  if (role === 'lock') {
    // Those of this hub are given back by who took them.
    const isLeft = row.labels[label.owner] === owner && Number(row.labels[label.fence]) < fence;
    const isHeld = [...busy].some((key) => key.startsWith(`${project} ${environment} `));
    return isLeft && !isHeld ? [{ kind: 'unlock', place: { ...place, service: '' }, row, why: 'the hub that took it has ended' }] : [];
  }
  if (!isQuiet(place)) return [];
  const orphan = (why: string): Step[] => [{ kind: 'remove-orphan', place, row, why }];
  switch (standing) {
    case 'open':
    case 'newer':
      return [];
    case 'over':
      return orphan('its deployment is over');
    case 'older':
      return now - row.created < young ? [] : orphan('it is of an older deployment that is not known any more');
    case 'live': {
      const record = live.find(({ id }) => id === deployment);
      if (record === undefined || (role === 'service' && replica < record.config.service.replicas)) return [];
      return orphan(role === 'service' ? 'there are fewer replicas now' : 'its work is done');
    }
  }
}
