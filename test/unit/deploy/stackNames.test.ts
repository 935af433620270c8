// What objects of a stack are called, and whose they are: names run together, are too long, or stay when what they stand for changes.
import { createHash, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Maker } from '../../../server/deploy/containers.ts';
import type { SwarmNetwork, SwarmNetworkSpec } from '../../../server/deploy/engine/swarmTypes.ts';
import type { DeploymentRecord } from '../../../server/deploy/records.ts';
import { removeServices, servicesOf } from '../../../server/deploy/stack/apply.ts';
import { secretName } from '../../../server/deploy/stack/finished.ts';
import { stackLabels } from '../../../server/deploy/stack/labels.ts';
import { ownVolumes } from '../../../server/deploy/stack/mounts.ts';
import { stackName } from '../../../server/deploy/stack/names.ts';
import { networkChanges } from '../../../server/deploy/stack/networkChanges.ts';
import { removeObjects } from '../../../server/deploy/stack/objects.ts';
import type { StackRelease } from '../../../server/deploy/stack/release.ts';
import { strangersAt } from '../../../server/deploy/stack/remarks.ts';
import { configName } from '../../../server/deploy/stack/translate.ts';
import { Failure } from '../../../server/rpc/failure.ts';

const long = 'hearth-webshop-production-backend';
const data = Buffer.from('server {}');

test('a config or secret has a name that a Swarm takes, however long its key is; two keys never have one name', () => {
  const key = `postgres_${'admin_'.repeat(10)}password`;
  for (const name of [configName(long, key, data), secretName(long, key, 'value', 'hash key')]) {
    expect(name).toMatch(new RegExp(`^${long}_postgres_admin_[a-z_]*-[0-9a-f]{10}$`));
    expect(name).toHaveLength(64);
  }
  expect(configName(long, `${key}2`, data)).not.toBe(configName(long, key, data));
  expect(secretName(long, `${key}2`, 'value', 'hash key')).not.toBe(secretName(long, key, 'value', 'hash key'));
  expect(configName(long, key, Buffer.from('other'))).not.toBe(configName(long, key, data));
});

test('names that fit are those they always were', () => {
  const digits = (hash: { digest(encoding: 'hex'): string }) => hash.digest('hex').slice(0, 10);
  // The longer one is 64 characters as a whole.
  for (const key of ['site', 'a'.repeat(64 - long.length - 12)]) {
    expect(configName(long, key, data)).toBe(`${long}_${key}-${digits(createHash('sha256').update(data))}`);
    expect(secretName(long, key, 'value', 'hash key')).toBe(
      `${long}_${key}-${digits(createHmac('sha256', 'hash key').update(`${key}\0value`))}`,
    );
  }
});

const place = (environment: string, service: string) => ({ project: 'id', projectName: 'p', environment, service }) as DeploymentRecord;
const [one, other] = [place('prod', 'eu-mail'), place('prod-eu', 'mail')];
const stack = 'hearth-p-prod-eu-mail';
const of = (record: DeploymentRecord, owner = 'us') => stackLabels({ owner, fence: 1 }, record);

/** An engine with what two services have under one name. */
function shared() {
  const rows = [
    { id: '1', name: `${stack}_web`, labels: of(one) },
    { id: '2', name: `${stack}_api`, labels: of(other) },
  ];
  const removed: string[] = [];
  const remove = async (...words: unknown[]) => {
    removed.push(words.filter((word) => typeof word === 'string').join(' '));
    return true;
  };
  const list = async () => rows;
  const engine = {
    ...{ listServices: list, listSwarmNetworks: list, listSwarmFiles: list, findSwarmNetwork: async () => undefined },
    ...{ removeService: remove, removeSwarmNetwork: remove, removeSwarmFile: remove },
  };
  return { removed, rows, maker: { engine, owner: 'us', fence: 1 } as unknown as Maker };
}

test('two services whose stacks have one name leave each other alone', async () => {
  expect([one, other].map((each) => stackName({ ...each, project: 'p' }))).toEqual([stack, stack]);
  const { maker, removed } = shared();
  const { signal } = new AbortController();
  expect((await servicesOf(maker, other, stack, signal)).map(({ name }) => name)).toEqual([`${stack}_api`]);
  expect(await removeServices(maker, other, stack, undefined, signal)).toEqual([`${stack}_api`]);
  expect(await removeObjects(maker, other, stack, undefined, signal)).toEqual(Array(3).fill(`${stack}_api`));
  expect(removed).toEqual(['2', '2', 'config 2', 'secret 2']);
});

test('a network that was gone when it was removed once more is gone', async () => {
  const { maker, rows } = shared();
  const there = [rows[1], undefined];
  const removeSwarmNetwork = async () => {
    if (there.length === 1) throw new Failure('internal', 'Docker could not remove the network 2: network 2 not found.');
    return true;
  };
  const engine = { ...maker.engine, removeSwarmNetwork, findSwarmNetwork: async () => there.shift() };
  const removed = await removeObjects({ ...maker, engine } as unknown as Maker, other, stack, undefined, new AbortController().signal);
  expect(removed).toEqual(Array(3).fill(`${stack}_api`));
});

test('what runs under the name of a stack and is not of it is told as whose it is', () => {
  const told = (labels: ReturnType<typeof of>) => strangersAt(stack, [{ name: 'x', labels }], { owner: 'us' }, other);
  expect(told(of(other))).toBeUndefined();
  expect(told(of(one))).toMatchObject({
    message: `The stack ${stack} is that of eu-mail in prod already: x.`,
    hint: expect.not.stringContaining('rm'),
  });
  expect(told(of(other, 'them'))?.message).toMatch(/not of this home/);
});

const wanted: Omit<SwarmNetworkSpec, 'labels'> = {
  ...{ name: 'n', driver: 'overlay', options: { encrypted: '' }, attachable: false, internal: false, ipv6: false },
  ipam: { Driver: 'default', Config: [{ Subnet: '10.9.0.0/24' }] },
};
const found: SwarmNetwork = {
  ...{ id: '1', labels: {}, scope: 'swarm', name: 'n', driver: 'overlay', attachable: false, internal: false, ipv6: false },
  options: { encrypted: '', 'com.docker.network.driver.overlay.vxlanid_list': '4097' },
  subnets: ['10.9.0.0/24', 'fd00::/64'],
};

test.each<[Partial<SwarmNetworkSpec>, Partial<SwarmNetwork>, string[]]>([
  [{}, {}, []],
  [{ internal: true }, {}, ['internal']],
  [{}, { attachable: true, ipv6: true }, ['attachable', 'enable_ipv6']],
  [{ options: { encrypted: '', a: 'b' } }, {}, ['driver_opts']],
  [{ options: {} }, {}, ['driver_opts']],
  [{ driver: 'macvlan' }, {}, ['driver']],
  [{ driver: 'bridge', options: {} }, { driver: 'bridge' }, []],
  [{ ipam: { Config: [{ Subnet: '10.9.1.0/24' }] } }, {}, ['ipam']],
  [{ ipam: { Config: [{ Subnet: '10.9.0.7/24' }, { Subnet: 'FD00:0::/64' }] } }, {}, []],
  [{ ipam: { Config: [{ Subnet: '10.9.0.0/16' }] } }, {}, ['ipam']],
  [{ ipam: { Config: [{ Subnet: 'anything' }] } }, {}, ['ipam']],
  [{ ipam: { Driver: 'default' } }, {}, []],
  // The Swarm has not got round to it.
  [{}, { driver: '', options: {}, subnets: [] }, []],
  [{ internal: true }, { driver: '', options: {}, subnets: [] }, ['internal']],
])('a network that shall be other: %j over %j is %j', (more, there, changes) => {
  expect(networkChanges({ ...found, ...there }, { ...wanted, ...more })).toEqual(changes);
});

test('the volumes that a stack has made are known by its release, those of others are left out', () => {
  const volume = (Source: string | undefined, Labels?: object) => ({ Type: 'volume', Source, VolumeOptions: { NoCopy: false, Labels } });
  const mounts = [volume('s_data', { a: 'b' }), volume('outside'), volume(undefined), { Type: 'bind', Source: '/srv' }];
  const services = [{ spec: { TaskTemplate: { ContainerSpec: { Mounts: mounts } } } }, { spec: { TaskTemplate: { ContainerSpec: {} } } }];
  expect(ownVolumes({ services } as unknown as StackRelease)).toEqual(['s_data']);
  expect(ownVolumes(undefined)).toEqual([]);
});
