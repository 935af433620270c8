// Stacks on a real Swarm of one node, through a window's server and its hub: what a person sees of them.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as deploy from '../../../server/protocol/deploy.ts';
import * as incident from '../../../server/protocol/incident.ts';
import * as variables from '../../../server/protocol/variables.ts';
import { baseImage, describeDocker } from '../../support/docker.ts';
import { FakeEngine } from '../../support/fakeEngine.ts';
import { filesHolding } from '../../support/filesHolding.ts';
import { until } from '../../support/processes.ts';
import { SwarmBench } from '../../support/swarmBench.ts';

const web = (version: string) =>
  `mkdir -p /tmp/www; echo ${version} > /tmp/www/version; httpd -p 8080 -h /tmp/www; trap 'exit 0' TERM; sleep 100000 & wait`;

/** A web server, a service with data that it needs, a job before both; each ends at once when it shall. */
const shop = (version: string, { image = `image: ${baseImage}`, command = web(version), extra = '' } = {}) => `
services:
  web:
    ${image}
    command: ["sh", "-c", ${JSON.stringify(command)}]
    depends_on: { db: { condition: service_started }, seed: { condition: service_completed_successfully } }
    environment: { TOKEN: "\${TOKEN}", LEVEL: "\${LEVEL:-none}" }
    configs: [{ source: greeting, target: /etc/greeting }]
    secrets: [token]
    healthcheck: { test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/version"], interval: 300ms, retries: 100 }
  db:
    image: ${baseImage}
    command: ["sh", "-c", "trap 'exit 0' TERM; echo kept > /data/kept; sleep 100000 & wait"]
    volumes: [data:/data]
    deploy: { restart_policy: { delay: 100ms } }
  seed:
    image: ${baseImage}
    command: ["echo", "seeded"]
${extra === '' ? '' : `  ${extra}: { image: "${baseImage}", command: ["sleep", "100000"], stop_grace_period: 0s }`}
configs: { greeting: { content: "hello ${version}" } }
secrets: { token: { environment: TOKEN } }
volumes: { data: {} }
`;
/** Of a version that comes up: how long that takes is up to the machine. */
const health = '{ interval: 100ms, healthy_for: 300ms, deadline: 60s }';
const more = 'secrets: [TOKEN]\nvariables: { LEVEL: high }';
const secret = 'a-very-secret-value';

describeDocker('stacks', () => {
  let it: SwarmBench;
  let first = '';
  let second = '';
  const detail = async (id: string) => (await it.bench.send(deploy.show, { id })).deployment;
  const tasksOfDb = () => it.running('db').join();
  let db = '';
  beforeAll(async () => {
    it = await SwarmBench.open();
  });
  afterAll(() => it?.dispose());

  test('a commit comes up in the order of its services, each with its configs and secrets', async () => {
    it.version('1', shop('1', { image: 'build: .' }), { more, health });
    await it.bench.send(variables.set, { environment: 'production', values: { TOKEN: secret }, secret: true });
    const { plan } = await it.bench.send(deploy.planDeploy, { environment: 'production' });
    expect(plan.blockers).toEqual([]);
    expect(plan.confirmations).toEqual([]);
    expect(plan.warnings).toMatchObject([{ code: 'downtime', message: expect.stringMatching(/^compose\.yaml:\d+: db is stopped/) }]);
    const [made] = await it.bench.deploy();
    first = made?.id ?? '';
    const log = await it.bench.log(first);
    expect(made, log).toMatchObject({ state: 'live', phase: 'live', reason: null });
    await expect.poll(() => it.services()).toEqual(['db 1/1', 'seed 0/1', 'web 1/1']);
    expect(log.indexOf('seed: made')).toBeLessThan(log.indexOf('web: made'));
    await expect.poll(() => it.inTask('web', 'cat', '/etc/greeting', '/run/secrets/token')).toBe(`hello 1${secret}`);
    await expect.poll(() => it.inTask('web', 'sh', '-c', 'echo $TOKEN $LEVEL')).toBe(`${secret} high`);
    const networks = ['web', 'db'].map((name) =>
      it.docker('inspect', '--format', '{{json .NetworkSettings.Networks}}', it.running(name)[0] ?? ''),
    );
    for (const each of networks) expect(Object.keys(JSON.parse(each))).toEqual([`${it.stack}_default`]);
  });

  test('docker stack knows it, and everything says whose it is', async () => {
    expect(it.docker('stack', 'ls', '--format', '{{.Name}} {{.Services}}')).toBe(`${it.stack} 3`);
    const labels = JSON.parse(it.docker('service', 'inspect', `${it.stack}_web`, '--format', '{{json .Spec.Labels}}'));
    expect(labels).toMatchObject({ 'hearth.managed': '1', 'hearth.deployment': first, 'hearth.service': 'back' });
    // An engine that is slow to answer leaves what was written.
    const { stack, containers } = await until(async () => {
      const shown = await detail(first);
      return shown.stack !== undefined && shown;
    });
    expect(stack?.services.map(({ name, running, wanted }) => [name.split('_')[1], running, wanted])).toEqual([
      ['db', 1, 1],
      ['seed', 0, 1],
      ['web', 1, 1],
    ]);
    expect(containers).toHaveLength(2);
  });

  test('the value of a secret is nowhere but in the task and in the secret of the Swarm', async () => {
    const spec = JSON.parse(it.docker('service', 'inspect', `${it.stack}_web`))[0].Spec;
    delete spec.TaskTemplate.ContainerSpec.Env;
    expect(JSON.stringify(spec)).not.toContain(secret);
    expect(it.docker('secret', 'ls', '--format', '{{.Name}}')).toMatch(new RegExp(`^${it.stack}_token-[0-9a-f]{10}$`));
    expect(await it.bench.log(first)).not.toContain(secret);
    expect(filesHolding(it.bench.home.path, secret)).toEqual([]);
  });

  test('what runs just so is left alone', async () => {
    const { plan } = await it.bench.send(deploy.planDeploy, { environment: 'production' });
    expect(plan.steps).toMatchObject([{ action: 'unchanged' }]);
  });

  test('tasks that failed while it was live make nothing of it anew, nor does the next version fail for them', async () => {
    for (let killed = 0; killed < 3; killed++) {
      const [task = ''] = it.running('db');
      it.docker('kill', task);
      await expect.poll(() => it.running('db').filter((id) => id !== task)).toHaveLength(1);
    }
    await expect.poll(() => it.services()).toEqual(['db 1/1', 'seed 0/1', 'web 1/1']);
    const { plan } = await it.bench.send(deploy.planDeploy, { environment: 'production' });
    expect(plan.steps).toMatchObject([{ action: 'unchanged' }]);
  });

  test('another version rolls in; what did not change runs on, what is gone is removed', async () => {
    db = tasksOfDb();
    it.version('2', shop('2', { extra: 'extra', command: `echo cartTotal is gone; ${web('2')}` }), { more, health });
    const [made] = await it.bench.deploy();
    second = made?.id ?? '';
    expect(made, await it.bench.log(second)).toMatchObject({ state: 'live' });
    await expect.poll(() => it.services()).toEqual(['db 1/1', 'extra 1/1', 'seed 0/1', 'web 1/1']);
    await expect.poll(() => it.inTask('web', 'cat', '/etc/greeting', '/tmp/www/version')).toBe('hello 22');
    expect(tasksOfDb()).toBe(db);
    expect(it.docker('config', 'ls', '-q').split('\n')).toHaveLength(1);
  });

  test('what its tasks say makes commits suspected', async () => {
    const { incident: opened } = await it.bench.send(incident.openIncident, { title: 'Slow', services: ['back'] });
    const found = async () => {
      const { bad, commits } = await it.bench.send(incident.suspects, { incident: opened.id });
      return [bad?.deployment, commits.flatMap(({ reasons }) => reasons.map(({ text }) => text)).join('\n')];
    };
    await expect.poll(found).toEqual([second, expect.stringContaining('"carttotal"')]);
  });

  test('a version whose tasks end is taken back: the old one serves whole, what was new is gone', async () => {
    it.version('3', shop('3', { extra: 'odd', command: 'echo cannot go on; sleep 0.3; exit 3' }), { more, health });
    const [made] = await it.bench.deploy();
    expect(made).toMatchObject({ state: 'failed', reason: expect.stringMatching(/web/) });
    await expect.poll(() => it.services()).toEqual(['db 1/1', 'extra 1/1', 'seed 0/1', 'web 1/1']);
    await expect.poll(() => it.inTask('web', 'cat', '/etc/greeting', '/tmp/www/version')).toBe('hello 22');
    expect(tasksOfDb()).toBe(db);
    expect(await it.bench.log(made?.id ?? '')).toMatch(/^container: cannot go on/m);
    expect((await it.bench.send(deploy.reconcile, { dryRun: true })).actions).toEqual([]);
  });

  test('going back makes the release before again, from what was kept', async () => {
    it.bench.repository.write('compose.yaml', 'nothing');
    const { run } = await it.bench.send(deploy.rollback, { environment: 'production', service: 'back' });
    const [back] = await it.bench.ended(run);
    expect(back, await it.bench.log(back?.id ?? '')).toMatchObject({ state: 'live', rollbackTo: first });
    await expect.poll(() => it.services()).toEqual(['db 1/1', 'seed 0/1', 'web 1/1']);
    await expect.poll(() => it.inTask('web', 'cat', '/etc/greeting', '/www/version')).toBe('hello 11');
    expect((await detail(second)).rollback).toBe('possible');
  });

  test('what somebody changes by hand is put back', async () => {
    it.docker('service', 'scale', '--detach', `${it.stack}_web=1`);
    it.docker('service', 'rm', `${it.stack}_db`);
    await until(async () => {
      await it.bench.send(deploy.reconcile, {});
      return it.services().join() === 'db 1/1,seed 0/1,web 1/1';
    });
    expect((await it.bench.send(deploy.reconcile, { dryRun: true })).actions).toEqual([]);
  });

  test('power over the machine needs a yes, and what a Swarm would leave out is said with its line', async () => {
    it.version(
      '4',
      `services:\n  web:\n    image: ${baseImage}\n    privileged: true\n    ports: ["127.0.0.1:80:80"]\n    volumes: ["/:/host"]\n`,
    );
    const { plan } = await it.bench.send(deploy.planDeploy, { environment: 'production' });
    expect(plan.blockers.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^compose\.yaml:4: web: .*`privileged`/),
      expect.stringMatching(/^compose\.yaml:5: web: .*127\.0\.0\.1/),
    ]);
    expect(plan.confirmations).toMatchObject([{ code: 'dangerous', message: expect.stringMatching(/^compose\.yaml:6: web .*: \/\.$/) }]);
    expect(await it.bench.refusal(deploy.run, { environment: 'production', confirmed: true })).toMatchObject({
      data: { reason: 'precondition' },
    });
  });

  test('an engine without a Swarm is said before anything happens', async () => {
    const engine = await FakeEngine.start();
    try {
      const { repository } = it.bench;
      const text = readFileSync(path.join(repository.root, 'hearth.yaml'), 'utf8');
      repository.write('hearth.yaml', text.replace('production: {}', `production: {}\n  other: { docker: "${engine.address}" }`));
      repository.commit('Another engine');
      const { plan } = await it.bench.send(deploy.planDeploy, { environment: 'other' });
      expect(plan.blockers).toMatchObject([{ code: 'swarm', hint: expect.stringContaining('docker swarm init') }]);
    } finally {
      await engine.dispose();
    }
  });

  test('taken down nothing is left but its volume', async () => {
    await it.bench.send(deploy.remove, { environment: 'production', confirmed: true });
    const filter = ['--filter', `label=com.docker.stack.namespace=${it.stack}`];
    for (const kind of ['service', 'network', 'config', 'secret']) expect(it.docker(kind, 'ls', '-q', ...filter)).toBe('');
    expect(it.docker('volume', 'ls', '-q')).toContain(`${it.stack}_data`);
  });
});
