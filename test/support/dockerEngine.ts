// Starts and ends real Docker engines for tests, benches and the hosts of VS Code: one for the whole run, started when it is first asked for,
// ended with the run (test/support/home.ts).
// Never the machine's own: someone's production may live there. HEARTH_TEST_DOCKER_HOST names one to use instead.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAlive, until } from './processes.ts';

/** Every test that deploys builds on it: a shell, `httpd`, `wget`, `nc`. No image can be pulled. */
export const baseImage = 'busybox:1.36';

const variable = 'HEARTH_TEST_DOCKER';

/** Why there can be no engine here; undefined when there can. */
export const noDocker: string | undefined = lookForDocker();

/** `unix:///…` of the engine of this run. The first one who asks starts it; others wait for it. */
export async function dockerAddress(): Promise<string> {
  const given = process.env['HEARTH_TEST_DOCKER_HOST'];
  if (given !== undefined && given !== '') return given;
  if (noDocker !== undefined) throw new Error(`Docker tests cannot run: ${noDocker}`);
  const folder = process.env[variable] ?? prepareDocker();
  const ready = path.join(folder, 'ready');
  try {
    mkdirSync(path.join(folder, 'starting'));
  } catch {
    await until(() => existsSync(ready));
    return readReady(ready);
  }
  let outcome: string;
  try {
    outcome = await startEngine(folder);
  } catch (error) {
    outcome = `failed: ${error instanceof Error ? error.message : error}`;
  }
  writeFileSync(`${ready}.tmp`, outcome);
  renameSync(`${ready}.tmp`, ready);
  return readReady(ready);
}

/** Where this run's engine will be; called once by whoever begins a run. Starts nothing. */
export function prepareDocker(): string {
  const folder = ownFolder();
  process.env[variable] = folder;
  return folder;
}

/** Ends the engine of this run, if one was started, with all its containers, and removes every trace of it. */
export async function endDocker(): Promise<void> {
  const folder = process.env[variable];
  if (folder === undefined) return;
  delete process.env[variable];
  await stopEngine(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** An engine of a test's own, to be restarted or killed: takes a second or two. `stop` keeps its data for the next `start`. */
export class OwnEngine {
  readonly folder = ownFolder();
  readonly address = `unix://${path.join(this.folder, 'docker.sock')}`;

  /** `disk`: its data on a small disk of its own, `48m`. */
  async start(disk?: string): Promise<void> {
    if (disk !== undefined) {
      mkdirSync(path.join(this.folder, 'data'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${disk}`, 'hearth-test', path.join(this.folder, 'data')]);
    }
    await startEngine(this.folder);
  }

  /** As `systemctl stop docker` does, or as a crash when told `SIGKILL`. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const pid = pidOf(this.folder);
    if (pid === undefined) return;
    signalTo(pid, signal);
    await until(() => !isAlive(pid));
    rmSync(path.join(this.folder, 'docker.pid'), { force: true });
    // Of one that was killed it ends a moment later; the next one would still take it for its own.
    await endContainerd(this.folder);
  }

  async dispose(): Promise<void> {
    await stopEngine(this.folder);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Of this process: a later run finds what it forgot. */
function ownFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'hearth-docker-'));
  writeFileSync(path.join(folder, 'owner'), String(process.pid));
  return folder;
}

function lookForDocker(): string | undefined {
  if (process.env['HEARTH_TEST_DOCKER_HOST']) return undefined;
  if (process.platform !== 'linux') return 'only Linux has an engine that a test can start';
  if (process.getuid?.() !== 0) return 'dockerd needs root';
  for (const program of ['dockerd', 'docker', 'busybox', 'iptables', 'ip'])
    if (which(program) === undefined) return `${program} is not installed`;
  return undefined;
}

/** Where a program is, also one that only root's PATH has. */
export function which(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.map((folder) => path.join(folder, program)).find((file) => existsSync(file));
}

function readReady(file: string): string {
  const outcome = readFileSync(file, 'utf8');
  if (outcome.startsWith('failed: ')) throw new Error(`The Docker engine of the tests did not start: ${outcome.slice(8)}`);
  return outcome;
}

async function startEngine(folder: string): Promise<string> {
  const socket = path.join(folder, 'docker.sock');
  const file = (name: string) => path.join(folder, name);
  // Networks of other engines on this machine must not be ours too.
  const restarted = existsSync(file('pool'));
  const pool = restarted ? readFileSync(file('pool'), 'utf8') : takePool();
  writeFileSync(file('pool'), pool);
  // Its own bridge and rules would replace those of an engine that runs here already. One rule lets our containers talk to each other.
  firewall('-I', pool);
  const log = openSync(file('log'), 'a');
  const child = spawn(
    which('dockerd') ?? 'dockerd',
    [
      ...['--data-root', file('data'), '--exec-root', file('exec'), '--pidfile', file('docker.pid'), '-H', `unix://${socket}`],
      // Told its networks again at a restart, an engine removes the machine's `docker0`.
      ...['--bridge', bridgeOf(pool), '--iptables=false', ...(restarted ? [] : ['--default-address-pool', `base=${pool},size=26`])],
      ...['--shutdown-timeout=5', '--log-level=warn'],
    ],
    { detached: true, stdio: ['ignore', log, log], env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } },
  );
  child.unref();
  let failed: Error | undefined;
  child.on('error', (error) => {
    failed = error;
  });
  await until(() => {
    if (failed !== undefined) throw failed;
    if (child.exitCode !== null) throw new Error(readFileSync(file('log'), 'utf8').slice(-1500));
    return docker(socket, 'version').status === 0;
  });
  if (docker(socket, 'image', 'inspect', baseImage).status !== 0) importBase(socket, folder);
  return `unix://${socket}`;
}

function importBase(socket: string, folder: string): void {
  const root = path.join(folder, 'base');
  for (const name of ['bin', 'etc', 'root', 'tmp', 'usr']) mkdirSync(path.join(root, name), { recursive: true });
  const busybox = which('busybox') ?? '';
  execFileSync('cp', ['-L', busybox, path.join(root, 'bin/busybox')]);
  for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n'))
    if (applet !== 'busybox') symlinkSync('busybox', path.join(root, 'bin', applet));
  symlinkSync('../bin', path.join(root, 'usr/bin'));
  symlinkSync('bin', path.join(root, 'sbin'));
  writeFileSync(path.join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n');
  writeFileSync(path.join(root, 'etc/group'), 'root:x:0:\n');
  const archive = path.join(folder, 'base.tar');
  execFileSync('tar', ['-C', root, '--owner=0', '--group=0', '-cf', archive, '.']);
  const made = docker(socket, 'import', '-c', 'CMD ["sh"]', '-c', 'ENV PATH=/bin:/sbin:/usr/bin', archive, baseImage);
  rmSync(root, { recursive: true });
  rmSync(archive);
  if (made.status !== 0) throw new Error(made.stderr);
}

async function stopEngine(folder: string): Promise<void> {
  const socket = path.join(folder, 'docker.sock');
  const pid = pidOf(folder);
  if (pid !== undefined) {
    const left = docker(socket, 'ps', '-aq').stdout.split('\n').filter(Boolean);
    if (left.length > 0) docker(socket, 'rm', '-f', ...left);
    const networks = docker(socket, 'network', 'ls', '-q', '--filter', 'type=custom').stdout.split('\n').filter(Boolean);
    if (networks.length > 0) docker(socket, 'network', 'rm', ...networks);
    signalTo(pid, 'SIGTERM');
    const impatience = setTimeout(() => signalTo(pid, 'SIGKILL'), 60_000);
    await until(() => !isAlive(pid));
    clearTimeout(impatience);
  }
  await endContainerd(folder);
  const pool = path.join(folder, 'pool');
  if (existsSync(pool)) {
    firewall('-D', readFileSync(pool, 'utf8'));
    spawnSync(which('ip') ?? 'ip', ['link', 'delete', bridgeOf(readFileSync(pool, 'utf8'))]);
  }
  for (const mount of mountsUnder(folder)) spawnSync('umount', ['-l', mount]);
}

async function endContainerd(folder: string): Promise<void> {
  const file = path.join(folder, 'exec/containerd/containerd.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (isOf(folder, pid)) {
    signalTo(pid, 'SIGTERM');
    await until(() => !isAlive(pid));
  }
  // To dockerd a process that nobody has collected yet is alive.
  rmSync(file, { force: true });
}

function pidOf(folder: string): number | undefined {
  const file = path.join(folder, 'docker.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  return isOf(folder, pid) ? pid : undefined;
}

/** Whether a process runs for an engine of this folder. It may end while it is looked at. */
function isOf(folder: string, pid: number): boolean {
  try {
    return pid > 0 && isAlive(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
  } catch {
    return false;
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}

/** What a killed engine leaves mounted, deepest first. */
function mountsUnder(folder: string): string[] {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  return mounts.filter((mount) => mount.startsWith(`${folder}/`)).sort((a, b) => b.length - a.length);
}

/**
 * Addresses that no other engine of a test has, with a bridge that says so. One must be named: without it an engine changes or removes the
 * machine's `docker0`.
 */
function takePool(): string {
  const ip = (...args: string[]) => spawnSync(which('ip') ?? 'ip', args).status === 0;
  for (let tries = 0; tries < 120; tries++) {
    const pool = `10.${128 + ((process.pid + tries) % 120)}.0.0/16`;
    if (!ip('link', 'add', bridgeOf(pool), 'type', 'bridge')) continue;
    ip('address', 'add', pool.replace('.0.0/16', '.255.1/24'), 'dev', bridgeOf(pool));
    ip('link', 'set', bridgeOf(pool), 'up');
    return pool;
  }
  throw new Error('No bridge can be made for an engine.');
}

function bridgeOf(pool: string): string {
  return `hearth${pool.split('.')[1]}`;
}

function firewall(action: '-I' | '-D', pool: string): void {
  const rule = ['FORWARD', '-s', pool, '-d', pool, '-j', 'ACCEPT'];
  const iptables = which('iptables') ?? 'iptables';
  if (action === '-I' && spawnSync(iptables, ['-w', '-C', ...rule]).status === 0) return;
  spawnSync(iptables, ['-w', action, ...rule]);
}

function docker(socket: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('docker', ['--host', `unix://${socket}`, ...args], { encoding: 'utf8' });
}

/** Folders of engines whose run was killed: ended by the next run that starts. */
export async function endForgotten(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith('hearth-docker-'))) {
    const folder = path.join(tmpdir(), name);
    const owner = path.join(folder, 'owner');
    if (!existsSync(owner) || isAlive(Number(readFileSync(owner, 'utf8')))) continue;
    await stopEngine(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
