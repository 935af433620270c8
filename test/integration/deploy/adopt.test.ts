// Two homes and one engine: each leaves alone what is the other's, until one says that it takes over.
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as config from '../../../server/protocol/config.ts';
import * as deploy from '../../../server/protocol/deploy.ts';
import type { Deployment } from '../../../server/protocol/deployTypes.ts';
import type { InputOf, RequestDefinition, ResultOf } from '../../../server/protocol/message.ts';
import { DeployBench } from '../../support/deployBench.ts';
import { describeDocker } from '../../support/docker.ts';
import { HubHome } from '../../support/hub.ts';
import { until } from '../../support/processes.ts';
import { temporaryFolder } from '../../support/repositories/repository.ts';
import { type RequestError, startServer, type TestServer } from '../../support/server.ts';

describeDocker('an environment that another home has deployed', () => {
  let first: DeployBench;
  let home: HubHome;
  let second: TestServer;
  let root: string;
  beforeAll(async () => {
    first = await DeployBench.open();
    first.version('1');
    root = temporaryFolder('clone');
    first.repository.git('clone', '-q', '.', root);
    const { HEARTH_HOME: _own, ...env } = first.home.env;
    home = new HubHome(env);
    second = await home.window();
  });
  afterAll(async () => {
    await home?.dispose();
    await first?.dispose();
  });

  const send = <D extends RequestDefinition>(definition: D, params: object): Promise<ResultOf<D>> =>
    second.send(definition, { repository: root, ...params } as unknown as InputOf<D>);
  const refusal = (act: Promise<unknown>): Promise<RequestError> =>
    act.then(
      () => {
        throw new Error('it was not refused');
      },
      (error: unknown) => error as RequestError,
    );
  const deployHere = async (): Promise<Deployment[]> => {
    const { run } = await send(deploy.run, { environment: 'production' });
    return (await send(deploy.follow, { run, log: false })).deployments;
  };
  const names = () => first.containers().map(({ name, state }) => `${name.replace(`-${first.project}`, '')} ${state}`);
  const container = ({ id }: { id: string }) => `hearth-production-web-${id.slice(0, 12)} running`;

  test('is shown as foreign, is not deployed into, and nothing of it is touched', async () => {
    const [live] = await first.deploy();
    await send(config.apply, {});
    // An engine that is slow to answer is left out of what is shown.
    const { services, foreign } = await until(async () => {
      const status = await send(deploy.status, {});
      return status.foreign.length > 0 && status;
    });
    expect(services).toEqual([]);
    expect(foreign).toMatchObject([{ environment: 'production', services: ['web'], host: expect.any(String) }]);
    const { plan } = await send(deploy.planDeploy, { environment: 'production' });
    expect(plan.blockers.map(({ code }) => code)).toContain('foreign');
    expect((await refusal(send(deploy.run, { environment: 'production' }))).data?.reason).toBe('precondition');
    expect(await send(deploy.reconcile, {})).toEqual({ actions: [], problems: [] });
    expect(names()).toEqual([container(live ?? { id: '' })]);
  });

  test('is taken over only by somebody who says so', async () => {
    expect((await refusal(send(deploy.adopt, { environment: 'production' }))).data?.reason).toBe('precondition');
    const [live] = (await first.send(deploy.status, {})).services;
    const { adopted } = await send(deploy.adopt, { environment: 'production', confirmed: true });
    expect(adopted).toEqual([{ service: 'web', deployment: live?.release, commit: live?.commit }]);
    await until(async () => (await send(deploy.status, {})).services[0]?.health.state === 'healthy');
    expect(await send(deploy.status, {})).toMatchObject({
      services: [{ service: 'web', state: 'live', release: live?.release }],
      foreign: [],
    });
    // It runs as it did: nothing was restarted.
    expect(names()).toEqual([`hearth-claim-production created`, container({ id: live?.release ?? '' })]);
    expect(await send(deploy.reconcile, { dryRun: true })).toEqual({ actions: [], problems: [] });
    expect((await refusal(send(deploy.adopt, { environment: 'production', confirmed: true }))).data?.reason).toBe('not-found');
  });

  test('the home it was taken from forgets it and lets go', async () => {
    await until(async () => (await first.send(deploy.live, {})).releases.length === 0);
    expect(await first.send(deploy.reconcile, {})).toEqual({ actions: [], problems: [] });
    const last = (await first.send(deploy.list, {})).deployments[0];
    expect(last).toMatchObject({ state: 'removed', reason: expect.stringContaining('taken over from') });
    expect((await first.refusal(deploy.run, { environment: 'production' })).data?.reason).toBe('precondition');
    // Somebody tidies up (`docker container prune` removes what was never started): it is still not ours.
    first.docker('rm', `hearth-claim-${first.project}-production`);
    expect(await first.send(deploy.reconcile, {})).toEqual({ actions: [], problems: [] });
    expect((await first.refusal(deploy.run, { environment: 'production' })).data?.reason).toBe('precondition');
    expect(names()).toHaveLength(1);
  });

  test('the next version takes the place of what was taken over, in the same network', async () => {
    first.version('2');
    first.repository.git('-C', root, 'pull', '-q');
    const [live] = await deployHere();
    expect(live).toMatchObject({ state: 'live', subject: 'Version 2' });
    expect(names()).toEqual([container(live ?? { id: '' })]);
    expect(await first.ask(`hearth-${first.project}-production-web-${live?.id.slice(0, 12)}`)).toBe('200 2');
  });

  test('and can be taken back', async () => {
    const { adopted } = await first.send(deploy.adopt, { environment: 'production', confirmed: true });
    expect(adopted).toHaveLength(1);
    await until(async () => (await send(deploy.live, {})).releases.length === 0);
    expect((await first.live()).get('web')?.subject).toBe('Version 2');
  });

  test('without trust nobody takes anything over or puts it right', async () => {
    const stranger = await startServer({ env: home.env, trusted: false });
    try {
      const place = { repository: root, environment: 'production' };
      const adopting = stranger.send(deploy.adopt, { ...place, confirmed: true } as never);
      expect((await refusal(adopting)).data?.reason).toBe('untrusted');
      expect((await refusal(stranger.send(deploy.reconcile, place))).data?.reason).toBe('untrusted');
    } finally {
      await stranger.close();
    }
  });
});
