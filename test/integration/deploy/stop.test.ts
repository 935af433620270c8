// Stopping deployments: canceled in every phase, handed over when the hub ends, superseded by newer ones.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as deploy from '../../../server/protocol/deploy.ts';
import type { Deployment, Phase } from '../../../server/protocol/deployTypes.ts';
import { DeployBench, type Mode } from '../../support/deployBench.ts';
import { describeDocker } from '../../support/docker.ts';
import { endHub } from '../../support/hubProcess.ts';
import { until } from '../../support/processes.ts';

/** Of a version that becomes well when the test says so. */
const patientHealth = '{ http: /healthz, interval: 100ms, timeout: 5s, healthy_for: 200ms, deadline: 10m }';
const slowHealth = '{ http: /healthz, interval: 100ms, timeout: 1s, healthy_for: 10m, deadline: 20m }';

describeDocker('a deployment on its way', () => {
  let bench: DeployBench;
  let first: Deployment | undefined;
  beforeAll(async () => {
    bench = await DeployBench.open();
  });
  afterAll(() => bench?.dispose());
  beforeEach(async () => {
    bench.anew();
    web('1', {});
    [first] = await bench.deploy();
    expect(first).toMatchObject({ state: 'live' });
  });

  const web = (version: string, service: { more?: string; health?: string }, mode: Mode = 'good') =>
    bench.version(version, mode, { web: service });
  const present = async (run: string) => (await bench.send(deploy.list, { run })).deployments[0];
  const begin = async () => (await bench.send(deploy.run, { environment: 'production' })).run;
  const reaches = (run: string, phase: Phase) =>
    until(async () => {
      const now = await present(run);
      if (now?.ended !== null && now?.phase !== phase) throw new Error(`it is ${now?.phase}: ${now?.reason}`);
      return now?.phase === phase && now;
    });

  /** A version that was made `sick` is well from now on. */
  const getsWell = (id: string) =>
    bench.docker('exec', `hearth-${bench.project}-production-web-${id.slice(0, 12)}`, 'touch', '/www/healthz');

  /** What is left is the first version, and nothing of the other. */
  async function isAsBefore(run: string): Promise<void> {
    expect(await present(run)).toMatchObject({ state: 'canceled', phase: 'canceled' });
    expect((await bench.live()).get('web')?.id).toBe(first?.id);
    expect(bench.containers()).toEqual([{ name: `hearth-${bench.project}-production-web-${first?.id.slice(0, 12)}`, state: 'running' }]);
  }

  const cases: [string, Phase, { more?: string; health?: string }][] = [
    ['while its health is looked at', 'health-check', { health: slowHealth }],
    [
      'while a hook runs',
      'health-check',
      { more: 'hooks: { before: [/bin/sh, -c, "trap \'exit 1\' TERM; echo begun; sleep 100 & wait"] }' },
    ],
  ];
  test.each(cases)('is canceled %s, and nothing of it is left when that is answered', async (_, phase, service) => {
    web('2', service);
    const run = await begin();
    const { id } = await reaches(run, phase);
    if (service.more !== undefined) await until(async () => (await bench.log(id)).includes('hook: begun'));
    const { deployments } = await bench.send(deploy.cancel, { ids: [id.slice(0, 10)] });
    expect(deployments).toMatchObject([{ id, state: 'canceled' }]);
    await isAsBefore(run);
  });

  test('is canceled while it is built', async () => {
    web('2', {});
    // Others build on this engine too.
    bench.repository.write('Dockerfile', `FROM busybox:1.36\nRUN echo begun && : ${bench.project} && sleep 100\nCOPY www /www\n`);
    bench.repository.commit('Slow to build');
    const run = await begin();
    const { id } = await reaches(run, 'building');
    // What the step says, not what it is: that is told before it runs.
    await until(async () => /^build: begun$/m.test(await bench.log(id)));
    await bench.send(deploy.cancel, { ids: [id] });
    await isAsBefore(run);
    expect(bench.docker('ps', '-q', '--filter', 'status=running', '--no-trunc', '--format', '{{.Command}}')).not.toContain(bench.project);
  });

  test('cannot be canceled when it is live', async () => {
    const refused = await bench.refusal(deploy.cancel, { ids: [first?.id ?? ''] });
    expect(refused.data).toMatchObject({ reason: 'precondition', hint: expect.stringContaining('hearth deploy rollback production web') });
  });

  test('goes on with the next hub when this one ends in order, and that is no crash', async () => {
    web('2', { health: patientHealth }, 'sick');
    const run = await begin();
    const { id } = await reaches(run, 'health-check');
    const following = bench.send(deploy.follow, { run, log: false }).then(
      () => 'told of the end',
      () => 'told that the hub ended',
    );
    await endHub(bench.home.path);
    expect(await present(run)).toMatchObject({ ended: null });
    getsWell(id);
    await following;
    await until(async () => (await present(run))?.ended !== null);
    expect(await present(run)).toMatchObject({ state: 'live' });
    expect(await bench.log(id)).toContain('hearth: This hub ends; the next one goes on.');
    const { deployment } = await bench.send(deploy.show, { id });
    expect(deployment.phaseTimes.map(({ phase }) => phase)).toContain('interrupted');
    expect(bench.containers()).toHaveLength(1);
  });

  test('is not the last word: what is live may be asked for again while another version is coming', async () => {
    web('2', { health: patientHealth }, 'sick');
    const { id } = await reaches(await begin(), 'health-check');
    const { run } = await bench.send(deploy.run, { environment: 'production', rev: 'HEAD~1', confirmed: true });
    getsWell(id);
    expect(await bench.ended(run)).toMatchObject([{ state: 'live', subject: 'Version 1' }]);
    expect((await bench.live()).get('web')?.subject).toBe('Version 1');
  });

  test('is not forgotten however often it is superseded: of many, the first and the last are deployed', async () => {
    web('2', { health: patientHealth }, 'sick');
    const { id } = await reaches(await begin(), 'health-check');
    web('3', {});
    for (let each = 0; each < 4; each++) {
      const revs = Array.from({ length: 4 }, (_, at) => (at % 2 === 0 ? 'HEAD' : 'HEAD~2'));
      await Promise.all(revs.map((rev) => bench.send(deploy.run, { environment: 'production', services: ['web'], rev, confirmed: true })));
    }
    getsWell(id);
    await until(async () => (await bench.send(deploy.list, { limit: 1000 })).deployments.every(({ ended }) => ended !== null));
    const { deployments } = await bench.send(deploy.list, { limit: 1000 });
    const states = new Map<string, number>();
    for (const { state } of deployments) states.set(state, (states.get(state) ?? 0) + 1);
    // The first version, the one that was running, and the newest; all others never began.
    expect(deployments[0]?.state).toBe('live');
    expect(states.get('live')).toBe(1);
    expect(states.get('retired')).toBeLessThanOrEqual(4);
    expect((states.get('superseded') ?? 0) + (states.get('retired') ?? 0) + 1).toBe(18);
    expect(deployments.filter(({ state }) => state === 'superseded').every(({ started }) => started === null)).toBe(true);
    expect(bench.containers()).toHaveLength(1);
  });
});
