// `hearth deploy`: the whole way from the plan to removal as a person goes it in a terminal, on a real engine.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliOutcome, cli, jsonLines, startCli } from '../../support/cli.ts';
import { baseImage, describeDocker, testDocker } from '../../support/docker.ts';
import { HubHome } from '../../support/hub.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';

const project = `cli-${randomBytes(4).toString('hex')}`;

let repository: Repository;
const homes: HubHome[] = [];

beforeAll(() => {
  repository = createRepository();
});
afterAll(async () => {
  for (const home of homes) await home.dispose();
  repository.dispose();
});

function newHome(env: Record<string, string> = {}): HubHome {
  const home = new HubHome({ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', ...env });
  homes.push(home);
  return home;
}

describe('hearth deploy without an engine', () => {
  let home: HubHome;
  const deploy = (...args: string[]): Promise<CliOutcome> => cli(['deploy', ...args], { env: home.env, cwd: repository.root });
  beforeAll(() => {
    home = newHome({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    repository.write('README.md', 'Nothing to deploy yet.\n');
    repository.commit('First');
  });

  test('wrong usage is exit code 2 and asks for what is missing', async () => {
    const usage: readonly (readonly string[])[] = [
      ['run'],
      ['rollback', 'production', 'web', 'api'],
      ['rollback', 'production', 'web', '--to', 'latest'],
      ['run', 'production', '--set', 'not a name=1'],
      ['run', 'production', '--set', 'SURELY_NOT_SET_HERE'],
      ['logs'],
      ['logs', '0mi9k2abc123', 'web'],
      ['logs', 'production', 'web', '--stream', 'stdout'],
      ['adopt', 'production', 'web'],
      ['reconcile', 'production', 'web'],
      ['history', 'production', 'web', 'api'],
    ];
    const outcomes = await Promise.all(usage.map((args) => deploy(...args)));
    for (const [index, { code, stdout, stderr }] of outcomes.entries()) {
      const args = usage[index];
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(stderr).toMatch(/^hearth: /);
    }
  });

  test('says that there is nothing, and what makes something', async () => {
    expect(await deploy('history')).toEqual({ code: 0, stdout: '', stderr: 'Nothing was deployed yet.\n' });
    expect(await deploy('status')).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('`hearth config create`') });
    expect(await deploy('status', '--json')).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
    expect(await deploy('run', 'production')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('hearth.yaml') });
    // Nothing can be known of any environment.
    expect(await deploy('status', 'production')).toMatchObject({ code: 0, stderr: expect.stringContaining('`hearth config create`') });
    expect(await deploy('cancel', 'production')).toMatchObject({ code: 0, stderr: 'Nothing is on its way.\n' });
    expect(await deploy('plan', 'production', '--untrusted')).toMatchObject({ code: 1, stderr: expect.stringContaining('trust') });
  });
});

describeDocker('hearth deploy on an engine', () => {
  let home: HubHome;
  let docker: Awaited<ReturnType<typeof testDocker>>;
  const ids: Record<string, string> = {};
  const commits: Record<string, string> = {};
  const deploy = (...args: string[]): Promise<CliOutcome> => cli(['deploy', ...args], { env: home.env, cwd: repository.root });
  const json = async (...args: string[]) => jsonLines((await deploy(...args, '--json')).stdout);
  const status = async (): Promise<Record<string, unknown>[]> => JSON.parse((await deploy('status', '--json')).stdout);
  const web = async () => (await status()).find(({ service }) => service === 'web');
  /** Containers or networks of the project, whoever's they are. */
  const own = (what: 'ps' | 'network', label = 'hearth.managed=1') =>
    docker
      .docker(
        ...(what === 'ps' ? ['ps', '-aq'] : ['network', 'ls', '-q']),
        ...['--filter', `label=hearth.project=${project}`, '--filter', `label=${label}`],
      )
      .split('\n')
      .filter((id) => id !== '');

  beforeAll(async () => {
    docker = await testDocker();
    home = newHome({ DOCKER_HOST: docker.address });
  });
  afterAll(async () => {
    for (const each of homes) await each.dispose();
    for (const id of own('ps')) docker.docker('rm', '-f', id);
    for (const id of own('network')) docker.docker('network', 'rm', id);
    const images = docker.docker('images', '-q', '--filter', `reference=hearth/${project}-*`).split('\n').filter(Boolean);
    if (images.length > 0) docker.docker('rmi', '-f', ...new Set(images));
    docker.close();
  });

  /** A version of both services; the page says which one it is. */
  function version(name: string, { healthy = true, deadline = '60s' } = {}): string {
    const check = `{ http: /health, interval: 100ms, timeout: 5s, healthy_for: 300ms, deadline: ${deadline} }`;
    repository.write(
      'hearth.yaml',
      `version: 1
project: ${project}
services:
  api:
    kind: container
    build: { context: api }
    port: 8080
    health: ${check}
    drain: 100ms
    stop_timeout: 1s
  web:
    kind: container
    build: { context: web }
    port: 8080
    depends_on: [api]
    variables: { GREETING: hello }
    health: ${check}
    drain: 100ms
    stop_timeout: 1s
environments:
  staging: { docker: local, routing: { kind: none } }
`,
    );
    for (const service of ['api', 'web']) {
      const works = healthy || service === 'api';
      repository.write(
        `${service}/Dockerfile`,
        `FROM ${baseImage}\nRUN mkdir /www && echo "${service} ${name}" > /www/index.html${works ? ' && echo ok > /www/health' : ''}\nCMD ["httpd", "-f", "-p", "8080", "-h", "/www"]\n`,
      );
    }
    const commit = repository.commit(`Version ${name}`);
    commits[name] = commit;
    return commit;
  }

  async function page(service: string): Promise<string> {
    const [detail] = await json('show', 'staging', service);
    const { address } = (detail as { containers: { address: string }[] }).containers[0] ?? {};
    return (await fetch(`http://${address}:8080/`)).text();
  }

  test('plan: what would happen, and nothing has', async () => {
    const commit = version('one');
    const { code, stdout, stderr } = await deploy('plan', 'staging');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`${commit.slice(0, 10)} Version one → staging\n`);
    expect(stdout.indexOf('\napi  deploy')).toBeLessThan(stdout.indexOf('\nweb  deploy'));
    expect(stdout).toMatch(/\n {2}1\. \S/);
    const [plan] = await json('plan', 'staging', 'api');
    expect(plan).toMatchObject({
      project,
      environment: 'staging',
      commit,
      blockers: [],
      steps: [{ service: 'api', action: 'deploy', live: null }],
    });
    expect((await deploy('plan', 'nowhere')).code).toBe(1);
    expect(own('ps')).toEqual([]);
  });

  test('run --wait: phases on standard error, exit 0 when both are live; status says so', async () => {
    const { code, stdout, stderr } = await deploy('run', 'staging', '--wait');
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^api {2}live {2}${commits['one']?.slice(0, 10)}.*\nweb {2}live {2}.*\n$`));
    expect(stderr).toMatch(/^Deploying \w{10} Version one → staging: api, web\n/);
    for (const phase of ['preparing', 'building', 'health check', 'live']) expect(stderr).toMatch(new RegExp(`\nweb {2}${phase}`));
    // How it is was looked at a moment ago; a probe may come late on a busy machine, and is made again.
    await expect.poll(status).toHaveLength(2);
    await expect
      .poll(async () => (await status())[1])
      .toMatchObject({
        project: expect.any(String),
        environment: 'staging',
        service: 'web',
        release: expect.stringMatching(/^[0-9a-z]{16}$/),
        commit: commits['one'],
        state: 'live',
        health: 'healthy',
        since: expect.any(Number),
      });
    ids['one'] = String((await status())[1]?.['release']);
    expect(await page('web')).toBe('web one\n');
    await expect
      .poll(async () => (await deploy('status', 'staging')).stdout)
      .toMatch(/^staging {2}api {2}live.*● healthy.*\nstaging {2}web {2}live.*Version one\n$/);
  });

  test('the same again has nothing to do', async () => {
    const again = await deploy('run', 'staging', '--wait');
    expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^\w{10} is live in staging already: api, web\./)]);
    expect((await status())[1]?.['release']).toBe(ids['one']);
  });

  test('a version that is never healthy: exit 1 with what its probes saw, and the old one serves on', async () => {
    // Long enough that a busy machine asks it at all: what its probes saw is told.
    const commit = version('broken', { healthy: false, deadline: '8s' });
    const { code, stdout, stderr } = await deploy('run', 'staging', 'web', '--wait');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^web {2}failed {2}\w{10} {2}\S/);
    expect(stderr).toMatch(/web: ✗ 404 /);
    await expect.poll(web).toMatchObject({
      release: ids['one'],
      commit: commits['one'],
      state: 'live',
      health: 'healthy',
      failed: { reason: expect.any(String) },
    });
    expect(await page('web').catch(() => 'gone')).not.toBe('web broken\n');
    const [last] = await json('history', 'staging', 'web', '-n', '1');
    expect(last).toMatchObject({ commit, state: 'failed', phase: 'failed' });
    expect((await deploy('history')).stdout).toContain('failed');
  });

  test('the fix is deployed; variables for this deployment only; JSON is one document', async () => {
    version('two');
    const { code, stdout } = await deploy('run', 'staging', 'web', '--wait', '--json', '--set', 'GREETING=for once');
    const [document] = jsonLines(stdout);
    expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 1]);
    expect(document).toMatchObject({
      run: expect.any(String),
      deployments: [{ service: 'web', state: 'live' }],
    });
    const [detail] = await json('show', 'staging', 'web');
    ids['two'] = String(detail?.['id']);
    expect(detail).toMatchObject({ commit: commits['two'], rollback: 'is-live' });
    const container = (detail as { containers: { id: string }[] }).containers[0]?.id ?? '';
    expect(docker.docker('exec', container, 'sh', '-c', 'echo $GREETING')).toBe('for once');
    expect((await deploy('show', 'staging', 'web')).stdout).toMatch(/\nPhases\n {2}queued .*\n/);
  });

  test('the hub is killed while a deployment is followed: the next one goes on with it, and so does the command', async () => {
    version('three');
    const child = startCli(['deploy', 'run', 'staging', 'web', '--wait', '--log'], { env: home.env, cwd: repository.root });
    let [stdout, stderr, killed] = ['', '', false];
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
      if (killed || !stderr.includes('web  building')) return;
      killed = true;
      void home.kill();
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, killed, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, killed: true, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^web {2}live {2}${commits['three']?.slice(0, 10)}`));
    // What was told is not told again.
    expect(stderr.match(/^web {2}queued/gm)).toHaveLength(1);
    expect(await page('web')).toBe('web three\n');
  });

  test('an older commit needs a yes', async () => {
    const { code, stdout, stderr } = await deploy('run', 'staging', 'web', '--rev', commits['one'] ?? '', '--wait');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^\? web: .*newer than this commit/);
    expect(stderr).toContain('`--yes`');
    expect((await json('history', 'staging', 'web', '-n', '1'))[0]).toMatchObject({ commit: commits['three'], state: 'live' });
  });

  test('rollback goes back to the last good release', async () => {
    const { code, stdout, stderr } = await deploy('rollback', 'staging', 'web', '--wait');
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^web {2}live {2}${commits['two']?.slice(0, 10)}`));
    expect(await page('web')).toBe('web two\n');
    expect((await json('history', 'staging', 'web', '-n', '1'))[0]).toMatchObject({ rollbackTo: ids['two'], state: 'live' });
  });

  test('logs: of a deployment, of one stream, the last lines, as JSON', async () => {
    const [failed] = (await json('history', 'staging', 'web')).filter(({ state }) => state === 'failed');
    const id = String(failed?.['id']);
    const whole = (await deploy('logs', id)).stdout.trimEnd().split('\n');
    expect(whole.some((line) => line.startsWith('build '))).toBe(true);
    expect((await deploy('logs', id.slice(0, 12), '--stream', 'build')).stdout).toMatch(/^Step 1\/\d+ : FROM/m);
    expect((await deploy('logs', id, '-n', '2')).stdout.trimEnd().split('\n')).toEqual(whole.slice(-2));
    const [line] = jsonLines((await deploy('logs', id, '--json')).stdout);
    expect(line).toEqual({ n: 1, time: expect.any(Number), stream: expect.any(String), text: expect.any(String) });
  });

  test('Ctrl-C leaves the deployment running and says how to cancel it', async () => {
    version('stuck', { healthy: false, deadline: '5m' });
    const child = startCli(['deploy', 'run', 'staging', 'web', '--wait'], { env: home.env, cwd: repository.root });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      const before = stderr;
      stderr += text;
      if (!before.includes('health check') && stderr.includes('health check')) child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(130);
    expect(stderr).toContain('The deployment goes on.');
    expect(stderr).toContain('`hearth deploy cancel staging`');
    await expect
      .poll(web)
      .toMatchObject({ state: 'live', health: 'healthy', running: { phase: 'health-check', commit: commits['stuck'] } });
    const canceled = await deploy('cancel', 'staging', 'web');
    expect([canceled.code, canceled.stdout]).toEqual([0, expect.stringMatching(/^\w{12} {2}staging\/web {2}canceled\n$/)]);
    // When it has answered nothing of it is left.
    const left = docker.docker(
      'ps',
      '-aq',
      '--filter',
      `label=hearth.project=${project}`,
      '--filter',
      `label=hearth.commit=${commits['stuck']}`,
    );
    expect(left).toBe('');
    expect(await deploy('cancel')).toMatchObject({ code: 0, stdout: '', stderr: 'Nothing is on its way.\n' });
    expect(await deploy('cancel', 'staging')).toMatchObject({ code: 0, stdout: '', stderr: 'Nothing is on its way.\n' });
  });

  test('a misspelt environment is no "all is well"', async () => {
    for (const verb of ['cancel', 'reconcile', 'status']) {
      const { code, stdout, stderr } = await deploy(verb, 'stagin');
      expect({ verb, code, stdout }).toEqual({ verb, code: 1, stdout: '' });
      expect(stderr).toContain('There is no environment "stagin" in hearth.yaml.');
      expect(stderr).toContain('There are: staging');
      expect((await deploy(verb, 'stagin', '--json')).code).toBe(1);
    }
  });

  test('a container that was removed by hand: a dry run says it, the reconciler puts it right', async () => {
    const [detail] = await json('show', 'staging', 'api');
    const container = (detail as { containers: { id: string }[] }).containers[0]?.id ?? '';
    docker.docker('rm', '-f', container);
    // The reconciler may have seen it first: then there is nothing left to say.
    const { code } = await deploy('reconcile', '--dry-run');
    expect(code).toBe(0);
    const put = await deploy('reconcile', 'staging');
    expect({ code: put.code, stderr: put.stderr }).toEqual({ code: 0, stderr: '' });
    // A container that was just put right may not listen yet.
    await expect.poll(() => page('api').catch(String)).toBe('api one\n');
    expect((await deploy('reconcile')).stdout).toBe('Everything is as it should be.\n');
  });

  test('remove needs a yes that names what stops serving; then nothing of it is left', async () => {
    const refused = await deploy('remove', 'staging');
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/^hearth: api, web of staging would stop serving\. `--yes` removes/);
    expect(await deploy('remove', 'staging', 'web', '--yes')).toEqual({ code: 0, stdout: 'Removed staging/web\n', stderr: '' });
    expect(await deploy('remove', 'staging', '--yes')).toEqual({ code: 0, stdout: 'Removed staging/api\n', stderr: '' });
    expect([own('ps'), own('network')]).toEqual([[], []]);
    expect((await status()).filter(({ state }) => state === 'live')).toEqual([]);
  });

  test('another home: it does not deploy over what is there before it has taken it over', async () => {
    expect((await deploy('run', 'staging', 'api', '--wait')).code).toBe(0);
    const other = newHome({ DOCKER_HOST: docker.address });
    const theirs = (...args: string[]) => cli(['deploy', ...args], { env: other.env, cwd: repository.root });
    const refused = await theirs('run', 'staging');
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('hearth deploy adopt staging');
    expect(await theirs('adopt', 'staging')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('--yes') });
    const adopted = await theirs('adopt', 'staging', '--yes');
    expect({ code: adopted.code, stderr: adopted.stderr }).toEqual({ code: 0, stderr: '' });
    expect(adopted.stdout).toMatch(/^Took over staging\/api {2}\w{10} {2}\w{12}\n$/);
    expect(await theirs('remove', 'staging', '--yes')).toEqual({ code: 0, stdout: 'Removed staging/api\n', stderr: '' });
    expect(own('ps', 'hearth.role=service')).toEqual([]);
  });
});
