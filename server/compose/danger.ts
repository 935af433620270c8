import { type ComposeModel, type ComposePlace, type ComposeService, placeOf } from './types.ts';

export interface Danger {
  /** For people: `privileged`, `/var/run/docker.sock`, `network_mode: host`. */
  readonly what: string;
  readonly place: ComposePlace;
}

/** What gives a service power over the machine it runs on, or over others there: it needs an explicit yes. */
export function dangersOf(service: ComposeService, { networks, volumes }: Pick<ComposeModel, 'networks' | 'volumes'>): Danger[] {
  const found: Danger[] = [];
  const add = (key: string, what: string) => found.push({ what, place: placeOf(service, key) });
  if (service.privileged) add('privileged', 'privileged');
  service.volumes.forEach((mount, index) => {
    if (mount.type === 'bind' && mount.where === 'machine') add(`volumes.${index}`, mount.source);
    if (mount.type === 'other') add(`volumes.${index}`, `${mount.name}: ${mount.source ?? mount.target}`);
    const volume = mount.type === 'volume' ? volumes.find(({ key }) => key === mount.source) : undefined;
    // A named volume may stand for a folder of the machine.
    const device = volume?.driverOptions['device'];
    if (device !== undefined) add(`volumes.${index}`, `volume ${volume?.key} on ${device}`);
  });
  for (const mode of ['network_mode', 'pid', 'ipc', 'userns_mode', 'cgroup'] as const) {
    const value = {
      network_mode: service.networkMode,
      pid: service.pid,
      ipc: service.ipc,
      userns_mode: service.usernsMode,
      cgroup: service.cgroup,
    }[mode];
    if (value !== undefined && /^(host$|container:)/.test(value)) add(mode, `${mode}: ${value}`);
  }
  for (const { network } of service.networks) {
    const known = networks.find(({ key }) => key === network);
    if ((known?.name ?? (known?.external === true ? network : undefined)) === 'host')
      add(`networks.${network}`, `network ${network}: host`);
  }
  if (service.capAdd.length > 0) add('cap_add', `cap_add: ${service.capAdd.join(', ')}`);
  for (const [index, device] of service.devices.entries()) add(`devices.${index}`, `device ${device}`);
  const loosened = service.securityOpt.filter((option) => !/^no-new-privileges([:=]true)?$/.test(option));
  if (loosened.length > 0) add('security_opt', `security_opt: ${loosened.join(', ')}`);
  if (service.cgroupParent !== undefined) add('cgroup_parent', `cgroup_parent: ${service.cgroupParent}`);
  for (const other of ['device_cgroup_rules', 'use_api_socket', 'credential_spec', 'runtime', 'uts'])
    if (service.others.includes(other)) add(other, other);
  for (const other of ['privileged', 'entitlements', 'ssh'])
    if (service.others.includes(`build.${other}`)) add(`build.${other}`, `build.${other}`);
  if (service.build?.network === 'host') add('build.network', 'build.network: host');
  for (const from of service.volumesFrom) if (from.startsWith('container:')) add('volumes_from', `volumes_from: ${from}`);
  return found;
}
