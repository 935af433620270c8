import type { ComposeEdge, ComposeProblem } from '../protocol/compose.ts';

/**
 * A compose application once its files are read: `extends`, `include`, overrides, anchors, merge keys and variables applied, short forms
 * written out. Order is that of the files. Times are milliseconds, sizes bytes, paths relative to the repository with `/` (its root is `.`).
 * Plain JSON.
 */
export interface ComposeModel {
  readonly name?: string;
  /** Also those that no profile starts: see `active`. */
  readonly services: readonly ComposeService[];
  /** With `default` where a service is in it. */
  readonly networks: readonly ComposeNetwork[];
  readonly volumes: readonly ComposeVolume[];
  readonly configs: readonly ComposeFileObject[];
  readonly secrets: readonly ComposeFileObject[];
}

/** A file of the repository, a line of it from 1. */
export interface ComposePlace {
  readonly file: string;
  readonly line: number;
}

export interface Placed {
  readonly place: ComposePlace;
  /** Where its keys stand, by their path inside it: `image`, `deploy.update_config.order`, `ports.0`. See `placeOf`. */
  readonly places: Readonly<Record<string, ComposePlace>>;
}

export interface ComposeService extends Placed {
  readonly name: string;
  readonly profiles: readonly string[];
  /** Started: it has no profile, one of its profiles is wanted, or an active service needs it. */
  readonly active: boolean;
  readonly image?: string;
  readonly build?: ComposeBuild;
  /** As arguments; a text of the file is split as a shell would. `[]`: the image's own does not count. */
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  /** Those of `env_file` too. Null: nothing gives it a value. */
  readonly environment: Readonly<Record<string, string | null>>;
  readonly envFiles: readonly { readonly path: string; readonly required: boolean }[];
  readonly ports: readonly ComposePort[];
  /** `8080` or `53/udp`. */
  readonly expose: readonly string[];
  /** Empty with `network_mode`; else at least `default`. */
  readonly networks: readonly ComposeNetworkUse[];
  readonly networkMode?: string;
  readonly volumes: readonly ComposeMount[];
  /** Of `tmpfs:`; those of `volumes:` are there. */
  readonly tmpfs: readonly { readonly target: string; readonly options: string }[];
  readonly configs: readonly ComposeFileUse[];
  readonly secrets: readonly ComposeFileUse[];
  readonly deploy: ComposeDeploy;
  readonly healthcheck?: ComposeHealthcheck;
  readonly labels: Readonly<Record<string, string>>;
  readonly dependsOn: readonly ComposeDependency[];
  /** `no`, `always`, `unless-stopped`, `on-failure`, `on-failure:3`. */
  readonly restart?: string;
  readonly user?: string;
  readonly groupAdd: readonly string[];
  readonly workingDir?: string;
  readonly hostname?: string;
  readonly containerName?: string;
  readonly platform?: string;
  readonly stopGracePeriod?: number;
  readonly stopSignal?: string;
  readonly logging?: { readonly driver?: string; readonly options: Readonly<Record<string, string>> };
  readonly extraHosts: readonly { readonly host: string; readonly address: string }[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly readOnly: boolean;
  readonly init?: boolean;
  readonly tty: boolean;
  readonly stdinOpen: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly privileged: boolean;
  /** `/dev/sda:/dev/xvda:rwm`. */
  readonly devices: readonly string[];
  readonly pid?: string;
  readonly ipc?: string;
  readonly usernsMode?: string;
  readonly cgroup?: string;
  readonly cgroupParent?: string;
  readonly securityOpt: readonly string[];
  readonly ulimits: Readonly<Record<string, { readonly soft: number; readonly hard: number }>>;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly shmSize?: number;
  /** `service` or `service:alias`. */
  readonly links: readonly string[];
  readonly volumesFrom: readonly string[];
  /** Keys of the Compose specification that this model has no field for: `develop`, `runtime`, `build.ssh`, … */
  readonly others: readonly string[];
  /** Keys that are none of the Compose specification, by their path; each is a problem `unknown-key` too. */
  readonly unknown: readonly string[];
  /** Names of variables that nothing gives a value, in the values of this service. */
  readonly unresolved: readonly string[];
}

export interface ComposeBuild {
  /** A folder of the repository; undefined with an address (see `remote`) or outside of the repository (a problem `outside`). */
  readonly context?: string;
  /** A git or web address. */
  readonly remote?: string;
  /** Relative to the context; `Dockerfile` unless told. */
  readonly dockerfile: string;
  readonly inline?: string;
  readonly target?: string;
  /** Null: nothing gives it a value. */
  readonly args: Readonly<Record<string, string | null>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly additionalContexts: Readonly<Record<string, string>>;
  readonly secrets: readonly ComposeFileUse[];
  readonly platforms: readonly string[];
  readonly network?: string;
}

/** One port of the container: ranges are several. */
export interface ComposePort {
  readonly target: number;
  readonly published?: number;
  /** The last of a range of which any may be taken. */
  readonly publishedTo?: number;
  readonly hostIp?: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly mode: 'ingress' | 'host';
}

export interface ComposeNetworkUse {
  /** Key of `networks`. */
  readonly network: string;
  readonly aliases: readonly string[];
  readonly ipv4?: string;
  readonly ipv6?: string;
}

export type ComposeMount =
  | {
      readonly type: 'volume';
      /** Key of `volumes`; absent: anonymous. */
      readonly source?: string;
      readonly target: string;
      readonly readOnly: boolean;
      readonly noCopy: boolean;
      readonly subpath?: string;
    }
  | {
      readonly type: 'bind';
      /** `own`: in the repository, relative to it. `machine`: an absolute path or `~/…` of the engine's machine, or outside of the repository. */
      readonly where: 'own' | 'machine';
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
      readonly propagation?: string;
    }
  | { readonly type: 'tmpfs'; readonly target: string; readonly readOnly: boolean; readonly size?: number; readonly mode?: number }
  | { readonly type: 'other'; readonly name: string; readonly source?: string; readonly target: string; readonly readOnly: boolean };

/** A config or secret in a service. */
export interface ComposeFileUse {
  /** Key of `configs` or `secrets`. */
  readonly source: string;
  /** An absolute path; `/<source>` or `/run/secrets/<source>` unless told. A relative one of a secret is in `/run/secrets`. */
  readonly target: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly mode?: number;
}

/** A config or secret. */
export interface ComposeFileObject extends Placed {
  readonly key: string;
  /** Its name outside: the key unless told (then without the project's prefix). */
  readonly name?: string;
  readonly from:
    | { readonly kind: 'external' }
    /** A file of the repository. */
    | { readonly kind: 'file'; readonly path: string }
    /** A file outside of the repository: a problem `outside` too. */
    | { readonly kind: 'outside'; readonly path: string }
    | { readonly kind: 'content'; readonly content: string }
    /** Value of a variable. */
    | { readonly kind: 'environment'; readonly name: string }
    | { readonly kind: 'nothing' };
  readonly labels: Readonly<Record<string, string>>;
  readonly driver?: string;
  readonly templateDriver?: string;
  readonly unknown: readonly string[];
}

export interface ComposeNetwork extends Placed {
  readonly key: string;
  readonly name?: string;
  readonly external: boolean;
  readonly driver?: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly attachable: boolean;
  readonly internal: boolean;
  readonly ipv6: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly ipam?: {
    readonly driver?: string;
    readonly config: readonly {
      readonly subnet?: string;
      readonly gateway?: string;
      readonly ipRange?: string;
      readonly auxAddresses?: Readonly<Record<string, string>>;
    }[];
    readonly options: Readonly<Record<string, string>>;
  };
  readonly unknown: readonly string[];
}

export interface ComposeVolume extends Placed {
  readonly key: string;
  readonly name?: string;
  readonly external: boolean;
  readonly driver?: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly unknown: readonly string[];
}

export interface ComposeDeploy {
  readonly mode: 'replicated' | 'global' | 'replicated-job' | 'global-job';
  /** `scale` too. */
  readonly replicas?: number;
  readonly endpointMode?: 'vip' | 'dnsrr';
  readonly labels: Readonly<Record<string, string>>;
  readonly resources: {
    /** `cpus`, `mem_limit`, `pids_limit` of the service too. */
    readonly limits: { readonly cpus?: number; readonly memory?: number; readonly pids?: number };
    /** `mem_reservation` too. */
    readonly reservations: {
      readonly cpus?: number;
      readonly memory?: number;
      readonly genericResources: readonly { readonly kind: string; readonly value: number }[];
      /** Whether devices such as GPUs are asked for. */
      readonly devices: boolean;
    };
  };
  readonly updateConfig?: ComposeUpdate;
  readonly rollbackConfig?: ComposeUpdate;
  readonly restartPolicy?: {
    readonly condition?: 'none' | 'on-failure' | 'any';
    readonly delay?: number;
    readonly maxAttempts?: number;
    readonly window?: number;
  };
  readonly placement: {
    readonly constraints: readonly string[];
    readonly preferences: readonly { readonly spread: string }[];
    readonly maxReplicasPerNode?: number;
  };
}

export interface ComposeUpdate {
  readonly parallelism?: number;
  readonly delay?: number;
  readonly failureAction?: 'continue' | 'rollback' | 'pause';
  readonly monitor?: number;
  readonly maxFailureRatio?: number;
  readonly order?: 'start-first' | 'stop-first';
}

export interface ComposeHealthcheck {
  readonly disable: boolean;
  /** As the engine has it: `['CMD', …]` or `['CMD-SHELL', text]`; absent: the image's. */
  readonly test?: readonly string[];
  readonly interval?: number;
  readonly timeout?: number;
  readonly retries?: number;
  readonly startPeriod?: number;
  readonly startInterval?: number;
}

export interface ComposeDependency {
  readonly service: string;
  readonly condition: 'service_started' | 'service_healthy' | 'service_completed_successfully';
  readonly required: boolean;
  readonly restart: boolean;
  readonly place: ComposePlace;
}

/** Where the files are: a work tree or a commit. */
export interface ComposeSource {
  /**
   * The text of a file of the repository (a path that stays inside it, with `/`); undefined when there is none. Rejects with a `Failure`
   * (`invalid`) for what may not be read: a link, no text, more than `limit` bytes. Its message becomes the problem.
   */
  readonly read: (path: string, limit: number) => Promise<string | undefined>;
  /** Later ones override earlier ones. Absent: the file that is there by its name, with its override file. */
  readonly files?: readonly string[];
  readonly profiles?: readonly string[];
  /** They win over `.env` beside the first file. Nothing else gives variables a value, least of all the environment of this process. */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * What stands for variables. `defaults`: as if none had a value. `none`: texts stay as they are written. With both neither `.env` nor an
   * `env_file` is read. `all` unless told.
   */
  readonly fill?: 'all' | 'defaults' | 'none';
  readonly signal?: AbortSignal;
}

export interface Loaded {
  readonly model: ComposeModel;
  /** All that were read, in order, each once; `.env` and env files not. */
  readonly files: readonly string[];
  readonly edges: readonly ComposeEdge[];
  /** In the order of files and lines. With an error among them the model holds what could be understood. */
  readonly problems: readonly ComposeProblem[];
}

/** Where a key of a service (network, volume, …) stands: `deploy.update_config.order`; the nearest key above it when it has no place of its own. */
export function placeOf({ place, places }: Placed, key: string): ComposePlace {
  for (let path = key; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('.')))) {
    const found = places[path];
    if (found !== undefined) return found;
  }
  return place;
}
