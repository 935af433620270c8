// How one version takes the place of another where both cannot run at once, and what services of one run have to do with each other.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as deploy from '../../../server/protocol/deploy.ts';
import { DeployBench, type Mode } from '../../support/deployBench.ts';
import { describeDocker } from '../../support/docker.ts';
import { freePort } from '../../support/freePort.ts';

describeDocker('a service', () => {
  let bench: DeployBench;
  beforeAll(async () => {
    bench = await DeployBench.open();
  });
  afterAll(() => bench?.dispose());
  beforeEach(async () => {
    bench.anew();
  });

  const web = (version: string, more: string, mode: Mode = 'good') => bench.version(version, mode, { web: { more } });

  test('with a published port is tried without it, then takes it over; a bad one never gets it', async () => {
    const port = await freePort();
    const asked = async () => (await fetch(`http://127.0.0.1:${port}/version`)).text();
    web('1', `publish: ${port}`);
    expect(await bench.deploy()).toMatchObject([{ state: 'live' }]);
    expect((await asked()).trim()).toBe('1');
    web('2', `publish: ${port}`);
    const { plan } = await bench.send(deploy.planDeploy, { environment: 'production' });
    expect(plan.blockers).toEqual([]);
    expect(plan.steps).toMatchObject([{ zeroDowntime: false, downtime: expect.stringContaining(`port ${port}`) }]);
    const [made] = await bench.deploy();
    expect(made).toMatchObject({ state: 'live' });
    expect((await asked()).trim()).toBe('2');
    expect(bench.containers()).toHaveLength(1);
    web('3', `publish: ${port}`, 'sick');
    expect(await bench.deploy()).toMatchObject([{ state: 'failed' }]);
    expect((await asked()).trim()).toBe('2');
    expect(bench.containers()).toHaveLength(1);
  });

  test('whose port somebody else has is refused, naming the holder', async () => {
    const port = await freePort();
    const holder = `${bench.project}-holder`;
    bench.docker('run', '-d', '--name', holder, '-p', `127.0.0.1:${port}:80`, 'busybox:1.36', 'sleep', '1000');
    try {
      web('1', `publish: ${port}`);
      const { plan } = await bench.send(deploy.planDeploy, { environment: 'production' });
      expect(plan.blockers).toMatchObject([{ code: 'port', service: 'web', message: `Port ${port} is taken by ${holder}.` }]);
      const refused = await bench.refusal(deploy.run, { environment: 'production' });
      expect(refused).toMatchObject({ message: `Port ${port} is taken by ${holder}.`, data: { reason: 'precondition' } });
      expect(bench.containers()).toEqual([]);
    } finally {
      bench.docker('rm', '-f', holder);
    }
  });

  test('that writes a volume is stopped before the new one starts, and started again when that is bad', async () => {
    web('1', 'volumes: ["data:/data"]');
    const [first] = await bench.deploy();
    const [container] = bench.containers();
    bench.docker('exec', container?.name ?? '', 'sh', '-c', 'echo kept > /data/file');
    web('2', 'volumes: ["data:/data"]', 'sick');
    const { plan } = await bench.send(deploy.planDeploy, { environment: 'production' });
    expect(plan.steps).toMatchObject([{ zeroDowntime: false, downtime: expect.stringContaining('data') }]);
    expect(await bench.deploy()).toMatchObject([{ state: 'failed' }]);
    expect((await bench.live()).get('web')?.id).toBe(first?.id);
    expect(bench.containers()).toEqual([{ name: container?.name, state: 'running' }]);
    web('3', 'volumes: ["data:/data"]');
    expect(await bench.deploy()).toMatchObject([{ state: 'live' }]);
    expect(bench.docker('exec', bench.containers()[0]?.name ?? '', 'cat', '/data/file')).toBe('kept');
    const { volumes } = await bench.send(deploy.remove, { environment: 'production', confirmed: true });
    expect(volumes).toEqual([`hearth-${bench.project}-production-data`]);
    expect(bench.docker('volume', 'ls', '-q', '--filter', `label=hearth.project=${bench.project}`)).toBe(volumes[0]);
  });

  test('does not write a volume that another home has left under its name', async () => {
    const volume = `hearth-${bench.project}-production-data`;
    const labels = ['hearth.managed=1', 'hearth.owner=somebody-else', 'hearth.environment=production', `hearth.project=${bench.project}`];
    bench.docker('volume', 'create', ...labels.flatMap((each) => ['--label', each]), volume);
    web('1', 'volumes: ["data:/data"]');
    expect(await bench.deploy()).toMatchObject([{ state: 'failed', reason: expect.stringContaining(`The volume ${volume}`) }]);
    expect(bench.containers()).toEqual([]);
  });

  test('runs its hooks in the new version: a failing one before the switch ends it, one after is only said', async () => {
    const [before, after] = ['echo "migrating $(cat /www/version)"', 'echo cleaning; exit 4'].map((text) => JSON.stringify(text));
    web('1', `hooks: { before: ${before}, after: ${after} }`);
    const [first] = await bench.deploy();
    expect(first).toMatchObject({ state: 'live', reason: expect.stringContaining('"after" of web ended with code 4') });
    const log = await bench.log(first?.id ?? '');
    expect(log).toContain('hook: migrating 1');
    expect(log).toContain('hook: cleaning');
    web('2', 'hooks: { before: "exit 3" }');
    expect(await bench.deploy()).toMatchObject([{ state: 'failed', reason: expect.stringContaining('"before" of web ended with code 3') }]);
    expect((await bench.live()).get('web')?.id).toBe(first?.id);
    expect(bench.containers()).toHaveLength(1);
  });

  test('comes after those it depends on, and not at all when one of them fails', async () => {
    const services = { web: { more: 'depends_on: [api]' }, api: {}, other: {} };
    bench.version('1', 'good', services);
    const made = await bench.deploy();
    expect(made.map(({ service, state }) => [service, state]).sort()).toEqual([
      ['api', 'live'],
      ['other', 'live'],
      ['web', 'live'],
    ]);
    const [api, web] = ['api', 'web'].map((name) => made.find(({ service }) => service === name));
    expect(web?.started).toBeGreaterThanOrEqual(api?.ended ?? Number.POSITIVE_INFINITY);
    bench.version('2', 'sick', services);
    const bad = await bench.deploy({ services: ['web', 'api'] });
    expect(bad.map(({ service, state }) => [service, state]).sort()).toEqual([
      ['api', 'failed'],
      ['web', 'canceled'],
    ]);
    expect(bad.find(({ service }) => service === 'web')?.reason).toContain('api, which it depends on, is failed');
    expect([...(await bench.live()).values()].every(({ subject }) => subject === 'Version 1')).toBe(true);
  });

  test('has so many replicas as it says, all of them healthy before it is live', async () => {
    web('1', 'replicas: 3');
    expect(await bench.deploy()).toMatchObject([{ state: 'live' }]);
    const names = bench.containers().map(({ name }) => name);
    expect(names).toHaveLength(3);
    for (const name of names) expect(await bench.ask(name)).toBe('200 1');
  });

  test('that would use more than its environment may is refused', async () => {
    const services = { web: { more: 'replicas: 2\nresources: { memory: 64m, cpus: 0.5 }' }, api: { more: 'resources: { memory: 64m }' } };
    bench.version('1', 'good', services, 'production: { limits: { memory: 128m, cpus: 4, containers: 3 } }');
    const { plan } = await bench.send(deploy.planDeploy, { environment: 'production' });
    expect(plan.blockers.map(({ code, message }) => [code, message])).toEqual([
      ['limits', 'production limits cpus, and api may use any amount.'],
      ['limits', 'All services together would use 192 MB memory; production is limited to 128 MB.'],
    ]);
  });
});
