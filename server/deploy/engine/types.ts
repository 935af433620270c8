import type { Duplex, Readable } from 'node:stream';
import type { SwarmEngine } from './swarmTypes.ts';

/**
 * A Docker engine as deployments need it: local, over `ssh://` (a child `ssh … docker system dial-stdio`) or TCP with TLS. Each call rejects
 * with `Failure('docker-unavailable')` when the engine does not answer, `not-found` and `conflict` as the engine says; every wait ends with the
 * signal. Times are milliseconds since the epoch, sizes bytes.
 */
export interface Engine extends SwarmEngine {
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
  /**
   * What a container says, as it comes; nothing more is read until the next page is asked for. A line over 16 384 characters is cut. Ends with the
   * container unless it does not follow; leaving the loop ends it too.
   */
  containerOutput(id: string, options: OutputOptions, signal: AbortSignal): AsyncGenerator<OutputPage, void>;
  /** What it uses now; undefined of one that does not run or is gone. */
  sampleContainer(id: string, signal: AbortSignal): Promise<ContainerSample | undefined>;
  /** What it may use; undefined of one that is gone. */
  containerLimits(id: string, signal: AbortSignal): Promise<ContainerLimits | undefined>;
  /** Runs a command with a terminal (or without) in a container that runs. It ends when the signal fires. */
  openTerminal(id: string, request: TerminalRequest, signal: AbortSignal): Promise<EngineTerminal>;
  /** What it holds on disk: may take seconds. */
  diskUsage(signal: AbortSignal): Promise<DiskUsage>;
  /** Of the file system that holds its data; undefined when that is not this machine's. */
  diskSpace(signal: AbortSignal): Promise<{ readonly free: number; readonly total: number } | undefined>;
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

export interface OutputOptions {
  readonly follow: boolean;
  /** The last lines of what is asked for. */
  readonly tail?: number;
  readonly since?: number;
  readonly until?: number;
  /** Only what comes behind it. */
  readonly after?: OutputPosition;
  readonly streams?: readonly OutputStream[];
  /** While it answers true what comes is only counted, not decoded. */
  readonly full?: () => boolean;
}

export type OutputStream = 'stdout' | 'stderr';

/** A place in the output of a container: the time as the engine wrote it, and how many pieces of that time were read. */
export interface OutputPosition {
  readonly time: string;
  readonly pieces: number;
}

export interface OutputPage {
  readonly lines: readonly { readonly time: number; readonly stream: OutputStream; readonly text: string; readonly cut: boolean }[];
  /** Lines that were left out because it was full. */
  readonly dropped: number;
  readonly position: OutputPosition | undefined;
}

/** Counters since the container was started. */
export interface ContainerSample {
  readonly time: number;
  /** Nanoseconds of one processor. */
  readonly cpu: number;
  /** Without what is only cache. */
  readonly memory: number;
  readonly pids: number | undefined;
  readonly network: { readonly received: number; readonly sent: number } | undefined;
  readonly block: { readonly read: number; readonly written: number } | undefined;
}

export interface ContainerLimits {
  readonly cpus: number | undefined;
  readonly memory: number | undefined;
  readonly pids: number | undefined;
  /** Its log is written to files that may grow without end. */
  readonly endlessLog: boolean;
}

export interface TerminalRequest {
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly rows: number;
  readonly columns: number;
}

export interface EngineTerminal {
  /** What it prints (without a terminal: both streams, in the order in which they come); nothing more is read until the next piece is asked for. */
  readonly output: AsyncIterable<Buffer>;
  /** Resolves when the engine has taken it. */
  write(data: Uint8Array): Promise<void>;
  /** No more input comes. */
  end(): void;
  resize(rows: number, columns: number, signal: AbortSignal): Promise<void>;
  /** When the output has ended; null when nobody knows. */
  exitCode(signal: AbortSignal): Promise<number | null>;
  /** Ends the command, with what it has started in the foreground, and lets go. Fine when it has ended. */
  close(): Promise<void>;
}

export interface DiskUsage {
  readonly images: readonly { readonly id: string; readonly labels: Labels; readonly bytes: number; readonly shared: number }[];
  /** Of all layers: what images share is counted once. */
  readonly layers: number;
  readonly volumes: readonly { readonly name: string; readonly labels: Labels; readonly bytes: number | undefined }[];
  readonly buildCache: { readonly bytes: number; readonly reclaimable: number };
  /** What containers have written on top of their images. */
  readonly containers: readonly { readonly id: string; readonly labels: Labels; readonly bytes: number }[];
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
  /** Folders of the engine's machine, for what builds a site: services never get any. */
  readonly binds?: readonly { folder: string; target: string }[];
  readonly workingDirectory?: string;
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
