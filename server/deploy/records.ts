import type { ResolvedEnvironment, Service } from '../config/hearthTypes.ts';
import type { Deployment, DeploymentState, Phase, Probe } from '../protocol/deployTypes.ts';
import { Failure } from '../rpc/failure.ts';
import type { Reader, Row } from '../store/types.ts';

/** The service and environment as they were deployed: enough to make its containers again, without repository and `hearth.yaml`. */
export interface DeployedConfig {
  /** The name of the project, as in `hearth.yaml`. */
  readonly project: string;
  readonly service: Service;
  readonly environment: ResolvedEnvironment;
  readonly retention: { readonly releases: number; readonly logs: number };
}

export interface PhaseTime {
  readonly phase: Phase;
  readonly started: number;
  readonly ended: number | null;
}

export interface DeployedContainer {
  readonly id: string;
  readonly name: string;
}

/** A row of `deployments`. Times are milliseconds since the epoch. */
export interface DeploymentRecord {
  readonly id: string;
  readonly run: string;
  /** The id. */
  readonly project: string;
  /** The name in `hearth.yaml`: what objects are called. */
  readonly projectName: string;
  readonly environment: string;
  readonly service: string;
  /** Address of the engine. */
  readonly engine: string;
  /** Root of the work tree it was asked for in. */
  readonly repository: string;
  readonly commit: string;
  readonly subject: string;
  readonly config: DeployedConfig;
  readonly overrides: Readonly<Record<string, string>>;
  readonly specHash: string;
  /** The tag or reference; with `digest` once it is pinned. */
  readonly image: string | null;
  readonly imageId: string | null;
  readonly digest: string | null;
  readonly phase: Phase;
  readonly state: DeploymentState;
  readonly reason: string | null;
  readonly hint: string | null;
  readonly progress: string | null;
  readonly actor: string;
  readonly rollbackTo: string | null;
  readonly created: number;
  readonly started: number | null;
  readonly liveSince: number | null;
  /** When its work had ended, however it did: a live one has ended. */
  readonly ended: number | null;
  readonly fence: number;
  readonly resumed: number;
  readonly canceling: boolean;
  readonly phaseTimes: readonly PhaseTime[];
  readonly probes: readonly Probe[];
  readonly containers: readonly DeployedContainer[];
  readonly url: string | null;
  /** Times at which the reconciler found it dead. */
  readonly crashes: readonly number[];
  readonly crashLoop: boolean;
  /** Since when somebody has stopped it on purpose. */
  readonly stopped: number | null;
}

type Stored = Row & Record<string, string | number | null>;

const all = 'select * from deployments';
/** Those whose work has not ended: also one that is live already and still drains the old version. */
const open = "(state = 'running' or ended is null)";

/** Undefined when there is none of that id. */
export function readDeployment(reader: Reader, id: string): DeploymentRecord | undefined {
  const row = reader.get<Stored>(`${all} where id = ?`, [id]);
  return row === undefined ? undefined : recordOf(row);
}

/** The one of a project whose id begins so. Throws `not-found`, and `invalid` when there are several. */
export function findDeployment(reader: Reader, project: string, prefix: string): DeploymentRecord {
  const rows = reader.all<Stored>(`${all} where project = ? and id >= ? and id < ? order by id limit 2`, [project, prefix, `${prefix}~`]);
  const [row, other] = rows;
  if (row === undefined)
    throw new Failure('not-found', `There is no deployment ${prefix} here.`, { hint: '`hearth deploy history` lists them.' });
  if (other !== undefined && row['id'] !== prefix) {
    throw new Failure('invalid', `Several deployments begin with ${prefix}.`, { hint: 'Give more of the id.' });
  }
  return recordOf(row);
}

/** What serves: one for each service and environment at most. All projects unless told. */
export function liveDeployments(reader: Reader, project?: string): DeploymentRecord[] {
  const rows =
    project === undefined
      ? reader.all<Stored>(`${all} where state = 'live' order by project, environment, service`)
      : reader.all<Stored>(`${all} where state = 'live' and project = ? order by environment, service`, [project]);
  return rows.map(recordOf);
}

export function liveDeployment(reader: Reader, { project, environment, service }: ServiceKey): DeploymentRecord | undefined {
  const row = reader.get<Stored>(`${all} where project = ? and environment = ? and service = ? and state = 'live'`, [
    project,
    environment,
    service,
  ]);
  return row === undefined ? undefined : recordOf(row);
}

/** Those on their way, oldest first: queued, interrupted and draining ones too. All projects unless told. */
export function runningDeployments(reader: Reader, project?: string): DeploymentRecord[] {
  const rows =
    project === undefined
      ? reader.all<Stored>(`${all} where ${open} order by id`)
      : reader.all<Stored>(`${all} where ${open} and project = ? order by id`, [project]);
  return rows.map(recordOf);
}

/** The newest of each service and environment of a project, whatever became of it. */
export function lastDeployments(reader: Reader, project: string): DeploymentRecord[] {
  const sql = `${all} where id in (select max(id) from deployments where project = ? group by environment, service) order by environment, service`;
  return reader.all<Stored>(sql, [project]).map(recordOf);
}

export function deploymentsOfRun(reader: Reader, project: string, run: string): DeploymentRecord[] {
  return reader.all<Stored>(`${all} where run = ? and project = ? order by id`, [run, project]).map(recordOf);
}

export interface ServiceKey {
  /** The id. */
  readonly project: string;
  readonly environment: string;
  readonly service: string;
}

/** Those of a service that are or were live, newest first: its releases. */
export function releasesOf(reader: Reader, { project, environment, service }: ServiceKey): DeploymentRecord[] {
  const sql = `${all} where project = ? and environment = ? and service = ? and live_since is not null and state <> 'rolled-back' order by id desc`;
  return reader.all<Stored>(sql, [project, environment, service]).map(recordOf);
}

/** Those of a service that were ever live, the last one first; also those that were rolled back at once. In all environments unless told. */
export function everLive(
  reader: Reader,
  { project, environment, service }: Omit<ServiceKey, 'environment'> & { environment: string | undefined },
) {
  const where = environment === undefined ? '' : ' and environment = ?';
  const sql = `${all} where project = ? and service = ?${where} and live_since is not null order by live_since desc, id desc`;
  return reader.all<Stored>(sql, [project, service, ...(environment === undefined ? [] : [environment])]).map(recordOf);
}

/** All of them, oldest first. */
export function recordsOfProject(reader: Reader, project: string): DeploymentRecord[] {
  return reader.all<Stored>(`${all} where project = ? order by id`, [project]).map(recordOf);
}

export interface Filter {
  readonly environment?: string | undefined;
  readonly service?: string | undefined;
  readonly run?: string | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Newest first. */
export function listDeployments(reader: Reader, project: string, { environment, service, run, before, limit }: Filter): DeploymentRecord[] {
  const conditions = ['project = ?'];
  const values: (string | number)[] = [project];
  const add = (condition: string, value: string | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  add('environment = ?', environment);
  add('service = ?', service);
  add('run = ?', run);
  add('id < ?', before);
  return reader.all<Stored>(`${all} where ${conditions.join(' and ')} order by id desc limit ?`, [...values, limit]).map(recordOf);
}

/** As the contract has it. */
export function deploymentOf(record: DeploymentRecord): Deployment {
  const { id, run, environment, service, commit, subject, image, phase, state, reason, hint, actor } = record;
  const { rollbackTo, created, started, liveSince, ended, projectName: project } = record;
  return {
    ...{ id, run, project, environment, service, commit, subject, image, phase, state, reason, hint, actor },
    ...{ rollbackTo, created, started, liveSince, ended },
  };
}

function recordOf(row: Stored): DeploymentRecord {
  const text = (name: string): string => String(row[name]);
  const json = <T>(name: string): T => JSON.parse(text(name)) as T;
  const maybe = (name: string): string | null => (row[name] === null ? null : text(name));
  const time = (name: string): number | null => (row[name] === null ? null : Number(row[name]));
  return {
    id: text('id'),
    run: text('run'),
    project: text('project'),
    projectName: text('project_name'),
    environment: text('environment'),
    service: text('service'),
    engine: text('engine'),
    repository: text('repository'),
    commit: text('commit_id'),
    subject: text('subject'),
    config: json('config'),
    overrides: json('overrides'),
    specHash: text('spec_hash'),
    image: maybe('image'),
    imageId: maybe('image_id'),
    digest: maybe('digest'),
    phase: text('phase') as Phase,
    state: text('state') as DeploymentState,
    reason: maybe('reason'),
    hint: maybe('hint'),
    progress: maybe('progress'),
    actor: text('actor'),
    rollbackTo: maybe('rollback_to'),
    created: Number(row['created']),
    started: time('started'),
    liveSince: time('live_since'),
    ended: time('ended'),
    fence: Number(row['fence']),
    resumed: Number(row['resumed']),
    canceling: row['canceling'] === 1,
    phaseTimes: json('phase_times'),
    probes: json('probes'),
    containers: json('containers'),
    url: maybe('url'),
    crashes: json('crashes'),
    crashLoop: row['crash_loop'] === 1,
    stopped: time('stopped'),
  };
}
