import { existsSync } from 'node:fs';
import {
  appliedConfig,
  foundForConfig,
  type HearthConfig,
  hearthOfCommit,
  parseHearthConfig,
  resolveEnvironment,
} from '../../config/index.ts';
import type { Repository } from '../../git/index.ts';
import * as protocol from '../../protocol/deploy.ts';
import type { Foreign, StatusRow } from '../../protocol/deployTypes.ts';
import { asFailure, Failure } from '../../rpc/failure.ts';
import { type Context, handle, type Registration } from '../../rpc/router.ts';
import type { Reader } from '../../store/types.ts';
import { parseAddress } from '../engine/address.ts';
import { type DeploymentRecord, lastDeployments, liveDeployments, runningDeployments } from '../records.ts';
import { type EnvironmentAt, foreignOf } from './foreign.ts';
import { keyOf } from './picture.ts';
import type { ReconcileHost } from './types.ts';

/** A first look at an engine is waited for so long, in milliseconds. */
const firstLook = 3_000;

/** What runs where, as people see it. */
export function statusHandlers(host: ReconcileHost): Registration[] {
  return [
    handle(protocol.status, async ({ repository: root, environment }, context) => {
      const { projectOf, store, reconciler } = host;
      const repository = await projectOf.repository(root, context);
      const project = await projectOf.id(root, context);
      const { config, applied, differs, configured } = await configuration(host, repository, project, context);
      if (environment !== undefined) await refuseUnknown(host, project, environment, [applied, config]);
      const isAsked = (name: string): boolean => environment === undefined || name === environment;
      const names = Object.keys((applied ?? config)?.environments ?? {}).filter(isAsked);
      const configuredAt = environmentsOf(applied ?? config, names);
      if (project === undefined) {
        const found = configured ? [] : await foundForConfig(repository.root);
        return {
          environments: configuredAt.map((each) => seen(host, undefined, each)),
          services: [],
          foreign: [],
          differs,
          configured,
          found,
        };
      }
      await reconciler.looked(project, firstLook, context.signal);
      const { rows, services } = await store.read((reader) => {
        const asked = readRows(reader, project).filter((row) => isAsked(row.environment));
        return { rows: asked, services: asked.map((row) => statusRow(host, row, reader)) };
      });
      const deployedAt = rows.flatMap(({ environment: name, shown, live }) =>
        shown === undefined && live === undefined ? [] : [{ name, engine: (live ?? shown)?.engine }],
      );
      const environments = uniqueByName([...configuredAt, ...deployedAt]).map((each) => seen(host, project, each));
      return {
        project,
        environments,
        services,
        foreign: await foreignNow(host, { project, root: repository.root, applied, at: configuredAt }, context),
        differs,
        configured,
        found: configured ? [] : await foundForConfig(repository.root),
      };
    }),
  ];
}

/** Throws `not-found` for an environment that neither a `hearth.yaml` nor any deployment names; where nothing names any, nothing is known of it. */
async function refuseUnknown(
  { store }: ReconcileHost,
  project: string | undefined,
  name: string,
  configs: readonly (HearthConfig | undefined)[],
): Promise<void> {
  const configured = configs.flatMap((config) => Object.keys(config?.environments ?? {}));
  if (configured.includes(name)) return;
  const sql = 'select distinct environment from deployments where project = ? order by environment';
  const deployed = project === undefined ? [] : await store.read((reader) => reader.all<{ environment: string }>(sql, [project]));
  const known = [...new Set([...configured, ...deployed.map(({ environment }) => environment)])];
  if (known.length === 0 || known.includes(name)) return;
  const where = configured.length === 0 ? 'here' : 'in hearth.yaml';
  throw new Failure('not-found', `There is no environment "${name}" ${where}.`, { hint: `There are: ${known.join(', ')}.` });
}

interface Row {
  readonly environment: string;
  readonly service: string;
  /** The live one, else the last one. */
  readonly shown: DeploymentRecord | undefined;
  readonly live: DeploymentRecord | undefined;
  readonly running: DeploymentRecord | undefined;
  readonly last: DeploymentRecord;
}

/** One for each service and environment with a deployment that was not taken down. */
function readRows(reader: Reader, project: string): Row[] {
  const live = new Map(liveDeployments(reader, project).map((each) => [keyOf(each), each]));
  // The oldest is at work, newer ones wait.
  const running = new Map(
    runningDeployments(reader, project)
      .toReversed()
      .map((each) => [keyOf(each), each]),
  );
  return lastDeployments(reader, project).flatMap((last) => {
    const row = {
      environment: last.environment,
      service: last.service,
      last,
      live: live.get(keyOf(last)),
      running: running.get(keyOf(last)),
    };
    if (row.live === undefined && row.running === undefined && removedAt(reader, last) >= last.created) return [];
    return [{ ...row, shown: row.live ?? last }];
  });
}

/** When a service was taken down last; 0: never. */
function removedAt(reader: Reader, { project, environment, service }: DeploymentRecord): number {
  const sql = `select max(time) as time from deployment_steps where step = 'remove' and deployment in
    (select id from deployments where project = ? and environment = ? and service = ?)`;
  return reader.get<{ time: number | null }>(sql, [project, environment, service])?.time ?? 0;
}

function statusRow({ reconciler, healthSeen }: ReconcileHost, row: Row, reader: Reader): StatusRow {
  const { environment, service, shown, live, running, last } = row;
  const deployed = live === undefined ? undefined : reconciler.observations.healthOf(live.id);
  const record = shown ?? last;
  const isNewFailure = (last.state === 'failed' || last.state === 'rolled-back') && last.id > (live?.id ?? '');
  return {
    project: record.projectName,
    environment,
    service,
    release: record.id,
    commit: record.commit,
    subject: record.subject,
    state: record.state,
    health:
      deployed === undefined
        ? { state: 'unknown', since: record.ended ?? record.created }
        : (healthSeen?.({ project: record.project, environment, service }, deployed, reader) ?? deployed),
    since: live?.liveSince ?? null,
    url: live?.url ?? null,
    running:
      running === undefined ? null : { deployment: running.id, phase: running.phase, progress: running.progress, commit: running.commit },
    failed: isNewFailure ? { deployment: last.id, reason: last.reason ?? 'It failed.', time: last.ended ?? last.created } : null,
    crashLoop: live?.crashLoop ?? false,
    kind: record.config.service.kind,
    stopped: live?.stopped ?? null,
  };
}

function seen({ reconciler }: ReconcileHost, project: string | undefined, { name, engine }: EnvironmentAt) {
  const look = engine === undefined ? { observed: null } : reconciler.observations.engine(engine);
  const standing = project === undefined ? undefined : reconciler.problemOf({ project, environment: name });
  const missing = engine === undefined || look.observed !== null ? undefined : missingEngine(engine);
  const problem = look.problem ?? standing ?? missing?.problem;
  const hint = look.hint ?? (problem === missing?.problem ? missing?.hint : undefined);
  return {
    name,
    ...(engine === undefined ? {} : { engine }),
    ...(problem === undefined ? {} : { problem }),
    ...(hint === undefined ? {} : { hint }),
    observed: look.observed,
  };
}

/** What can be said of an engine that nobody has asked: whether its socket is there. */
function missingEngine(address: string): { problem: string; hint: string } | undefined {
  try {
    const at = parseAddress(address);
    if (at.kind !== 'socket' || existsSync(at.path)) return undefined;
    return {
      problem: `No Docker engine is here (${at.path}).`,
      hint: 'Start Docker, or name another engine with `docker:` in `hearth.yaml`.',
    };
  } catch (error) {
    const { message, hint = '' } = asFailure(error);
    return { problem: message, hint };
  }
}

function uniqueByName(places: readonly EnvironmentAt[]): EnvironmentAt[] {
  const byName = new Map<string, EnvironmentAt>();
  for (const each of places) if (!byName.has(each.name)) byName.set(each.name, each);
  return [...byName.values()];
}

function environmentsOf(config: HearthConfig | undefined, names: readonly string[]): EnvironmentAt[] {
  if (config === undefined) return [];
  return names.map((name) => ({ name, engine: resolveEnvironment(config, name).docker }));
}

interface Configuration {
  /** Of HEAD. */
  readonly config: HearthConfig | undefined;
  readonly applied: HearthConfig | undefined;
  readonly differs: boolean;
  readonly configured: boolean;
}

async function configuration(
  { store }: ReconcileHost,
  repository: Repository,
  project: string | undefined,
  { signal }: Context<never>,
): Promise<Configuration> {
  const head = await hearthOfHead(repository, signal);
  const applied = project === undefined ? undefined : await store.read((reader) => appliedConfig(reader, project));
  const parsed = applied === undefined ? undefined : await parseHearthConfig(applied.text);
  return {
    config: head?.config,
    applied: parsed?.config,
    differs: applied !== undefined && head !== undefined && (await differ(applied.text, head.text)),
    configured: head !== undefined,
  };
}

/** Texts that were compared before, the last ones last: nobody applies anything between most looks. */
const compared: { readonly from: string; readonly to: string; readonly differ: boolean }[] = [];
const mostCompared = 16;

/** Whether two texts of `hearth.yaml` say something else, as the difference that people look at has it. */
async function differ(from: string, to: string): Promise<boolean> {
  if (from === to) return false;
  const known = compared.find((each) => each.from === from && each.to === to);
  if (known !== undefined) return known.differ;
  const { differenceOf } = await import('../../config/difference.ts');
  const found = { from, to, differ: differenceOf(from, to).length > 0 };
  compared.push(found);
  if (compared.length > mostCompared) compared.shift();
  return found.differ;
}

/** Undefined when HEAD has no `hearth.yaml`, or nothing was committed yet. */
async function hearthOfHead(repository: Repository, signal: AbortSignal) {
  try {
    return await hearthOfCommit(repository, 'HEAD', signal);
  } catch (error) {
    if (error instanceof Failure && error.reason === 'not-found') return undefined;
    throw error;
  }
}

/** What others have deployed. Engines are asked only where the configuration was applied, by somebody the connection trusts. */
async function foreignNow(
  host: ReconcileHost,
  { project, root, applied, at }: { project: string; root: string; applied: HearthConfig | undefined; at: readonly EnvironmentAt[] },
  { session, signal }: Context<never>,
): Promise<Foreign[]> {
  if (applied === undefined || !session.trusts(root)) return [];
  return foreignOf(host, { project, projectName: applied.project, at }, signal);
}
