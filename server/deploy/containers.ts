import { Failure } from '../rpc/failure.ts';
import type { ContainerRow, ContainerSpec, ContainerState, Engine, Labels } from './engine/types.ts';
import { environmentLabels, isOurs, label, type Ownership, type Role } from './labels.ts';
import { containerName, networkName, shortId, volumeName } from './names.ts';
import type { DeployedContainer, DeploymentRecord } from './records.ts';

/** A variable or secret as a container gets it. */
interface Value {
  readonly name: string;
  readonly value: string;
  readonly as: 'variable' | 'file';
}

/** Who makes objects, and where. */
export interface Maker {
  readonly engine: Engine;
  /** `ownerId` of the store. */
  readonly owner: string;
  readonly fence: number;
  /** Whose objects of the environment are ours too: it was taken over from them. */
  readonly adopted?: readonly Ownership[];
}

export interface ReplicaRequest {
  readonly record: DeploymentRecord;
  readonly values: readonly Value[];
  /** From 0. */
  readonly replica: number;
  /** A trial publishes no port and is not restarted. */
  readonly role?: 'service' | 'trial';
}

export function ownershipOf(record: DeploymentRecord, owner: string): Ownership {
  return { owner, projectId: record.project };
}

/** Networks that are being made, by engine and name. */
const making = new Map<string, Promise<void>>();

/** Network and volumes of a deployment; made when they are missing, never changed. Throws `conflict` when they are somebody else's. */
export async function ensurePlace(maker: Maker, record: DeploymentRecord, signal: AbortSignal): Promise<void> {
  // One after the other: an engine makes two networks of one name for two who ask at once.
  const key = `${maker.engine.info.id}\0${networkOf(record)}`;
  const make = () => ensurePlaceNow(maker, record, signal);
  const turn = (making.get(key) ?? Promise.resolve()).then(make, make);
  making.set(key, turn);
  try {
    await turn;
  } finally {
    if (making.get(key) === turn) making.delete(key);
  }
}

async function ensurePlaceNow(maker: Maker, record: DeploymentRecord, signal: AbortSignal): Promise<void> {
  const { engine, owner, fence, adopted = [] } = maker;
  const place = { owner, projectId: record.project, project: record.projectName, environment: record.environment };
  const labels = environmentLabels(place, fence);
  const network = networkName(place);
  if (!(await engine.ensureNetwork(network, labels, signal))) {
    const found = await engine.inspectNetwork(network, signal);
    if (found !== undefined && !adopted.some((each) => isOurs(found.labels, each))) throw foreignNetwork(network, engine);
  }
  for (const { source } of record.config.service.volumes) {
    const name = volumeName(place, source);
    const found = await engine.ensureVolume(name, labels, signal);
    // One that somebody made by hand under this name is meant for us; one of another home or environment is not.
    const isOther =
      found[label.managed] === '1' && (found[label.environment] !== record.environment || found[label.project] !== record.projectName);
    if (isOther || (found[label.managed] === '1' && ![place, ...adopted].some((each) => isOurs(found, each)))) {
      throw new Failure('conflict', `The volume ${name} of ${engine.info.name} belongs to another project, environment or home.`, {
        hint: 'Give the volume another name in `hearth.yaml`, or take the environment over (`hearth deploy adopt`).',
      });
    }
  }
}

function foreignNetwork(network: string, engine: Engine): Failure {
  return new Failure('conflict', `The network ${network} of ${engine.info.name} belongs to somebody else.`, {
    hint: 'Give the project another name in `hearth.yaml`, or remove that network.',
  });
}

/**
 * A container of a deployment, not yet started. One that is there from before is taken as it is when it was started, made anew when it was
 * not (its files may be missing). Throws `conflict` when somebody else's has the name.
 */
export async function createReplica(maker: Maker, request: ReplicaRequest, signal: AbortSignal): Promise<DeployedContainer> {
  const { record, replica, role = 'service' } = request;
  const name = replicaName(record, replica, role);
  const found = await ownContainer(maker, record, name, signal);
  if (found !== undefined) {
    if (found.state !== 'created') return { id: found.id, name };
    await maker.engine.removeContainer(found.id, signal);
  }
  const { service } = record.config;
  const spec: ContainerSpec = {
    ...(await commonSpec(maker, record, request.values, signal)),
    name,
    labels: containerLabels(maker, record, role, replica),
    ...(service.command === undefined ? {} : { command: service.command }),
    ...(service.entrypoint === undefined ? {} : { entrypoint: service.entrypoint }),
    networks: [
      { name: networkOf(record), aliases: role === 'service' ? [record.service] : [] },
      ...routerNetworks(record, role).map((network) => ({ name: network, aliases: [upstreamAlias(record, replica)] })),
    ],
    ...(service.port === undefined ? {} : { port: service.port }),
    ...(role === 'trial' || service.publish === undefined ? {} : { publish: service.publish }),
    restart: role === 'trial' ? 'no' : 'unless-stopped',
  };
  return { id: await createWithFiles(maker, record, spec, request.values, signal), name };
}

interface OneOffRequest {
  readonly record: DeploymentRecord;
  readonly values: readonly Value[];
  /** What it is for: names its container. At most 12 characters. */
  readonly word: string;
  readonly command: readonly string[];
}

/**
 * A container of a deployment's image for one command, not yet started. One that is there from before is taken as it is when it was started, made
 * anew when it was not (its files may be missing).
 */
export async function createOneOff(
  maker: Maker,
  { record, values, word, command }: OneOffRequest,
  signal: AbortSignal,
): Promise<DeployedContainer> {
  const name = containerName(placeOf(record), word);
  const found = await ownContainer(maker, record, name, signal);
  if (found !== undefined) {
    if (found.state !== 'created') return { id: found.id, name };
    await maker.engine.removeContainer(found.id, signal);
  }
  const spec: ContainerSpec = {
    ...(await commonSpec(maker, record, values, signal)),
    name,
    labels: containerLabels(maker, record, 'hook', 0),
    entrypoint: command.slice(0, 1),
    command: command.slice(1),
    networks: [{ name: networkOf(record), aliases: [] }],
    restart: 'no',
  };
  return { id: await createWithFiles(maker, record, spec, values, signal), name };
}

/** The one-off container of that word, when it is there. Throws `conflict` when somebody else has its name. */
export function findOneOff(maker: Maker, record: DeploymentRecord, word: string, signal: AbortSignal): Promise<ContainerState | undefined> {
  return ownContainer(maker, record, containerName(placeOf(record), word), signal);
}

/** Containers of one deployment, by name, of any role unless told: ours, and those that were taken over with it. */
export async function containersOf(
  { engine, owner }: Pick<Maker, 'engine' | 'owner'>,
  record: DeploymentRecord,
  signal: AbortSignal,
  role?: Role,
): Promise<ContainerRow[]> {
  const wanted = { [label.managed]: '1', [label.deployment]: record.id, ...(role === undefined ? {} : { [label.role]: role }) };
  const rows = await engine.listContainers(wanted, signal);
  const own = ownershipOf(record, owner);
  return rows
    .filter(({ id, labels }) => isOurs(labels, own) || record.containers.some((each) => each.id === id))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Stops and removes what there is of a deployment; fine when nothing is. `patience`: milliseconds to SIGKILL, as long as the service says unless told. */
export async function removeContainersOf(
  maker: Pick<Maker, 'engine' | 'owner'>,
  record: DeploymentRecord,
  signal: AbortSignal,
  role?: Role,
  patience = record.config.service.stopTimeout,
): Promise<string[]> {
  const rows = await containersOf(maker, record, signal, role);
  await Promise.all(
    rows.map(async ({ id, state }) => {
      if (state !== 'created' && state !== 'exited') await maker.engine.stopContainer(id, patience, signal);
      await maker.engine.removeContainer(id, signal);
    }),
  );
  return rows.map(({ name }) => name);
}

export function replicaName(record: DeploymentRecord, replica: number, role: 'service' | 'trial' = 'service'): string {
  if (role === 'trial') return containerName(placeOf(record), replica === 0 ? 'trial' : `trial-${replica}`);
  return containerName(placeOf(record), replica);
}

/** The name of a replica in the router's network: short enough for every resolver, whatever the project is called. */
export function upstreamAlias(record: DeploymentRecord, replica: number): string {
  return `hearth-${shortId(record.id)}-${replica}`;
}

/** The network of the environment: where services find each other by name, and where the hub finds them. */
export function networkOf(record: DeploymentRecord): string {
  return networkName(placeOf(record));
}

function placeOf(record: DeploymentRecord) {
  const { projectName: project, environment, service, id } = record;
  return { project, environment, service, id };
}

function routerNetworks({ config }: DeploymentRecord, role: 'service' | 'trial'): string[] {
  const { routing } = config.environment;
  const routed = role === 'service' && routing.kind !== 'none' && config.service.route !== undefined;
  return routed && routing.network !== undefined ? [routing.network] : [];
}

async function commonSpec({ engine }: Maker, record: DeploymentRecord, values: readonly Value[], signal: AbortSignal) {
  const { service } = record.config;
  const image = await imageOf(engine, record, signal);
  return {
    image,
    ...(service.user === undefined ? {} : { user: service.user }),
    variables: Object.fromEntries(values.filter((each) => each.as === 'variable').map(({ name, value }) => [name, value])),
    volumes: service.volumes.map(({ source, target, readOnly }) => ({ volume: volumeName(placeOf(record), source), target, readOnly })),
    resources: service.resources,
  };
}

/** By its name, which people can read, as long as that names the very image that was deployed. */
async function imageOf(engine: Engine, { id, image, imageId }: DeploymentRecord, signal: AbortSignal): Promise<string> {
  if (image !== null && (imageId === null || (await engine.inspectImage(image, signal))?.id === imageId)) return image;
  if (imageId === null) throw new Failure('internal', `The deployment ${id} has no image.`);
  return imageId;
}

export function containerLabels({ owner, fence }: Maker, record: DeploymentRecord, role: Role, replica: number): Labels {
  const place = { owner, projectId: record.project, project: record.projectName, environment: record.environment };
  return {
    ...environmentLabels(place, fence),
    [label.service]: record.service,
    [label.deployment]: record.id,
    [label.commit]: record.commit,
    [label.specHash]: record.specHash,
    [label.role]: role,
    [label.replica]: String(replica),
  };
}

async function createWithFiles(
  maker: Maker,
  record: DeploymentRecord,
  spec: ContainerSpec,
  values: readonly Value[],
  signal: AbortSignal,
): Promise<string> {
  const { engine } = maker;
  const id = await create(maker, record, spec, signal);
  const files = values.filter((each) => each.as === 'file');
  if (files.length === 0) return id;
  // Readable for the image's own user, whoever that is.
  const mode = record.config.service.user === 'root' || record.config.service.user === '0' ? 0o400 : 0o444;
  const data = files.map(({ name, value }) => ({ path: `/run/secrets/${name}`, mode, data: Buffer.from(value) }));
  await engine.putFiles(id, data, signal);
  return id;
}

/** A request whose answer was lost may have made it: then it is ours, and made anew. */
async function create(maker: Maker, record: DeploymentRecord, spec: ContainerSpec, signal: AbortSignal): Promise<string> {
  try {
    return await maker.engine.createContainer(spec, signal);
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'conflict') throw error;
    const found = await ownContainer(maker, record, spec.name, signal);
    if (found === undefined) throw error;
    await maker.engine.removeContainer(found.id, signal);
    return maker.engine.createContainer(spec, signal);
  }
}

/** The container of that name, when this deployment made it. Throws `conflict` when somebody else did. */
async function ownContainer(
  { engine, owner }: Maker,
  record: DeploymentRecord,
  name: string,
  signal: AbortSignal,
): Promise<ContainerState | undefined> {
  const found = await engine.inspectContainer(name, signal);
  if (found === undefined) return undefined;
  const { labels } = found;
  if (isOurs(labels, ownershipOf(record, owner)) && labels[label.deployment] === record.id) return found;
  const whose = labels[label.managed] === '1' ? `the Hearth of ${labels[label.host] ?? 'another machine'}` : 'something else';
  throw new Failure('conflict', `The container name ${name} is taken by ${whose}.`, { hint: 'Rename or remove that container.' });
}
