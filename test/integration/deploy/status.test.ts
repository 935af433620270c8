// What people see of what runs, through a window's server, its hub and the real engine.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as config from '../../../server/protocol/config.ts';
import * as deploy from '../../../server/protocol/deploy.ts';
import type { StatusRow } from '../../../server/protocol/deployTypes.ts';
import { DeployBench } from '../../support/deployBench.ts';
import { describeDocker } from '../../support/docker.ts';
import { until } from '../../support/processes.ts';

describeDocker('deploy/status and deploy/live', () => {
  let bench: DeployBench;
  beforeAll(async () => {
    bench = await DeployBench.open();
  });
  afterAll(() => bench?.dispose());

  const row = async (): Promise<StatusRow | undefined> => (await bench.send(deploy.status, {})).services[0];
  const name = (id: string | null) => `hearth-${bench.project}-production-web-${id?.slice(0, 12)}`;

  test('nothing deployed: what is configured, what a hearth.yaml could be made from, and no engine is asked', async () => {
    bench.repository.write('Dockerfile', 'FROM scratch\n');
    bench.repository.commit('A Dockerfile');
    expect(await bench.send(deploy.status, {})).toMatchObject({ environments: [], services: [], configured: false, found: ['Dockerfile'] });
    bench.version('1');
    expect(await bench.send(deploy.status, {})).toMatchObject({
      environments: [{ name: 'production', engine: 'local', observed: null }],
      services: [],
      foreign: [],
      differs: false,
      configured: true,
      found: [],
    });
    expect(await bench.send(deploy.live, {})).toEqual({ releases: [] });
  });

  test('a live release is healthy once it was looked at; a broken one is down with the reason, and healthy again', async () => {
    const [first] = await bench.deploy();
    await until(async () => (await row())?.health.state === 'healthy');
    expect(await row()).toMatchObject({
      ...{ project: bench.project, environment: 'production', service: 'web', release: first?.id, commit: first?.commit },
      ...{ subject: 'Version 1', state: 'live', running: null, failed: null, crashLoop: false, since: first?.liveSince },
    });
    const { releases } = await bench.send(deploy.live, {});
    expect(releases).toMatchObject([
      { environment: 'production', service: 'web', deployment: first?.id, health: { state: 'healthy' }, running: false },
    ]);
    const look = () => bench.send(deploy.reconcile, { environment: 'production' });
    const isNow = async (state: string) => (await row())?.health.state === state;
    // It answers still, but not as it should. Looks that the hub takes by itself count, too: after too many of them it begins anew.
    await until(async () => {
      bench.docker('exec', name(first?.id ?? ''), 'mv', '/www/healthz', '/www/gone');
      await look();
      if (await isNow('pending')) return true;
      bench.docker('exec', name(first?.id ?? ''), 'mv', '/www/gone', '/www/healthz');
      await look();
      return false;
    });
    await look();
    await look();
    expect((await row())?.health.state).toBe('down');
    expect((await row())?.health.message).toBe('It answers 404 (/healthz).');
    bench.docker('exec', name(first?.id ?? ''), 'mv', '/www/gone', '/www/healthz');
    await look();
    expect((await row())?.health.state).toBe('healthy');
    bench.docker('pause', name(first?.id ?? ''));
    await until(async () => (await row())?.health.state === 'paused');
    bench.docker('unpause', name(first?.id ?? ''));
    await until(async () => (await row())?.health.state === 'healthy');
  });

  test('one that failed after it is named, and the live one serves on', async () => {
    bench.version('2', 'sick');
    const [failed] = await bench.deploy();
    expect(failed?.state).toBe('failed');
    expect(await row()).toMatchObject({ subject: 'Version 1', state: 'live', failed: { deployment: failed?.id, reason: failed?.reason } });
  });

  test('the environments are those that were applied; what differs from them is said', async () => {
    bench.version('3');
    await bench.send(config.apply, {});
    expect(await bench.send(deploy.status, {})).toMatchObject({ differs: false, foreign: [] });
    bench.version('4', 'good', { web: {} }, 'staging: {}');
    const status = await bench.send(deploy.status, {});
    expect(status.differs).toBe(true);
    expect(status.environments.map((each) => each.name)).toEqual(['production']);
    expect(await bench.send(deploy.status, { environment: 'staging' })).toMatchObject({ environments: [], services: [] });
  });

  test('an environment that nothing names is refused with those there are', async () => {
    const refused = await bench.refusal(deploy.status, { environment: 'prod' });
    expect(refused).toMatchObject({
      message: 'There is no environment "prod" in hearth.yaml.',
      data: { reason: 'not-found', hint: 'There are: production, staging.' },
    });
  });

  test('what says the same in another way is no difference', async () => {
    await bench.send(config.apply, {});
    bench.repository.write('hearth.yaml', `# Only words.\n${readFileSync(path.join(bench.repository.root, 'hearth.yaml'), 'utf8')}`);
    bench.repository.commit('A comment');
    expect((await bench.send(deploy.status, {})).differs).toBe(false);
    expect((await bench.send(config.difference, {})).same).toBe(true);
  });

  test('what is stopped by hand is put right by itself, and by asking', async () => {
    const live = await row();
    bench.docker('rm', '-f', name(live?.release ?? ''));
    await until(() => bench.containers().some((each) => each.name === name(live?.release ?? '') && each.state === 'running'));
    await until(async () => (await row())?.health.state === 'healthy');
    const { actions, problems } = await bench.send(deploy.reconcile, { dryRun: true });
    expect({ actions, problems }).toEqual({ actions: [], problems: [] });
  });

  test('taken down, it is gone from the list', async () => {
    await bench.send(deploy.remove, { environment: 'production', confirmed: true });
    expect(await bench.send(deploy.status, {})).toMatchObject({ services: [] });
    expect(await bench.send(deploy.live, {})).toEqual({ releases: [] });
  });
});
