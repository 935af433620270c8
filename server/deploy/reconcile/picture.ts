import type { Reader } from '../../store/types.ts';
import type { ContainerRow, Labels } from '../engine/types.ts';
import { label, type Ownership, type Role, roleOf } from '../labels.ts';
import { type DeploymentRecord, liveDeployments, readDeployment, runningDeployments, type ServiceKey } from '../records.ts';
import type { Route } from '../routing/index.ts';
import type { Finding } from './observations.ts';
import { isOneOf, ownersOf, ownOwner } from './owners.ts';

/** What a deployment is to the state. `newer` and `older`: unknown to it, started after or before the newest that it knows of the service. */
export type Standing = 'live' | 'open' | 'over' | 'newer' | 'older';

/** A container at the engine under the names of one of our projects. */
export interface Seen {
  readonly row: ContainerRow;
  readonly role: Role | undefined;
  readonly project: string;
  readonly environment: string;
  readonly service: string;
  readonly deployment: string;
  readonly replica: number;
  /** Its labels name us, or somebody we took the environment over from. */
  readonly ours: boolean;
  readonly standing: Standing;
}

/** What should be on an engine and what is, from one list of its containers and the state as it was after that. */
export interface Picture {
  readonly owner: string;
  /** Of this hub. */
  readonly fence: number;
  readonly now: number;
  readonly live: readonly DeploymentRecord[];
  /** On their way or interrupted. */
  readonly open: readonly { readonly record: DeploymentRecord; readonly active: boolean; readonly progressed: number }[];
  /** Services to which something is on its way, by whatever address of the engine (`keyOf`). */
  readonly busy: ReadonlySet<string>;
  readonly containers: readonly Seen[];
  /** By deployment; absent: nothing routes to it. `unknown`: the router could not be asked. */
  readonly routes: ReadonlyMap<string, Route | 'unknown' | 'none'>;
  /** Of live releases that are no containers of ours: how they are, and what can be put right. */
  readonly others: ReadonlyMap<string, { readonly finding: Finding; readonly wrong?: string }>;
}

interface PictureInput {
  readonly address: string;
  readonly rows: readonly ContainerRow[];
  readonly now: number;
  readonly fence: number;
  isActive(deployment: string): boolean;
}

/** Reads the state for an engine. `environments` are those of this engine, by name, of anything the state knows. */
export function drawPicture(reader: Reader, { address, rows, now, fence, isActive }: PictureInput): Omit<Picture, 'routes' | 'others'> {
  const known = { live: liveDeployments(reader), open: runningDeployments(reader) };
  // One engine may have two addresses: what is live or comes by the other one is seen here too, and left to that.
  const live = known.live.filter(({ engine }) => engine === address);
  const open = known.open
    .filter(({ engine }) => engine === address)
    .map((record) => ({ record, active: isActive(record.id), progressed: progressOf(reader, record) }));
  const places = placesOf(reader, address);
  const containers = rows.flatMap((row) => seenAs(reader, row, places, known));
  return { owner: ownOwner(reader), fence, now, live, open, busy: new Set(known.open.map(keyOf)), containers };
}

/** One word for a service of an environment. `project` is the id. */
export const keyOf = ({ project, environment, service }: ServiceKey): string => `${project} ${environment} ${service}`;

interface Place {
  /** The id. */
  readonly project: string;
  readonly projectName: string;
  readonly environment: string;
  readonly owners: readonly Ownership[];
}

/** Every environment of which the state knows a deployment on the engine. */
function placesOf(reader: Reader, address: string): Place[] {
  const sql = 'select distinct project, project_name as projectName, environment from deployments where engine = ?';
  return reader
    .all<{ project: string; projectName: string; environment: string }>(sql, [address])
    .map((place) => ({ ...place, owners: ownersOf(reader, place.project, place.environment) }));
}

interface Known {
  readonly live: readonly DeploymentRecord[];
  readonly open: readonly DeploymentRecord[];
}

function seenAs(reader: Reader, row: ContainerRow, places: readonly Place[], known: Known): Seen[] {
  const { labels } = row;
  const named = places.filter((each) => each.projectName === labels[label.project] && each.environment === labels[label.environment]);
  // The same names may be used by two projects of this home: what is not theirs is nobody's here.
  const own = named.find(({ owners }) => isOneOf(owners, labels));
  return (own === undefined ? named : [own]).map(({ project, environment }) => {
    const deployment = labels[label.deployment] ?? '';
    const key = { project, environment, service: labels[label.service] ?? '' };
    const standing = standingOf(reader, deployment, key, known);
    return { row, role: roleOf(labels), ...key, deployment, replica: replicaOf(labels), ours: own !== undefined, standing };
  });
}

function standingOf(reader: Reader, deployment: string, key: ServiceKey, { live, open }: Known): Standing {
  if (live.some(({ id }) => id === deployment)) return 'live';
  if (open.some(({ id }) => id === deployment)) return 'open';
  if (readDeployment(reader, deployment) !== undefined) return 'over';
  return deployment > newestOf(reader, key) ? 'newer' : 'older';
}

function replicaOf(labels: Labels): number {
  return Number(labels[label.replica] ?? 0);
}

function newestOf(reader: Reader, { project, environment, service }: ServiceKey): string {
  const sql = 'select max(id) as id from deployments where project = ? and environment = ? and service = ?';
  return reader.get<{ id: string | null }>(sql, [project, environment, service])?.id ?? '';
}

/** When a deployment did something last, by its journal. */
function progressOf(reader: Reader, { id, created, phaseTimes }: DeploymentRecord): number {
  const sql = 'select max(time) as time from deployment_steps where deployment = ?';
  const step = reader.get<{ time: number | null }>(sql, [id])?.time ?? 0;
  return Math.max(created, step, phaseTimes.at(-1)?.started ?? 0);
}
