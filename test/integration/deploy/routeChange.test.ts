// A route that changes with a deployment: the new one serves, the old one is gone, and a bad version leaves the old one as it was.
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as deploy from '../../../server/protocol/deploy.ts';
import { startCaddy, type TestCaddy } from '../../support/caddy.ts';
import { DeployBench, type Mode } from '../../support/deployBench.ts';
import { describeDocker } from '../../support/docker.ts';

describeDocker('a route', () => {
  let bench: DeployBench;
  let caddy: TestCaddy;
  beforeAll(async () => {
    caddy = await startCaddy();
    bench = await DeployBench.open();
  });
  afterAll(async () => {
    await bench?.dispose();
    await caddy?.dispose();
  });

  const version = (name: string, host: string | undefined, mode: Mode = 'good', drain = '100ms') =>
    bench.version(
      name,
      mode,
      { web: { more: host === undefined ? '' : `route: { host: ${host}, path: / }\ndrain: ${drain}` } },
      `production: { routing: { kind: caddy, admin: "${caddy.admin}", entry: "${caddy.entry}" } }`,
    );
  const hosts = async () => [...JSON.stringify(await caddy.config()).matchAll(/"host":\["([^"]+)"\]/g)].map(([, host]) => host);

  test('follows what the deployed version says, and goes with it', async () => {
    version('1', 'a.example.test');
    expect(await bench.deploy()).toMatchObject([{ state: 'live' }]);
    expect(await hosts()).toEqual(['a.example.test']);
    version('2', 'b.example.test', 'sick');
    expect(await bench.deploy()).toMatchObject([{ state: 'failed' }]);
    expect(await hosts()).toEqual(['a.example.test']);
    version('3', 'b.example.test');
    expect(await bench.deploy()).toMatchObject([{ state: 'live' }]);
    expect(await hosts()).toEqual(['b.example.test']);
    version('4', undefined);
    expect(await bench.deploy()).toMatchObject([{ state: 'live' }]);
    expect(await hosts()).toEqual([]);
    const { run } = await bench.send(deploy.rollback, { environment: 'production', service: 'web' });
    expect(await bench.ended(run)).toMatchObject([{ state: 'live', subject: 'Version 3' }]);
    expect(await hosts()).toEqual(['b.example.test']);
    await bench.send(deploy.remove, { environment: 'production', confirmed: true });
    expect(await hosts()).toEqual([]);
  });

  test('that cannot be put back leaves the old version live all the same, never the one that failed', async () => {
    bench.anew();
    version('1', 'a.example.test');
    const [first] = await bench.deploy();
    expect(first).toMatchObject({ state: 'live' });
    version('2', 'a.example.test', 'late', '60s');
    let told = false;
    bench.server.onNotification(deploy.changed, ({ deployments }) => {
      const now = deployments.find(({ phase, id }) => phase === 'draining' && id !== first?.id);
      if (told || now === undefined) return;
      told = true;
      void caddy
        .dispose()
        .then(() => bench.docker('kill', '--signal', 'TERM', `hearth-${bench.project}-production-web-${now.id.slice(0, 12)}`));
    });
    const [bad] = await bench.deploy();
    expect(bad).toMatchObject({ state: 'rolled-back', reason: expect.stringContaining('Going back was not finished') });
    expect((await bench.live()).get('web')?.id).toBe(first?.id);
    expect(bench.containers('label=hearth.role=service', `label=hearth.deployment=${first?.id}`)).toMatchObject([{ state: 'running' }]);
  });
});
