// A Docker engine of a test's own that manages a Swarm of one node, and a bench on it: a repository with a compose file, a home, a window's server.
import { execFileSync, spawnSync } from 'node:child_process';
import { DeployBench, type Mode } from './deployBench.ts';
import { OwnEngine, which } from './dockerEngine.ts';
import { until } from './processes.ts';

/** The bridge that every Swarm of a machine makes is one's own by its name: two tests may have one each. */
const bridge = `hgw${process.pid}`;

/** Quick enough for tests. */
const quickStack = '{ interval: 100ms, healthy_for: 300ms, deadline: 10s }';

export class SwarmBench {
  readonly #own: OwnEngine;
  readonly #before: string | undefined;
  readonly bench: DeployBench;

  private constructor(own: OwnEngine, before: string | undefined, bench: DeployBench) {
    this.#own = own;
    this.#before = before;
    this.bench = bench;
  }

  /** `through`: answers the address by which hubs use the engine, such as that of a `FakeEngine` before it. */
  static async open(through: (address: string) => Promise<string> = async (address) => address): Promise<SwarmBench> {
    const own = new OwnEngine();
    const before = process.env['HEARTH_TEST_DOCKER_HOST'];
    try {
      await own.start();
      initialise((...args) => execFileSync('docker', ['--host', own.address, ...args], { encoding: 'utf8' }));
      process.env['HEARTH_TEST_DOCKER_HOST'] = own.address;
      return new SwarmBench(own, before, await DeployBench.open({ DOCKER_HOST: await through(own.address) }));
    } catch (error) {
      await end(own, before);
      throw error;
    }
  }

  get address(): string {
    return this.#own.address;
  }

  /** The `docker` command on the engine, from outside. */
  docker(...args: string[]): string {
    return execFileSync('docker', ['--host', this.#own.address, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  /** Writes and commits a version of a stack `back`; answers the commit. */
  version(
    version: string,
    compose: string,
    { mode = 'good', more = '', health = quickStack }: { mode?: Mode; more?: string; health?: string } = {},
  ): string {
    const { repository, project } = this.bench;
    this.bench.version(version, mode);
    repository.write('compose.yaml', compose);
    const lines = more === '' ? [] : more.split('\n');
    const keys = ['kind: stack', 'compose: compose.yaml', `health: ${health}`, ...lines].map((line) => `    ${line}\n`).join('');
    repository.write(
      'hearth.yaml',
      `version: 1\nproject: ${project}\nservices:\n  back:\n${keys}environments:\n  production: {}\nretention: { releases: 2, logs: 5 }\n`,
    );
    return repository.commit(`Stack ${version}`);
  }

  get stack(): string {
    return `hearth-${this.bench.project}-production-back`;
  }

  /** `web 1/1`: services of the stack and how many of their tasks run. */
  services(): string[] {
    const text = this.docker('service', 'ls', '--format', '{{.Name}} {{.Replicas}}');
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${this.stack}_`))
      .map((line) => line.slice(this.stack.length + 1).trim())
      .sort();
  }

  /** What a command says in a running task of a service. */
  inTask(service: string, ...command: string[]): string {
    const [id] = this.running(service);
    return this.docker('exec', id ?? 'none', ...command);
  }

  /** Containers of a service that run. */
  running(service: string): string[] {
    const filters = ['--filter', `label=com.docker.swarm.service.name=${this.stack}_${service}`, '--filter', 'status=running'];
    return this.docker('ps', '-q', ...filters)
      .split('\n')
      .filter((id) => id !== '');
  }

  async dispose(): Promise<void> {
    await this.bench.home.dispose();
    const services = this.docker('service', 'ls', '-q').split('\n').filter(Boolean);
    if (services.length > 0) this.docker('service', 'rm', ...services);
    // Networks are in use until the tasks are gone.
    await until(() => this.docker('ps', '-aq', '--filter', 'label=com.docker.swarm.task') === '');
    await this.bench.dispose();
    this.docker('swarm', 'leave', '--force');
    await end(this.#own, this.#before);
  }
}

function initialise(docker: (...args: string[]) => string): void {
  const subnet = `172.${16 + (process.pid % 14)}.${process.pid % 250}.0/24`;
  const options = ['--opt', `com.docker.network.bridge.name=${bridge}`, '--opt', 'com.docker.network.bridge.enable_icc=false'];
  docker('network', 'create', '--subnet', subnet, ...options, 'docker_gwbridge');
  const port = 20_000 + (process.pid % 12_000);
  docker('swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', `127.0.0.1:${port}`, '--data-path-port', String(port));
}

async function end(own: OwnEngine, before: string | undefined): Promise<void> {
  if (before === undefined) delete process.env['HEARTH_TEST_DOCKER_HOST'];
  else process.env['HEARTH_TEST_DOCKER_HOST'] = before;
  await own.dispose();
  spawnSync(which('ip') ?? 'ip', ['link', 'delete', bridge]);
}
