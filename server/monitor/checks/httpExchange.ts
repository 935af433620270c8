import { request as request1 } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { distrust } from './certificate.ts';
import { connectTo } from './connect.ts';
import { Unwell } from './faults.ts';
import { exchange2 } from './http2Exchange.ts';
import { collect, type HttpAnswer, type HttpRequest, plainHeaders } from './httpParts.ts';
import type { Look } from './look.ts';
import { secure } from './secure.ts';

/** One request over a connection of its own, which is gone afterwards. Nothing is sent to who shows a certificate that is not trusted. */
export async function exchange(url: URL, asked: HttpRequest, look: Look): Promise<HttpAnswer> {
  const isSecure = url.protocol === 'https:';
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  const connection = await connectTo(url.hostname, port, asked.family, look);
  try {
    const { socket, version } = isSecure ? await securely(connection, url, asked, look) : { socket: connection, version: asked.version };
    look.phases.begin('first byte');
    return version === '2' ? await exchange2(socket, url, asked, look) : await exchange1(socket, url, asked, look);
  } finally {
    connection.destroy();
  }
}

async function securely(connection: Socket, url: URL, { version, insecure }: HttpRequest, look: Look) {
  const offered = version === undefined ? ['h2', 'http/1.1'] : version === '2' ? ['h2'] : ['http/1.1'];
  const { socket, certificate } = await secure(connection, url.hostname, offered, look).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL') throw new Unwell(`the server does not speak HTTP/${version ?? '2'}`);
    throw error;
  });
  if (!certificate.trusted && !insecure) throw new Unwell(distrust(certificate));
  const chosen = socket.alpnProtocol === 'h2' ? '2' : '1.1';
  if (version === '2' && chosen !== '2') throw new Unwell('the server does not speak HTTP/2');
  return { socket: socket as TLSSocket | Socket, version: chosen as '1.1' | '2' };
}

function exchange1(socket: Socket, url: URL, asked: HttpRequest, look: Look): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      request.destroy();
      reject(look.signal.reason);
    };
    const request = request1(
      { createConnection: () => socket, method: asked.method, path: `${url.pathname}${url.search}`, headers: { ...asked.headers } },
      (response) => {
        const headers = plainHeaders(response.headers);
        const status = response.statusCode ?? 0;
        const done = (body: Buffer, more: boolean) => {
          look.signal.removeEventListener('abort', stop);
          resolve({ status, headers, version: '1.1', body, more });
          response.destroy();
        };
        response.on('error', reject);
        if (!asked.wantsBody(status, headers)) return done(Buffer.alloc(0), false);
        look.phases.begin('body');
        collect(response, done);
      },
    );
    request.on('error', (error) => {
      look.signal.removeEventListener('abort', stop);
      reject(error);
    });
    // Nobody has asked for another protocol.
    request.on('upgrade', () => {
      request.destroy();
      reject(new Unwell('the server changes to another protocol, which nobody has asked for'));
    });
    look.signal.addEventListener('abort', stop, { once: true });
    if (look.signal.aborted) return stop();
    request.end(asked.body);
  });
}
