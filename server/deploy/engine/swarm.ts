import { labelFilter } from './containers.ts';
import { authHeader } from './images.ts';
import { Demultiplexer, LineSplitter } from './lines.ts';
import { parseReference } from './reference.ts';
import type { ServiceRow, ServiceSpec, SwarmInfo, TaskRow, UpdateStatus } from './swarmTypes.ts';
import { part, short, type Transport } from './transport.ts';
import type { Labels } from './types.ts';

/** Services and tasks of a Swarm over Docker's API. */

interface Info {
  readonly LoggingDriver?: string;
  readonly Swarm?: {
    readonly LocalNodeState?: string;
    readonly ControlAvailable?: boolean;
    readonly NodeID?: string;
    readonly Nodes?: number;
  };
}

export async function swarm(transport: Transport, signal: AbortSignal): Promise<SwarmInfo | undefined> {
  const { Swarm, LoggingDriver = '' } = await transport.json<Info>({ path: '/info', doing: 'say whether it is in a Swarm' }, signal);
  if (Swarm?.LocalNodeState !== 'active' || Swarm.ControlAvailable !== true) return undefined;
  return { node: Swarm.NodeID ?? '', nodes: Swarm.Nodes ?? 1, logDriver: LoggingDriver };
}

interface ServiceInfo {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly CreatedAt: string;
  readonly UpdatedAt: string;
  readonly Spec: ServiceSpec;
  readonly PreviousSpec?: ServiceSpec;
  readonly UpdateStatus?: { readonly State?: string; readonly StartedAt?: string; readonly Message?: string };
}

export async function listServices(transport: Transport, labels: Labels, signal: AbortSignal): Promise<ServiceRow[]> {
  const ask = { path: '/services', query: { filters: labelFilter(labels) }, doing: 'list services' };
  return (await transport.json<ServiceInfo[]>(ask, signal)).map(rowOf).sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function inspectService(transport: Transport, idOrName: string, signal: AbortSignal): Promise<ServiceRow | undefined> {
  const ask = { path: `/services/${part(idOrName)}`, doing: `look at the service ${idOrName}` };
  const found = await transport.maybe<ServiceInfo>(ask, signal);
  // Docker also answers for the beginning of an id.
  return found === undefined || (found.Spec.Name !== idOrName && found.ID !== idOrName) ? undefined : rowOf(found);
}

export async function createService(
  transport: Transport,
  spec: ServiceSpec,
  registry: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const headers = await loginFor(registry, signal);
  const ask = { method: 'POST', path: '/services/create', body: spec, headers, doing: `make the service ${spec.Name}` } as const;
  return (await transport.json<{ ID: string }>(ask, signal)).ID;
}

export async function updateService(
  transport: Transport,
  id: string,
  version: number,
  spec: ServiceSpec,
  registry: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const headers = await loginFor(registry, signal);
  const path = `/services/${part(id)}/update`;
  await transport.json({ method: 'POST', path, query: { version }, body: spec, headers, doing: `change the service ${spec.Name}` }, signal);
}

export async function removeService(transport: Transport, id: string, signal: AbortSignal): Promise<void> {
  await transport.maybe({ method: 'DELETE', path: `/services/${part(id)}`, doing: `remove the service ${id}` }, signal);
}

interface TaskInfo {
  readonly ID: string;
  readonly CreatedAt: string;
  readonly ServiceID?: string;
  readonly Slot?: number;
  readonly NodeID?: string;
  readonly DesiredState?: string;
  readonly Spec?: { readonly ForceUpdate?: number; readonly ContainerSpec?: { readonly Labels?: Record<string, string> } };
  readonly Status?: {
    readonly State?: string;
    readonly Err?: string;
    readonly Message?: string;
    readonly Timestamp?: string;
    readonly ContainerStatus?: { readonly ContainerID?: string; readonly ExitCode?: number };
  };
}

export async function listTasks(transport: Transport, services: readonly string[], signal: AbortSignal): Promise<TaskRow[]> {
  // Without a filter Docker answers with the tasks of everybody.
  if (services.length === 0) return [];
  const ask = { path: '/tasks', query: { filters: JSON.stringify({ service: services }) }, doing: 'list tasks' };
  const rows = await transport.json<TaskInfo[]>(ask, signal);
  // The filter takes names and the beginnings of ids too.
  return rows.filter(({ ServiceID }) => services.includes(ServiceID ?? '')).map(taskOf);
}

function rowOf({ ID, Version, CreatedAt, UpdatedAt, Spec, PreviousSpec, UpdateStatus }: ServiceInfo): ServiceRow {
  const update: UpdateStatus | undefined =
    UpdateStatus?.State === undefined || UpdateStatus.State === ''
      ? undefined
      : { state: UpdateStatus.State, message: UpdateStatus.Message ?? '' };
  // It is written too when it gets its addresses, and when a rolling update ends.
  const changed = Date.parse(UpdateStatus?.StartedAt ?? (PreviousSpec === undefined ? CreatedAt : UpdatedAt)) || 0;
  return { id: ID, name: Spec.Name, version: Version.Index, labels: Spec.Labels ?? {}, spec: Spec, before: PreviousSpec, update, changed };
}

function taskOf({ ID, CreatedAt, ServiceID = '', Slot = 0, NodeID = '', DesiredState = '', Spec, Status }: TaskInfo): TaskRow {
  const container = Status?.ContainerStatus?.ContainerID;
  const error = Status?.Err;
  return {
    id: ID,
    service: ServiceID,
    slot: Slot,
    node: NodeID,
    state: Status?.State ?? 'new',
    desired: DesiredState,
    error: error === undefined || error === '' ? undefined : error,
    exitCode: Status?.ContainerStatus?.ExitCode,
    container: container === undefined || container === '' ? undefined : container,
    created: Date.parse(CreatedAt) || 0,
    changed: Date.parse(Status?.Timestamp ?? '') || 0,
    labels: Spec?.ContainerSpec?.Labels ?? {},
    forceUpdate: Spec?.ForceUpdate ?? 0,
  };
}

/** Nodes that have no image pull it with the login of whoever deploys. */
async function loginFor(reference: string | undefined, signal: AbortSignal): Promise<Record<string, string>> {
  return reference === undefined ? {} : authHeader(parseReference(reference), signal);
}

/** The log of a task, whichever node it runs on; line by line, bounded memory. */
export async function taskLog(
  transport: Transport,
  id: string,
  { follow, tail, since }: { follow: boolean; tail?: number; since?: number },
  line: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const [stdout, stderr] = [new LineSplitter(line), new LineSplitter(line)];
  const frames = new Demultiplexer(
    (chunk) => stdout.push(chunk),
    (chunk) => stderr.push(chunk),
  );
  const from = since === undefined ? undefined : (since / 1000).toFixed(3);
  const query = { stdout: true, stderr: true, follow, tail: tail ?? 'all', since: from };
  const doing = `read the log of the task ${short(id)}`;
  for await (const chunk of transport.stream({ path: `/tasks/${part(id)}/logs`, query, doing }, signal)) frames.push(chunk);
  stdout.end();
  stderr.end();
}
