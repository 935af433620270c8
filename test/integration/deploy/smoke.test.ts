// Smoke tests behind a real router: what people are served by while they run and when they fail.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as deploy from '../../../server/protocol/deploy.ts';
import { startCaddy, type TestCaddy } from '../../support/caddy.ts';
import { ClosedLoop } from '../../support/closedLoop.ts';
import { DeployBench } from '../../support/deployBench.ts';
import { describeDocker } from '../../support/docker.ts';
import { until } from '../../support/processes.ts';

const host = 'shop.example.test';

describeDocker('smoke tests', () => {
  let bench: DeployBench;
  let caddy: TestCaddy;
  beforeAll(async () => {
    [bench, caddy] = await Promise.all([DeployBench.open(), startCaddy()]);
  });
  afterAll(async () => {
    await bench?.dispose();
    await caddy?.dispose();
  });

  const version = (name: string, smoke: string) => {
    const routing = `{ routing: { kind: caddy, admin: "${caddy.admin}", entry: "${caddy.entry}" } }`;
    return bench.version(
      name,
      'good',
      { web: { more: `route: { host: ${host}, path: / }\ndrain: 3s\nsmoke: [${smoke}]` } },
      `production: ${routing}`,
    );
  };
  const shown = async (id = '') => (await bench.send(deploy.show, { id })).deployment;

  test('ask where people do: through the route, once the new version is there', async () => {
    version('1', '{ http: /version, contains: "1" }, { http: /healthz, status: 200 }');
    const { plan } = await bench.send(deploy.planDeploy, { environment: 'production' });
    expect(plan.steps[0]?.steps).toContain('Run 2 smoke tests (GET /version; GET /healthz); when one fails, it is taken down.');
    const [made] = await bench.deploy();
    expect(made).toMatchObject({ state: 'live' });
    expect((await shown(made?.id)).smoke).toMatchObject([
      { name: 'GET /version', ok: true, message: '200' },
      { name: 'GET /healthz', ok: true, message: '200' },
    ]);
  });

  test('take the new version back when one fails: the old one answers, and nobody was refused meanwhile', async () => {
    const clients = new ClosedLoop({
      ...{ entry: caddy.entry, host, path: '/version', clients: 2 },
      isRight: (status, body) => status === 200 && ['1', '2'].includes(body.trim()),
    });
    // Passes when a client was answered by the new version: it is there for moments only.
    const seen = createServer((_, answer) => void until(() => clients.bodies.has('2')).then(() => answer.end()));
    await new Promise<void>((resolve) => seen.listen(0, '127.0.0.1', resolve));
    const { port } = seen.address() as AddressInfo;
    const tests = [
      '{ http: /version, contains: "2" }',
      `{ http: "http://127.0.0.1:${port}/", timeout: 60s }`,
      '{ http: /missing, attempts: 2, name: "what <b>must</b> be there" }',
      '{ http: /healthz }',
    ];
    version('2', tests.join(', '));
    const [made] = await bench.deploy();
    seen.close();
    await clients.underway();
    const during = new Map(clients.bodies);
    clients.bodies.clear();
    await clients.more(20);
    await clients.stop();
    expect(made).toMatchObject({
      state: 'rolled-back',
      phase: 'rolled-back',
      reason: expect.stringMatching(/^The smoke test "what <b>must<\/b> be there" of web failed: 404/),
    });
    // It was switched to: its answers were seen.
    expect(during.get('2')).toBeGreaterThan(0);
    expect([...clients.bodies.keys()]).toEqual(['1']);
    // When it gets another configuration this Caddy may reset a connection; what it answers must be right.
    expect(clients.failures.filter((each) => /^\d/.test(each))).toEqual([]);
    expect((await shown(made?.id)).smoke?.map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(bench.containers()).toHaveLength(1);
    expect((await bench.live()).get('web')?.subject).toBe('Version 1');
    const log = await bench.log(made?.id ?? '');
    expect(log).toMatch(/failed \(1 of 2\).*\n(.*\n)*.*failed \(2 of 2\)/);
  });
});
