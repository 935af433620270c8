import { type IncomingHttpHeaders, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect, TLSSocket } from 'node:tls';
import type { Engine } from '../engine/types.ts';

/** Where something listens, as seen from the engine's machine. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface DialRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Speak TLS with this server name; whether the certificate is a good one is not our question. */
  readonly tls?: string;
  /** Milliseconds for all of it. */
  readonly timeout: number;
  /** Bytes of the body that are read; the rest is left. */
  readonly largest?: number;
}

export interface DialAnswer {
  readonly status: number;
  /** Trailers too: Caddy sends its ETag as one. */
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The SHA-256 of the certificate that was shown, over TLS. */
  readonly certificate?: string;
}

const usualLargest = 16 * 1024 * 1024;

/** One HTTP request over a connection that the engine's machine makes. Rejects with what the connection says. */
export async function dialHttp(engine: Engine, address: Address, asked: DialRequest, signal: AbortSignal): Promise<DialAnswer> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(asked.timeout)]);
  const raw = await engine.dial(address.host, address.port, limited);
  // What comes after the answer interests nobody.
  raw.on('error', () => {});
  try {
    const socket = asked.tls === undefined ? raw : await overTls(raw, asked.tls, limited);
    return await ask(socket, asked, limited);
  } finally {
    raw.destroy();
  }
}

function overTls(raw: Duplex, servername: string, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ socket: raw, servername, rejectUnauthorized: false });
    const stop = () => socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    socket.once('secureConnect', () => resolve(socket));
    socket.once('close', () => reject(new Error('the connection was closed during the TLS handshake')));
    socket.on('error', reject);
    socket.once('close', () => signal.removeEventListener('abort', stop));
  });
}

function ask(
  socket: Duplex,
  { method, path, headers, body, largest = usualLargest }: DialRequest,
  signal: AbortSignal,
): Promise<DialAnswer> {
  return new Promise((resolve, reject) => {
    const sent = { ...headers, connection: 'close', ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) };
    const outgoing = request({ method, path, headers: sent, signal, createConnection: () => socket }, (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        // What is more than that is not read: who confirms a route needs the headers only.
        if (size <= largest) chunks.push(chunk);
        else incoming.destroy();
      });
      // It is forgotten when the connection is closed.
      const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.fingerprint256 : undefined;
      const answer = () =>
        resolve({
          ...(certificate === undefined ? {} : { certificate }),
          status: incoming.statusCode ?? 0,
          headers: { ...incoming.headers, ...incoming.trailers },
          body: Buffer.concat(chunks).toString(),
        });
      incoming.on('end', answer);
      incoming.on('error', reject);
      incoming.on('close', () => (size > largest ? answer() : reject(new Error('the answer was cut'))));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
