import type { Duplex } from 'node:stream';
import { Failure } from '../../rpc/failure.ts';
import { dockerHost, type EngineAddress } from './address.ts';
import { dockerArguments, hasBuildx } from './buildx.ts';
import { buildxBuild } from './buildxBuild.ts';
import { classicBuild } from './classicBuild.ts';
import * as containers from './containers.ts';
import { dial } from './dial.ts';
import * as disk from './disk.ts';
import { exec } from './exec.ts';
import * as images from './images.ts';
import * as networks from './networks.ts';
import * as output from './output.ts';
import * as stats from './stats.ts';
import * as services from './swarm.ts';
import * as swarmObjects from './swarmObjects.ts';
import type { ServiceSpec, SwarmFileKind, SwarmNetworkSpec } from './swarmTypes.ts';
import { openTerminal } from './terminal.ts';
import { part, short, Transport } from './transport.ts';
import type {
  BuildRequest,
  ContainerSpec,
  Engine,
  EngineEvent,
  EngineInfo,
  Labels,
  LogSink,
  OutputOptions,
  TerminalRequest,
} from './types.ts';

/** The newest API this was written for, and the oldest it works with (Docker 19.03). */
const newest = '1.47';
const oldest = '1.40';

/** An engine over its HTTP API. Each method is one or a few requests; the modules beside this one hold them. */
export class DockerEngine implements Engine {
  readonly address: string;
  readonly info: EngineInfo;
  readonly reach: Engine['reach'];
  readonly #at: EngineAddress;
  readonly #home: string;
  readonly #logDriver: string;
  /** Its files are on this machine. */
  readonly #isHere: boolean;
  readonly transport: Transport;

  private constructor(
    at: EngineAddress,
    transport: Transport,
    info: EngineInfo,
    more: { reach: Engine['reach']; logDriver: string; home: string; isHere: boolean },
  ) {
    this.address = dockerHost(at);
    this.info = info;
    this.reach = more.reach;
    this.#at = at;
    this.#logDriver = more.logDriver;
    this.#isHere = more.isHere;
    this.#home = more.home;
    this.transport = transport;
  }

  /** Asks it who it is and settles on a version of the API. `home`: where certificates may be. */
  static async connect(at: EngineAddress, home: string, signal: AbortSignal): Promise<DockerEngine> {
    const transport = await Transport.open(at, home);
    try {
      const version = await transport.json<{ Version: string; ApiVersion: string; MinAPIVersion?: string }>(
        { path: '/version', doing: 'say its version' },
        signal,
      );
      transport.setVersion(apiVersion(version));
      const found = await transport.json<Record<string, string | number>>({ path: '/info', doing: 'say what it is' }, signal);
      const text = (key: string) => String(found[key] ?? '');
      const info: EngineInfo = {
        id: text('ID'),
        name: text('Name'),
        version: version.Version,
        apiVersion: version.ApiVersion,
        os: text('OSType'),
        architecture: text('Architecture'),
        buildkit: text('OSType') === 'linux' && (await hasBuildx()),
        cpus: Number(found['NCPU'] ?? 0),
        memory: Number(found['MemTotal'] ?? 0),
      };
      const inVm = text('OperatingSystem') === 'Docker Desktop' || process.platform !== 'linux';
      const reach = at.kind === 'tcp' ? 'nothing' : at.kind === 'socket' && inVm ? 'loopback' : 'containers';
      const isHere = at.kind === 'socket' && !inVm;
      return new DockerEngine(at, transport, info, { reach, logDriver: text('LoggingDriver'), home, isHere });
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  listContainers(labels: Labels, signal: AbortSignal) {
    return containers.listContainers(this.transport, labels, signal);
  }

  inspectContainer(id: string, signal: AbortSignal) {
    return containers.inspectContainer(this.transport, id, signal);
  }

  createContainer(spec: ContainerSpec, signal: AbortSignal) {
    return containers.createContainer(this.transport, spec, this.#logDriver, signal);
  }

  async startContainer(id: string, signal: AbortSignal): Promise<void> {
    await this.transport.json({ method: 'POST', path: `/containers/${part(id)}/start`, doing: `start the container ${short(id)}` }, signal);
  }

  stopContainer(id: string, timeout: number, signal: AbortSignal) {
    return containers.stopContainer(this.transport, id, timeout, signal);
  }

  removeContainer(id: string, signal: AbortSignal) {
    return containers.removeContainer(this.transport, id, signal);
  }

  putFiles(id: string, files: readonly { path: string; mode: number; data: Uint8Array }[], signal: AbortSignal) {
    return containers.putFiles(this.transport, id, files, signal);
  }

  waitContainer(id: string, signal: AbortSignal) {
    return containers.waitContainer(this.transport, id, signal);
  }

  exec(id: string, command: readonly string[], options: { timeout: number }, signal: AbortSignal) {
    return exec(this.transport, id, command, options, signal);
  }

  containerLog(
    id: string,
    options: { follow: boolean; tail?: number; since?: number },
    line: (text: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    return output.containerLog(this.transport, id, options, line, signal);
  }

  containerOutput(id: string, options: OutputOptions, signal: AbortSignal) {
    return output.containerOutput(this.transport, id, options, signal);
  }

  sampleContainer(id: string, signal: AbortSignal) {
    return stats.sampleContainer(this.transport, id, signal);
  }

  containerLimits(id: string, signal: AbortSignal) {
    return stats.containerLimits(this.transport, id, signal);
  }

  openTerminal(id: string, request: TerminalRequest, signal: AbortSignal) {
    return openTerminal(this.transport, id, request, signal);
  }

  diskUsage(signal: AbortSignal) {
    return disk.diskUsage(this.transport, signal);
  }

  diskSpace(signal: AbortSignal) {
    return this.#isHere ? disk.diskSpace(this.transport, signal) : Promise.resolve(undefined);
  }

  inspectImage(reference: string, signal: AbortSignal) {
    return images.inspectImage(this.transport, reference, signal);
  }

  listImages(labels: Labels, signal: AbortSignal) {
    return images.listImages(this.transport, labels, signal);
  }

  tagImage(reference: string, tag: string, signal: AbortSignal) {
    return images.tagImage(this.transport, reference, tag, signal);
  }

  removeImage(reference: string, signal: AbortSignal) {
    return images.removeImage(this.transport, reference, signal);
  }

  async build(request: BuildRequest, signal: AbortSignal): Promise<string> {
    if (!this.info.buildkit) return classicBuild(this.transport, request, signal);
    await buildxBuild(dockerArguments(this.#at, this.#home), request, signal);
    return images.builtImage(this.transport, request, undefined, signal);
  }

  pullImage(reference: string, log: LogSink, signal: AbortSignal) {
    return images.pullImage(this.transport, reference, log, signal);
  }

  pushImage(reference: string, log: LogSink, signal: AbortSignal) {
    return images.pushImage(this.transport, reference, log, signal);
  }

  emptyImage(tag: string, labels: Labels, signal: AbortSignal) {
    return images.emptyImage(this.transport, tag, labels, signal);
  }

  ensureNetwork(name: string, labels: Labels, signal: AbortSignal) {
    return networks.ensureNetwork(this.transport, name, labels, signal);
  }

  inspectNetwork(name: string, signal: AbortSignal) {
    return networks.inspectNetwork(this.transport, name, signal);
  }

  removeNetwork(name: string, signal: AbortSignal) {
    return networks.removeNetwork(this.transport, name, signal);
  }

  connectNetwork(network: string, container: string, aliases: readonly string[], signal: AbortSignal) {
    return networks.connectNetwork(this.transport, network, container, aliases, signal);
  }

  disconnectNetwork(network: string, container: string, signal: AbortSignal) {
    return networks.disconnectNetwork(this.transport, network, container, signal);
  }

  ensureVolume(name: string, labels: Labels, signal: AbortSignal) {
    return networks.ensureVolume(this.transport, name, labels, signal);
  }

  swarm(signal: AbortSignal) {
    return services.swarm(this.transport, signal);
  }

  listServices(labels: Labels, signal: AbortSignal) {
    return services.listServices(this.transport, labels, signal);
  }

  inspectService(idOrName: string, signal: AbortSignal) {
    return services.inspectService(this.transport, idOrName, signal);
  }

  createService(spec: ServiceSpec, registry: string | undefined, signal: AbortSignal) {
    return services.createService(this.transport, spec, registry, signal);
  }

  updateService(id: string, version: number, spec: ServiceSpec, registry: string | undefined, signal: AbortSignal) {
    return services.updateService(this.transport, id, version, spec, registry, signal);
  }

  removeService(id: string, signal: AbortSignal) {
    return services.removeService(this.transport, id, signal);
  }

  listTasks(ids: readonly string[], signal: AbortSignal) {
    return services.listTasks(this.transport, ids, signal);
  }

  taskLog(id: string, options: { follow: boolean; tail?: number; since?: number }, line: (text: string) => void, signal: AbortSignal) {
    return services.taskLog(this.transport, id, options, line, signal);
  }

  listSwarmFiles(kind: SwarmFileKind, labels: Labels, signal: AbortSignal) {
    return swarmObjects.listFiles(this.transport, kind, labels, signal);
  }

  findSwarmFile(kind: SwarmFileKind, name: string, signal: AbortSignal) {
    return swarmObjects.findFile(this.transport, kind, name, signal);
  }

  createSwarmFile(kind: SwarmFileKind, file: swarmObjects.NewFile, signal: AbortSignal) {
    return swarmObjects.createFile(this.transport, kind, file, signal);
  }

  removeSwarmFile(kind: SwarmFileKind, id: string, signal: AbortSignal) {
    return swarmObjects.removeFile(this.transport, kind, id, signal);
  }

  findSwarmNetwork(name: string, signal: AbortSignal) {
    return swarmObjects.findNetwork(this.transport, name, signal);
  }

  listSwarmNetworks(labels: Labels, signal: AbortSignal) {
    return swarmObjects.listNetworks(this.transport, labels, signal);
  }

  createSwarmNetwork(spec: SwarmNetworkSpec, signal: AbortSignal) {
    return swarmObjects.createNetwork(this.transport, spec, signal);
  }

  removeSwarmNetwork(id: string, signal: AbortSignal) {
    return swarmObjects.removeNetwork(this.transport, id, signal);
  }

  async portHolder(port: number, signal: AbortSignal): Promise<string | undefined> {
    const container = await networks.publisherOf(this.transport, port, signal);
    if (container !== undefined || this.#at.kind !== 'socket') return container;
    try {
      (await this.dial('127.0.0.1', port, signal)).destroy();
      return 'a process that is no container';
    } catch (error) {
      if (error instanceof Failure && error.reason === 'docker-unavailable') return undefined;
      throw error;
    }
  }

  events(since: number, labels: Labels, heard: (event: EngineEvent) => void, signal: AbortSignal): Promise<void> {
    return output.events(this.transport, since, labels, heard, signal);
  }

  dial(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
    return dial(this.#at, this.reach, host, port, signal);
  }

  retire(): void {
    this.transport.retire();
  }

  close(): void {
    this.transport.close();
  }
}

function apiVersion({ ApiVersion, MinAPIVersion }: { ApiVersion: string; MinAPIVersion?: string }): string {
  if (older(ApiVersion, oldest))
    throw new Failure('unsupported', `This Docker engine is too old: its API is ${ApiVersion}, ${oldest} is needed.`, {
      hint: 'Docker 19.03 or newer.',
    });
  if (older(ApiVersion, newest)) return ApiVersion;
  return MinAPIVersion !== undefined && older(newest, MinAPIVersion) ? MinAPIVersion : newest;
}

function older(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = than.split('.').map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}
