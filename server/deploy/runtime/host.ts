import { Redactor, resolveVariables } from '../../environment/index.ts';
import { Failure } from '../../rpc/failure.ts';
import { containersOf } from '../containers.ts';
import type { ContainerRow, Engine } from '../engine/types.ts';
import { label } from '../labels.ts';
import type { Parts } from '../parts.ts';
import type { Reconciler } from '../reconcile/index.ts';
import { adoptedOf } from '../reconcile/owners.ts';
import { type DeploymentRecord, liveDeployments } from '../records.ts';
import { servicesOf } from '../stack/index.ts';
import { namespaceLabel, stackNameOf } from '../stack/names.ts';
import { variableQuestion } from '../variableQuestion.ts';

/** What the handlers of this part are made with. */
export interface RuntimeHost extends Parts {
  readonly reconciler: Pick<Reconciler, 'run'>;
}

export interface Place {
  /** The id of the project; undefined where nothing was ever kept. */
  readonly project: string | undefined;
  readonly environment: string;
}

/** Live releases of an environment by service, those that are named or all. Throws `not-found`. */
export async function liveIn(
  { store }: Pick<RuntimeHost, 'store'>,
  { project, environment }: Place,
  services?: readonly string[],
): Promise<DeploymentRecord[]> {
  const all = project === undefined ? [] : await store.read((reader) => liveDeployments(reader, project));
  const live = all.filter((each) => each.environment === environment);
  const missing = services?.find((name) => !live.some(({ service }) => service === name));
  const hint = '`hearth deploy status` shows what is.';
  if (missing !== undefined) throw new Failure('not-found', `${missing} is not live in ${environment}.`, { hint });
  if (live.length === 0) throw new Failure('not-found', `Nothing is live in ${environment}.`, { hint });
  return services === undefined ? live : live.filter(({ service }) => services.includes(service));
}

/** Those of the release that serve or have served, in the order of the replicas; none of a static site. */
export async function containersAt(
  host: Pick<RuntimeHost, 'owner' | 'store'>,
  engine: Engine,
  record: DeploymentRecord,
  signal: AbortSignal,
): Promise<ContainerRow[]> {
  switch (record.config.service.kind) {
    case 'static':
      return [];
    case 'stack':
      return tasksOf(host, engine, record, signal);
    case 'container': {
      const rows = await containersOf({ engine, owner: await host.owner() }, record, signal, 'service');
      return rows.sort((a, b) => replicaOf(a) - replicaOf(b));
    }
  }
}

const taskName = 'com.docker.swarm.task.name';

/** Those of its tasks on the engine's own node: of each place in a service the newest, by service and place. */
async function tasksOf(
  { owner, store }: Pick<RuntimeHost, 'owner' | 'store'>,
  engine: Engine,
  record: DeploymentRecord,
  signal: AbortSignal,
): Promise<ContainerRow[]> {
  const stack = stackNameOf(record);
  const adopted = await store.read((reader) => adoptedOf(reader, record.project, record.environment));
  const services = await servicesOf({ engine, owner: await owner(), adopted }, record, stack, signal);
  const names = new Set(services.map(({ name }) => name));
  const rows = await engine.listContainers({ [namespaceLabel]: stack }, signal);
  const newest = new Map<string, ContainerRow>();
  for (const row of rows.filter(({ labels }) => names.has(labels['com.docker.swarm.service.name'] ?? ''))) {
    // `shop_api.1.x7k…`: the last part is the task's own.
    const place = (row.labels[taskName] ?? row.name).replace(/\.[^.]*$/, '');
    const known = newest.get(place);
    if (known === undefined || row.created > known.created) newest.set(place, row);
  }
  const byPlace = new Intl.Collator('en', { numeric: true });
  return [...newest].sort(([a], [b]) => byPlace.compare(a, b)).map(([, row]) => row);
}

const replicaOf = ({ labels }: ContainerRow): number => Number(labels[label.replica] ?? 0);

/** Refuses what only containers can be asked. Throws `unsupported`. */
export function refuseSites(records: readonly DeploymentRecord[], services: readonly string[] | undefined, what: string): void {
  const site = records.find(({ config, service }) => config.service.kind === 'static' && services?.includes(service) === true);
  if (site === undefined) return;
  throw new Failure('unsupported', `${site.service} is a static site: ${what}.`, {
    hint: 'Its files are served by another server; look there.',
  });
}

/** Masks the secrets of a release. Throws `precondition` when they cannot be read: then nobody knows what to mask. */
export async function secretsOf({ store, keys }: Pick<RuntimeHost, 'store' | 'keys'>, record: DeploymentRecord): Promise<string[]> {
  const { values, problems } = await store.read((reader) => resolveVariables(variableQuestion(reader, keys, record)));
  if (problems.length > 0) {
    throw new Failure('precondition', `What ${record.service} says is not shown: ${problems.join(' ')}`, {
      hint: 'Secrets that cannot be read cannot be masked.',
    });
  }
  return values.filter(({ secret }) => secret).map(({ value }) => value);
}

export async function redactorOf(host: Pick<RuntimeHost, 'store' | 'keys'>, record: DeploymentRecord): Promise<Redactor> {
  return new Redactor(await secretsOf(host, record));
}
