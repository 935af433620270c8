// Ten versions one after the other behind a real Caddy, under clients that never pause: nobody may notice.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { remove } from '../../../server/protocol/deploy.ts';
import { startCaddyContainer, type TestCaddy } from '../../support/caddy.ts';
import { ClosedLoop } from '../../support/closedLoop.ts';
import { DeployBench, type Mode } from '../../support/deployBench.ts';
import { baseImage, describeDocker, testDocker } from '../../support/docker.ts';

const host = 'shop.example.test';

describeDocker('switching behind Caddy', () => {
  let bench: DeployBench;
  let caddy: TestCaddy & { network: string };
  let docker: Awaited<ReturnType<typeof testDocker>>;
  beforeAll(async () => {
    docker = await testDocker();
    bench = await DeployBench.open();
    caddy = await startCaddyContainer(docker, `${bench.project}-caddy`);
  });
  afterAll(async () => {
    await bench?.dispose();
    await caddy?.dispose();
    docker?.close();
  });

  /** Nothing is built: the base image serves a folder that says the version. */
  const commit = (version: string, mode: Mode = 'good') => {
    const routing = `{ kind: caddy, network: ${caddy.network}, admin: "http://${bench.project}-caddy:2019", entry: "${caddy.entry}" }`;
    const health = mode === 'good' ? ' && echo ok > healthz' : '';
    const script = `mkdir /www && cd /www && echo ${version} > version${health}; trap 'kill $!; exit' TERM; httpd -f -p 8080 -h /www & wait`;
    // A request may be on its way for a while where the processor is busy.
    const more = `route: { host: ${host}, path: / }\ndrain: 3s\ncommand: ${JSON.stringify(['/bin/sh', '-c', script])}`;
    return bench.version(version, mode, { web: { image: baseImage, more } }, `production: { routing: ${routing} }`);
  };

  test('no request of more than ten thousand fails in ten switches, one to a version that never gets well', {
    timeout: 600_000,
  }, async () => {
    commit('0');
    expect(await bench.deploy()).toMatchObject([{ state: 'live' }]);
    const known = new Set(['0']);
    const isRight = (status: number, body: string) => status === 200 && known.has(body);
    const clients = new ClosedLoop({ entry: caddy.entry, host, path: '/version', clients: 2, isRight });
    for (let version = 1; version <= 10; version += 1) {
      await clients.more(1000);
      const isSick = version === 5;
      if (!isSick) known.add(`${version}`);
      commit(`${version}`, isSick ? 'sick' : 'good');
      expect(await bench.deploy()).toMatchObject([{ state: isSick ? 'failed' : 'live' }]);
      await clients.underway();
      // What was live before is gone by now: an answer of it would be from nowhere.
      if (!isSick) for (const each of known) if (each !== `${version}`) known.delete(each);
    }
    await clients.more(1000);
    await clients.stop();
    expect(clients.failures).toEqual([]);
    expect(clients.answered).toBeGreaterThan(10_000);
    expect([...clients.bodies.keys()].sort()).toEqual(['0', '1', '10', '2', '3', '4', '6', '7', '8', '9']);
    // The user's own route is as it was, and answers what is not ours.
    expect(await (await fetch(caddy.entry)).text()).toBe("the user's own");
    await bench.send(remove, { environment: 'production', confirmed: true });
    expect(JSON.stringify(await caddy.config())).not.toContain('hearth');
  });
});
