// What may go wrong with a stack on a real Swarm: the hub is killed at points of its journal, others change services at the same moment, tasks find
// no node, updates are taken back, configs are in use. (Faults 15 and 22 of deploy.md: see also test/unit/deploy/stack.test.ts.)
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as deploy from '../../../server/protocol/deploy.ts';
import { baseImage, describeDocker } from '../../support/docker.ts';
import { FakeEngine } from '../../support/fakeEngine.ts';
import { until } from '../../support/processes.ts';
import { SwarmBench } from '../../support/swarmBench.ts';
import { ownHub } from '../support/hubs.ts';
import { seeds } from '../support/seeds.ts';
import { Invariants, survived } from '../support/tally.ts';

const service = (command: string, more = '') =>
  `{ image: "${baseImage}", command: ["sh", "-c", "${command}"], stop_grace_period: 0s${more} }`;
/** `web` after `db`; what `web` says tells the versions apart. */
const stack = (version: string, { web = `echo ${version}; sleep 100000`, more = '' } = {}) =>
  `services:\n  web: ${service(web, `, depends_on: [db], configs: [greeting]${more}`)}\n  db: ${service('sleep 100000', ', volumes: ["data:/data"]')}\nconfigs: { greeting: { content: "${version}" } }\nvolumes: { data: {} }\n`;

const patient = { timeout: 60_000 };
/** Of a version that gets well: how long that takes is up to the machine. */
const health = '{ interval: 100ms, healthy_for: 300ms, deadline: 60s }';

/** Of one that ends at once: on a busy machine that may be seen seconds later than its beginning. */
const watched = '{ interval: 100ms, healthy_for: 5s, deadline: 60s }';

const few = { deploy: ['wave-1 acted'], sick: ['undo acted'], remove: [] } as const;
type Act = keyof typeof few;
const all: Record<Act, readonly string[]> = {
  deploy: ['stack', 'wave-0', 'ran-0', 'wave-1', 'converged', 'promote', 'retire', 'retain-stack'].flatMap((step) =>
    ['intent', 'acted', 'done'].map((at) => `${step} ${at}`),
  ),
  sick: ['wave-1 acted', 'undo intent', 'undo acted'],
  remove: ['remove intent', 'remove acted'],
};

describeDocker('a stack when things go wrong', () => {
  let fake: FakeEngine;
  let it: SwarmBench;
  const commits: Record<string, string> = {};
  const live = async () => (await it.bench.live()).get('back');
  const says = () => {
    const [task] = it.running('web');
    return task === undefined ? '' : it.docker('logs', task);
  };
  const webCommand = () => it.docker('service', 'inspect', `${it.stack}_web`, '--format', '{{json .Spec.TaskTemplate.ContainerSpec.Args}}');
  beforeAll(async () => {
    it = await SwarmBench.open(async (address) => {
      fake = await FakeEngine.start(address);
      return fake.address;
    });
    it.docker('service', 'create', '--detach', '--name', 'bystander', '--label', 'hearth.managed=1', baseImage, 'sleep', '100000');
    commits['one'] = it.version('one', stack('one'), { health });
    commits['two'] = it.version('two', stack('two'), { health });
    commits['sick'] = it.version('sick', stack('sick', { web: 'echo sick; exit 3' }), { health: watched });
    expect(await it.bench.deploy({ rev: commits['one'] ?? '' })).toMatchObject([{ state: 'live' }]);
  });
  afterAll(async () => {
    await it?.dispose();
    await fake?.dispose();
  });

  test('somebody changes a service at the same moment, an answer is lost: it is read again and comes out right', async () => {
    const sequence = { status: 500, message: 'rpc error: code = Unknown desc = update out of sequence' };
    fake.fail('POST', /^\/services\/[^/]+\/update$/, sequence, 2);
    fake.fail('POST', /^\/services\/create$/, { drop: 'after' }, 1);
    fake.fail('POST', /^\/configs\/create$/, { drop: 'after' }, 1);
    fake.fail(
      'DELETE',
      /^\/configs\//,
      { status: 400, message: "rpc error: code = InvalidArgument desc = config 'x' is in use by the following service: y" },
      1,
    );
    const [made] = await it.bench.deploy({ rev: commits['two'] ?? '' });
    expect(made, await it.bench.log(made?.id ?? '')).toMatchObject({ state: 'live', reason: null });
    expect(webCommand()).toContain('echo two');
    expect(fake.requests.filter((each) => /^POST \/services\/[^/]+\/update/.test(each)).length).toBeGreaterThan(3);
    fake.heal();
  });

  test('tasks that find no node fail within the deadline, and everything is as it was', async () => {
    const before = await live();
    const rev = it.version('nowhere', stack('nowhere', { more: ', deploy: { placement: { constraints: ["node.labels.a==b"] } }' }), {
      health: '{ interval: 100ms, healthy_for: 200ms, deadline: 6s }',
    });
    const [made] = await it.bench.deploy({ rev });
    expect(made).toMatchObject({ state: 'failed', reason: expect.stringContaining('no suitable node') });
    expect((await live())?.id).toBe(before?.id);
    expect(webCommand()).toContain('echo two');
    await expect.poll(() => it.services(), patient).toEqual(['db 1/1', 'web 1/1']);
  });

  test('the hub is killed: the next one goes on or takes it back, and nobody else is touched', { timeout: 3_600_000 }, async () => {
    const invariants = new Invariants();
    const bystander = () => it.docker('service', 'inspect', 'bystander', '--format', '{{.ID}} {{.Version.Index}}');
    const beside = bystander();
    for (const act of Object.keys(few) as Act[]) {
      for (const point of seeds > 0 ? all[act] : few[act]) {
        const broken = await killedAt(act, point);
        if (bystander() !== beside) broken.push('I3: a service of somebody else was changed');
        invariants.report(broken, `stack ${act} ${point}`);
        if (seeds > 0) console.log(`stack ${act} ${point}: ${broken.length === 0 ? 'holds' : broken.join('; ')}`);
      }
    }
    invariants.check();
  });

  async function killedAt(act: Act, point: string): Promise<string[]> {
    const { bench } = it;
    if ((await live()) === undefined) await bench.deploy({ rev: commits['one'] ?? '', confirmed: true });
    const before = await live();
    const rev = act === 'sick' ? commits['sick'] : before?.commit === commits['two'] ? commits['one'] : commits['two'];
    const hub = await ownHub(bench.home.path, { ...bench.home.env, HEARTH_DEPLOY_FAULT: point });
    const asked =
      act === 'remove'
        ? until(() =>
            bench.send(deploy.remove, { environment: 'production', confirmed: true }).then(
              () => true,
              () => false,
            ),
          )
        : bench.send(deploy.run, { environment: 'production', rev: rev ?? '', confirmed: true });
    // What is answered was not killed, unless that is a moment ahead.
    const ended = () => Promise.race([hub.ended, wait(60_000, { signal: null })]);
    const { signal } = await Promise.race([hub.ended, asked.then(ended, ended)]);
    const problems = signal === 'SIGKILL' ? [] : [`the point was never reached (${signal})`];
    survived('kills');
    await Promise.resolve(asked).catch(() => {});
    await until(async () => (await bench.send(deploy.list, { limit: 100 })).deployments.every(({ ended }) => ended !== null));
    const { deployments } = await bench.send(deploy.list, { limit: 100 });
    await bench.send(deploy.reconcile, {});
    const left = await bench.send(deploy.reconcile, { dryRun: true });
    if (left.actions.length > 0) problems.push(`I4: ${JSON.stringify(left.actions)}`);
    const now = deployments.filter(({ state }) => state === 'live');
    if (act === 'remove') {
      if (now.length > 0) problems.push('I2: something is live');
      if (it.services().length > 0) problems.push(`I4: ${it.services()} are left`);
      if (!it.docker('volume', 'ls', '-q').includes(`${it.stack}_data`)) problems.push('I6: its volume is gone');
      return problems;
    }
    const [last] = deployments;
    const wanted = act === 'sick' ? before?.commit : rev;
    if (last?.state !== (act === 'sick' ? 'failed' : 'live')) problems.push(`it ended as ${last?.state}: ${last?.reason}`);
    if (now.length !== 1 || now[0]?.commit !== wanted) problems.push(`I1, I2: ${now.map(({ commit }) => commit)} instead of ${wanted}`);
    const version = wanted === commits['one'] ? 'one' : 'two';
    if (!webCommand().includes(`echo ${version}`)) problems.push(`I1: ${webCommand()} instead of ${version}`);
    // The engine counts and starts tasks in its own time.
    await expect.poll(() => it.services(), patient).toEqual(['db 1/1', 'web 1/1']);
    await expect.poll(says, { ...patient, message: 'I1: what it says' }).toBe(version);
    if (it.docker('config', 'ls', '-q').split('\n').length !== 1) problems.push('I4: configs are left');
    return problems;
  }
});
