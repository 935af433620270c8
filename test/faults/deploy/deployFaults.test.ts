// Deployments while the engine is away for a moment, loses answers or refuses, and while another hub takes over.
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { highestFence } from '../../../server/hub/owner.ts';
import * as deploy from '../../../server/protocol/deploy.ts';
import type { Phase } from '../../../server/protocol/deployTypes.ts';
import * as variables from '../../../server/protocol/variables.ts';
import { DeployBench } from '../../support/deployBench.ts';
import { describeDocker, dockerAddress } from '../../support/docker.ts';
import { FakeEngine } from '../../support/fakeEngine.ts';
import { isAlive, until } from '../../support/processes.ts';
import { ownHub } from '../support/hubs.ts';
import { survived } from '../support/tally.ts';

const token = 'tok-55aa-very-secret';

/** In `health-check` for longer than a busy machine lets a test stand still. */
const slow = { web: { health: '{ http: /healthz, interval: 50ms, timeout: 5s, healthy_for: 7s, deadline: 60s }' } };

describeDocker('a deployment', () => {
  // The hub speaks to the real engine through one that fails as told; a silent one is replaced sooner than in other tests.
  const env = { HEARTH_HUB_SILENCE_MS: '10000' };
  const before = process.env['HEARTH_HUB_SILENCE_MS'];
  const it = {} as { bench: DeployBench; fake: FakeEngine };
  beforeAll(async () => {
    Object.assign(process.env, env);
    it.fake = await FakeEngine.start(await dockerAddress());
    it.bench = await DeployBench.open({ DOCKER_HOST: it.fake.address, ...env });
  });
  beforeEach(() => {
    it.fake.heal();
    it.bench.anew();
  });
  afterAll(async () => {
    it.fake?.heal();
    await it.bench?.dispose();
    await it.fake?.dispose();
    if (before === undefined) delete process.env['HEARTH_HUB_SILENCE_MS'];
    else process.env['HEARTH_HUB_SILENCE_MS'] = before;
  });

  const reaches = (on: DeployBench, run: string, phase: Phase) =>
    until(async () => (await on.send(deploy.list, { run })).deployments[0]?.phase === phase);

  test('waits for an engine that is restarted while the new version is looked at', async () => {
    it.bench.version('1', 'good', slow);
    const { run } = await it.bench.send(deploy.run, { environment: 'production' });
    await reaches(it.bench, run, 'health-check');
    await it.fake.stop();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await it.fake.resume();
    expect(await it.bench.ended(run)).toMatchObject([{ state: 'live' }]);
    expect(it.bench.containers()).toHaveLength(1);
    survived('cuts');
  });

  test('makes nothing twice when the engine’s answers are lost', async () => {
    it.bench.version('1');
    await it.bench.deploy();
    it.bench.version('2');
    for (const path of [/^\/containers\/create/, /^\/containers\/[^/]+\/start/, /^\/containers\/[^/]+\/stop/])
      it.fake.fail('POST', path, { drop: 'after' });
    it.fake.fail('DELETE', /^\/containers\//, { drop: 'after' });
    const [made] = await it.bench.deploy();
    expect(made).toMatchObject({ state: 'live' });
    await it.bench.send(deploy.reconcile, {});
    expect(it.bench.containers()).toEqual([
      { name: `hearth-${it.bench.project}-production-web-${made?.id.slice(0, 12)}`, state: 'running' },
    ]);
    survived('cuts', 4);
  });

  test.each([
    ['cannot start it', 'POST', /^\/containers\/[^/]+\/start/, 500, 'driver failed programming external connectivity'],
    ['has no room', 'POST', /^\/containers\/create/, 500, 'write /var/lib/docker: no space left on device'],
  ] as const)('fails clearly when the engine %s, and leaves what serves alone', async (_, method, path, status, message) => {
    it.bench.version('1');
    const [first] = await it.bench.deploy();
    it.bench.version('2');
    // The first container that is made is the lock.
    if (path.source.includes('create')) it.fake.fail(method, path, { delay: 1 });
    it.fake.fail(method, path, { status, message });
    const [made] = await it.bench.deploy();
    expect(made?.state).toBe('failed');
    expect(made?.reason?.length).toBeGreaterThan(10);
    expect((await it.bench.live()).get('web')?.id).toBe(first?.id);
    expect(it.bench.containers()).toHaveLength(1);
    survived('full');
  });

  test('is carried on by one hub only: one that was stopped and goes on changes nothing any more', { timeout: 300_000 }, async () => {
    it.bench.version('1');
    await it.bench.deploy();
    it.bench.version('2', 'good', slow);
    const { run } = await it.bench.send(deploy.run, { environment: 'production' });
    await reaches(it.bench, run, 'health-check');
    const { pid, fence } = it.bench.home.owner();
    process.kill(pid, 'SIGSTOP');
    // Whoever asks notices that nobody answers, and starts another hub.
    const ended = it.bench.ended(run).catch(() => undefined);
    await until(() => highestFence(it.bench.home.path) > fence);
    await until(async () => (await it.bench.send(deploy.list, { run })).deployments[0]?.ended !== null);
    const [made] = (await it.bench.send(deploy.list, { run })).deployments;
    expect(made).toMatchObject({ state: 'live' });
    const names = it.bench.containers();
    const asked = it.fake.requests.length;
    process.kill(pid, 'SIGCONT');
    await until(() => !isAlive(pid));
    expect(it.fake.requests.slice(asked).filter((each) => /^(POST|DELETE|PUT) \/(containers|networks|volumes|images)/.test(each))).toEqual(
      [],
    );
    expect(it.bench.containers()).toEqual(names);
    expect(names).toHaveLength(1);
    await ended;
    survived('pauses');
  });

  test('masks what its containers say also when it is cleaned up by the next hub', async () => {
    const { bench } = it;
    await bench.send(variables.set, { environment: 'production', values: { TOKEN: token }, secret: true });
    bench.version('1', 'sick', { web: { more: 'secrets: [TOKEN]' } });
    const hub = await ownHub(bench.home.path, { ...bench.home.env, HEARTH_DEPLOY_FAULT: 'undo intent' });
    const { run } = await bench.send(deploy.run, { environment: 'production' });
    expect((await hub.ended).signal).toBe('SIGKILL');
    survived('kills');
    const [made] = await until(async () => {
      const { deployments } = await bench.send(deploy.list, { run });
      return deployments[0]?.ended !== null && deployments;
    });
    expect(made).toMatchObject({ state: 'failed' });
    const log = await bench.log(made?.id ?? '');
    expect(log).toContain('container: my token is ***');
    expect(readFileSync(`${bench.home.path}/deployments/${made?.id}.jsonl`, 'utf8')).not.toContain(token);
  });

  test('is worth more than its log: a folder that cannot be used costs the lines', async () => {
    const { bench } = it;
    const folder = `${bench.home.path}/deployments`;
    mkdirSync(folder, { recursive: true });
    renameSync(folder, `${folder}.away`);
    writeFileSync(folder, '');
    try {
      bench.version('1');
      expect(await bench.deploy()).toMatchObject([{ state: 'live' }]);
    } finally {
      rmSync(folder);
      renameSync(`${folder}.away`, folder);
    }
  });

  test('goes on when its log was torn by a crash', async () => {
    it.bench.version('1', 'good', slow);
    const { run } = await it.bench.send(deploy.run, { environment: 'production' });
    await reaches(it.bench, run, 'health-check');
    const [made] = (await it.bench.send(deploy.list, { run })).deployments;
    await it.bench.home.kill();
    survived('kills');
    appendFileSync(`${it.bench.home.path}/deployments/${made?.id}.jsonl`, '{"n":999,"time":1,"stre');
    await until(async () => (await it.bench.send(deploy.list, { run })).deployments[0]?.ended !== null);
    const { lines = [] } = await it.bench.send(deploy.log, { id: made?.id ?? '' });
    const own = lines.filter(({ stream }) => stream === 'hearth');
    expect(own.map(({ text }) => text).join('\n')).toMatch(/Deploying web.*\n(.*\n)*Taken up again.*\n(.*\n)*Live\./);
    const numbers = own.map(({ n }) => n);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });
});
