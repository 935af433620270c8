import { buildOf } from './build.ts';
import { deployOf, healthcheckOf } from './deployKeys.ts';
import { defined, Fields } from './fields.ts';
import { dependenciesOf, hostsOf, namesOf } from './merge.ts';
import { fileUsesOf, mountsOf } from './mounts.ts';
import { portsOf } from './ports.ts';
import { type ComposeProblems, named } from './problems.ts';
import { type Entry, isNull, type Tree, textOf } from './tree.ts';
import type { ComposeDependency, ComposeNetworkUse, ComposePlace, ComposeService } from './types.ts';

/** Keys of the specification that the model has no field for. */
const unused = [
  'annotations',
  'attach',
  'blkio_config',
  'cpu_count',
  'cpu_percent',
  'cpu_period',
  'cpu_quota',
  'cpu_rt_period',
  'cpu_rt_runtime',
  'cpu_shares',
  'cpuset',
  'credential_spec',
  'develop',
  'device_cgroup_rules',
  'domainname',
  'external_links',
  'gpus',
  'isolation',
  'label_file',
  'mac_address',
  'mem_swappiness',
  'memswap_limit',
  'models',
  'oom_kill_disable',
  'oom_score_adj',
  'post_start',
  'pre_start',
  'pre_stop',
  'provider',
  'pull_policy',
  'pull_refresh_after',
  'runtime',
  'storage_opt',
  'use_api_socket',
  'uts',
];

export interface ServiceMeans {
  readonly problems: ComposeProblems;
  readonly valueOfVariable: (name: string) => string | undefined;
  readonly profiles: readonly string[];
  /** Variables of an `env_file`; undefined, with a problem, when it cannot be read. */
  readonly envFile: (
    path: Tree,
    options: { required: boolean; raw: boolean },
  ) => Promise<{ path: string; values: ReadonlyMap<string, string> } | undefined>;
}

export async function serviceOf(name: string, { place, value }: Entry, means: ServiceMeans): Promise<ComposeService> {
  const findings = {
    problems: means.problems,
    places: {} as Record<string, ComposePlace>,
    unknown: [] as string[],
    others: [] as string[],
  };
  const fields = new Fields(value, '', findings);
  const unresolved = new Set(unresolvedIn(value));
  const { environment, envFiles } = await environmentOf(fields, means, unresolved);
  const profiles = fields.texts('profiles');
  const networkMode = fields.text('network_mode');
  const logging = fields.inside('logging');
  const service: Omit<ComposeService, 'places' | 'unknown' | 'others'> = {
    name,
    place,
    profiles,
    active: profiles.length === 0 || profiles.some((each) => means.profiles.includes(each) || means.profiles.includes('*')),
    ...defined({
      image: fields.text('image'),
      build: buildOf(fields, means.valueOfVariable),
      command: fields.words('command'),
      entrypoint: fields.words('entrypoint'),
      networkMode,
      healthcheck: healthcheckOf(fields),
      restart: fields.text('restart'),
      user: fields.text('user'),
      workingDir: fields.text('working_dir'),
      hostname: fields.text('hostname'),
      containerName: fields.text('container_name'),
      platform: fields.text('platform'),
      stopGracePeriod: fields.duration('stop_grace_period'),
      stopSignal: fields.text('stop_signal'),
      init: fields.flag('init'),
      pid: fields.text('pid'),
      ipc: fields.text('ipc'),
      usernsMode: fields.text('userns_mode'),
      cgroup: fields.text('cgroup'),
      cgroupParent: fields.text('cgroup_parent'),
      shmSize: fields.size('shm_size'),
      logging: fields.has('logging') ? { ...defined({ driver: logging.text('driver') }), options: logging.labels('options') } : undefined,
    }),
    environment,
    envFiles,
    ports: portsOf(fields),
    expose: fields.texts('expose'),
    networks: networksOf(fields, networkMode),
    volumes: mountsOf(fields),
    tmpfs: fields.texts('tmpfs').map((each) => {
      const [target = '', ...options] = each.split(':');
      return { target, options: options.join(':') };
    }),
    configs: fileUsesOf(fields, 'configs', ''),
    secrets: fileUsesOf(fields, 'secrets', '/run/secrets'),
    deploy: deployOf(fields),
    labels: fields.labels('labels'),
    dependsOn: dependsOnOf(fields),
    groupAdd: fields.texts('group_add'),
    extraHosts: extraHostsOf(fields),
    dns: fields.texts('dns'),
    dnsSearch: fields.texts('dns_search'),
    dnsOptions: fields.texts('dns_opt'),
    readOnly: fields.flag('read_only') ?? false,
    tty: fields.flag('tty') ?? false,
    stdinOpen: fields.flag('stdin_open') ?? false,
    capAdd: fields.texts('cap_add'),
    capDrop: fields.texts('cap_drop'),
    privileged: fields.flag('privileged') ?? false,
    devices: devicesOf(fields),
    securityOpt: fields.texts('security_opt'),
    ulimits: ulimitsOf(fields),
    sysctls: fields.labels('sysctls'),
    links: fields.texts('links'),
    volumesFrom: fields.texts('volumes_from'),
    unresolved: [...unresolved],
  };
  fields.others(...unused);
  if (fields.has('logging')) logging.done();
  fields.done();
  return { ...service, places: findings.places, unknown: findings.unknown, others: findings.others };
}

async function environmentOf(
  fields: Fields,
  { envFile, valueOfVariable }: ServiceMeans,
  unresolved: Set<string>,
): Promise<Pick<ComposeService, 'environment' | 'envFiles'>> {
  const environment = new Map<string, string | null>();
  const envFiles: { path: string; required: boolean }[] = [];
  for (const item of fields.items('env_file')) {
    const keys = item.kind === 'map' ? new Fields(item, 'env_file', { ...fields.findings, places: {} }) : undefined;
    const required = keys?.flag('required') ?? true;
    const raw = keys?.oneOf('format', ['raw']) === 'raw';
    const path = keys === undefined ? item : keys.raw('path');
    keys?.done();
    if (path === undefined || textOf(path) === undefined) {
      fields.findings.problems.error('value', item.place, '`env_file` needs the `path` of a file.');
      continue;
    }
    const found = await envFile(path, { required, raw });
    if (found === undefined) continue;
    envFiles.push({ path: found.path, required });
    for (const [name, value] of found.values) environment.set(name, value);
  }
  for (const [name, { value }] of fields.pairs('environment')) {
    const given = value ?? valueOfVariable(name) ?? null;
    environment.set(name, given);
    if (given === null) unresolved.add(name);
  }
  return { environment: Object.fromEntries(environment), envFiles };
}

function networksOf(fields: Fields, networkMode: string | undefined): ComposeNetworkUse[] {
  const given = fields.raw('networks');
  if (networkMode !== undefined) {
    if (given !== undefined) fields.wrong('networks', 'left out beside `network_mode`');
    return [];
  }
  const uses = new Fields(given === undefined ? undefined : namesOf(given), 'networks', fields.findings);
  const found = uses.names.map((network) => {
    const keys = uses.inside(network);
    const use = {
      network,
      aliases: keys.texts('aliases'),
      ...defined({ ipv4: keys.text('ipv4_address'), ipv6: keys.text('ipv6_address') }),
    };
    keys.others('driver_opts', 'gw_priority', 'interface_name', 'link_local_ips', 'mac_address', 'priority');
    keys.done();
    return use;
  });
  return found.length > 0 ? found : [{ network: 'default', aliases: [] }];
}

const conditions = ['service_started', 'service_healthy', 'service_completed_successfully'] as const;

function dependsOnOf(fields: Fields): ComposeDependency[] {
  const given = fields.raw('depends_on');
  const all = new Fields(given === undefined ? undefined : dependenciesOf(given), 'depends_on', fields.findings);
  return all.names.map((service) => {
    const keys = all.inside(service);
    const dependency = {
      service,
      condition: keys.oneOf('condition', conditions) ?? 'service_started',
      required: keys.flag('required') ?? true,
      restart: keys.flag('restart') ?? false,
      place: all.placeAt(service) as ComposePlace,
    };
    keys.done();
    return dependency;
  });
}

function extraHostsOf(fields: Fields): { host: string; address: string }[] {
  const given = fields.raw('extra_hosts');
  const list = given === undefined ? undefined : hostsOf(given);
  return (list?.kind === 'list' ? list.items : []).flatMap((item) => {
    const [, host = '', address = ''] = textOf(item)?.match(/^([^=]+)=(.+)$/s) ?? [];
    if (host !== '') return [{ host, address: address.replace(/^\[(.*)\]$/, '$1') }];
    fields.findings.problems.error('value', item.place, `${named(textOf(item) ?? '')} is no host such as \`db=10.0.0.5\`.`);
    return [];
  });
}

function devicesOf(fields: Fields): string[] {
  return fields.items('devices').flatMap((item, index) => {
    fields.placeItem('devices', index, item);
    if (item.kind !== 'map') return textOf(item) ?? [];
    const keys = new Fields(item, 'devices', { ...fields.findings, places: {} });
    const [source = '', target = source, permissions = 'rwm'] = [keys.text('source'), keys.text('target'), keys.text('permissions')];
    keys.done();
    return `${source}:${target}:${permissions}`;
  });
}

function ulimitsOf(fields: Fields): ComposeService['ulimits'] {
  const all = fields.inside('ulimits');
  const found = all.names.flatMap((name): [string, { soft: number; hard: number }][] => {
    if (all.raw(name)?.kind !== 'map') {
      const both = all.whole(name);
      return both === undefined ? [] : [[name, { soft: both, hard: both }]];
    }
    const keys = all.inside(name);
    const [soft, hard] = [keys.whole('soft'), keys.whole('hard')];
    keys.done();
    const one = soft ?? hard;
    return one === undefined ? [] : [[name, { soft: soft ?? one, hard: hard ?? one }]];
  });
  return Object.fromEntries(found);
}

/** Names of variables without a value in all that a service says. */
function unresolvedIn(tree: Tree): string[] {
  if (isNull(tree)) return [];
  if (tree.kind === 'text') return [...tree.unresolved];
  const inside = tree.kind === 'list' ? tree.items : [...tree.entries.values()].map(({ value }) => value);
  return inside.flatMap(unresolvedIn);
}
