// The whole way in a terminal: a container with a migration and a smoke test, a static site and a stack of one project, on a Swarm of one node.
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliOutcome, cli, jsonLines } from '../../support/cli.ts';
import { baseImage, describeDocker } from '../../support/docker.ts';
import { SwarmBench } from '../../support/swarmBench.ts';

describeDocker('hearth deploy of a project with everything', () => {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'hearth-breadth-'));
  const root = path.join(folder, 'docs-production');
  const serves = "trap 'exit 0' TERM; httpd -p 8080 -h /www; echo serving; while :; do sleep 0.1; done";
  let it: SwarmBench;
  const commits: Record<string, string> = {};
  beforeAll(async () => {
    it = await SwarmBench.open();
  });
  afterAll(async () => {
    await it?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const hearth = (...args: string[]): Promise<CliOutcome> => cli(args, { env: it.bench.home.env, cwd: it.bench.repository.root });
  const rows = async (): Promise<Record<string, unknown>[]> => JSON.parse((await hearth('deploy', 'status', '--json')).stdout);
  const shown = async (service: string) => jsonLines((await hearth('deploy', 'show', 'production', service, '--json')).stdout)[0];
  const page = () => readFileSync(path.join(root, 'current/index.html'), 'utf8').trim();
  /** In order, as the volume has it. */
  const migrations = () =>
    it.docker('run', '--rm', '-v', `hearth-${it.bench.project}-production-data:/data`, baseImage, 'cat', '/data/log').split('\n');

  /** A version of all three; the greeting of the web page is what the smoke test asks for. */
  function version(name: string, greeting = 'Welcome'): void {
    const { repository, project } = it.bench;
    const note = (word: string) => JSON.stringify(`echo "${word} $(cat /www/version)" >> /data/log`);
    repository.write('Dockerfile', `FROM ${baseImage}\nCOPY www /www\nCMD ["sh", "-c", "${serves}"]\n`);
    repository.write('www/version', `${name}\n`);
    repository.write('www/index.html', `${greeting} to ${name}\n`);
    repository.write('docs/index.html', `docs of ${name}\n`);
    repository.write(
      'compose.yaml',
      `services:\n  cache:\n    image: ${baseImage}\n    command: ["sh", "-c", "trap 'exit 0' TERM; echo cache of ${name}; while :; do sleep 0.1; done"]\n`,
    );
    repository.write(
      'hearth.yaml',
      `version: 1
project: ${project}
services:
  web:
    build: {}
    port: 8080
    health: { http: /version, interval: 50ms, timeout: 5s, healthy_for: 200ms, deadline: 60s }
    volumes: ["data:/data"]
    migrate: { dry_run: "test -d /data", run: ${note('run')}, rollback: ${note('back')} }
    smoke: [{ http: /, status: 200, contains: Welcome, attempts: 1 }, { name: the database, command: "grep -q 'run' /data/log", attempts: 1 }]
    depends_on: [back]
    drain: 100ms
    stop_timeout: 1s
  docs: { kind: static, root: "${folder}/docs-{environment}", output: docs }
  back: { kind: stack, compose: compose.yaml, health: { interval: 50ms, healthy_for: 300ms, deadline: 60s } }
environments:
  production: {}
`,
    );
    commits[name] = repository.commit(`Version ${name}`);
  }

  test('the plan says what happens to each; run makes all of it live', async () => {
    version('one');
    const plan = await hearth('deploy', 'plan', 'production');
    expect(plan).toMatchObject({ code: 0, stderr: '' });
    for (const part of [
      '\nback  deploy',
      '\nweb  ',
      '\ndocs  deploy',
      'Try the migration (dry run)',
      'Run 2 smoke tests (GET /; the database)',
    ])
      expect(plan.stdout.replaceAll(/ +deploy/g, '  deploy')).toContain(part);
    const run = await hearth('deploy', 'run', 'production', '--wait');
    expect(run, run.stderr).toMatchObject({ code: 0 });
    expect((await rows()).map(({ service, kind, state }) => [service, kind, state]).sort()).toEqual([
      ['back', 'stack', 'live'],
      ['docs', 'static', 'live'],
      ['web', 'container', 'live'],
    ]);
    expect(page()).toBe('docs of one');
    expect(migrations()).toEqual(['run one']);
    const { stdout } = await hearth('deploy', 'show', 'production', 'web');
    expect(stdout).toMatch(/\nmigration +done: It ended well\.\n/);
    expect(stdout).toMatch(/\nSmoke tests\n {2}✓ GET \/ {2}200 .*\n {2}✓ the database {2}ended with code 0 .*\n/);
    expect(await shown('back')).toMatchObject({ stack: { services: [{ name: `${it.stack}_cache`, running: 1, wanted: 1 }] } });
  });

  test('a version whose smoke test fails is taken back by itself, with its migration', async () => {
    version('two', 'Oops');
    const { code, stdout, stderr } = await hearth('deploy', 'run', 'production', 'web', '--wait');
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/^web {2}rolled-back {2}\w{10} {2}The smoke test "GET \/" of web failed: 200, without/),
    ]);
    expect(stderr).toContain('web: migration taken-back: ');
    expect(stderr).toMatch(/web: ✗ GET \/: 200, without the text "Welcome": Oops to two/);
    expect(migrations()).toEqual(['run one', 'run two', 'back two']);
    const [web] = (await rows()).filter(({ service }) => service === 'web');
    expect(web).toMatchObject({ state: 'live', commit: commits['one'], failed: { reason: expect.stringContaining('smoke test') } });
    const [container] = it.bench.containers();
    expect(it.docker('exec', container?.name ?? '', 'cat', '/www/version')).toBe('one');
  });

  test('the fix goes live everywhere', async () => {
    version('three');
    const run = await hearth('deploy', 'run', 'production', '--wait');
    expect(run, run.stderr).toMatchObject({ code: 0 });
    expect(migrations().slice(3)).toEqual(['run three']);
    expect(page()).toBe('docs of three');
    expect(run.stdout.match(new RegExp(`live {2}${commits['three']?.slice(0, 10)}`, 'g'))).toHaveLength(3);
  });

  test('logs, a shell and resources of what runs', async () => {
    const said = async () => {
      const logs = await hearth('services', 'logs', 'production', 'web', 'back', '--json');
      return jsonLines(logs.stdout).map(({ service, text }) => `${service}: ${text}`);
    };
    // A container that runs may not have spoken yet.
    await expect.poll(said).toEqual(expect.arrayContaining(['web: serving', 'back: cache of three']));
    expect(await hearth('services', 'shell', 'production', 'web', '--', 'sh', '-c', 'cat /www/version; exit 7')).toMatchObject({
      code: 7,
      stdout: 'three\n',
    });
    const measured = async () => {
      const { code, stdout } = await hearth('services', 'stats', 'production', '--json');
      return [code, ...new Set([...stdout.matchAll(/"service":\s*"(\w+)"/g)].map(([, name]) => name))].sort();
    };
    await expect.poll(measured).toEqual([0, 'back', 'web']);
  });

  test('taken down nothing serves, and what people have put there stays', async () => {
    const { code, stderr } = await hearth('deploy', 'remove', 'production', '--yes');
    expect(code, stderr).toBe(0);
    expect(it.bench.containers()).toEqual([]);
    expect(it.services()).toEqual([]);
    expect(existsSync(path.join(root, 'current'))).toBe(false);
    expect(existsSync(path.join(root, 'releases'))).toBe(true);
    expect(migrations()).toHaveLength(4);
  });
});
