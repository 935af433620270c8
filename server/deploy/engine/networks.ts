import type { ContainerInfo } from 'dockerode';
import { Failure } from '../../rpc/failure.ts';
import { part, short, type Transport } from './transport.ts';
import type { Labels } from './types.ts';

interface NetworkInfo {
  readonly Id: string;
  readonly Name: string;
  readonly Labels: Record<string, string> | null;
  readonly Containers: Record<string, unknown> | null;
}

export async function inspectNetwork(
  transport: Transport,
  name: string,
  signal: AbortSignal,
): Promise<{ id: string; labels: Labels; containers: string[] } | undefined> {
  const found = await transport.maybe<NetworkInfo>({ path: `/networks/${part(name)}`, doing: `look at the network ${name}` }, signal);
  // Docker also answers for the beginning of an id.
  if (found === undefined || (found.Name !== name && found.Id !== name)) return undefined;
  return { id: found.Id, labels: found.Labels ?? {}, containers: Object.keys(found.Containers ?? {}) };
}

export async function ensureNetwork(transport: Transport, name: string, labels: Labels, signal: AbortSignal): Promise<boolean> {
  const there = await inspectNetwork(transport, name, signal);
  if (there !== undefined) return isSamePlace(there.labels, labels);
  const body = { Name: name, Driver: 'bridge', CheckDuplicate: true, Labels: { ...labels } };
  try {
    await transport.json({ method: 'POST', path: '/networks/create', body, doing: `make the network ${name}` }, signal);
    return true;
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'conflict') throw error;
    const made = await inspectNetwork(transport, name, signal);
    if (made === undefined) throw error;
    return isSamePlace(made.labels, labels);
  }
}

/** Names run together (`shop` in `eu-prod`, `shop-eu` in `prod`), so labels say whose it is; one that does not say all of it may be ours. */
function isSamePlace(found: Labels, wanted: Labels): boolean {
  const places = ['hearth.project-id', 'hearth.project', 'hearth.environment'];
  return (
    found['hearth.owner'] === wanted['hearth.owner'] && places.every((name) => found[name] === undefined || found[name] === wanted[name])
  );
}

export async function removeNetwork(transport: Transport, name: string, signal: AbortSignal): Promise<void> {
  const found = await inspectNetwork(transport, name, signal);
  if (found === undefined) return;
  try {
    await transport.maybe({ method: 'DELETE', path: `/networks/${part(found.id)}`, doing: `remove the network ${name}` }, signal);
  } catch (error) {
    if (!(error instanceof Failure) || (error.reason !== 'precondition' && error.reason !== 'conflict')) throw error;
    throw new Failure('conflict', `The network ${name} is in use.`, { hint: 'Containers are still in it.', cause: error });
  }
}

/** One that is in it already stays as it is. */
export async function connectNetwork(
  transport: Transport,
  network: string,
  container: string,
  aliases: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const body = { Container: container, EndpointConfig: { Aliases: [...aliases] } };
  try {
    await transport.json(
      { method: 'POST', path: `/networks/${part(network)}/connect`, body, doing: `join the network ${network}` },
      signal,
    );
  } catch (error) {
    if (!(await isMember(transport, network, container, signal))) throw error;
  }
}

/** One that is not in it, or gone, is fine. */
export async function disconnectNetwork(transport: Transport, network: string, container: string, signal: AbortSignal): Promise<void> {
  const ask = { method: 'POST', path: `/networks/${part(network)}/disconnect`, body: { Container: container, Force: false } } as const;
  try {
    await transport.maybe({ ...ask, doing: `leave the network ${network}` }, signal);
  } catch (error) {
    if (await isMember(transport, network, container, signal)) throw error;
  }
}

async function isMember(transport: Transport, network: string, container: string, signal: AbortSignal): Promise<boolean> {
  const ask = { path: `/containers/${part(container)}/json`, doing: `look at the container ${short(container)}` };
  const found = await transport.maybe<{ NetworkSettings: { Networks: Record<string, { NetworkID: string }> } }>(ask, signal);
  return Object.entries(found?.NetworkSettings.Networks ?? {}).some(([name, { NetworkID }]) => name === network || NetworkID === network);
}

/** Docker answers with the volume that is there under this name, unchanged. */
export async function ensureVolume(transport: Transport, name: string, labels: Labels, signal: AbortSignal): Promise<Labels> {
  const body = { Name: name, Labels: { ...labels } };
  const ask = { method: 'POST', path: '/volumes/create', body, doing: `make the volume ${name}` } as const;
  return (await transport.json<{ Labels?: Record<string, string> | null }>(ask, signal)).Labels ?? {};
}

/** The running container that publishes a port of the machine. */
export async function publisherOf(transport: Transport, port: number, signal: AbortSignal): Promise<string | undefined> {
  const rows = await transport.json<ContainerInfo[]>({ path: '/containers/json', doing: 'list containers' }, signal);
  return rows.find((row) => row.Ports?.some((each) => each.PublicPort === port))?.Names[0]?.replace(/^\//, '');
}
