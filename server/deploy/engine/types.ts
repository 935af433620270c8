import type { Duplex, Readable } from 'node:stream';

/**
 * A Docker engine as deployments need it: local, over `ssh://` (a child `ssh … docker system dial-stdio`) or TCP with TLS. Each call rejects
 * with `Failure('docker-unavailable')` when the engine does not answer, `not-found` and `conflict` as the engine says; every wait ends with the
 * signal. Times are milliseconds since the epoch, sizes bytes.
 */
export interface Engine {
  readonly address: string;
  readonly info: EngineInfo;
  /** What `dial` gets to: `containers` (and the loopback), only the machine's `loopback` (Docker Desktop), or `nothing` (TCP). */
  readonly reach: 'containers' | 'loopback' | 'nothing';
  /** Those with all these labels (`''`: any value), stopped ones too: one call, whatever their number. */
  listContainers(labels: Labels, signal: AbortSignal): Promise<ContainerRow[]>;
  inspectContainer(idOrName: string, signal: AbortSignal): Promise<ContainerState | undefined>;
  /** Answers the id. A name that is taken is `conflict`. */
  createContainer(spec: ContainerSpec, signal: AbortSignal): Promise<string>;
  startContainer(id: string, signal: AbortSignal): Promise<void>;
  /** SIGTERM, then SIGKILL after `timeout`; one that is gone or stopped is fine. */
  stopContainer(id: string, timeout: number, signal: AbortSignal): Promise<void>;
  /** Its volumes stay; one that is gone is fine. */
  removeContainer(id: string, signal: AbortSignal): Promise<void>;
  /** Into a container that was not started yet; absolute paths. */
  putFiles(id: string, files: readonly { path: string; mode: number; data: Uint8Array }[], signal: AbortSignal): Promise<void>;
  /** Answers the exit code when it has ended. */
  waitContainer(id: string, signal: AbortSignal): Promise<number>;
  exec(
    id: string,
    command: readonly string[],
    options: { timeout: number },
    signal: AbortSignal,
  ): Promise<{ exitCode: number; output: string }>;
  /** Line by line, bounded memory; ends with the container unless it does not follow. */
  containerLog(
    id: string,
    options: { follow: boolean; tail?: number; since?: number },
    line: (text: string) => void,
    signal: AbortSignal,
  ): Promise<void>;

  inspectImage(reference: string, signal: AbortSignal): Promise<ImageState | undefined>;
  listImages(labels: Labels, signal: AbortSignal): Promise<ImageState[]>;
  tagImage(reference: string, tag: string, signal: AbortSignal): Promise<void>;
  /** Only the tag, unless it is the last one; one that a container uses stays, and is no error: answers whether it is gone. */
  removeImage(reference: string, signal: AbortSignal): Promise<boolean>;
  /**
   * Builds with BuildKit where it is, else with the engine's own builder. Answers the id: the image is there under its tag with its labels, or this
   * has rejected and the tag is as it was. Ends with the signal: nothing of the build runs any more then.
   */
  build(request: BuildRequest, signal: AbortSignal): Promise<string>;
  /** Answers the digest (`sha256:…`), when the registry gave one. */
  pullImage(reference: string, log: LogSink, signal: AbortSignal): Promise<string | undefined>;
  pushImage(reference: string, log: LogSink, signal: AbortSignal): Promise<string>;
  /** An image without any file, for containers that are never started (locks). */
  emptyImage(tag: string, labels: Labels, signal: AbortSignal): Promise<void>;

  /** Made when it is missing; answers false when it is there with another owner's labels. */
  ensureNetwork(name: string, labels: Labels, signal: AbortSignal): Promise<boolean>;
  inspectNetwork(name: string, signal: AbortSignal): Promise<{ id: string; labels: Labels; containers: string[] } | undefined>;
  /** One that is gone is fine; one in use is `conflict`. */
  removeNetwork(name: string, signal: AbortSignal): Promise<void>;
  connectNetwork(network: string, container: string, aliases: readonly string[], signal: AbortSignal): Promise<void>;
  disconnectNetwork(network: string, container: string, signal: AbortSignal): Promise<void>;
  /** Made when it is missing, with these labels; never changed, never removed. Answers the labels it has. */
  ensureVolume(name: string, labels: Labels, signal: AbortSignal): Promise<Labels>;

  /** Which container (or other process, as far as the engine knows) publishes a port of the machine. */
  portHolder(port: number, signal: AbortSignal): Promise<string | undefined>;
  /** Events of objects with these labels from a time on, until the signal fires; rejects when the stream is cut. */
  events(since: number, labels: Labels, heard: (event: EngineEvent) => void, signal: AbortSignal): Promise<void>;
  /**
   * A connection as if from the engine's machine: to a container's address (only where `reach` says so), or to its loopback. Over SSH a port that
   * nobody listens on shows as an error of the stream, not here.
   */
  dial(host: string, port: number, signal: AbortSignal): Promise<Duplex>;
  close(): void;
}

export interface BuildRequest {
  readonly tag: string;
  /** What the image has in the end. `labelled`: the Dockerfile sees to it. */
  readonly labels: Labels;
  readonly labelled: boolean;
  /** The context as a tar archive, made anew for each attempt. */
  readonly context: () => Readable;
  /** In the context. */
  readonly dockerfile: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  readonly platform?: string;
  /** These two need BuildKit. Values of secrets; folders of this machine by name. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly contexts: Readonly<Record<string, string>>;
  readonly log: (text: string) => void;
  /** "step 4 of 9". */
  readonly progress: (text: string) => void;
}

export type Labels = Readonly<Record<string, string>>;
export type LogSink = (stream: 'hearth' | 'build' | 'hook' | 'container', text: string) => void;

export interface EngineInfo {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly os: string;
  readonly architecture: string;
  /** `docker buildx` answers here and can use this engine. */
  readonly buildkit: boolean;
  readonly cpus: number;
  readonly memory: number;
}

export interface ContainerRow {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly labels: Labels;
  /** `created`, `running`, `restarting`, `exited`, `dead`, `paused`. */
  readonly state: string;
  readonly created: number;
  /** By network. */
  readonly addresses: Readonly<Record<string, string>>;
  /** From HEALTHCHECK, as the list tells it. */
  readonly health?: 'starting' | 'healthy' | 'unhealthy';
}

export interface ContainerState extends ContainerRow {
  readonly imageId: string;
  readonly started: number | undefined;
  readonly exitCode: number | undefined;
  readonly restarts: number;
  readonly outOfMemory: boolean;
  readonly healthLog: readonly { time: number; exitCode: number; output: string }[];
}

export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly labels: Labels;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly user?: string;
  /** Values may be secret: never logged. */
  readonly variables: Readonly<Record<string, string>>;
  readonly volumes: readonly { volume: string; target: string; readOnly: boolean }[];
  /** The first one at creation, the others before it starts. */
  readonly networks: readonly { name: string; aliases: readonly string[] }[];
  readonly port?: number;
  readonly publish?: { readonly address: string; readonly port: number };
  readonly resources: { readonly cpus?: number; readonly memory?: number; readonly pids?: number };
  /** `unless-stopped` for services, `no` for hooks and locks. */
  readonly restart: 'unless-stopped' | 'no';
}

export interface ImageState {
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly labels: Labels;
  readonly created: number;
  readonly size: number;
  readonly healthcheck: boolean;
  readonly exposed: readonly number[];
}

export interface EngineEvent {
  readonly time: number;
  readonly kind: 'container' | 'network' | 'image' | 'volume' | 'daemon';
  readonly action: string;
  readonly id: string;
  readonly labels: Labels;
}
