import net from 'node:net';
import type { Duplex } from 'node:stream';
import { cancelled, Failure } from '../../rpc/failure.ts';
import { type EngineAddress, isLoopback } from './address.ts';
import { openSsh } from './transport.ts';

/** A connection as if from the engine's machine. Rejects with `docker-unavailable` when nobody listens there. */
export function dial(
  address: EngineAddress,
  reach: 'containers' | 'loopback' | 'nothing',
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Duplex> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._:-]*$/.test(host)) return Promise.reject(new Failure('invalid', `${JSON.stringify(host)} is no host.`));
  if (reach === 'nothing' || (reach === 'loopback' && !isLoopback(host))) {
    return Promise.reject(
      new Failure('unsupported', `Hearth cannot connect to ${host} on the machine of this Docker engine.`, {
        hint: 'Use health.command or a HEALTHCHECK in the image.',
      }),
    );
  }
  if (address.kind !== 'ssh') return connect(host, port, signal);
  const stream = openSsh(address, ['-W', `${host.includes(':') ? `[${host}]` : host}:${port}`, '--', address.host]);
  signal.addEventListener('abort', () => stream.destroy(cancelled()), { once: true });
  // Whoever uses it hears of an error by its own listener.
  stream.on('error', () => {});
  return Promise.resolve(stream);
}

function connect(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelled());
    const socket = net.connect({ host, port });
    const abort = () => {
      socket.destroy();
      reject(cancelled());
    };
    signal.addEventListener('abort', abort, { once: true });
    const fail = (error: Error) => {
      signal.removeEventListener('abort', abort);
      reject(new Failure('docker-unavailable', `${host}:${port} does not answer: ${error.message}.`, { cause: error }));
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.off('error', fail);
      socket.on('error', () => {});
      socket.once('close', () => signal.removeEventListener('abort', abort));
      resolve(socket);
    });
  });
}
