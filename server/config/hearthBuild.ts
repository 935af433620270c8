import type { EnvironmentText, HearthFile, ServiceText } from './hearthSchema.ts';
import type {
  Build,
  EnvironmentConfig,
  HealthCheck,
  HearthConfig,
  Limits,
  Migration,
  Routing,
  SecretUse,
  Service,
  Site,
  SmokeTest,
  Stack,
  Volume,
} from './hearthTypes.ts';
import { durationOf, sizeOf } from './units.ts';
import { buildWatch } from './watchBuild.ts';
import type { YamlText } from './yamlText.ts';

/** What counts where the file says nothing. Times as they are written there. */
export const defaults = {
  health: { interval: '1s', timeout: '5s', healthy_for: '10s', deadline: '60s' },
  drain: '5s',
  stop_timeout: '30s',
  replicas: 1,
  context: '.',
  dockerfile: 'Dockerfile',
  retention: { releases: 5, logs: 20 },
  docker: 'local',
  routing: 'none',
  caddyAdmin: 'http://127.0.0.1:2019',
  traefikEntry: 'https://127.0.0.1',
  traefikPlainEntry: 'http://127.0.0.1',
  run: '15m',
  smoke: { timeout: '10s', attempts: 3 },
} as const;

/** How a scalar is written, where numbers stand for text (`1.10`). */
type SourceOf = (path: readonly (string | number)[]) => string | undefined;

/** The configuration that a file which fits the schema and the rules stands for; `yaml` is its text. */
export function buildConfig(file: HearthFile, project: string, yaml: YamlText): HearthConfig {
  const source: SourceOf = (path) => yaml.source(path);
  const each = <T, R>(values: Readonly<Record<string, T>> | undefined, make: (name: string, value: T) => R) =>
    Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, make(name, value)]));
  return {
    version: 1,
    project: file.project ?? project,
    services: each(file.services, (name, text) => buildService(name, text, source, Object.keys(file.services ?? {}))),
    environments: each(file.environments, (name, text) => buildEnvironment(name, text ?? {}, source)),
    retention: { ...defaults.retention, ...defined(file.retention ?? {}) },
    ...buildWatch(file, (path) => yaml.keyPlace(path).line),
  };
}

function buildService(name: string, text: ServiceText, source: SourceOf, deployed: readonly string[]): Service {
  const { port, user, route } = text;
  const path = ['services', name];
  const kind = text.kind ?? 'container';
  return {
    name,
    kind,
    source: sourceOf(text, [...path, 'build'], source),
    ...defined({ site: siteOf(text), stack: stackOf(text), migrate: migrationOf(text.migrate), smoke: smokeTests(text.smoke) }),
    ...defined({
      port,
      user: user === undefined ? undefined : String(user),
      publish: text.publish === undefined ? undefined : publishOf(text.publish),
    }),
    ...defined({ command: commandOf(text.command), entrypoint: commandOf(text.entrypoint) }),
    variables: textsOf(text.variables, [...path, 'variables'], source),
    secrets: (text.secrets ?? []).map(
      (secret): SecretUse =>
        typeof secret === 'string'
          ? { name: secret, as: 'variable' }
          : { name: secret.name, as: secret.as ?? 'variable', ...defined({ rotate: milliseconds(secret.rotate) }) },
    ),
    volumes: (text.volumes ?? []).map((volume) => volumeOf(volume)),
    replicas: kind === 'container' ? (text.replicas ?? defaults.replicas) : 0,
    resources: defined({ cpus: text.resources?.cpus, memory: bytes(text.resources?.memory), pids: text.resources?.pids }),
    health: healthOf(text),
    ...defined({ route: route === undefined ? undefined : { host: route.host, path: route.path ?? '/' } }),
    drain: durationOf(text.drain ?? defaults.drain),
    stopTimeout: durationOf(text.stop_timeout ?? defaults.stop_timeout),
    dependsOn: [...new Set(text.depends_on ?? [])].filter((other) => deployed.includes(other)),
    hooks: defined({ before: commandOf(text.hooks?.before), after: commandOf(text.hooks?.after) }),
  };
}

function sourceOf(text: ServiceText, path: readonly string[], source: SourceOf): Service['source'] {
  if (text.kind === 'static' || text.kind === 'stack') return { kind: 'commit' };
  return text.image === undefined
    ? { kind: 'build', build: buildOf(text.build ?? '.', path, source) }
    : { kind: 'image', image: text.image };
}

function siteOf({ kind, root = '', output, build }: ServiceText): Site | undefined {
  if (kind !== 'static') return undefined;
  const run = typeof build === 'object' ? commandOf(build.run) : undefined;
  if (run === undefined || typeof build !== 'object') return { root, output: plainFolder(output ?? '.') };
  const { image, timeout = defaults.run } = build;
  return { root, output: plainFolder(output ?? '.'), build: { run, timeout: durationOf(timeout), ...defined({ image }) } };
}

function stackOf({ kind, compose = 'compose.yaml', profiles = [] }: ServiceText): Stack | undefined {
  return kind === 'stack' ? { compose: plainFolder(compose), profiles } : undefined;
}

function migrationOf(text: ServiceText['migrate']): Migration | undefined {
  if (text === undefined) return undefined;
  const { run, dry_run, rollback, timeout = defaults.run } = text;
  const more = defined({ dryRun: commandOf(dry_run), rollback: commandOf(rollback) });
  return { run: commandOf(run) ?? [], ...more, timeout: durationOf(timeout) };
}

function smokeTests(texts: ServiceText['smoke']): SmokeTest[] | undefined {
  return texts === undefined || texts.length === 0 ? undefined : texts.map(smokeOf);
}

function smokeOf({ name, http, status, contains, command, timeout, attempts }: NonNullable<ServiceText['smoke']>[number]): SmokeTest {
  const run = commandOf(command);
  const check: SmokeTest['check'] =
    run === undefined ? { kind: 'http', url: http ?? '/', ...defined({ status, contains }) } : { kind: 'command', command: run };
  return {
    name: name ?? (check.kind === 'http' ? `GET ${check.url}` : check.command.slice(check.command[0] === '/bin/sh' ? 2 : 0).join(' ')),
    check,
    timeout: durationOf(timeout ?? defaults.smoke.timeout),
    attempts: attempts ?? defaults.smoke.attempts,
  };
}

function milliseconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : durationOf(duration);
}

function buildOf(text: NonNullable<ServiceText['build']>, path: readonly string[], source: SourceOf): Build {
  const given = typeof text === 'string' ? { context: text } : text;
  return {
    context: plainFolder(given.context ?? defaults.context),
    dockerfile: plainFolder(given.dockerfile ?? defaults.dockerfile),
    args: textsOf(given.args, [...path, 'args'], source),
    secrets: given.secrets ?? [],
    contexts: Object.fromEntries(Object.entries(given.contexts ?? {}).map(([name, folder]) => [name, plainFolder(folder)])),
    paths: given.paths ?? [],
    ...defined({ target: given.target, platform: given.platform }),
  };
}

/** Without `./` and a slash at the end; the root is `.`. */
export function plainFolder(folder: string): string {
  const parts = folder.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 ? '.' : parts.join('/');
}

function healthOf({ health = {}, port }: ServiceText): HealthCheck {
  const command = commandOf(health.command);
  const probe: HealthCheck['probe'] =
    health.http !== undefined
      ? { kind: 'http', path: health.http }
      : command !== undefined
        ? { kind: 'command', command }
        : health.container === true || port === undefined
          ? { kind: 'container' }
          : { kind: 'tcp' };
  const time = (key: keyof typeof defaults.health) => durationOf(health[key] ?? defaults.health[key]);
  return { probe, interval: time('interval'), timeout: time('timeout'), healthyFor: time('healthy_for'), deadline: time('deadline') };
}

/** `8080`, `"8080"`, `"0.0.0.0:8080"`, `"[::]:8080"`; undefined for anything else. */
export function publishOf(value: string | number): { address: string; port: number } | undefined {
  const [, bracketed, plain, digits] = String(value).match(/^(?:(?:\[([0-9a-f:.]{2,45})\]|((?:\d{1,3}\.){3}\d{1,3})):)?(\d{1,5})$/i) ?? [];
  const port = Number(digits);
  if (digits === undefined || port < 1 || port > 65_535 || plain?.split('.').some((part) => Number(part) > 255) === true) return undefined;
  return { address: bracketed ?? plain ?? '127.0.0.1', port };
}

/** `name:/path`, `name:/path:ro`, or its keys. What is wrong with it is found by the rules. */
export function volumeOf(volume: NonNullable<ServiceText['volumes']>[number]): Volume {
  if (typeof volume !== 'string') return { source: volume.source, target: volume.target, readOnly: volume.read_only ?? false };
  const [source = '', target = '', mode] = volume.split(':');
  return { source, target, readOnly: mode === 'ro' };
}

/** A text is for the shell of the container, as in a Dockerfile. */
function commandOf(command: string | string[] | undefined): readonly string[] | undefined {
  return typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
}

function textsOf(
  values: Readonly<Record<string, string | number | boolean>> | undefined,
  path: readonly string[],
  source: SourceOf,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : (source([...path, name]) ?? String(value)),
    ]),
  );
}

function buildEnvironment(name: string, text: EnvironmentText, source: SourceOf): EnvironmentConfig {
  const { limits } = text;
  return {
    name,
    ...defined({
      extends: text.extends,
      docker: text.docker,
      registry: text.registry,
      routing: text.routing === undefined ? undefined : routingOf(text.routing),
    }),
    variables: textsOf(text.variables, ['environments', name, 'variables'], source),
    ...defined({ limits: limits === undefined ? undefined : limitsOf(limits) }),
  };
}

function limitsOf(limits: NonNullable<EnvironmentText['limits']>): Limits {
  return defined({ cpus: limits.cpus, memory: bytes(limits.memory), containers: limits.containers });
}

function routingOf(text: NonNullable<EnvironmentText['routing']>): Routing {
  const given = typeof text === 'string' ? { kind: text } : text;
  if (given.kind === 'none') return { kind: 'none' };
  const {
    network,
    admin = defaults.caddyAdmin,
    server,
    entry,
    folder = '',
    entry_points: entryPoints = [],
    tls,
  } = given as Exclude<typeof text, string>;
  if (given.kind === 'traefik') {
    const way = (entry ?? (tls === 'none' ? defaults.traefikPlainEntry : defaults.traefikEntry)).replace(/\/$/, '');
    return {
      kind: 'traefik',
      folder: folder.replace(/(.)\/$/, '$1'),
      entryPoints,
      tls: tlsOf(tls, folder),
      entry: way,
      ...defined({ network }),
    };
  }
  return { kind: 'caddy', admin: admin.replace(/\/$/, ''), ...defined({ network, server, entry: entry?.replace(/\/$/, '') }) };
}

function tlsOf(
  text: Exclude<NonNullable<EnvironmentText['routing']>, string>['tls'],
  folder: string,
): Extract<Routing, { kind: 'traefik' }>['tls'] {
  if (text === undefined || text === 'router') return { kind: 'router' };
  if (text === 'none') return { kind: 'none' };
  if (text === 'local') return { kind: 'local', folder };
  return 'resolver' in text ? { kind: 'resolver', name: text.resolver } : { kind: 'local', folder: text.local };
}

function bytes(size: string | undefined): number | undefined {
  return size === undefined ? undefined : sizeOf(size);
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the keys that have no value. */
function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
