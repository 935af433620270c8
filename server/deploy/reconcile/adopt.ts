import {
  appliedConfig,
  type HearthConfig,
  hearthOfCommit,
  parseHearthConfig,
  type ResolvedEnvironment,
  resolveEnvironment,
} from '../../config/index.ts';
import { type Repository, readCommit } from '../../git/index.ts';
import { Failure } from '../../rpc/failure.ts';
import type { Context } from '../../rpc/router.ts';
import { authorOf } from '../../store/author.ts';
import type { ContainerRow, Engine } from '../engine/types.ts';
import { fenced } from '../fenced.ts';
import { label, type Ownership, roleOf } from '../labels.ts';
import { type DeploymentRecord, readDeployment } from '../records.ts';
import { routerOf } from '../routing/index.ts';
import { adoptedOwners, targetOf } from './act.ts';
import { type Adopted, writeAdopted } from './adoptRows.ts';
import { takeClaim } from './claim.ts';
import { listPlace } from './foreign.ts';
import { ownOwner } from './owners.ts';
import type { ReconcileHost } from './types.ts';

/** Containers of one deployment of one service, as another home has left them. */
interface FoundRelease {
  readonly service: string;
  readonly deployment: string;
  readonly commit: string;
  readonly rows: readonly ContainerRow[];
}

/**
 * Takes an environment over: what another home (or a lost state of this one) has deployed there becomes our live releases, as it runs. Labels
 * never change, so whose objects they were is noted in the state, and a claim at the engine tells the other home.
 */
export async function adoptEnvironment(
  host: ReconcileHost,
  { repository: root, environment: name }: { repository: string; environment: string },
  context: Context<never>,
): Promise<{ adopted: { service: string; deployment: string; commit: string }[] }> {
  const { projectOf, store, engines, fence, home, reconciler } = host;
  const { signal } = context;
  const repository = await projectOf.repository(root, context);
  const project = await projectOf.ensure(root, context);
  const config = await currentConfig(host, repository, project, signal);
  const engine = fenced(await engines.get(resolveEnvironment(config, name).docker, signal), fence);
  const rows = await listPlace(engine, { project: config.project, environment: name }, signal);
  const owner = await store.read(ownOwner);
  const unknown = await store.read((reader) =>
    rows.filter(({ labels }) => isToAdopt(labels, readDeployment(reader, labels[label.deployment] ?? ''))),
  );
  const services = unknown.filter(({ labels }) => roleOf(labels) === 'service');
  if (services.length === 0) {
    throw new Failure('not-found', `Nothing that another home has deployed runs in ${name} of ${config.project} on ${engine.info.name}.`, {
      hint: '`hearth deploy status` shows what runs.',
    });
  }
  const former = formerOwners(unknown, { owner, projectId: project });
  const found = await Promise.all(
    [...byService(services)].map(async ([service, releases]) => {
      const described = await describe(repository, name, service, releases, signal);
      const chosen = await serving({ engine, store, home }, described, former, signal);
      return { chosen, others: described.filter((each) => each !== chosen) };
    }),
  );
  await takeClaim({ engine, fence: fence.number }, { owner, projectId: project, project: config.project, environment: name }, rows, signal);
  await writeAdopted(store, authorOf(context), {
    project,
    environment: name,
    engine: engine.address,
    repository: repository.root,
    fence: fence.number,
    former,
    found,
  });
  reconciler.wake();
  return { adopted: found.map(({ chosen: { service, deployment, commit } }) => ({ service, deployment, commit })) };
}

/** What the state calls live or on its way here is ours already. */
function isToAdopt(labels: ContainerRow['labels'], known: DeploymentRecord | undefined): boolean {
  const role = roleOf(labels);
  if (role === 'hook' || role === 'trial') return false;
  if (role === 'service' && !isWellLabelled(labels)) return false;
  return known === undefined || (known.state !== 'live' && known.state !== 'running');
}

/** Anybody can label a container: what becomes an id of ours has its form. */
function isWellLabelled(labels: ContainerRow['labels']): boolean {
  const {
    deployment = '',
    commit = '',
    service = '',
  } = {
    deployment: labels[label.deployment],
    commit: labels[label.commit],
    service: labels[label.service],
  };
  return /^[0-9a-z]{16}$/.test(deployment) && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit) && /^[a-z0-9-]{1,30}$/.test(service);
}

/** Those of other homes and projects whose labels the objects carry. */
function formerOwners(rows: readonly ContainerRow[], own: Ownership): Ownership[] {
  const owners = new Map<string, Ownership>();
  for (const { labels } of rows) {
    const each = { owner: labels[label.owner] ?? '', projectId: labels[label.projectId] ?? '' };
    if (each.owner !== own.owner || each.projectId !== own.projectId) owners.set(`${each.owner} ${each.projectId}`, each);
  }
  return [...owners.values()];
}

function byService(rows: readonly ContainerRow[]): Map<string, FoundRelease[]> {
  const found = new Map<string, ContainerRow[]>();
  for (const row of rows) {
    const key = row.labels[label.deployment] ?? '';
    found.set(key, [...(found.get(key) ?? []), row]);
  }
  const services = new Map<string, FoundRelease[]>();
  for (const [deployment, members] of found) {
    const labels = members[0]?.labels ?? {};
    const service = labels[label.service] ?? '';
    const release = { service, deployment, commit: labels[label.commit] ?? '', rows: members };
    services.set(
      service,
      [...(services.get(service) ?? []), release].sort((a, b) => (a.deployment < b.deployment ? 1 : -1)),
    );
  }
  return services;
}

/** The environment is looked up where it is configured now; what runs there is described by its own commit. */
async function currentConfig(
  { store }: ReconcileHost,
  repository: Repository,
  project: string,
  signal: AbortSignal,
): Promise<HearthConfig> {
  const applied = await store.read((reader) => appliedConfig(reader, project));
  const { config } = applied === undefined ? await hearthOfCommit(repository, 'HEAD', signal) : await parseHearthConfig(applied.text);
  if (config === undefined) throw new Failure('invalid', 'hearth.yaml has mistakes.', { hint: '`hearth config check` lists them.' });
  return config;
}

/** Newest first. Throws `not-found` when a commit is not here, or its `hearth.yaml` does not know the service. */
async function describe(
  repository: Repository,
  environment: string,
  service: string,
  releases: readonly FoundRelease[],
  signal: AbortSignal,
): Promise<Adopted[]> {
  return Promise.all(
    releases.map(async (release) => {
      const { config, subject, resolved } = await read(repository, environment, release, signal);
      const known = config.services[service];
      if (known === undefined) {
        throw new Failure('not-found', `hearth.yaml of ${release.commit.slice(0, 12)} has no service ${service}, but it runs.`);
      }
      const deployed = { project: config.project, service: known, environment: resolved, retention: config.retention };
      return { ...release, subject, config: deployed };
    }),
  );
}

async function read(
  repository: Repository,
  environment: string,
  { service, commit }: FoundRelease,
  signal: AbortSignal,
): Promise<{ config: HearthConfig; subject: string; resolved: ResolvedEnvironment }> {
  if ((await repository.objects.info(commit, signal)) === undefined) {
    throw new Failure('not-found', `${service} runs commit ${commit.slice(0, 12)}, which is not in this repository.`, {
      hint: 'Fetch first: the commit says how the service is configured.',
    });
  }
  const [{ config }, { row }] = await Promise.all([hearthOfCommit(repository, commit, signal), readCommit(repository, commit, signal)]);
  if (config === undefined) throw new Failure('invalid', `hearth.yaml of ${commit.slice(0, 12)} has mistakes.`);
  return { config, subject: row.subject, resolved: resolveEnvironment(config, environment) };
}

/** Of several deployments the one that gets the requests: the router knows, else the newest that runs. */
async function serving(
  { engine, store, home }: Pick<ReconcileHost, 'store' | 'home'> & { readonly engine: Engine },
  releases: readonly Adopted[],
  former: readonly Ownership[],
  signal: AbortSignal,
): Promise<Adopted> {
  const [newest] = releases;
  if (newest === undefined) throw new Failure('internal', 'A service without a deployment.');
  const { environment, service, project } = newest.config;
  const target = targetOf({ projectName: project, environment: environment.name, config: newest.config }, '', adoptedOwners(former));
  const routed = target === undefined ? undefined : await routerOf(environment.routing, engine, { home, store }).current(target, signal);
  const isRunning = ({ rows }: Adopted) => rows.length >= service.replicas && rows.every(({ state }) => state === 'running');
  return releases.find(({ deployment }) => deployment === routed?.deployment) ?? releases.find(isRunning) ?? newest;
}
