import type { ServiceFacts } from '../protocol/catalog.ts';
import type { Check, MonitorSettings } from '../protocol/monitorTypes.ts';

/**
 * `hearth.yaml` once it is read: defaults filled in, `extends` not yet applied to environments (see `resolveEnvironment`). Durations are
 * milliseconds, sizes bytes. What this holds is kept with every deployment, so it is plain JSON and never holds the value of a secret.
 */
export interface HearthConfig {
  readonly version: 1;
  /** A DNS label of at most 30 characters; names every object of the project. */
  readonly project: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
  readonly retention: { readonly releases: number; readonly logs: number };
  /** What is known of services, also of those that are not deployed from here, by name. */
  readonly catalog: Readonly<Record<string, CatalogConfig>>;
  readonly monitors: readonly MonitorConfig[];
  readonly maintenance: readonly MaintenanceConfig[];
  readonly notifications: readonly NotificationConfig[];
  readonly incidents: IncidentConfig;
}

/** Facts of a service for the catalog: its own keys, or an entry of `catalog:`. `dependsOn` includes the deployer's `depends_on`. */
export interface CatalogConfig {
  readonly facts: ServiceFacts;
  /** Where the file has it, from 1. */
  readonly line: number;
}

export interface MonitorConfig {
  readonly name: string;
  readonly service?: string;
  readonly environment?: string;
  readonly check: Check;
  readonly settings: MonitorSettings;
  readonly line: number;
}

/** Either one time, or again and again. Without `monitors`: all. */
export interface MaintenanceConfig {
  readonly name: string;
  readonly when: /** Milliseconds since the epoch. */
    | { readonly kind: 'once'; readonly from: number; readonly to: number }
    | { readonly kind: 'cron'; readonly cron: string; readonly duration: number };
  /** An IANA name; `UTC` unless told. */
  readonly timeZone: string;
  readonly monitors: readonly string[];
}

/** Addresses and tokens are secrets of `environment`, by name. */
export interface NotificationConfig {
  readonly name: string;
  readonly kind: 'slack' | 'discord' | 'teams' | 'telegram' | 'ntfy' | 'email' | 'webhook';
  /** Secret with the address (slack, discord, teams, webhook, ntfy), the bot token (telegram) or the SMTP password (email). */
  readonly secret?: string;
  /** The environment whose stored secrets are read. */
  readonly environment?: string;
  /** telegram: chat id. ntfy: topic address without secret. email: recipients. webhook: address without secret. */
  readonly target: readonly string[];
  readonly smtp?: {
    readonly host: string;
    readonly port: number;
    readonly user?: string;
    readonly from: string;
    readonly tls: 'starttls' | 'implicit' | 'none';
  };
  /** webhook: the body, with `{{title}}`, `{{text}}`, `{{state}}`, `{{service}}`, `{{monitor}}`, `{{environment}}`, `{{incident}}`, `{{url}}`; JSON unless told. */
  readonly template?: string;
  readonly on: readonly ('down' | 'recovered' | 'deployed' | 'failed' | 'certificate' | 'incident')[];
  /** Messages of one cause within this time are one message, in milliseconds. */
  readonly group: number;
}

export interface IncidentConfig {
  /** Monitors that go down open one. */
  readonly auto: boolean;
  /** After everything has recovered for so long it is resolved, in milliseconds. */
  readonly settle: number;
  /** What goes down within this time of another that shares a cause joins its incident. */
  readonly correlate: number;
}

/** `container`: containers of one image. `static`: files in a folder of this machine. `stack`: a compose file as Swarm services. */
export interface Service {
  readonly name: string;
  readonly kind: 'container' | 'static' | 'stack';
  /** Built from the commit, a ready image, or (static sites and stacks) what the commit has. */
  readonly source:
    | { readonly kind: 'build'; readonly build: Build }
    | { readonly kind: 'image'; readonly image: string }
    | { readonly kind: 'commit' };
  /** Of `static` only. */
  readonly site?: Site;
  /** Of `stack` only. */
  readonly stack?: Stack;
  /** The port it listens on inside. */
  readonly port?: number;
  /** Where the engine's machine publishes it, with `routing: none`. */
  readonly publish?: { readonly address: string; readonly port: number };
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly user?: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: readonly SecretUse[];
  readonly volumes: readonly Volume[];
  /** Containers that Hearth itself makes: 0 for static sites and stacks. */
  readonly replicas: number;
  readonly resources: { readonly cpus?: number; readonly memory?: number; readonly pids?: number };
  /** Absent: the image's HEALTHCHECK, else that it keeps running for `healthyFor`. */
  readonly health: HealthCheck;
  readonly route?: { readonly host: string; readonly path: string };
  /** Between the confirmed switch and SIGTERM of the old version. */
  readonly drain: number;
  /** Between SIGTERM and SIGKILL. */
  readonly stopTimeout: number;
  readonly dependsOn: readonly string[];
  /** Run in a container of the new image, with the variables, networks and volumes of the service. A string runs in its `/bin/sh -c`. */
  readonly hooks: { readonly before?: readonly string[]; readonly after?: readonly string[] };
  /** Of `container` only. */
  readonly migrate?: Migration;
  /** Run after the switch, in order; the first that fails takes the release back. At least one, where there is the key. */
  readonly smoke?: readonly SmokeTest[];
}

/** Files are served by somebody else (Caddy, nginx) from `<root>/current`. */
export interface Site {
  /** An absolute folder of this machine: `releases/` and the link `current` are in it. */
  readonly root: string;
  /** Which folder of the work tree (after `build`) is the site; `.` without a build. */
  readonly output: string;
  /** Absent: the files of the commit are the site. */
  readonly build?: {
    /** A string of the file is run by `/bin/sh -c`. */
    readonly run: readonly string[];
    /** Run in a container of this image; absent: on this machine, as whoever runs the hub. */
    readonly image?: string;
    readonly timeout: number;
  };
}

export interface Stack {
  /** A compose file of the repository. */
  readonly compose: string;
  readonly profiles: readonly string[];
}

/** Run in a one-off container of the new image before it gets traffic, once for a release: its image and these commands. */
export interface Migration {
  readonly run: readonly string[];
  /** Before `run`; when it fails nothing was changed and the deployment fails. */
  readonly dryRun?: readonly string[];
  /** When the deployment is taken back after `run`. */
  readonly rollback?: readonly string[];
  /** Of each command, in milliseconds. */
  readonly timeout: number;
}

export interface SmokeTest {
  /** For people: `GET /healthz`, or as told. */
  readonly name: string;
  readonly check:
    | {
        readonly kind: 'http';
        /** A path (asked where people reach the service), or a whole address. */
        readonly url: string;
        /** Any of 200 to 399 unless told. */
        readonly status?: number;
        readonly contains?: string;
      }
    /** In a container of the new image. */
    | { readonly kind: 'command'; readonly command: readonly string[] };
  readonly timeout: number;
  /** How often it is tried before it counts as failed; a second apart. */
  readonly attempts: number;
}

export interface Build {
  /** Relative to the repository root. */
  readonly context: string;
  /** Relative to the context. */
  readonly dockerfile: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  /** Names of secrets for `RUN --mount=type=secret`. */
  readonly secrets: readonly string[];
  /** Further contexts by name: folders of the repository. */
  readonly contexts: Readonly<Record<string, string>>;
  /** Globs of what the service is made from; empty: the context. */
  readonly paths: readonly string[];
  readonly platform?: string;
}

export interface SecretUse {
  readonly name: string;
  /** How old its value may become, in milliseconds; the doctor says when it is older. */
  readonly rotate?: number;
  /** `file`: mounted as `/run/secrets/<name>`. */
  readonly as: 'variable' | 'file';
}

/** A named volume `hearth-<project>-<environment>-<source>`: independent of deployments, never deleted. */
export interface Volume {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface HealthCheck {
  readonly probe:
    | { readonly kind: 'http'; readonly path: string }
    | { readonly kind: 'tcp' }
    | { readonly kind: 'command'; readonly command: readonly string[] }
    | { readonly kind: 'container' };
  readonly interval: number;
  readonly timeout: number;
  /** How long it must pass without a failure before it gets traffic. */
  readonly healthyFor: number;
  readonly deadline: number;
}

export type Routing =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'caddy';
      /** The network of the Caddy container; our containers join it. Absent: Caddy runs on the engine's machine itself. */
      readonly network?: string;
      /** Its admin endpoint as seen from the engine's machine; `http://127.0.0.1:2019` unless told. */
      readonly admin: string;
      /** Which HTTP server of its configuration; the one with `:443`, else the first, else a new one named `hearth`. */
      readonly server?: string;
      /** Where a route can be tried, as seen from the engine's machine; made from the server's `listen` unless told. */
      readonly entry?: string;
    }
  | {
      readonly kind: 'traefik';
      /** The absolute folder of this machine that Traefik's file provider watches. */
      readonly folder: string;
      /** The network of the Traefik container; our containers join it. Absent: Traefik runs on the engine's machine itself. */
      readonly network?: string;
      /** Traefik's entry points; its default ones unless told. */
      readonly entryPoints: readonly string[];
      /** `resolver`: Traefik's certificate resolver of that name. `local`: a certificate of Hearth's own authority. */
      readonly tls:
        | { readonly kind: 'none' }
        | { readonly kind: 'router' }
        | { readonly kind: 'resolver'; readonly name: string }
        | { readonly kind: 'local' /** Where Traefik sees `folder`; the same path unless told. */; readonly folder: string };
      /** Where a route can be tried, as seen from the engine's machine. */
      readonly entry: string;
    };

/** As written: what is absent comes from `extends`. */
export interface EnvironmentConfig {
  readonly name: string;
  readonly extends?: string;
  readonly docker?: string;
  readonly registry?: string;
  readonly routing?: Routing;
  readonly variables: Readonly<Record<string, string>>;
  /** At most so much for all services together (A12). */
  readonly limits?: Limits;
}

export interface Limits {
  readonly cpus?: number;
  readonly memory?: number;
  readonly containers?: number;
}

/** With its chain applied; each key from the nearest environment that has it. */
export interface ResolvedEnvironment {
  readonly name: string;
  /** This one first. */
  readonly chain: readonly string[];
  /** `local`, `unix:///…`, `ssh://…`, `tcp://…` */
  readonly docker: string;
  readonly registry?: string;
  readonly routing: Routing;
  readonly variables: Readonly<Record<string, { readonly value: string; readonly environment: string }>>;
  readonly limits: Limits;
}

/** What a file comes to that says nothing of catalog and monitoring. */
export const nothingWatched: Pick<HearthConfig, 'catalog' | 'monitors' | 'maintenance' | 'notifications' | 'incidents'> = {
  catalog: {},
  monitors: [],
  maintenance: [],
  notifications: [],
  incidents: { auto: true, settle: 300_000, correlate: 300_000 },
};
