// Deployments behind a proxy that reads the folder as Traefik does, under clients that never pause; and a folder in which others write.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routerOf, routeTarget } from '../../../server/deploy/routing/index.ts';
import * as deploy from '../../../server/protocol/deploy.ts';
import { ClosedLoop } from '../../support/closedLoop.ts';
import { DeployBench, type Mode } from '../../support/deployBench.ts';
import { baseImage, describeDocker } from '../../support/docker.ts';
import { until } from '../../support/processes.ts';
import { calmSignal, releaseWorld } from '../../support/releaseWorld.ts';
import { author } from '../../support/stateStore.ts';
import { FolderProxy } from '../../support/traefik/proxy.ts';

const host = 'shop.example.test';

describeDocker('behind Traefik', () => {
  let bench: DeployBench;
  let proxy: FolderProxy;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'hearth-dynamic-'));
    proxy = await FolderProxy.start(folder);
    bench = await DeployBench.open();
  });
  afterAll(async () => {
    await bench?.dispose();
    proxy?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const own = () => path.join(folder, `hearth_${bench.project}_production.yml`);
  /** Nothing is built: the base image serves a folder that says the version. */
  const commit = (version: string, mode: Mode = 'good') => {
    const health = mode === 'good' ? ' && echo ok > healthz && mkdir api && echo ok > api/healthz' : '';
    const script = `mkdir /www && cd /www && echo ${version} > version${health}; trap 'kill $!; exit' TERM; httpd -f -p 8080 -h /www & wait`;
    const command = JSON.stringify(['/bin/sh', '-c', script]);
    const service = (where: string) => ({
      image: baseImage,
      more: `route: { host: ${host}, path: ${where} }\ndrain: 3s\ncommand: ${command}`,
    });
    const routing = `{ kind: traefik, folder: ${folder}, tls: none, entry: "${proxy.plain}" }`;
    return bench.version(version, mode, { web: service('/'), api: service('/api') }, `production: { routing: ${routing} }`);
  };

  test('no request fails in three switches, one of them to a version that never gets well', { timeout: 300_000 }, async () => {
    commit('0');
    expect(await bench.deploy()).toMatchObject([{ state: 'live' }, { state: 'live' }]);
    const { services } = await bench.send(deploy.status, {});
    expect(services.map(({ url }) => url)).toEqual(['/api', '/'].map((where) => `http://${host}:${new URL(proxy.plain).port}${where}`));
    const known = new Set(['0']);
    const isRight = (status: number, body: string) => status === 200 && known.has(body);
    const clients = new ClosedLoop({ entry: proxy.plain, host, path: '/version', clients: 1, isRight });
    for (const version of ['1', '2', '3']) {
      await clients.more(150);
      const isSick = version === '2';
      if (!isSick) known.add(version);
      commit(version, isSick ? 'sick' : 'good');
      expect(await bench.deploy({ services: ['web'] })).toMatchObject([{ state: isSick ? 'failed' : 'live' }]);
      await clients.underway();
      // What was live before is gone by now: an answer of it would be from nowhere.
      if (!isSick) for (const each of known) if (each !== version) known.delete(each);
    }
    await clients.more(150);
    await clients.stop();
    expect(clients.failures).toEqual([]);
    expect([...clients.bodies.keys()].sort()).toEqual(['0', '1', '3']);
    expect(proxy.refused).toEqual([]);
  });

  test('what others do in the folder', { timeout: 300_000 }, async () => {
    const whole = readFileSync(own(), 'utf8');
    // It is gone: both routes are written again.
    rmSync(own());
    await until(async () => {
      await bench.send(deploy.reconcile, { environment: 'production' });
      return existsSync(own()) && readFileSync(own(), 'utf8') === whole;
    });
    expect((await bench.send(deploy.reconcile, { environment: 'production' })).actions).toEqual([]);

    // Somebody routes the host too: the plan says who, and nothing is deployed.
    writeFileSync(
      path.join(folder, 'theirs.yaml'),
      `http:\n  routers:\n    theirs:\n      rule: Host(\`${host}\`)\n      service: noop@internal\n`,
    );
    commit('4');
    const { plan } = await bench.send(deploy.planDeploy, { environment: 'production' });
    expect(JSON.stringify(plan)).toContain(`Traefik has a route of its own for ${host}: theirs.yaml:4`);
    expect(await bench.refusal(deploy.run, { environment: 'production' })).toMatchObject({ data: { reason: 'precondition' } });
    rmSync(path.join(folder, 'theirs.yaml'));

    // A damaged file is in the way of nothing, and goes with what it routed to.
    writeFileSync(own(), whole.slice(0, 900));
    await bench.send(deploy.remove, { environment: 'production', confirmed: true });
    expect(readdirSync(folder)).toEqual([`hearth_${bench.project}_production.yml.damaged`]);
  });

  test('a file that was cut off is made anew from what is live, not with the one route that changes', async () => {
    const world = await releaseWorld();
    try {
      const routing = { kind: 'traefik', folder, entryPoints: [], tls: { kind: 'none' }, entry: proxy.plain } as const;
      const web = await world.live('web', { routing, service: { route: { host, path: '/' } } });
      await world.live('api', { routing, service: { route: { host, path: '/api' } } });
      expect((await world.run()).actions.map(({ kind, service }) => `${kind} ${service}`).sort()).toEqual(['route api', 'route web']);
      const file = path.join(folder, `hearth_${world.name}_production.yml`);
      const whole = readFileSync(file, 'utf8');
      writeFileSync(file, whole.slice(0, 900));
      const { owner, name, store, state, engine } = world;
      const target = routeTarget({ owner, project: name, environment: 'production', service: web.config.service });
      const upstreams = /"service":"web"[^}]*"upstreams":\["([^"]+)"\]/.exec(whole)?.[1] ?? '';
      if (target === undefined) throw new Error('it has a route');
      await routerOf(routing, engine, { home: state.home, store }).route(
        target,
        { deployment: web.id, upstreams: [upstreams] },
        calmSignal,
      );
      expect(readFileSync(file, 'utf8')).toBe(whole);
      // What is not live any more is not in it.
      rmSync(file);
      await store.write(author, (transaction) => transaction.run("update deployments set state = 'removed' where service = 'api'"));
      await routerOf(routing, engine, { home: state.home, store }).route(
        target,
        { deployment: web.id, upstreams: [upstreams] },
        calmSignal,
      );
      expect(readFileSync(file, 'utf8')).not.toContain('_api');
    } finally {
      await world.dispose();
    }
  });
});
