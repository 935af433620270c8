import type { explain } from '../protocol/config.ts';
import type { ResultOf } from '../protocol/message.ts';
import { Failure } from '../rpc/failure.ts';
import { yamlOf } from './difference.ts';
import { chainOf, resolveEnvironment } from './environments.ts';
import { factRows, monitorRows } from './explainWatch.ts';
import type { HearthConfig, Service } from './hearthTypes.ts';
import { durationText, sizeText } from './units.ts';
import type { KeyPath, YamlText } from './yamlText.ts';

type Explained = ResultOf<typeof explain>;
type Row = Explained['rows'][number];

/** What an environment comes to, key by key. `yaml` is the text that the configuration was read from. */
export function explainEnvironment(config: HearthConfig, yaml: YamlText, name: string, only?: string): Explained {
  const { chain, variables } = resolveEnvironment(config, name);
  if (only !== undefined && !Object.hasOwn(config.services, only)) {
    throw new Failure('invalid', `There is no service "${only}" in hearth.yaml.`, {
      hint: `There are: ${Object.keys(config.services).join(', ')}.`,
    });
  }
  const services = Object.values(config.services).filter((service) => only === undefined || service.name === only);
  const rows = [
    ...environmentRows(config, yaml, name),
    ...(only === undefined ? Object.entries(variables).map(([key, found]) => variableRow(yaml, `variables.${key}`, key, found)) : []),
    ...services.flatMap((service) => [...serviceRows(service, yaml, variables), ...factRows(config, yaml, service.name)]),
    ...monitorRows(config, yaml, name, only),
  ];
  return { environment: name, chain: [...chain], rows };
}

function environmentRows(config: HearthConfig, yaml: YamlText, name: string): Row[] {
  const { docker, registry, routing, limits } = resolveEnvironment(config, name);
  const chain = chainOf(config, name);
  const row = (key: 'docker' | 'registry' | 'routing' | 'limits', part: string | undefined, value: unknown): Row => {
    const holder = chain.find((each) => each[key] !== undefined)?.name;
    const at: KeyPath = holder === undefined ? [] : ['environments', holder, key, ...(part === undefined ? [] : [part])];
    const written = holder !== undefined && (part === undefined || part === 'kind' || yaml.has(at));
    const origin: Row['origin'] = written
      ? { kind: 'file', line: yaml.keyPlace(yaml.has(at) ? at : at.slice(0, 3)).line, environment: holder ?? name }
      : { kind: 'default' };
    return { key: part === undefined ? key : `${key}.${part}`, value: yamlOf(value), origin };
  };
  return [
    row('docker', undefined, docker),
    ...(registry === undefined ? [] : [row('registry', undefined, registry)]),
    ...Object.entries(routing).map(([part, value]) => row('routing', part, value)),
    ...Object.entries(limits).map(([part, value]) => row('limits', part, part === 'memory' ? sizeText(Number(value)) : value)),
  ];
}

function serviceRows(service: Service, yaml: YamlText, variables: Readonly<Record<string, { value: string; environment: string }>>): Row[] {
  const base = ['services', service.name];
  const shortBuild = yaml.has([...base, 'build']) && !yaml.isMap([...base, 'build']);
  const row = (key: string, value: unknown): Row => {
    const path = [...base, ...key.split('.')];
    // `build: .` stands for `build: { context: . }`.
    const at = key === 'build.context' && !yaml.has(path) && shortBuild ? path.slice(0, -1) : path;
    const origin: Row['origin'] = yaml.has(at) ? { kind: 'file', line: yaml.keyPlace(at).line } : { kind: 'default' };
    return { key: path.join('.'), value: yamlOf(value), origin };
  };
  const names = [...new Set([...Object.keys(service.variables), ...Object.keys(variables)])].filter(
    (name) => !service.secrets.some((secret) => secret.name === name),
  );
  return [
    ...valuesOf(service).map(([key, value]) => row(key, value)),
    ...names.map((name) => {
      const key = `${base.join('.')}.variables.${name}`;
      const own = service.variables[name];
      const found = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (found !== undefined) return variableRow(yaml, key, name, found);
      return { key, value: yamlOf(own), origin: { kind: 'file' as const, line: yaml.keyPlace([...base, 'variables', name]).line } };
    }),
  ];
}

function variableRow(yaml: YamlText, key: string, name: string, { value, environment }: { value: string; environment: string }): Row {
  const { line } = yaml.keyPlace(['environments', environment, 'variables', name]);
  return { key, value: yamlOf(value), origin: { kind: 'file', line, environment } };
}

/** Keys of a service as the file calls them, with what counts. */
function valuesOf(service: Service): [string, unknown][] {
  const { source, health, hooks, resources, route, publish } = service;
  const times: [string, number][] = [
    ['health.interval', health.interval],
    ['health.timeout', health.timeout],
    ['health.healthy_for', health.healthyFor],
    ['health.deadline', health.deadline],
    ['drain', service.drain],
    ['stop_timeout', service.stopTimeout],
  ];
  const values: [string, unknown][] = [
    ...(source.kind === 'image'
      ? [['image', source.image] as [string, unknown]]
      : source.kind === 'commit'
        ? []
        : Object.entries(source.build).map(([key, value]): [string, unknown] => [`build.${key}`, value])),
    ['port', service.port],
    [
      'publish',
      publish === undefined ? undefined : `${publish.address.includes(':') ? `[${publish.address}]` : publish.address}:${publish.port}`,
    ],
    ['command', service.command],
    ['entrypoint', service.entrypoint],
    ['user', service.user],
    ['secrets', service.secrets.map(({ name, as }) => (as === 'file' ? { name, as } : name))],
    ['volumes', service.volumes.map((volume) => `${volume.source}:${volume.target}${volume.readOnly ? ':ro' : ''}`)],
    ['replicas', service.replicas],
    ['resources.cpus', resources.cpus],
    ['resources.memory', resources.memory === undefined ? undefined : sizeText(resources.memory)],
    ['resources.pids', resources.pids],
    [
      `health.${health.probe.kind}`,
      health.probe.kind === 'http' ? health.probe.path : health.probe.kind === 'command' ? health.probe.command : true,
    ],
    ['route.host', route?.host],
    ['route.path', route?.path],
    ['hooks.before', hooks.before],
    ['hooks.after', hooks.after],
    ...times.map(([key, time]): [string, unknown] => [key, durationText(time)]),
  ];
  return values.filter(([, value]) => value !== undefined && !isEmpty(value));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
