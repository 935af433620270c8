import { Failure } from '../../rpc/failure.ts';
import { labelFilter } from './containers.ts';
import type { SwarmFile, SwarmFileKind, SwarmNetwork, SwarmNetworkSpec } from './swarmTypes.ts';
import { part, type Transport } from './transport.ts';
import type { Labels } from './types.ts';

/** Configs, secrets and networks of a Swarm over Docker's API. */

interface FileInfo {
  readonly ID: string;
  readonly Spec: { readonly Name: string; readonly Labels?: Record<string, string> | null };
}

export interface NewFile {
  readonly name: string;
  readonly labels: Labels;
  readonly data: Uint8Array;
}

export async function listFiles(transport: Transport, kind: SwarmFileKind, labels: Labels, signal: AbortSignal): Promise<SwarmFile[]> {
  const ask = { path: `/${kind}s`, query: { filters: labelFilter(labels) }, doing: `list ${kind}s` };
  return (await transport.json<FileInfo[]>(ask, signal)).map(fileOf);
}

export async function findFile(
  transport: Transport,
  kind: SwarmFileKind,
  name: string,
  signal: AbortSignal,
): Promise<SwarmFile | undefined> {
  const ask = { path: `/${kind}s`, query: { filters: JSON.stringify({ name: [name] }) }, doing: `look for the ${kind} ${name}` };
  // The filter takes the beginning of a name too.
  return (await transport.json<FileInfo[]>(ask, signal)).map(fileOf).find((each) => each.name === name);
}

export async function createFile(transport: Transport, kind: SwarmFileKind, file: NewFile, signal: AbortSignal): Promise<string> {
  const body = { Name: file.name, Labels: file.labels, Data: Buffer.from(file.data).toString('base64') };
  const ask = { method: 'POST', path: `/${kind}s/create`, body, doing: `make the ${kind} ${file.name}` } as const;
  return (await transport.json<{ ID: string }>(ask, signal)).ID;
}

export function removeFile(transport: Transport, kind: SwarmFileKind, id: string, signal: AbortSignal): Promise<boolean> {
  return unlessUsed(() => transport.maybe({ method: 'DELETE', path: `/${kind}s/${part(id)}`, doing: `remove the ${kind} ${id}` }, signal));
}

interface NetworkInfo {
  readonly Id: string;
  readonly Name: string;
  readonly Scope: string;
  readonly Labels: Record<string, string> | null;
  readonly Driver?: string;
  readonly Options?: Record<string, string> | null;
  readonly Attachable?: boolean;
  readonly Internal?: boolean;
  readonly EnableIPv6?: boolean;
  readonly IPAM?: { readonly Config?: readonly { readonly Subnet?: string }[] | null };
}

export async function findNetwork(transport: Transport, name: string, signal: AbortSignal): Promise<SwarmNetwork | undefined> {
  const ask = { path: '/networks', query: { filters: JSON.stringify({ name: [name] }) }, doing: `look for the network ${name}` };
  return (await transport.json<NetworkInfo[]>(ask, signal)).map(networkOf).find((each) => each.name === name);
}

export async function listNetworks(transport: Transport, labels: Labels, signal: AbortSignal): Promise<SwarmNetwork[]> {
  const ask = { path: '/networks', query: { filters: labelFilter(labels) }, doing: 'list networks' };
  return (await transport.json<NetworkInfo[]>(ask, signal)).map(networkOf);
}

export async function createNetwork(transport: Transport, spec: SwarmNetworkSpec, signal: AbortSignal): Promise<string> {
  const { name, labels, driver, options, attachable, internal, ipv6, ipam } = spec;
  const body = {
    ...{ Name: name, Driver: driver, CheckDuplicate: true, Labels: labels, Options: options },
    ...{ Attachable: attachable, Internal: internal, EnableIPv6: ipv6 },
    ...(ipam === undefined ? {} : { IPAM: ipam }),
  };
  const ask = { method: 'POST', path: '/networks/create', body, doing: `make the network ${name}` } as const;
  return (await transport.json<{ Id: string }>(ask, signal)).Id;
}

export function removeNetwork(transport: Transport, id: string, signal: AbortSignal): Promise<boolean> {
  return unlessUsed(() => transport.maybe({ method: 'DELETE', path: `/networks/${part(id)}`, doing: `remove the network ${id}` }, signal));
}

const fileOf = ({ ID, Spec }: FileInfo): SwarmFile => ({ id: ID, name: Spec.Name, labels: Spec.Labels ?? {} });

const networkOf = (info: NetworkInfo): SwarmNetwork => ({
  id: info.Id,
  name: info.Name,
  scope: info.Scope,
  labels: info.Labels ?? {},
  driver: info.Driver ?? '',
  options: info.Options ?? {},
  attachable: info.Attachable ?? false,
  internal: info.Internal ?? false,
  ipv6: info.EnableIPv6 ?? false,
  subnets: (info.IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
});

async function unlessUsed(remove: () => Promise<unknown>): Promise<boolean> {
  try {
    await remove();
    return true;
  } catch (error) {
    if (error instanceof Failure && error.reason === 'conflict') return false;
    throw error;
  }
}
