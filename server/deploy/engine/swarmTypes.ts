import type { Labels } from './types.ts';

/**
 * Swarm mode of an engine. Each call rejects with `precondition` where the engine is no manager, else as those of `Engine`. Specs are those of
 * Docker's API, because what is not understood must survive being read and written back.
 */
export interface SwarmEngine {
  /** Undefined where the engine is no manager of a Swarm. */
  swarm(signal: AbortSignal): Promise<SwarmInfo | undefined>;
  listServices(labels: Labels, signal: AbortSignal): Promise<ServiceRow[]>;
  inspectService(idOrName: string, signal: AbortSignal): Promise<ServiceRow | undefined>;
  /** Answers the id; a name that is taken is `conflict`. `registry`: whose login goes along to nodes that must pull. */
  createService(spec: ServiceSpec, registry: string | undefined, signal: AbortSignal): Promise<string>;
  /** `conflict` when somebody changed it since `version` was read. */
  updateService(id: string, version: number, spec: ServiceSpec, registry: string | undefined, signal: AbortSignal): Promise<void>;
  /** One that is gone is fine. */
  removeService(id: string, signal: AbortSignal): Promise<void>;
  /** Of these services by id, ended ones too. */
  listTasks(services: readonly string[], signal: AbortSignal): Promise<TaskRow[]>;
  taskLog(
    id: string,
    options: { follow: boolean; tail?: number; since?: number },
    line: (text: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Configs and secrets. The data of a secret cannot be read again. */
  listSwarmFiles(kind: SwarmFileKind, labels: Labels, signal: AbortSignal): Promise<SwarmFile[]>;
  /** By its name, whoever made it. */
  findSwarmFile(kind: SwarmFileKind, name: string, signal: AbortSignal): Promise<SwarmFile | undefined>;
  /** Answers the id; a name that is taken is `conflict`. */
  createSwarmFile(kind: SwarmFileKind, file: { name: string; labels: Labels; data: Uint8Array }, signal: AbortSignal): Promise<string>;
  /** Answers whether it is gone: one that a service uses stays. */
  removeSwarmFile(kind: SwarmFileKind, id: string, signal: AbortSignal): Promise<boolean>;
  /** A network of the Swarm, by its name. */
  findSwarmNetwork(name: string, signal: AbortSignal): Promise<SwarmNetwork | undefined>;
  listSwarmNetworks(labels: Labels, signal: AbortSignal): Promise<SwarmNetwork[]>;
  createSwarmNetwork(spec: SwarmNetworkSpec, signal: AbortSignal): Promise<string>;
  /** Answers whether it is gone: one with tasks in it stays. */
  removeSwarmNetwork(id: string, signal: AbortSignal): Promise<boolean>;
}

export interface SwarmInfo {
  readonly node: string;
  readonly nodes: number;
  /** Of the engine, where a service names none. */
  readonly logDriver: string;
}

export interface ServiceRow {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly labels: Labels;
  readonly spec: ServiceSpec;
  /** What it was before its last change. */
  readonly before: ServiceSpec | undefined;
  readonly update: UpdateStatus | undefined;
  /** When it got this spec, by the clock of the Swarm. */
  readonly changed: number;
}

export interface UpdateStatus {
  /** `updating`, `paused`, `completed`, `rollback_started`, `rollback_paused`, `rollback_completed`. */
  readonly state: string;
  readonly message: string;
}

export interface TaskRow {
  readonly id: string;
  /** Its id. */
  readonly service: string;
  /** From 1; 0 of a global service. */
  readonly slot: number;
  readonly node: string;
  /** `new`, `pending`, `assigned`, `preparing`, `starting`, `running`, `complete`, `failed`, `rejected`, `shutdown`, `orphaned`, `remove`. */
  readonly state: string;
  readonly desired: string;
  /** What the Swarm says of its end; may hold what the container said. */
  readonly error: string | undefined;
  readonly exitCode: number | undefined;
  readonly container: string | undefined;
  readonly created: number;
  readonly changed: number;
  readonly labels: Labels;
  readonly forceUpdate: number;
}

export type SwarmFileKind = 'config' | 'secret';

export interface SwarmFile {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
}

export interface SwarmNetwork {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  /** `swarm`, `local`. */
  readonly scope: string;
  /** Empty as long as the Swarm has not got round to it: then options and subnets are not known. */
  readonly driver: string;
  /** The driver adds some of its own. */
  readonly options: Readonly<Record<string, string>>;
  readonly attachable: boolean;
  readonly internal: boolean;
  readonly ipv6: boolean;
  /** Also those that nobody asked for. */
  readonly subnets: readonly string[];
}

export interface SwarmNetworkSpec {
  readonly name: string;
  readonly labels: Labels;
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  readonly attachable: boolean;
  readonly internal: boolean;
  readonly ipv6: boolean;
  readonly ipam?: object;
}

/** As far as Hearth writes it: `ServiceSpec` of Docker's API. Durations are nanoseconds, sizes bytes. */
export interface ServiceSpec {
  readonly Name: string;
  readonly Labels: Labels;
  readonly TaskTemplate: TaskTemplate;
  readonly Mode: ServiceMode;
  readonly UpdateConfig?: UpdateConfig;
  readonly RollbackConfig?: UpdateConfig;
  readonly EndpointSpec?: { readonly Mode: 'vip' | 'dnsrr'; readonly Ports: readonly PortConfig[] };
}

type ServiceMode =
  | { readonly Replicated: { readonly Replicas: number } }
  | { readonly Global: Readonly<Record<string, never>> }
  | { readonly ReplicatedJob: { readonly MaxConcurrent: number; readonly TotalCompletions: number } }
  | { readonly GlobalJob: Readonly<Record<string, never>> };

export interface UpdateConfig {
  readonly Parallelism: number;
  readonly Delay: number;
  readonly FailureAction: 'continue' | 'rollback' | 'pause';
  readonly Monitor: number;
  readonly MaxFailureRatio: number;
  readonly Order: 'start-first' | 'stop-first';
}

interface PortConfig {
  readonly Protocol: 'tcp' | 'udp' | 'sctp';
  readonly TargetPort: number;
  readonly PublishedPort?: number;
  readonly PublishMode: 'ingress' | 'host';
}

export interface TaskTemplate {
  readonly ContainerSpec: SwarmContainer;
  readonly Resources?: { readonly Limits?: object; readonly Reservations?: object };
  readonly RestartPolicy?: {
    readonly Condition: 'none' | 'on-failure' | 'any';
    readonly Delay?: number;
    readonly MaxAttempts?: number;
    readonly Window?: number;
  };
  readonly Placement?: {
    readonly Constraints?: readonly string[];
    readonly Preferences?: readonly object[];
    readonly MaxReplicas?: number;
  };
  readonly ForceUpdate: number;
  readonly Networks?: readonly { readonly Target: string; readonly Aliases: readonly string[] }[];
  readonly LogDriver?: { readonly Name?: string; readonly Options: Readonly<Record<string, string>> };
}

export interface SwarmContainer {
  readonly Image: string;
  readonly Labels: Labels;
  readonly Env: readonly string[];
  /** What the image calls its entry point. */
  readonly Command?: readonly string[];
  readonly Args?: readonly string[];
  readonly Hostname?: string;
  readonly Dir?: string;
  readonly User?: string;
  readonly Groups?: readonly string[];
  readonly TTY?: boolean;
  readonly OpenStdin?: boolean;
  readonly ReadOnly?: boolean;
  readonly Init?: boolean;
  readonly StopSignal?: string;
  readonly StopGracePeriod?: number;
  readonly Mounts?: readonly object[];
  readonly Healthcheck?: object;
  /** `address host`. */
  readonly Hosts?: readonly string[];
  readonly DNSConfig?: {
    readonly Nameservers?: readonly string[];
    readonly Search?: readonly string[];
    readonly Options?: readonly string[];
  };
  readonly Secrets?: readonly SecretReference[];
  readonly Configs?: readonly ConfigReference[];
  readonly Sysctls?: Readonly<Record<string, string>>;
  readonly CapabilityAdd?: readonly string[];
  readonly CapabilityDrop?: readonly string[];
  readonly Ulimits?: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[];
}

interface InFile {
  readonly File: { readonly Name: string; readonly UID: string; readonly GID: string; readonly Mode: number };
}
interface SecretReference extends InFile {
  readonly SecretID: string;
  readonly SecretName: string;
}
export interface ConfigReference extends InFile {
  readonly ConfigID: string;
  readonly ConfigName: string;
}
