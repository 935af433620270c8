// Two homes on one engine: each sees and changes its own objects only, and they never deploy into one environment at the same time.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as deploy from '../../../server/protocol/deploy.ts';
import { DeployBench } from '../../support/deployBench.ts';
import { describeDocker } from '../../support/docker.ts';
import { HubHome } from '../../support/hub.ts';
import type { TestServer } from '../../support/server.ts';

describeDocker('another home on the same engine', () => {
  let bench: DeployBench;
  let other: HubHome;
  let server: TestServer;
  beforeAll(async () => {
    bench = await DeployBench.open();
    other = new HubHome(bench.home.env['DOCKER_HOST'] === undefined ? {} : { ...bench.home.env, HEARTH_HOME: '' });
    other.env['HEARTH_HOME'] = other.path;
    server = await other.window();
  });
  beforeEach(() => bench.anew());
  afterAll(async () => {
    await other?.dispose();
    await bench?.dispose();
  });
  const repository = () => bench.repository.root;

  test('is refused where something of somebody else runs, and leaves it alone', async () => {
    bench.version('1');
    await bench.deploy();
    const before = bench.docker('inspect', '--format', '{{.Id}} {{.State.StartedAt}}', bench.containers()[0]?.name ?? '');
    const { plan } = await server.send(deploy.planDeploy, { repository: repository(), environment: 'production' });
    expect(plan.blockers).toMatchObject([{ code: 'foreign', hint: expect.stringContaining('hearth deploy adopt production') }]);
    await expect(server.send(deploy.run, { repository: repository(), environment: 'production' })).rejects.toThrow(
      /deployed from elsewhere/,
    );
    await server.send(deploy.reconcile, { repository: repository() });
    expect(bench.docker('inspect', '--format', '{{.Id}} {{.State.StartedAt}}', bench.containers()[0]?.name ?? '')).toBe(before);
    // Another environment is another matter.
    bench.version('2', 'good', { web: {} }, 'production: {}\n  staging: {}');
    const { run } = await server.send(deploy.run, { repository: repository(), environment: 'staging' });
    const { deployments } = await server.send(deploy.follow, { repository: repository(), run, log: false });
    expect(deployments).toMatchObject([{ state: 'live' }]);
    await bench.send(deploy.reconcile, {});
    expect(bench.containers('label=hearth.environment=staging')).toHaveLength(1);
    expect(bench.containers('label=hearth.environment=production')).toHaveLength(1);
  });

  test('waits its turn: the one who deploys into an environment is named', async () => {
    bench.version('1', 'good', { web: { health: '{ http: /healthz, interval: 100ms, timeout: 1s, healthy_for: 10m, deadline: 20m }' } });
    const lock = `hearth-lock-${bench.project}-production`;
    const { run } = await bench.send(deploy.run, { environment: 'production' });
    while (!bench.containers().some(({ name }) => name === lock)) await new Promise((resolve) => setTimeout(resolve, 20));
    // Planned before anything of the first was there, it comes to the lock.
    bench.docker('inspect', lock);
    const asked = await server.send(deploy.run, { repository: repository(), environment: 'production' }).catch((error: Error) => error);
    if (!(asked instanceof Error)) {
      const { deployments } = await server.send(deploy.follow, { repository: repository(), run: asked.run, log: false });
      expect(deployments).toMatchObject([
        { state: 'failed', reason: expect.stringMatching(/Another Hearth \(on .+\) deploys into production/) },
      ]);
    } else expect(asked.message).toMatch(/deployed from elsewhere|deploys into/);
    const [mine] = (await bench.send(deploy.list, { run })).deployments;
    await bench.send(deploy.cancel, { ids: [mine?.id ?? ''] });
    expect(bench.containers()).toEqual([]);
  });

  test('a container name that somebody else has taken is not taken from them', async () => {
    bench.version('1');
    const [first] = await bench.deploy();
    const lock = `hearth-lock-${bench.project}-production`;
    bench.docker('create', '--name', lock, '--label', 'hearth.host=elsewhere', 'busybox:1.36', 'true');
    bench.version('2');
    expect(await bench.deploy()).toMatchObject([{ state: 'failed', reason: expect.stringContaining('elsewhere') }]);
    expect((await bench.live()).get('web')?.id).toBe(first?.id);
    expect(bench.docker('inspect', '--format', '{{.State.Status}}', lock)).toBe('created');
    bench.docker('rm', lock);
    expect(await bench.deploy()).toMatchObject([{ state: 'live' }]);
  });
});
