// The engine of this run as a Swarm of one, for suites and pictures that deploy stacks.
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { dockerAddress, which } from './dockerEngine.ts';
import { freePort } from './freePort.ts';

/** The bridge that every Swarm of a machine makes is one's own by its name: two runs may have one each. */
const bridge = `hgr${process.pid}`;

/** Makes the engine of this run a Swarm of one; fine when it is one. */
export async function swarmOfOne(): Promise<void> {
  if ((await docker('info', '--format', '{{.Swarm.LocalNodeState}}')) === 'active') return;
  const subnet = `172.${16 + (process.pid % 14)}.${(process.pid + 7) % 250}.0/24`;
  const options = ['--opt', `com.docker.network.bridge.name=${bridge}`, '--opt', 'com.docker.network.bridge.enable_icc=false'];
  await docker('network', 'create', '--subnet', subnet, ...options, 'docker_gwbridge');
  const port = await freePort();
  await docker('swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', `127.0.0.1:${port}`, '--data-path-port', String(port));
}

/** Ends it, with whatever runs in it. */
export async function leaveSwarm(): Promise<void> {
  const services = (await docker('service', 'ls', '-q')).split('\n').filter(Boolean);
  if (services.length > 0) await docker('service', 'rm', ...services);
  await docker('swarm', 'leave', '--force');
  await docker('network', 'rm', 'docker_gwbridge').catch(() => {});
  spawnSync(which('ip') ?? 'ip', ['link', 'delete', bridge]);
}

async function docker(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('docker', ['--host', await dockerAddress(), ...args]);
  return stdout.trim();
}
