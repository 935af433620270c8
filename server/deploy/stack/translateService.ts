import type { ComposeHealthcheck, ComposeModel, ComposeService, ComposeUpdate } from '../../compose/types.ts';
import type { ServiceSpec, SwarmContainer, TaskTemplate, UpdateConfig } from '../engine/swarmTypes.ts';
import { mountsOf, writes } from './mounts.ts';
import { scoped } from './names.ts';
import type { FileUse, ReleaseImage, ReleaseService } from './release.ts';

/** What a stack is made in. */
export interface Surroundings {
  readonly stack: string;
  /** How long a new task must run before the next one is changed, in milliseconds. */
  readonly healthyFor: number;
  /** Of the engine: what is only here must run here. */
  readonly node: string;
  readonly nodes: number;
  readonly logDriver: string;
  /** Names of the secrets of Hearth. */
  readonly secrets: readonly string[];
}

/** Milliseconds of ours are nanoseconds of Docker's. */
const nanoseconds = (milliseconds: number): number => Math.round(milliseconds * 1e6);

export function serviceOf(service: ComposeService, model: ComposeModel, around: Surroundings, image: ReleaseImage): ReleaseService {
  const { deploy } = service;
  const ends = endsOf(service, model);
  const isJob = deploy.mode === 'replicated-job' || deploy.mode === 'global-job';
  const update = updateOf(deploy.updateConfig, service, around, ends);
  const spec: ServiceSpec = {
    Name: scoped(around.stack, service.name),
    Labels: deploy.labels,
    TaskTemplate: taskOf(service, model, around, image, ends),
    Mode: modeOf(service),
    ...(isJob ? {} : { UpdateConfig: update, RollbackConfig: backOf(deploy.rollbackConfig, update) }),
    EndpointSpec: {
      Mode: deploy.endpointMode ?? 'vip',
      Ports: service.ports.map(({ protocol, target, published, mode }) => ({
        Protocol: protocol,
        TargetPort: target,
        ...(published === undefined ? {} : { PublishedPort: published }),
        PublishMode: mode,
      })),
    },
  };
  const uses = (['config', 'secret'] as const).flatMap((kind) =>
    service[`${kind}s`].map(
      ({ source, target, uid = '0', gid = '0', mode = 0o444 }): FileUse => ({
        kind,
        key: source,
        file: { Name: target, UID: uid, GID: gid, Mode: mode },
      }),
    ),
  );
  return { name: service.name, image, ends, once: ends === 'must' || isJob, spec, uses };
}

/** Whether its tasks end by themselves. Who waits for its end (`service_completed_successfully`) says so too. */
function endsOf(service: ComposeService, { services }: ComposeModel): ReleaseService['ends'] {
  const waitedFor = services.some(
    ({ active, dependsOn }) =>
      active && dependsOn.some((each) => each.service === service.name && each.condition === 'service_completed_successfully'),
  );
  if (waitedFor || service.deploy.mode.endsWith('-job')) return 'must';
  return restartOf(service, 'never').Condition === 'any' ? 'never' : 'may';
}

function modeOf({ deploy }: ComposeService): ServiceSpec['Mode'] {
  const { replicas = 1 } = deploy;
  switch (deploy.mode) {
    case 'replicated':
      return { Replicated: { Replicas: replicas } };
    case 'global':
      return { Global: {} };
    case 'replicated-job':
      return { ReplicatedJob: { MaxConcurrent: replicas, TotalCompletions: replicas } };
    case 'global-job':
      return { GlobalJob: {} };
  }
}

/** The new one first, unless both would want the same port or write the same data. */
export function orderOf({ ports, deploy, volumes }: ComposeService): UpdateConfig['Order'] {
  const told = deploy.updateConfig?.order;
  if (told !== undefined) return told;
  const shares = ports.some(({ mode }) => mode === 'host') || volumes.some(writes);
  return shares || deploy.mode === 'global' ? 'stop-first' : 'start-first';
}

function updateOf(
  given: ComposeUpdate = {},
  service: ComposeService,
  { healthyFor }: Surroundings,
  ends: ReleaseService['ends'],
): UpdateConfig {
  const { parallelism = 1, delay = 0, failureAction, monitor, maxFailureRatio = 0 } = given;
  return {
    Parallelism: parallelism,
    Delay: nanoseconds(delay),
    // To the Swarm a task that has ended has failed.
    FailureAction:
      ends === 'must' ? 'continue' : (failureAction ?? (restartOf(service, ends).Condition === 'none' ? 'continue' : 'rollback')),
    // Shorter than the delay it would miss what fails late (moby#37972).
    Monitor: nanoseconds(monitor ?? delay + healthyFor),
    MaxFailureRatio: maxFailureRatio,
    Order: orderOf(service),
  };
}

function backOf(given: ComposeUpdate = {}, update: UpdateConfig): UpdateConfig {
  const { parallelism = update.Parallelism, delay, failureAction, monitor, maxFailureRatio = 0, order = update.Order } = given;
  return {
    Parallelism: parallelism,
    Delay: delay === undefined ? 0 : nanoseconds(delay),
    FailureAction: failureAction === 'continue' ? 'continue' : 'pause',
    Monitor: monitor === undefined ? update.Monitor : nanoseconds(monitor),
    MaxFailureRatio: maxFailureRatio,
    Order: order,
  };
}

function taskOf(
  service: ComposeService,
  model: ComposeModel,
  { stack, node, nodes, logDriver }: Surroundings,
  image: ReleaseImage,
  ends: ReleaseService['ends'],
): TaskTemplate {
  const { deploy, logging, platform } = service;
  const { limits, reservations } = deploy.resources;
  const here = image.local && nodes > 1 ? [`node.id==${node}`] : [];
  const platforms = platform === undefined ? {} : { Platforms: [platformOf(platform)] };
  return {
    ContainerSpec: containerOf(service, model, stack, image),
    Resources: {
      Limits: { ...cpusAndMemory(limits), ...(limits.pids === undefined ? {} : { Pids: limits.pids }) },
      Reservations: {
        ...cpusAndMemory(reservations),
        ...(reservations.genericResources.length === 0
          ? {}
          : {
              GenericResources: reservations.genericResources.map(({ kind, value }) => ({
                DiscreteResourceSpec: { Kind: kind, Value: value },
              })),
            }),
      },
    },
    RestartPolicy: restartOf(service, ends),
    Placement: {
      Constraints: [...deploy.placement.constraints, ...here],
      Preferences: deploy.placement.preferences.map(({ spread }) => ({ Spread: { SpreadDescriptor: spread } })),
      ...(deploy.placement.maxReplicasPerNode === undefined ? {} : { MaxReplicas: deploy.placement.maxReplicasPerNode }),
      ...platforms,
    },
    ForceUpdate: 0,
    Networks: service.networks.map(({ network, aliases }) => networkUse(model, stack, network, [service.name, ...aliases])),
    ...logDriverOf(logging, logDriver),
  };
}

function networkUse(model: ComposeModel, stack: string, key: string, aliases: readonly string[]) {
  const network = model.networks.find((each) => each.key === key);
  const name = network?.name ?? (network?.external === true ? key : scoped(stack, key));
  return { Target: name, Aliases: name === 'host' ? [] : [...new Set(aliases)] };
}

function cpusAndMemory({ cpus, memory }: { readonly cpus?: number; readonly memory?: number }) {
  return {
    ...(cpus === undefined ? {} : { NanoCPUs: Math.round(cpus * 1e9) }),
    ...(memory === undefined ? {} : { MemoryBytes: memory }),
  };
}

/** As for containers: what nobody limits does not fill the disk. */
function logDriverOf(logging: ComposeService['logging'], driver: string): Pick<TaskTemplate, 'LogDriver'> {
  if (logging !== undefined)
    return { LogDriver: { ...(logging.driver === undefined ? {} : { Name: logging.driver }), Options: logging.options } };
  if (driver !== 'json-file' && driver !== 'local') return {};
  return { LogDriver: { Name: driver, Options: { 'max-size': '10m', 'max-file': '3' } } };
}

function restartOf({ deploy, restart }: ComposeService, ends: ReleaseService['ends']): NonNullable<TaskTemplate['RestartPolicy']> {
  const { restartPolicy: told } = deploy;
  if (told !== undefined) {
    const usual = ends === 'must' ? 'none' : 'any';
    return {
      Condition: told.condition === 'any' && ends === 'must' ? 'none' : (told.condition ?? usual),
      ...(told.delay === undefined ? {} : { Delay: nanoseconds(told.delay) }),
      ...(told.maxAttempts === undefined ? {} : { MaxAttempts: told.maxAttempts }),
      ...(told.window === undefined ? {} : { Window: nanoseconds(told.window) }),
    };
  }
  const [word, attempts] = restart?.split(':') ?? [];
  if (word === 'on-failure') return { Condition: 'on-failure', ...(attempts === undefined ? {} : { MaxAttempts: Number(attempts) }) };
  return { Condition: word === 'no' || ends === 'must' ? 'none' : 'any' };
}

function containerOf(service: ComposeService, model: ComposeModel, stack: string, image: ReleaseImage): SwarmContainer {
  const { command, entrypoint, healthcheck, dns, dnsSearch, dnsOptions } = service;
  const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);
  return {
    Image: image.reference,
    Labels: service.labels,
    Env: Object.entries(service.environment).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`])),
    ...defined({
      Command: entrypoint === undefined ? undefined : entrypoint.length === 0 ? [''] : entrypoint,
      Args: command,
      Hostname: service.hostname,
      Dir: service.workingDir,
      User: service.user,
      Groups: some(service.groupAdd),
      TTY: service.tty || undefined,
      OpenStdin: service.stdinOpen || undefined,
      ReadOnly: service.readOnly || undefined,
      Init: service.init,
      StopSignal: service.stopSignal,
      StopGracePeriod: service.stopGracePeriod === undefined ? undefined : nanoseconds(service.stopGracePeriod),
      Mounts: some(mountsOf(service, model, stack)),
      Healthcheck: healthcheck === undefined ? undefined : healthOf(healthcheck),
      Hosts: some(service.extraHosts.map(({ host, address }) => `${address} ${host}`)),
      DNSConfig:
        dns.length + dnsSearch.length + dnsOptions.length === 0 ? undefined : { Nameservers: dns, Search: dnsSearch, Options: dnsOptions },
      Sysctls: Object.keys(service.sysctls).length === 0 ? undefined : service.sysctls,
      CapabilityAdd: some(service.capAdd),
      CapabilityDrop: some(service.capDrop),
      Ulimits: some(Object.entries(service.ulimits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard }))),
    }),
  };
}

function healthOf({ disable, test, interval, timeout, retries, startPeriod, startInterval }: ComposeHealthcheck): object {
  if (disable) return { Test: ['NONE'] };
  const time = (value: number | undefined) => (value === undefined ? undefined : nanoseconds(value));
  return defined({
    Test: test,
    Interval: time(interval),
    Timeout: time(timeout),
    Retries: retries,
    StartPeriod: time(startPeriod),
    StartInterval: time(startInterval),
  });
}

/** `linux/arm64/v8`. */
function platformOf(text: string): { OS: string; Architecture: string } {
  const [OS = '', Architecture = ''] = text.split('/');
  return { OS, Architecture };
}

function defined<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
