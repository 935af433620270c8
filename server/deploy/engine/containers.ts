import type { ContainerCreateOptions, ContainerInfo, ContainerInspectInfo } from 'dockerode';
import { Failure } from '../../rpc/failure.ts';
import { type TarEntry, tarOf } from './tar.ts';
import { part, short, type Transport } from './transport.ts';
import type { ContainerRow, ContainerSpec, ContainerState, Labels } from './types.ts';

export async function listContainers(transport: Transport, labels: Labels, signal: AbortSignal): Promise<ContainerRow[]> {
  const rows = await transport.json<ContainerInfo[]>(
    { path: '/containers/json', query: { all: true, filters: labelFilter(labels) }, doing: 'list containers' },
    signal,
  );
  return rows.map(rowOf);
}

/** `filters` of a list or of events; `''` asks for the label with any value. */
export function labelFilter(labels: Labels): string {
  return JSON.stringify({ label: Object.entries(labels).map(([key, value]) => (value === '' ? key : `${key}=${value}`)) });
}

export async function inspectContainer(transport: Transport, id: string, signal: AbortSignal): Promise<ContainerState | undefined> {
  const found = await transport.maybe<ContainerInspectInfo>(
    { path: `/containers/${part(id)}/json`, doing: `look at the container ${short(id)}` },
    signal,
  );
  return found === undefined ? undefined : stateOf(found);
}

export async function createContainer(transport: Transport, spec: ContainerSpec, logDriver: string, signal: AbortSignal): Promise<string> {
  const doing = `create the container ${spec.name}`;
  const { Id } = await transport.json<{ Id: string }>(
    { method: 'POST', path: '/containers/create', query: { name: spec.name }, body: bodyOf(spec, logDriver), doing },
    signal,
  );
  try {
    for (const { name, aliases } of spec.networks.slice(1)) {
      const body = { Container: Id, EndpointConfig: { Aliases: [...aliases] } };
      await transport.json({ method: 'POST', path: `/networks/${part(name)}/connect`, body, doing: `join the network ${name}` }, signal);
    }
  } catch (error) {
    // Half a container must not be found later under this name.
    await removeContainer(transport, Id, AbortSignal.timeout(30_000)).catch(() => {});
    throw error;
  }
  return Id;
}

export async function removeContainer(transport: Transport, id: string, signal: AbortSignal): Promise<void> {
  const ask = {
    method: 'DELETE',
    path: `/containers/${part(id)}`,
    // Also volumes without a name are somebody's data: a database whose `volumes:` was forgotten.
    query: { force: true, v: false },
    doing: `remove the container ${short(id)}`,
  } as const;
  try {
    await transport.maybe(ask, signal);
  } catch (error) {
    // Somebody else is removing it at this moment: wait until it has gone.
    if (!(error instanceof Failure) || error.reason !== 'conflict') throw error;
    const wait = { method: 'POST', path: `/containers/${part(id)}/wait`, query: { condition: 'removed' }, doing: ask.doing } as const;
    await transport.maybe(wait, signal);
  }
}

export async function stopContainer(transport: Transport, id: string, timeout: number, signal: AbortSignal): Promise<void> {
  const query = { t: Math.max(0, Math.ceil(timeout / 1000)) };
  await transport.maybe({ method: 'POST', path: `/containers/${part(id)}/stop`, query, doing: `stop the container ${short(id)}` }, signal);
}

export async function waitContainer(transport: Transport, id: string, signal: AbortSignal): Promise<number> {
  const { StatusCode } = await transport.json<{ StatusCode: number }>(
    {
      method: 'POST',
      path: `/containers/${part(id)}/wait`,
      query: { condition: 'not-running' },
      doing: `wait for the container ${short(id)}`,
    },
    signal,
  );
  return StatusCode;
}

/** Folders that are missing on the way are made, open to all to read; what is there keeps its mode. */
export async function putFiles(
  transport: Transport,
  id: string,
  files: readonly { path: string; mode: number; data: Uint8Array }[],
  signal: AbortSignal,
): Promise<void> {
  const entries: TarEntry[] = [];
  const folders = new Set(files.flatMap((file) => foldersOf(file.path)));
  for (const folder of [...folders].sort()) {
    const ask = {
      method: 'HEAD',
      path: `/containers/${part(id)}/archive`,
      query: { path: folder },
      doing: `look into ${short(id)}`,
    } as const;
    const there = await transport.json(ask, signal).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Failure && error.reason === 'not-found') return false;
        throw error;
      },
    );
    if (!there) entries.push({ path: `${folder.slice(1)}/`, mode: 0o755 });
  }
  for (const { path, mode, data } of files) entries.push({ path: path.slice(1), mode, data });
  await transport.json(
    {
      method: 'PUT',
      path: `/containers/${part(id)}/archive`,
      query: { path: '/' },
      archive: tarOf(entries),
      doing: `put files into the container ${short(id)}`,
    },
    signal,
  );
}

/** `/a/b/c` → `/a`, `/a/b`. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}

function bodyOf(spec: ContainerSpec, logDriver: string): ContainerCreateOptions {
  const { port, publish, resources } = spec;
  const first = spec.networks[0];
  const exposed = port === undefined ? undefined : `${port}/tcp`;
  if (publish !== undefined && exposed === undefined)
    throw new Failure('invalid', 'A port can only be published when the service names its port.');
  return {
    Image: spec.image,
    Labels: { ...spec.labels },
    Env: Object.entries(spec.variables).map(([name, value]) => `${name}=${value}`),
    ...(spec.command !== undefined && { Cmd: [...spec.command] }),
    ...(spec.entrypoint !== undefined && { Entrypoint: [...spec.entrypoint] }),
    ...(spec.user !== undefined && { User: spec.user }),
    ...(spec.workingDirectory !== undefined && { WorkingDir: spec.workingDirectory }),
    ...(exposed !== undefined && { ExposedPorts: { [exposed]: {} } }),
    HostConfig: {
      Mounts: [
        ...spec.volumes.map(({ volume, target, readOnly }) => ({ Type: 'volume', Source: volume, Target: target, ReadOnly: readOnly })),
        ...(spec.binds ?? []).map(({ folder, target }) => ({ Type: 'bind', Source: folder, Target: target, ReadOnly: false })),
      ],
      RestartPolicy: { Name: spec.restart },
      ...(first !== undefined && { NetworkMode: first.name }),
      ...(publish !== undefined &&
        exposed !== undefined && { PortBindings: { [exposed]: [{ HostIp: publish.address, HostPort: String(publish.port) }] } }),
      ...(resources.cpus !== undefined && { NanoCpus: Math.round(resources.cpus * 1e9) }),
      ...(resources.memory !== undefined && { Memory: resources.memory }),
      ...(resources.pids !== undefined && { PidsLimit: resources.pids }),
      // Without a limit it fills the disk; other drivers write no files that are ours to limit.
      ...((logDriver === 'json-file' || logDriver === 'local') && {
        LogConfig: { Type: logDriver, Config: { 'max-size': '10m', 'max-file': '3' } },
      }),
    },
    ...(first !== undefined && { NetworkingConfig: { EndpointsConfig: { [first.name]: { Aliases: [...first.aliases] } } } }),
  } as ContainerCreateOptions;
}

function rowOf(info: ContainerInfo): ContainerRow {
  const health = /\((?:health: )?(starting|healthy|unhealthy)\)$/.exec(info.Status)?.[1] as ContainerRow['health'];
  return {
    id: info.Id,
    name: info.Names[0]?.replace(/^\//, '') ?? '',
    image: info.Image,
    labels: info.Labels,
    state: info.State,
    created: info.Created * 1000,
    addresses: addressesOf(info.NetworkSettings?.Networks),
    ...(health !== undefined && { health }),
  };
}

function stateOf(info: ContainerInspectInfo): ContainerState {
  const { State } = info;
  const health = State.Health?.Status;
  const started = timeOf(State.StartedAt);
  const over = State.Status === 'exited' || State.Status === 'dead';
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ''),
    image: info.Config.Image,
    imageId: info.Image,
    labels: info.Config.Labels,
    state: State.Status,
    created: timeOf(info.Created) ?? 0,
    addresses: addressesOf(info.NetworkSettings.Networks),
    started,
    exitCode: over ? State.ExitCode : undefined,
    restarts: info.RestartCount,
    outOfMemory: State.OOMKilled,
    ...((health === 'starting' || health === 'healthy' || health === 'unhealthy') && { health }),
    healthLog: (State.Health?.Log ?? []).map((each) => ({
      time: timeOf(String(each.Start)) ?? 0,
      exitCode: each.ExitCode,
      output: each.Output,
    })),
  };
}

/** `0001-01-01T00:00:00Z` is Docker's word for never. */
function timeOf(text: string): number | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) || time <= 0 ? undefined : time;
}

function addressesOf(networks: { [name: string]: { IPAddress?: string } } | undefined): Record<string, string> {
  const found = Object.entries(networks ?? {}).map(([name, network]) => [name, network.IPAddress ?? ''] as const);
  return Object.fromEntries(found.filter(([, address]) => address !== ''));
}
