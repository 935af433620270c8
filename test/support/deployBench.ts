// A repository with services, a home with a hub, a window's server and the real engine: what every test that deploys needs.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as deploy from '../../server/protocol/deploy.ts';
import type { Deployment } from '../../server/protocol/deployTypes.ts';
import type { InputOf, RequestDefinition, ResultOf } from '../../server/protocol/message.ts';
import { baseImage, dockerAddress } from './dockerEngine.ts';
import { HubHome } from './hub.ts';
import { createRepository, type Repository } from './repositories/repository.ts';
import type { RequestError, TestServer } from './server.ts';

/**
 * A web server that says its version, and one that never answers. It ends at SIGTERM at once, so that tests need not wait for SIGKILL.
 * `mode` is what it does: `good`, `deaf` (listens nowhere), `dying` (ends after a moment), `late` (is well until
 * it is told to end, and stays dead then), `sick` (answers 404 to /healthz).
 */
export type Mode = 'good' | 'deaf' | 'dying' | 'late' | 'sick';

const script = `#!/bin/sh
trap 'kill $(cat /tmp/pid 2>/dev/null) 2>/dev/null; exit 0' TERM
echo "version $(cat /www/version) mode $(cat /mode)"
test -z "$TOKEN" || echo "my token is $TOKEN"
case "$(cat /mode)" in
  deaf) while :; do sleep 0.1; done ;;
  late) trap 'touch /died; kill $(cat /tmp/pid 2>/dev/null); exit 3' TERM; test ! -e /died || exit 3 ;;
  dying) sleep 0.3; echo "cannot go on" >&2; exit 3 ;;
esac
httpd -f -p 8080 -h /www & echo $! > /tmp/pid
wait
`;

const healthWithin = (deadline: string) => `{ http: /healthz, interval: 50ms, timeout: 20s, healthy_for: 200ms, deadline: ${deadline} }`;
/** Quick enough for tests, slow enough to be looked at. */
const quickHealth = healthWithin('3s');
/** Of a version that gets well: how long that takes is up to the machine. */
const patientHealth = healthWithin('60s');

export interface ServiceText {
  /** YAML of the keys beside `build`, `port` and `health`. */
  readonly more?: string;
  readonly health?: string;
  readonly image?: string;
}

export class DeployBench {
  project = newName();
  repository: Repository = newRepository();
  readonly #before: { project: string; repository: Repository }[] = [];
  readonly address: string;
  readonly home: HubHome;
  server!: TestServer;

  private constructor(address: string, env: Record<string, string>) {
    this.address = address;
    this.home = new HubHome({ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C', DOCKER_HOST: address, ...env });
  }

  static async open(env: Record<string, string> = {}): Promise<DeployBench> {
    const bench = new DeployBench(await dockerAddress(), env);
    bench.server = await bench.home.window();
    return bench;
  }

  /** Another repository and project, in the same home: cheaper than another bench. */
  anew(): void {
    this.#before.push({ project: this.project, repository: this.repository });
    this.project = newName();
    this.repository = newRepository();
  }

  /** Writes and commits a version of `web`; answers the commit. */
  version(
    version: string,
    mode: Mode = 'good',
    services: Record<string, ServiceText> = { web: {} },
    environments = 'production: {}',
  ): string {
    const { repository, project } = this;
    // Layers of its own: whoever removes an image takes the layers that no other tag holds, also from under a build that has just found them.
    const start = `FROM ${baseImage}\nLABEL bench=${project}\n`;
    repository.write('Dockerfile', `${start}COPY www /www\nCOPY mode /mode\nCOPY run.sh /run.sh\nCMD ["/bin/sh", "/run.sh"]\n`);
    repository.write('run.sh', script);
    repository.write('mode', mode);
    repository.write('www/version', version);
    repository.write('www/index.html', `version ${version}\n`);
    if (mode === 'sick') repository.remove('www/healthz');
    else repository.write('www/healthz', 'ok\n');
    const usual = mode === 'good' || mode === 'late' ? patientHealth : quickHealth;
    const yaml = Object.entries(services).map(([name, { more = '', health = usual, image }]) =>
      [
        `  ${name}:`,
        image === undefined ? '    build: {}' : `    image: ${image}`,
        '    port: 8080',
        `    health: ${health}`,
        ...(more.includes('drain:') ? [] : ['    drain: 100ms']),
        ...lines(more),
      ].join('\n'),
    );
    repository.write(
      'hearth.yaml',
      `version: 1\nproject: ${this.project}\nservices:\n${yaml.join('\n')}\nenvironments:\n  ${environments}\nretention: { releases: 3, logs: 5 }\n`,
    );
    return repository.commit(`Version ${version}`);
  }

  send<D extends RequestDefinition>(definition: D, params: Omit<InputOf<D>, 'repository'> & { confirmed?: true }): Promise<ResultOf<D>> {
    return this.server.send(definition, { repository: this.repository.root, ...params } as unknown as InputOf<D>);
  }

  async refusal<D extends RequestDefinition>(
    definition: D,
    params: Omit<InputOf<D>, 'repository'> & { confirmed?: true },
  ): Promise<RequestError> {
    try {
      await this.send(definition, params);
    } catch (error) {
      return error as RequestError;
    }
    throw new Error(`${definition.method} was not refused`);
  }

  /** Deploys and waits until all of it has ended. */
  async deploy(params: Partial<Omit<InputOf<typeof deploy.run>, 'repository'>> & { confirmed?: true } = {}): Promise<Deployment[]> {
    const { run } = await this.send(deploy.run, { environment: 'production', ...params });
    return this.ended(run);
  }

  async ended(run: string): Promise<Deployment[]> {
    return (await this.send(deploy.follow, { run, log: false })).deployments;
  }

  /** What is live, by service. */
  async live(environment = 'production'): Promise<Map<string, Deployment>> {
    const { deployments } = await this.send(deploy.list, { environment, limit: 1000 });
    return new Map(deployments.filter(({ state }) => state === 'live').map((each) => [each.service, each]));
  }

  async log(id: string): Promise<string> {
    const { lines = [] } = await this.send(deploy.log, { id });
    return lines.map(({ stream, text }) => `${stream}: ${text}`).join('\n');
  }

  /** The `docker` command on the engine, from outside. */
  docker(...args: string[]): string {
    return execFileSync('docker', ['--host', this.address, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  /** Containers of this project: name and state. */
  containers(...filters: string[]): { name: string; state: string }[] {
    const args = [`label=hearth.project=${this.project}`, ...filters].flatMap((each) => ['--filter', each]);
    const text = this.docker('ps', '-a', '--no-trunc', ...args, '--format', '{{.Names}}\t{{.State}}');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ name: line.split('\t')[0] ?? '', state: line.split('\t')[1] ?? '' }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** What a container answers to a request, from the engine's machine. */
  async ask(container: string, path = '/version'): Promise<string> {
    const address = this.docker('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}', container).split(
      ' ',
    )[0];
    const response = await fetch(`http://${address}:8080${path}`);
    return `${response.status} ${(await response.text()).trim()}`;
  }

  async dispose(): Promise<void> {
    await this.home.dispose();
    for (const each of [...this.#before, this]) this.#removeAll(each);
  }

  #removeAll({ project, repository }: { project: string; repository: Repository }): void {
    const ids = (what: string[]) =>
      this.docker(...what, '-q', '--filter', `label=hearth.project=${project}`)
        .split('\n')
        .filter((id) => id !== '');
    const containers = ids(['ps', '-a']);
    if (containers.length > 0) this.docker('rm', '-f', '-v', ...containers);
    const networks = ids(['network', 'ls']);
    if (networks.length > 0) this.docker('network', 'rm', ...networks);
    const volumes = ids(['volume', 'ls']);
    if (volumes.length > 0) this.docker('volume', 'rm', ...volumes);
    const images = this.docker('images', '--format', '{{.Repository}}:{{.Tag}}', '--filter', `reference=hearth/${project}-*`)
      .split('\n')
      .filter((name) => name !== '');
    if (images.length > 0) this.docker('rmi', '-f', ...images);
    repository.dispose();
  }
}

const newName = (): string => `t${randomBytes(4).toString('hex')}`;

function newRepository(): Repository {
  const repository = createRepository();
  repository.git('config', 'user.name', 'Ada Example');
  repository.git('config', 'user.email', 'ada@example.test');
  return repository;
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `    ${line}`);
}
