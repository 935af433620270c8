import { request } from 'node:http';
import type { HealthCheck } from '../config/hearthTypes.ts';
import type { Probe } from '../protocol/deployTypes.ts';
import { cancelled, Failure } from '../rpc/failure.ts';
import { networkOf } from './containers.ts';
import type { ContainerState, Engine } from './engine/types.ts';
import type { DeploymentRecord } from './records.ts';

/** What is looked at, and how. */
export interface ProbeTarget {
  readonly health: HealthCheck;
  readonly port: number | undefined;
  /** Where the container is reached. */
  readonly network: string;
  /** What HTTP asks for. */
  readonly host: string;
}

export function probeTarget(record: DeploymentRecord): ProbeTarget {
  const { service } = record.config;
  return { health: service.health, port: service.port, network: networkOf(record), host: service.route?.host ?? 'localhost' };
}

type Seen = Pick<Probe, 'ok' | 'message'> & { readonly status?: number };

const longest = 500;

/**
 * One look at a container, as it was just inspected. What does not answer in time has failed; only the signal rejects (`cancelled`). The
 * message may hold what the container said: whoever keeps it masks secrets first.
 */
export async function probeOnce(engine: Engine, container: ContainerState, target: ProbeTarget, signal: AbortSignal): Promise<Probe> {
  const time = Date.now();
  const start = performance.now();
  const seen = await look(engine, container, target, signal);
  if (signal.aborted) throw cancelled();
  const milliseconds = Math.round((performance.now() - start) * 10) / 10;
  return { time, milliseconds, ...seen, message: cut(seen.message) };
}

async function look(engine: Engine, container: ContainerState, target: ProbeTarget, signal: AbortSignal): Promise<Seen> {
  if (container.state !== 'running') return { ok: false, message: whyNotRunning(container) };
  const { probe, timeout } = target.health;
  const within = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  try {
    switch (probe.kind) {
      case 'http':
        return await askHttp(engine, container, target, probe.path, within);
      case 'tcp': {
        const socket = await engine.dial(...addressOf(container, target), within);
        socket.destroy();
        return { ok: true, message: `port ${target.port} answers` };
      }
      case 'command': {
        const { exitCode, output } = await engine.exec(container.id, probe.command, { timeout }, within);
        return { ok: exitCode === 0, status: exitCode, message: output.trim() };
      }
      case 'container':
        return ownHealth(container);
    }
  } catch (error) {
    if (within.aborted) return { ok: false, message: `no answer within ${timeout} ms` };
    return { ok: false, message: (error as Error).message };
  }
}

function whyNotRunning({ state, exitCode, outOfMemory }: ContainerState): string {
  if (outOfMemory) return 'killed: out of memory';
  if (state === 'exited' || state === 'restarting' || state === 'dead') return `exited with code ${exitCode ?? 'unknown'}`;
  return state;
}

/** What the image's own HEALTHCHECK says; without one it is well as long as it runs. */
function ownHealth({ health, healthLog }: ContainerState): Seen {
  if (health === undefined) return { ok: true, message: 'running' };
  const last = healthLog.at(-1);
  const status = last === undefined ? {} : { status: last.exitCode };
  return { ok: health === 'healthy', ...status, message: `${health}${last === undefined ? '' : `: ${last.output.trim()}`}` };
}

function addressOf(container: ContainerState, { network, port }: ProbeTarget): [string, number] {
  const address = container.addresses[network];
  if (address === undefined || address === '') throw new Failure('precondition', `It has no address in the network ${network}.`);
  if (port === undefined) throw new Failure('precondition', 'The service names no port to look at.');
  return [address, port];
}

/** Any 2xx and 3xx is well: who answers with a redirection is up. */
async function askHttp(engine: Engine, container: ContainerState, target: ProbeTarget, path: string, signal: AbortSignal): Promise<Seen> {
  const socket = await engine.dial(...addressOf(container, target), signal);
  try {
    return await new Promise<Seen>((resolve, reject) => {
      const headers = { host: target.host, 'user-agent': 'Hearth', accept: '*/*', connection: 'close' };
      const asked = request({ createConnection: () => socket, method: 'GET', path, headers, signal }, (response) => {
        const status = response.statusCode ?? 0;
        let text = '';
        const done = () => {
          resolve({ ok: status >= 200 && status < 400, status, message: status < 400 ? `${status}` : `${status} ${text}`.trim() });
          response.destroy();
        };
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          if (text.length >= longest) done();
        });
        response.on('end', done);
        response.on('error', reject);
      });
      asked.on('error', reject);
      asked.end();
    });
  } finally {
    socket.destroy();
  }
}

function cut(message: string): string {
  return message.length > longest ? `${message.slice(0, longest)}…` : message;
}
