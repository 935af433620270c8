import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import * as tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calmLook as lookAt } from '../../support/checks.ts';
import { noOpenssl, TestAuthority, type TestCertificate } from '../../support/tlsServers.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
const own = ['DNS:localhost', 'IP:127.0.0.1'];
let authority: TestAuthority;
let good: TestCertificate;
let sent = 0;

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A server of HTTP/1.1 that shows this certificate. */
function serve(certificate: TestCertificate): Promise<number> {
  return listen(
    createHttps(certificate, (_, response) => {
      sent++;
      response.end('Shop');
    }),
  );
}

beforeAll(() => {
  authority = new TestAuthority();
  // Before the first look: the roots are read once.
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), authority.root]);
  good = authority.issue('shop', own);
});

afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  authority.dispose();
});

describe.skipIf(noOpenssl !== undefined)('certificates', () => {
  it('a good one: how long it is good, for TLS and HTTP checks', async () => {
    const port = await serve(good);
    const seen = await lookAt({ kind: 'tls', host: 'localhost', port }, { assert: ['certificate > 60d'] });
    expect(seen).toMatchObject({
      ok: true,
      found: 'shop · good for 61 days · TLSv1.3',
      certificate: { subject: 'shop', issuer: 'Hearth test root', days: 61, trusted: true, problem: null },
    });
    expect(seen.phases.map(({ name }) => name)).toEqual(['dns', 'connect', 'tls']);
    expect(
      await lookAt({ kind: 'http', url: `https://127.0.0.1:${port}/` }, { assert: ['certificate > 62d', 'text == Shop'] }),
    ).toMatchObject({
      ok: false,
      message: 'certificate is 61 days, wanted > 62d',
      certificate: { days: 61 },
    });
  });

  it.each<[string, () => TestCertificate, string, string]>([
    ['ended', () => authority.issue('old', own, -1), 'CERT_HAS_EXPIRED', 'it has ended'],
    ['signed by itself', () => authority.selfSigned('mine', own), 'DEPTH_ZERO_SELF_SIGNED_CERT', 'it is signed by itself'],
    [
      'for another host',
      () => authority.issue('else', ['DNS:else.example.test']),
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'it was made for another name',
    ],
    [
      'without the one between',
      () => {
        const { key, cert } = authority.issue('lonely', own, 30, authority.between('unknown', 30));
        return { key, cert: cert.slice(0, cert.indexOf('-----END') + 26) };
      },
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'or the server does not send the certificates between',
    ],
  ])('one that is %s: not trusted, nothing is sent, and it says why', async (_, make, problem, sentence) => {
    const port = await serve(make());
    const tlsSeen = await lookAt({ kind: 'tls', host: '127.0.0.1', port });
    expect(tlsSeen).toMatchObject({ ok: false, certificate: { trusted: false, problem } });
    expect(tlsSeen.message).toContain(sentence);
    const before = sent;
    expect(await lookAt({ kind: 'http', url: `https://localhost:${port}/` })).toMatchObject({
      ok: false,
      certificate: { trusted: false, problem },
    });
    expect(sent).toBe(before);
    expect(await lookAt({ kind: 'http', url: `https://localhost:${port}/`, insecure: true }, { assert: ['text == Shop'] })).toMatchObject({
      ok: true,
    });
  });

  it('days that are over are negative', async () => {
    const port = await serve(authority.issue('old', own, -1));
    const seen = await lookAt({ kind: 'tls', host: '127.0.0.1', port }, { assert: ['certificate > 14d'] });
    expect(seen).toMatchObject({ ok: false, found: expect.stringMatching(/^old · ended [12] days? ago/) });
    expect(seen.certificate?.days).toBeLessThan(0);
  });

  it('of a chain the one that ends first counts', async () => {
    const port = await serve(authority.issue('long', own, 300, authority.between('soon', 5)));
    expect(await lookAt({ kind: 'tls', host: 'localhost', port })).toMatchObject({
      ok: true,
      certificate: { subject: 'soon', days: 4, trusted: true },
    });
  });

  it('one that has ended but is not needed does not count', async () => {
    // A root of old with the name and the key of the one that is trusted, which the server sends on.
    const { key, cert } = authority.issue('kept', own, 40, authority.between('Hearth test root', -1));
    const port = await serve({ key, cert });
    expect(await lookAt({ kind: 'tls', host: 'localhost', port })).toMatchObject({ ok: true, certificate: { subject: 'kept', days: 39 } });
  });

  it('SNI: the name decides which certificate comes', async () => {
    const shop = authority.issue('named', ['DNS:shop.example.test']);
    const contexts = { 'shop.example.test': tls.createSecureContext(shop), localhost: tls.createSecureContext(good) };
    const port = await listen(
      tls.createServer({
        ...good,
        SNICallback: (name, callback) => callback(null, contexts[name as keyof typeof contexts]),
      }),
    );
    const named = await lookAt({ kind: 'tls', host: '127.0.0.1', port, serverName: 'shop.example.test' });
    expect(named).toMatchObject({ ok: true, certificate: { subject: 'named' } });
    expect(await lookAt({ kind: 'tls', host: 'localhost', port })).toMatchObject({ ok: true, certificate: { subject: 'shop' } });
    expect(await lookAt({ kind: 'tls', host: 'localhost', port, serverName: 'other.example.test' })).toMatchObject({
      ok: false,
      certificate: { problem: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  });

  it('a handshake that never ends, and none at all', async () => {
    const silent = await listen(createTcpServer());
    expect(await lookAt({ kind: 'tls', host: '127.0.0.1', port: silent }, { timeout: 3000 })).toMatchObject({
      ok: false,
      message: 'the TLS handshake was not done within 3 s',
      certificate: null,
    });
    const closing = await listen(createTcpServer((socket) => socket.destroy()));
    expect(await lookAt({ kind: 'tls', host: '127.0.0.1', port: closing })).toMatchObject({ ok: false, milliseconds: null });
  });
});

describe.skipIf(noOpenssl !== undefined)('HTTP/2 over TLS', () => {
  it('is spoken where it is offered, unless told otherwise', async () => {
    const port = await listen(
      createSecureServer({ ...good, allowHTTP1: true }, (request, response) => response.end(request.httpVersion)) as Server,
    );
    const url = `https://localhost:${port}/`;
    expect(await lookAt({ kind: 'http', url }, { assert: ['text == "2.0"'] })).toMatchObject({
      ok: true,
      found: 'HTTP 200 · 3 bytes · HTTP/2',
    });
    expect(await lookAt({ kind: 'http', url, version: '1.1' }, { assert: ['text == "1.1"'] })).toMatchObject({ ok: true });
    expect(await lookAt({ kind: 'http', url, version: '2', method: 'HEAD' })).toMatchObject({ ok: true, certificate: { subject: 'shop' } });
  });

  it('is told when it is wanted and not there', async () => {
    const port = await serve(good);
    expect(await lookAt({ kind: 'http', url: `https://localhost:${port}/`, version: '2' })).toMatchObject({
      ok: false,
      message: 'the server does not speak HTTP/2',
    });
    const only2 = await listen(createSecureServer({ ...good }) as Server);
    expect(await lookAt({ kind: 'http', url: `https://localhost:${only2}/`, version: '1.1' })).toMatchObject({ ok: false });
  });
});
