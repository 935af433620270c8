import { type ComposeModel, type ComposePlace, type ComposeService, dangersOf, placeOf } from '../../compose/index.ts';
import { tmpfsOptions } from './mounts.ts';
import { longestName, scoped } from './names.ts';
import { hasSecret } from './secretTokens.ts';
import { activeOf, variableOf } from './translate.ts';
import { orderOf } from './translateService.ts';

/** Something to say about the compose file before anything is done. */
export interface StackRemark {
  readonly kind: 'blocker' | 'confirmation' | 'warning';
  /** `unsupported`, `dangerous`, `secret`, `label`, `ignored`, `downtime`. */
  readonly code: string;
  readonly place: ComposePlace;
  readonly message: string;
  readonly hint?: string;
}

interface Around {
  readonly stack: string;
  /** Names of the secrets of Hearth. */
  readonly secrets: readonly string[];
}

/** Where Swarm would do something else than the file says, what has power over the machine, and what to know. In the order of the file. */
export function remarksOn(model: ComposeModel, around: Around): StackRemark[] {
  const services = activeOf(model);
  return [...services.flatMap((service) => ofService(service, model, around)), ...ofObjects(model, services, around)];
}

/** Keys without a meaning for what runs. */
const harmless = new Set([
  'develop',
  'attach',
  'pull_policy',
  'annotations',
  'build.tags',
  'build.cache_from',
  'build.cache_to',
  'build.no_cache',
  'build.pull',
  'build.provenance',
  'build.sbom',
]);

function ofService(service: ComposeService, model: ComposeModel, { stack }: Around): StackRemark[] {
  const { name, deploy, build } = service;
  const remarks: StackRemark[] = [];
  const say = (kind: StackRemark['kind'], code: string, key: string, message: string, hint?: string) =>
    remarks.push({ kind, code, place: placeOf(service, key), message, ...(hint === undefined ? {} : { hint }) });
  const refuse = (key: string, what: string, hint: string) =>
    say('blocker', 'unsupported', key, `${name}: a Swarm does not know \`${what}\`; it would be left out without a word.`, hint);

  if (scoped(stack, name).length > longestName)
    say(
      'blocker',
      'unsupported',
      '',
      `${name}: the name ${scoped(stack, name)} is longer than a Swarm allows (${longestName}).`,
      'Give the service a shorter name.',
    );
  if (!/^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$/.test(name))
    say('blocker', 'unsupported', '', `${name}: a Swarm allows letters, digits, \`-\` and \`_\` in the name of a service.`, 'Rename it.');
  if (service.image === undefined && build === undefined) say('blocker', 'unsupported', '', `${name} has neither \`image\` nor \`build\`.`);

  if (service.privileged)
    refuse('privileged', 'privileged', 'Name the capabilities it needs in `cap_add`, or deploy it as a container of its own.');
  if (service.devices.length > 0)
    refuse('devices', 'devices', 'Mount the device as a bind volume, or use `deploy.resources.reservations.generic_resources`.');
  if (service.securityOpt.length > 0) refuse('security_opt', 'security_opt', 'Set it for the engine of the node.');
  if (service.pid !== undefined) refuse('pid', 'pid', 'Leave it out.');
  if (service.ipc !== undefined) refuse('ipc', 'ipc', 'Leave it out.');
  if (service.usernsMode !== undefined) refuse('userns_mode', 'userns_mode', 'Leave it out.');
  if (service.cgroup !== undefined) refuse('cgroup', 'cgroup', 'Leave it out.');
  if (service.cgroupParent !== undefined) refuse('cgroup_parent', 'cgroup_parent', 'Use `deploy.resources`.');
  if (service.networkMode !== undefined)
    refuse(
      'network_mode',
      `network_mode: ${service.networkMode}`,
      'Name networks; the machine’s own is `networks: { outside: { external: true, name: host } }`.',
    );
  if (service.volumesFrom.length > 0) refuse('volumes_from', 'volumes_from', 'Name the volumes in each service.');
  if (deploy.resources.reservations.devices) refuse('deploy.resources.reservations.devices', 'devices', 'Use `generic_resources`.');
  for (const key of service.others) {
    if (!harmless.has(key)) refuse(key, key, 'Leave it out.');
  }

  service.ports.forEach(({ hostIp, publishedTo }, index) => {
    if (hostIp !== undefined && hostIp !== '0.0.0.0' && hostIp !== '::')
      say(
        'blocker',
        'unsupported',
        `ports.${index}`,
        `${name}: a Swarm publishes a port at every address of the machine, not at ${hostIp} alone.`,
        'Leave the address out where that is meant, else do not publish the port.',
      );
    if (publishedTo !== undefined) refuse(`ports.${index}`, 'a range of which any port is taken', 'Name one port.');
  });
  service.networks.forEach(({ ipv4, ipv6, network }) => {
    if (ipv4 !== undefined || ipv6 !== undefined) refuse(`networks.${network}`, 'a fixed address', 'Services find each other by name.');
  });
  service.extraHosts.forEach(({ address }, index) => {
    if (address === 'host-gateway') refuse(`extra_hosts.${index}`, 'host-gateway', 'Give the address.');
  });
  ofMounts(service, remarks);
  ofBuild(service, remarks);
  for (const [key, labels] of [
    ['labels', service.labels],
    ['deploy.labels', deploy.labels],
  ] as const) {
    const own = Object.keys(labels).find((label) => /^(hearth|com\.docker\.(stack|swarm))\./.test(label));
    if (own !== undefined)
      say('blocker', 'label', key, `${name}: the label ${own} is what Hearth and Docker know their own objects by.`, 'Take another name.');
  }

  for (const { what, place } of dangersOf(service, model)) {
    // What a Swarm leaves out is refused above.
    if (remarks.some((each) => each.kind === 'blocker' && each.place.file === place.file && each.place.line === place.line)) continue;
    remarks.push({
      kind: 'confirmation',
      code: 'dangerous',
      place,
      message: `${name} gets power over the machine: ${what}.`,
      hint: 'Say yes only to what you wrote yourself (`--yes` in the terminal).',
    });
  }
  if (service.containerName !== undefined)
    say('warning', 'ignored', 'container_name', `${name}: a Swarm names its containers itself; \`container_name\` is left out.`);
  if (service.links.length > 0)
    say('warning', 'ignored', 'links', `${name}: \`links\` are left out: services of a network find each other by name.`);
  if (orderOf(service) === 'stop-first' && deploy.replicas !== 0)
    say(
      'warning',
      'downtime',
      'deploy',
      `${name} is stopped before its new version starts, task by task${deploy.updateConfig?.order === undefined ? ': both would want the same port or write the same data' : ''}.`,
    );
  return remarks;
}

function ofMounts(service: ComposeService, remarks: StackRemark[]): void {
  const { name } = service;
  service.volumes.forEach((mount, index) => {
    const place = placeOf(service, `volumes.${index}`);
    const refuse = (message: string, hint: string) =>
      remarks.push({ kind: 'blocker', code: 'unsupported', place, message: `${name}: ${message}`, hint });
    if (mount.type === 'bind' && (mount.where === 'own' || !mount.source.startsWith('/')))
      refuse(
        `the folder ${JSON.stringify(mount.source)} is in no folder of the machine: a commit is deployed, not a work tree.`,
        'Use a config for a file, a named volume for data, or `build` it into the image.',
      );
    if (mount.type === 'other') refuse(`a Swarm does not know mounts of the type ${mount.name}.`, 'Use a named volume.');
    if (mount.type === 'volume' && mount.subpath !== undefined) refuse('a part of a volume cannot be mounted.', 'Mount the whole volume.');
  });
  service.tmpfs.forEach(({ options }, index) => {
    const { SizeBytes, Mode } = tmpfsOptions(options);
    const understood = (SizeBytes === undefined ? 0 : 1) + (Mode === undefined ? 0 : 1);
    if (options !== '' && options.split(',').length > understood)
      remarks.push({
        kind: 'blocker',
        code: 'unsupported',
        place: placeOf(service, `tmpfs.${index}`),
        message: `${name}: of a tmpfs a Swarm knows \`size\` and \`mode\` alone.`,
        hint: 'Leave the others out.',
      });
  });
}

function ofBuild(service: ComposeService, remarks: StackRemark[]): void {
  const { name, build } = service;
  if (build === undefined) return;
  const refuse = (key: string, message: string, hint: string) =>
    remarks.push({ kind: 'blocker', code: 'unsupported', place: placeOf(service, key), message: `${name}: ${message}`, hint });
  if (build.remote !== undefined)
    refuse('build.context', 'an image is built from the commit, not from another place.', 'Name a folder of the repository.');
  if (build.inline !== undefined)
    refuse('build.dockerfile_inline', 'a Dockerfile inside of the compose file is not understood.', 'Make a file of it.');
  if (build.network !== undefined && build.network !== 'default')
    refuse('build.network', 'the network of a build cannot be chosen.', 'Leave it out.');
  if (build.platforms.length > 1) refuse('build.platforms', 'an image is built for one platform.', 'Name one.');
  const outside = Object.values(build.additionalContexts).find((context) => /^[\w-]+:/.test(context));
  if (outside !== undefined)
    refuse(
      'build.additional_contexts',
      `the context ${JSON.stringify(outside)} is no folder of the repository.`,
      'Name a folder of the repository.',
    );
}

/** Where a value of a secret would end in what everybody can read, and configs and secrets that nothing gives a content. */
function ofObjects(model: ComposeModel, services: readonly ComposeService[], { secrets }: Around): StackRemark[] {
  const remarks: StackRemark[] = [];
  for (const { environment, ...service } of services) {
    for (const [key, text] of textsOf({ ...service, places: {} })) {
      if (!hasSecret(text)) continue;
      const message = `${service.name}: a secret may stand in \`environment\` and \`secrets\` only; everybody can read \`${key}\`.`;
      remarks.push({ kind: 'blocker', code: 'secret', place: placeOf({ place: service.place, places: service.places }, key), message });
    }
  }
  for (const object of [...model.networks, ...model.volumes, ...model.configs, ...model.secrets]) {
    const text = textsOf({ ...object, places: {} }).find(([, each]) => hasSecret(each));
    if (text === undefined) continue;
    remarks.push({
      kind: 'blocker',
      code: 'secret',
      place: object.place,
      message: `${object.key}: a secret may stand in \`environment\` of services and in \`secrets\` only.`,
    });
  }
  const used = (kind: 'configs' | 'secrets', key: string) => services.some((service) => service[kind].some(({ source }) => source === key));
  for (const secret of model.secrets) {
    if (!used('secrets', secret.key) || secret.from.kind === 'external' || variableOf(secret, secrets) !== undefined) continue;
    const name = secret.from.kind === 'environment' ? secret.from.name : secret.key.toUpperCase().replace(/[-.]/g, '_');
    const hint = `Name it in \`secrets:\` of the service in \`hearth.yaml\`, and set it: \`hearth env set ${name} --secret\`.`;
    const why =
      secret.from.kind === 'file' || secret.from.kind === 'outside' ? 'a file of the repository is no secret' : 'nothing gives it a value';
    remarks.push({ kind: 'blocker', code: 'secret', place: secret.place, message: `The secret ${secret.key}: ${why}.`, hint });
  }
  for (const config of model.configs) {
    if (!used('configs', config.key) || !['environment', 'nothing', 'outside'].includes(config.from.kind)) continue;
    const hint = 'Give it a `file` of the repository, or `content`.';
    remarks.push({ kind: 'blocker', code: 'unsupported', place: config.place, message: `The config ${config.key} has no content.`, hint });
  }
  for (const file of [...model.configs, ...model.secrets]) {
    if (file.driver === undefined && file.templateDriver === undefined) continue;
    remarks.push({
      kind: 'blocker',
      code: 'unsupported',
      place: file.place,
      message: `${file.key}: drivers of configs and secrets are not understood.`,
      hint: 'Leave the driver out.',
    });
  }
  return remarks;
}

/** Every text in a value, with the key it is under. */
function textsOf(value: unknown, at = ''): [string, string][] {
  if (typeof value === 'string') return [[at, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [
    ...textsOf(each, at === '' ? key : `${at}.${key}`),
    ...(hasSecret(key) ? [[at, key] as [string, string]] : []),
  ]);
}
