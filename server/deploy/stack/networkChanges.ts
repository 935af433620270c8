import { BlockList, isIP } from 'node:net';
import type { SwarmNetwork, SwarmNetworkSpec } from '../engine/swarmTypes.ts';

/** What the driver of a Swarm adds to the options that it was given. */
const addedOption = 'com.docker.network.driver.overlay.vxlanid_list';

/** Keys of the compose file by which a network is another one than is there. A network cannot be changed. Only what the engine says counts. */
export function networkChanges(found: SwarmNetwork, wanted: Omit<SwarmNetworkSpec, 'labels'>): string[] {
  const flags = { internal: 'internal', attachable: 'attachable', ipv6: 'enable_ipv6' } as const;
  const changed: string[] = (['internal', 'attachable', 'ipv6'] as const).flatMap((key) =>
    found[key] === wanted[key] ? [] : [flags[key]],
  );
  if (found.driver === '') return changed;
  if (found.driver !== wanted.driver) return [...changed, 'driver'];
  if (!hasOptions(found, wanted)) changed.push('driver_opts');
  if (subnetsOf(wanted).some((subnet) => !found.subnets.some((each) => isSameSubnet(each, subnet)))) changed.push('ipam');
  return changed;
}

function hasOptions({ driver, options }: SwarmNetwork, { options: wanted }: Pick<SwarmNetworkSpec, 'options'>): boolean {
  const names = new Set(Object.keys(wanted));
  // What other drivers add is not known: one that is only there may be theirs.
  if (driver === 'overlay') for (const name of Object.keys(options)) names.add(name);
  names.delete(addedOption);
  return [...names].every((name) => options[name] === wanted[name]);
}

function subnetsOf({ ipam }: Pick<SwarmNetworkSpec, 'ipam'>): string[] {
  const { Config = [] } = (ipam ?? {}) as { Config?: readonly { readonly Subnet?: string }[] };
  return Config.flatMap(({ Subnet }) => Subnet ?? []);
}

/** `10.0.1.0/24` and `10.0.1.7/24` are one. */
function isSameSubnet(one: string, other: string): boolean {
  const [address = '', length = ''] = one.split('/');
  const [otherAddress = '', otherLength = ''] = other.split('/');
  const family = isIP(address);
  if (family === 0 || family !== isIP(otherAddress) || length !== otherLength || !/^\d{1,3}$/.test(length)) return one === other;
  if (Number(length) > (family === 4 ? 32 : 128)) return one === other;
  const list = new BlockList();
  const name = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(address, Number(length), name);
  return list.check(otherAddress, name);
}
