import { connect } from 'node:http2';
import type { Socket } from 'node:net';
import { Unwell } from './faults.ts';
import { collect, type HttpAnswer, type HttpRequest, plainHeaders } from './httpParts.ts';
import type { Look } from './look.ts';

/** Belong to a connection of HTTP/1.1 and are not allowed here. */
const ofConnections = new Set([
  'host',
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'te',
]);

/** One request over HTTP/2, on a connection that is there (without TLS: with prior knowledge). */
export async function exchange2(socket: Socket, url: URL, asked: HttpRequest, look: Look): Promise<HttpAnswer> {
  const session = connect(url.origin, { createConnection: () => socket, settings: { enablePush: false } });
  let stop = () => {};
  try {
    return await new Promise<HttpAnswer>((resolve, reject) => {
      stop = () => reject(look.signal.reason);
      look.signal.addEventListener('abort', stop, { once: true });
      if (look.signal.aborted) return stop();
      session.on('error', reject);
      session.on('close', () => reject(new Unwell('the connection was closed before the answer was complete')));
      const own = Object.entries(asked.headers).filter(([name]) => !ofConnections.has(name));
      const stream = session.request(
        {
          ...Object.fromEntries(own),
          ':method': asked.method,
          ':path': `${url.pathname}${url.search}`,
          ':scheme': url.protocol.slice(0, -1),
          ':authority': asked.headers['host'] ?? url.host,
        },
        { endStream: asked.body === undefined },
      );
      stream.on('error', reject);
      stream.on('response', (received) => {
        const headers = plainHeaders(received);
        const status = received[':status'] ?? 0;
        const done = (body: Buffer, more: boolean) => resolve({ status, headers, version: '2', body, more });
        if (!asked.wantsBody(status, headers)) return done(Buffer.alloc(0), false);
        look.phases.begin('body');
        collect(stream, (body, more) => {
          if (more) return done(body, true);
          // A stream that was cut ends like a complete one: only its close tells them apart.
          stream.on('close', () => {
            if (stream.rstCode === 0 && !stream.aborted) done(body, false);
            else reject(new Unwell('the connection was closed before the answer was complete'));
          });
        });
      });
      const unanswered = () => reject(new Unwell(`the server ended the stream without an answer (code ${stream.rstCode})`));
      stream.once('close', () => setImmediate(unanswered));
      if (asked.body !== undefined) stream.end(asked.body);
    });
  } finally {
    look.signal.removeEventListener('abort', stop);
    session.destroy();
  }
}
