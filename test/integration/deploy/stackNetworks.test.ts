// Networks of a stack on a real Swarm: they cannot be changed, and a changed one is never passed over. Volumes that stay are named.
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as deploy from '../../../server/protocol/deploy.ts';
import { baseImage, describeDocker } from '../../support/docker.ts';
import { SwarmBench } from '../../support/swarmBench.ts';

const shop = (networks: string) => `
services:
  web:
    image: ${baseImage}
    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]
    volumes: [data:/data]
    networks: [front, back, default]
volumes: { data: {} }
networks:
  ${networks}
`;
const networks = [
  'front: { driver_opts: { com.docker.network.driver.mtu: "1400" }, attachable: true }',
  'back: { internal: true, ipam: { config: [{ subnet: 10.213.7.0/24 }] } }',
].join('\n  ');

describeDocker('networks of stacks', () => {
  let it: SwarmBench;
  const blockers = async (version: string, text: string) => {
    it.version(version, shop(text));
    return (await it.bench.send(deploy.planDeploy, { environment: 'production' })).plan.blockers;
  };
  beforeAll(async () => {
    it = await SwarmBench.open();
  });
  afterAll(() => it?.dispose());

  test('those that stay as they are do not stand in the way', async () => {
    // How long it takes to come up is up to the machine.
    it.version('1', shop(networks), { health: '{ interval: 100ms, healthy_for: 300ms, deadline: 60s }' });
    const [made] = await it.bench.deploy();
    expect(made, await it.bench.log(made?.id ?? '')).toMatchObject({ state: 'live' });
    expect(await blockers('2', networks)).toEqual([]);
  });

  test.each([
    ['front', 'driver_opts', networks.replace('1400', '1300')],
    ['front', 'driver_opts', networks.replace(/driver_opts: \{[^}]*\}, /, '')],
    ['front', 'attachable', networks.replace(', attachable: true', '')],
    ['back', 'internal', networks.replace('internal: true, ', '')],
    ['back', 'ipam', networks.replace('213.7', '213.8')],
    ['default', 'internal', `${networks}\n  default: { internal: true }`],
  ])('%s with another %s is told before anything is done', async (name, key, text) => {
    const message = expect.stringMatching(
      new RegExp(`^compose\\.yaml:\\d+: The network ${it.stack}_${name} cannot be changed while it exists: \`${key}\` `),
    );
    expect(await blockers(`${name} ${key} ${text.length}`, text)).toMatchObject([{ code: 'network', service: 'back', message }]);
  });

  test('taken down it names the volume that stays', async () => {
    const { volumes } = await it.bench.send(deploy.remove, { environment: 'production', confirmed: true });
    expect(volumes).toEqual([`${it.stack}_data`]);
  });
});
