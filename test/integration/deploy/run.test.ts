// Deployments on a real engine, through a window's server and its hub: what a person sees of them when nothing is killed.
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as deploy from '../../../server/protocol/deploy.ts';
import * as eventLog from '../../../server/protocol/events.ts';
import { DeployBench } from '../../support/deployBench.ts';
import { describeDocker } from '../../support/docker.ts';
import { until } from '../../support/processes.ts';
import { startServer } from '../../support/server.ts';

describeDocker('deployments', () => {
  let bench: DeployBench;
  let first = '';
  let second = '';
  const name = (id: string, end = '') => `hearth-${bench.project}-production-web-${id.slice(0, 12)}${end}`;
  beforeAll(async () => {
    bench = await DeployBench.open();
  });
  afterAll(() => bench?.dispose());

  test('a commit is built and started, and is live when it has answered', async () => {
    const commit = bench.version('1');
    const { plan } = await bench.send(deploy.planDeploy, { environment: 'production' });
    expect(plan.blockers).toEqual([]);
    expect(plan.steps.map(({ service, action, zeroDowntime }) => [service, action, zeroDowntime])).toEqual([['web', 'deploy', true]]);
    const [made] = await bench.deploy({ commit });
    first = made?.id ?? '';
    expect(made).toMatchObject({ state: 'live', phase: 'live', commit, subject: 'Version 1', reason: null });
    expect(bench.containers()).toEqual([{ name: name(first), state: 'running' }]);
    expect(await bench.ask(name(first))).toBe('200 1');
  });

  test('its phases, probes and log are kept', async () => {
    const { deployment } = await bench.send(deploy.show, { id: first.slice(0, 12) });
    expect(deployment.phaseTimes.map(({ phase }) => phase)).toEqual([
      ...['queued', 'preparing', 'building', 'deploying', 'health-check', 'switching', 'draining', 'live'],
    ]);
    expect(deployment.phaseTimes.every(({ ended }) => ended !== null)).toBe(true);
    expect(deployment.probes.at(-1)).toMatchObject({ ok: true, status: 200 });
    const containers = async () => (await bench.send(deploy.show, { id: first })).deployment.containers;
    await expect.poll(containers).toMatchObject([{ name: name(first), state: 'running' }]);
    expect(deployment.rollback).toBe('is-live');
    expect(await bench.log(first)).toMatch(/^build: Successfully built/m);
    // The engine may hear it after the port is open.
    await expect.poll(() => bench.log(first)).toMatch(/^container: version 1 mode good/m);
  });

  test('what runs just so is left alone, unless it is named', async () => {
    const { plan } = await bench.send(deploy.planDeploy, { environment: 'production' });
    expect(plan.steps).toMatchObject([{ action: 'unchanged', live: { deployment: first, relation: 'same' } }]);
    expect(await bench.refusal(deploy.run, { environment: 'production' })).toMatchObject({ data: { reason: 'precondition' } });
    const named = await bench.send(deploy.planDeploy, { environment: 'production', services: ['web'] });
    expect(named.plan.steps).toMatchObject([{ action: 'restart', reuse: true }]);
  });

  test('the next version takes its place, and nothing of the old one runs on', async () => {
    const commit = bench.version('2');
    const [made] = await bench.deploy();
    second = made?.id ?? '';
    expect(made).toMatchObject({ state: 'live', commit });
    expect(bench.containers()).toEqual([{ name: name(second), state: 'running' }]);
    expect(await bench.ask(name(second))).toBe('200 2');
    const { deployments } = await bench.send(deploy.list, {});
    expect(deployments.map(({ id, state }) => [id, state])).toEqual([
      [second, 'live'],
      [first, 'retired'],
    ]);
  });

  test.each([
    ['sick', /was not healthy within.*404/],
    ['dying', /does not stay up|not healthy within/],
  ] as const)('one that is %s never serves: it is removed, the old one serves on', async (mode, reason) => {
    // Time enough to answer 404, or to end again and again.
    const deadline = mode === 'sick' ? '7s' : '30s';
    const health = `{ http: /healthz, interval: 50ms, timeout: 20s, healthy_for: 200ms, deadline: ${deadline} }`;
    bench.version(`bad ${mode}`, mode, { web: { health } });
    const [made] = await bench.deploy();
    expect(made).toMatchObject({ state: 'failed', phase: 'failed', reason: expect.stringMatching(reason) });
    expect(bench.containers()).toEqual([{ name: name(second), state: 'running' }]);
    expect((await bench.live()).get('web')?.id).toBe(second);
    const { deployment } = await bench.send(deploy.show, { id: made?.id ?? '' });
    expect(deployment.probes.some(({ ok }) => !ok)).toBe(true);
    expect(deployment.rollback).toBe('never-live');
    expect(await bench.log(made?.id ?? '')).toMatch(mode === 'dying' ? /^container: cannot go on/m : /^container: version bad/m);
  });

  test('an older commit needs a yes', async () => {
    const refused = await bench.refusal(deploy.run, { environment: 'production', rev: 'HEAD~3' });
    expect(refused).toMatchObject({ message: expect.stringContaining('newer than this commit'), data: { reason: 'precondition' } });
    expect((await bench.live()).get('web')?.id).toBe(second);
  });

  test('going back takes the release before, from its image', async () => {
    const { run } = await bench.send(deploy.rollback, { environment: 'production', service: 'web' });
    const [back] = await bench.ended(run);
    expect(back).toMatchObject({ state: 'live', rollbackTo: first, subject: 'Version 1' });
    expect(await bench.ask(name(back?.id ?? ''))).toBe('200 1');
    expect(bench.containers()).toEqual([{ name: name(back?.id ?? ''), state: 'running' }]);
    const nothing = await bench.refusal(deploy.rollback, { environment: 'production', service: 'web' });
    expect(nothing).toMatchObject({ message: expect.stringContaining('no earlier release'), data: { reason: 'precondition' } });
    const again = await bench.send(deploy.rollback, { environment: 'production', service: 'web', to: second });
    expect(await bench.ended(again.run)).toMatchObject([{ state: 'live', rollbackTo: second }]);
  });

  test('a release whose image was removed by hand is said to be gone, before anything happens', async () => {
    const { deployment } = await bench.send(deploy.show, { id: first });
    bench.docker('rmi', '-f', deployment.image ?? '');
    await expect.poll(async () => (await bench.send(deploy.show, { id: first })).deployment.rollback).toBe('image-gone');
    const refused = await bench.refusal(deploy.rollback, { environment: 'production', service: 'web', to: first });
    expect(refused.data).toMatchObject({ reason: 'precondition', hint: expect.stringContaining('hearth deploy run') });
  });

  test('taken down nothing is left but the image', async () => {
    const { removed, volumes } = await bench.send(deploy.remove, { environment: 'production', confirmed: true });
    expect([removed, volumes]).toEqual([['web'], []]);
    expect(bench.containers()).toEqual([]);
    expect(bench.docker('network', 'ls', '-q', '--filter', `label=hearth.project=${bench.project}`)).toBe('');
    expect((await bench.live()).size).toBe(0);
    const back = await bench.send(deploy.rollback, { environment: 'production', service: 'web' });
    expect(await bench.ended(back.run)).toMatchObject([{ state: 'live', subject: 'Version 2' }]);
  });

  test('what happened is in the log of events, with who asked for it', async () => {
    const { events } = await bench.server.send(eventLog.list, { entity: 'deployment', entityId: second });
    expect(events.map(({ kind, actor }) => [kind, actor]).reverse()).toEqual([
      ['queued', 'window'],
      ['started', 'hub'],
      ['live', 'hub'],
      ['retired', 'hub'],
    ]);
    expect(events.at(-1)?.payload).toMatchObject({ environment: 'production', service: 'web' });
  });

  test('clients are told of each change', async () => {
    const told: string[] = [];
    bench.server.onNotification(deploy.changed, ({ deployments }) => told.push(...deployments.map(({ phase }) => phase)));
    // They are told five times a second: a phase must last longer than that.
    bench.version('3', 'good', { web: { health: '{ http: /healthz, interval: 50ms, timeout: 5s, healthy_for: 1s, deadline: 60s }' } });
    const [made] = await bench.deploy();
    await until(() => told.includes('live'));
    expect(made?.state).toBe('live');
    expect(told).toContain('health-check');
  });

  test('who follows hears the phases and the log in order, to the end', async () => {
    bench.version('4');
    const { run } = await bench.send(deploy.run, { environment: 'production' });
    const phases: string[] = [];
    const numbers: number[] = [];
    const { deployments } = await bench.server.send(
      deploy.follow,
      { repository: bench.repository.root, run },
      {
        onPartial: ({ changes, lines }) => {
          for (const { phase } of changes) if (phases.at(-1) !== phase) phases.push(phase);
          numbers.push(...lines.map(({ n }) => n));
        },
      },
    );
    expect(deployments).toMatchObject([{ state: 'live' }]);
    expect(phases).toEqual([...['queued', 'preparing', 'building', 'deploying', 'health-check', 'switching', 'draining', 'live']]);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, at) => at + 1));
    expect(numbers.length).toBeGreaterThan(5);
  });

  test('going back after going back and on again takes the last good one, not the bad one in between', async () => {
    const rollback = async () => bench.ended((await bench.send(deploy.rollback, { environment: 'production', service: 'web' })).run);
    expect(await rollback()).toMatchObject([{ state: 'live', subject: 'Version 3' }]);
    bench.version('5');
    await bench.deploy();
    expect(await rollback()).toMatchObject([{ state: 'live', subject: 'Version 3' }]);
  });

  test('nothing is planned, built or run for a workspace that is not trusted', async () => {
    const untrusted = await startServer({ trusted: false, env: bench.home.env });
    try {
      const params = { repository: bench.repository.root, environment: 'production' };
      for (const asked of [untrusted.send(deploy.planDeploy, params), untrusted.send(deploy.run, params)]) {
        await expect(asked).rejects.toMatchObject({ data: { reason: 'untrusted' } });
      }
      expect((await untrusted.send(deploy.list, { repository: params.repository })).deployments.length).toBeGreaterThan(5);
    } finally {
      await untrusted.close();
    }
  });
});
