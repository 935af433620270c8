import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createServer2 } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calmLook as lookAt } from '../../support/checks.ts';
import { freePort } from '../../support/freePort.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();

/** The port it listens on. */
async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

/** Made once: it takes as long as a look may be disturbed by ourselves. */
const bomb = gzipSync(Buffer.alloc(50 << 20));
const large = JSON.stringify({ ok: true, rows: 'x'.repeat(2 << 20), state: 'fine' });
const requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
let base = '';
let other = '';

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? '';
  const redirect = /^\/to\/(\d+)\/(.*)$/.exec(url);
  if (redirect !== null)
    return void response.writeHead(Number(redirect[1]), { location: decodeURIComponent(redirect[2] ?? '') }).end('gone');
  if (url.startsWith('/status/')) return void response.writeHead(Number(url.slice(8))).end('some text');
  if (url === '/json') return void response.setHeader('content-type', 'application/json').end('{"ok": true, "parts": ["a", "b"]}');
  if (url === '/latin')
    return void response.setHeader('content-type', 'text/html; charset=iso-8859-1').end(Buffer.from([0x53, 0xfc, 0xdf]));
  if (url === '/gzip') return void response.setHeader('content-encoding', 'gzip').end(gzipSync('packed Shop'));
  if (url === '/brotli') return void response.setHeader('content-encoding', 'br').end(brotliCompressSync('packed Shop'));
  if (url === '/bomb') return void response.setHeader('content-encoding', 'gzip').end(bomb);
  if (url === '/silent') return;
  if (url === '/endless') return void pour(response);
  if (url === '/large') return void response.setHeader('content-type', 'application/json').end(large);
  if (url === '/slow') return void response.writeHead(200).write('first');
  if (url === '/cut') return void response.writeHead(200, { 'content-length': 100 }).write('first', () => response.socket?.destroy());
  if (url.startsWith('/growing/')) return void response.writeHead(302, { location: `/growing/${url.length}${url.slice(9)}` }).end();
  response.end('Welcome to the Shop');
}

function pour(response: ServerResponse): void {
  const chunk = 'x'.repeat(65_536);
  const more = () => {
    while (response.write(chunk));
    response.once('drain', more);
  };
  response.on('close', () => response.removeAllListeners('drain'));
  more();
}

beforeAll(async () => {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      answer(request, response);
    });
  });
  const port = await listen(server);
  base = `http://127.0.0.1:${port}`;
  // The same server under another name is another origin.
  other = `http://localhost:${port}`;
});

const http = (path: string, more: Record<string, unknown> = {}) => ({ kind: 'http', url: `${base}${path}`, ...more });
const last = () => requests.at(-1) ?? expect.fail('nothing was asked');

describe('HTTP/1.1', () => {
  it('says what came, how long it took and where the time went', async () => {
    const seen = await lookAt(http('/'));
    expect(seen).toMatchObject({ ok: true, message: null, found: 'HTTP 200 · 19 bytes', certificate: null, assertions: [] });
    expect(seen.phases.map(({ name }) => name)).toEqual(['connect', 'first byte', 'body']);
    expect(seen.milliseconds).toBeGreaterThan(0);
    expect(last()).toMatchObject({ method: 'GET', url: '/', headers: { 'user-agent': 'Hearth', connection: 'close' } });
  });

  it('is not well from 400 on, unless an assertion says otherwise', async () => {
    expect(await lookAt(http('/status/503'))).toMatchObject({ ok: false, message: 'status 503 Service Unavailable, wanted below 400' });
    expect(await lookAt(http('/status/503'), { assert: ['status in 500..599'] })).toMatchObject({ ok: true, message: null });
    expect(await lookAt(http('/'), { assert: ['status == 500', 'text contains "Shop"', 'size > 1MB'] })).toMatchObject({
      ok: false,
      message: 'status 200, wanted 500 (and 1 more)',
      assertions: [
        { expression: 'status == 500', ok: false, actual: '200' },
        { expression: 'text contains "Shop"', ok: true, actual: '"Welcome to the Shop"' },
        { expression: 'size > 1MB', ok: false, actual: '19 bytes' },
      ],
    });
  });

  it('asserts on all that comes', async () => {
    const assert = ['time < 30s', 'header.content-type contains json', 'json $.parts[1] == "b"', 'json $.ok == true', 'size == 33'];
    expect(await lookAt(http('/json'), { assert })).toMatchObject({ ok: true, message: null });
    expect(await lookAt(http('/latin'), { assert: ['text == "Süß"'] })).toMatchObject({ ok: true });
    for (const path of ['/gzip', '/brotli'])
      expect(await lookAt(http(path), { assert: ['text == "packed Shop"'] })).toMatchObject({ ok: true });
    expect(await lookAt(http('/bomb'), { assert: ['text contains "Shop"'] })).toMatchObject({
      ok: null,
      message: 'text is undecided: the answer is larger than the 1 MB that is read',
    });
  });

  it('an assertion nobody can read says nothing of the server', async () => {
    const seen = await lookAt(http('/'), { assert: ['status = 200'] });
    expect(seen).toMatchObject({ ok: null, message: '`status = 200`: Equal is written ==.', milliseconds: null });
  });

  it('inverted: up is down, and our own faults stay what they are', async () => {
    expect(await lookAt(http('/'), { inverted: true })).toMatchObject({ ok: false, message: 'it is well, and this monitor is inverted' });
    expect(await lookAt(http('/status/500'), { inverted: true })).toMatchObject({ ok: true, message: null });
    expect(await lookAt(http('/', { secretHeaders: { a: 'NOT_SET' } }), { inverted: true })).toMatchObject({ ok: null });
  });

  it('sends what it is told: method, headers, body', async () => {
    await lookAt(http('/', { method: 'POST', headers: { 'X-Shop': 'yes', Host: 'shop.example.test' }, body: '{"ä": 1}' }));
    expect(last()).toMatchObject({
      method: 'POST',
      body: '{"ä": 1}',
      headers: { 'x-shop': 'yes', host: 'shop.example.test', 'content-length': '9' },
    });
    expect(await lookAt(http('/', { method: 'HEAD' }))).toMatchObject({ ok: true, found: 'HTTP 200 · 0 bytes' });
    const forbidden = await lookAt(http('/', { headers: { 'x-a': 'b\r\nx-c: d' } }));
    expect(forbidden).toMatchObject({ ok: null, message: expect.stringContaining('Invalid character') });
  });

  it('secrets are sent and never said', async () => {
    const secrets = { TOKEN: 'correct-horse-battery' };
    const seen = await lookAt(
      http('/', { secretHeaders: { Authorization: 'TOKEN' } }),
      { assert: ['text contains "correct-horse-battery"'] },
      { secrets },
    );
    expect(last().headers.authorization).toBe('correct-horse-battery');
    const url = `${base.replace('//', '//user:hidden-password@')}/to/302/${encodeURIComponent(`${other}/?x=hidden-password`)}`;
    const named = await lookAt({ kind: 'http', url }, { assert: ['text contains "hidden-password"'] });
    expect(requests.at(-2)?.headers.authorization).toBe(`Basic ${Buffer.from('user:hidden-password').toString('base64')}`);
    // What an assertion says is written in the file, not a secret: only what was found is masked.
    expect(JSON.stringify([seen.found, seen.message, named.found, named.message])).not.toMatch(/correct-horse|hidden-password/);
    expect(await lookAt(http('/', { secretHeaders: { a: 'NOT_SET' } }))).toMatchObject({
      ok: null,
      message: 'the secret NOT_SET is not set',
    });
  });
});

describe('redirects', () => {
  it('are followed, the method as browsers do it', async () => {
    const seen = await lookAt(http('/to/302/%2Fto%2F301%2F%2Fjson'));
    expect(seen).toMatchObject({ ok: true, found: `HTTP 200 · 33 bytes · 2 redirects to ${base}/json` });
    await lookAt(http('/to/307/%2Fthere', { method: 'POST', body: 'x' }));
    expect(last()).toMatchObject({ method: 'POST', url: '/there', body: 'x' });
    await lookAt(http('/to/303/%2Fthere', { method: 'PUT', body: 'x', headers: { 'content-type': 'a/b' } }));
    expect(last()).toMatchObject({ method: 'GET', body: '' });
    expect(last().headers).not.toHaveProperty('content-type');
  });

  it('0 redirects: the redirect itself is the answer', async () => {
    const seen = await lookAt(http('/to/301/%2Fx', { redirects: 0 }), {
      assert: ['status == 301', 'header.location == "/x"', 'text == gone'],
    });
    expect(seen).toMatchObject({ ok: true, found: 'HTTP 301 · 4 bytes' });
  });

  it('in a circle, without end and to nowhere are told', async () => {
    const circle = `/to/302/${encodeURIComponent('/to/302/%2Fto%2F302%2F')}`;
    expect(await lookAt(http('/to/302/'))).toMatchObject({
      ok: false,
      message: expect.stringContaining('the redirects go in a circle, back to'),
    });
    expect(await lookAt(http(circle))).toMatchObject({ ok: false });
    expect(await lookAt(http('/growing/', { redirects: 3 }))).toMatchObject({
      ok: false,
      message: expect.stringContaining('more than 3 redirects'),
    });
    expect(await lookAt(http('/to/302/file%3A%2F%2F%2Fetc%2Fpasswd'))).toMatchObject({
      ok: false,
      message: 'the redirect goes to file:///etc/passwd, which is no address of a website',
    });
  });

  it('another server gets no credentials', async () => {
    const secrets = { TOKEN: 'correct-horse-battery' };
    const headers = { Authorization: 'Basic abc', Cookie: 'a=b', 'x-plain': 'yes' };
    await lookAt(
      http(`/to/302/${encodeURIComponent(`${other}/there`)}`, { headers, secretHeaders: { 'X-Key': 'TOKEN' } }),
      {},
      { secrets },
    );
    expect(requests.at(-2)?.headers).toMatchObject({ authorization: 'Basic abc', cookie: 'a=b', 'x-key': 'correct-horse-battery' });
    expect(last().headers).toMatchObject({ host: other.slice(7), 'x-plain': 'yes' });
    for (const name of ['authorization', 'cookie', 'x-key']) expect(last().headers).not.toHaveProperty(name);
    await lookAt(http('/to/302/%2Fthere', { secretHeaders: { 'X-Key': 'TOKEN' } }), {}, { secrets });
    expect(last().headers['x-key']).toBe('correct-horse-battery');
  });
});

describe('servers that do not behave', () => {
  /** Long enough to get there on a loaded machine. */
  const short = { timeout: 3000, interval: 5000 };

  it('nobody there, half open, slow, cut', async () => {
    const port = await freePort();
    expect(await lookAt({ kind: 'http', url: `http://127.0.0.1:${port}` })).toMatchObject({
      ok: false,
      message: `127.0.0.1:${port} refuses the connection`,
      milliseconds: null,
    });
    expect(await lookAt(http('/silent'), short)).toMatchObject({ ok: false, message: 'no answer within 3 s' });
    expect(await lookAt(http('/slow'), short)).toMatchObject({ ok: false, message: 'the answer was not complete within 3 s' });
    expect(await lookAt(http('/cut'))).toMatchObject({ ok: false, message: 'the connection was closed before the answer was complete' });
  });

  it('a body without end is read up to 1 MB', async () => {
    const seen = await lookAt(http('/endless'), { assert: ['size > 500kB', 'text contains xxxx'] });
    expect(seen).toMatchObject({ ok: true, found: 'HTTP 200 · more than 1 MB' });
  });

  it('what is behind the first MB is not known: nobody is down, or up, by it', async () => {
    const undecided = { ok: null, message: expect.stringMatching(/ is undecided: the answer is larger than the 1 MB that is read$/) };
    for (const path of ['/large', '/endless']) {
      for (const assert of ['json $.ok == true', 'text contains "fine"', 'text not contains "fine"']) {
        expect(await lookAt(http(path), { assert: [assert] })).toMatchObject(undecided);
        expect(await lookAt(http(path), { assert: [assert], inverted: true })).toMatchObject(undecided);
      }
    }
    expect(await lookAt(http('/large'), { assert: ['text contains ok', 'size > 2MB'] })).toMatchObject({ ok: true });
    // What is decided counts, whatever else is not.
    expect(await lookAt(http('/large'), { assert: ['json $.ok == true', 'status == 204'] })).toMatchObject({
      ok: false,
      message: 'status 200, wanted 204',
    });
  });

  it('what is no HTTP', async () => {
    const talks = (text: string, end = true) =>
      listen(
        createTcpServer((socket) => {
          socket.on('error', () => {}).on('data', () => (end ? socket.end(text) : socket.write(text)));
        }),
      );
    expect(await lookAt({ kind: 'http', url: `http://127.0.0.1:${await talks('220 mail.example.test ESMTP\r\n')}` })).toMatchObject({
      ok: false,
      message: expect.stringContaining('the answer is not HTTP'),
    });
    expect(await lookAt({ kind: 'http', url: `http://127.0.0.1:${await talks('')}` })).toMatchObject({
      ok: false,
      message: 'the connection was closed before the answer was complete',
    });
    const large = `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}\r\n\r\n`;
    expect(await lookAt({ kind: 'http', url: `http://127.0.0.1:${await talks(large, false)}` })).toMatchObject({
      ok: false,
      message: expect.stringContaining('the headers of the answer are too large'),
    });
    const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n';
    expect(await lookAt({ kind: 'http', url: `http://127.0.0.1:${await talks(upgrade, false)}` })).toMatchObject({ ok: false });
    expect(await lookAt({ kind: 'http', url: `https://127.0.0.1:${await talks('220 hello\r\n')}` })).toMatchObject({
      ok: false,
      message: expect.stringContaining('not TLS'),
    });
  });

  it('cancelled: the promise rejects, and nothing is left open', async () => {
    const controller = new AbortController();
    const look = lookAt(http('/silent'), {}, { signal: controller.signal });
    await expect.poll(() => last().url).toBe('/silent');
    controller.abort();
    await expect(look).rejects.toMatchObject({ reason: 'cancelled' });
    await expect(lookAt(http('/'), {}, { signal: controller.signal })).rejects.toMatchObject({ reason: 'cancelled' });
    await expect.poll(() => sockets.size).toBe(0);
  });
});

describe('addresses', () => {
  it('a server on IPv6 alone is found by its name and its address', async () => {
    const port = await listen(createServer(answer), '::1');
    expect(await lookAt({ kind: 'http', url: `http://[::1]:${port}/` })).toMatchObject({ ok: true });
    expect(await lookAt({ kind: 'tcp', host: '[::1]', port })).toMatchObject({ ok: true, found: 'connected to ::1' });
    expect(await lookAt({ kind: 'tcp', host: '[::1]', port, family: 4 })).toMatchObject({ ok: null, message: '::1 is no address of IPv4' });
  });

  it('TCP: connected, refused, and a name that does not exist', async () => {
    const port = Number(new URL(base).port);
    expect(await lookAt({ kind: 'tcp', host: '127.0.0.1', port })).toMatchObject({ ok: true, found: 'connected to 127.0.0.1' });
    const free = await freePort();
    expect(await lookAt({ kind: 'tcp', host: '127.0.0.1', port: free })).toMatchObject({
      ok: false,
      message: `127.0.0.1:${free} refuses the connection`,
    });
  });
});

describe('HTTP/2', () => {
  let url = '';

  beforeAll(async () => {
    const server = createServer2();
    server.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      const path = headers[':path'];
      if (path === '/silent') return;
      if (path === '/reset') return stream.close(2);
      if (path === '/goaway') return stream.session?.destroy();
      stream.respond({
        ':status': path === '/bad' ? 500 : 200,
        'x-host': headers[':authority'] ?? '',
        'x-plain': headers['x-plain'] ?? '',
      });
      if (path === '/cut') return void stream.write('first', () => stream.destroy(new Error('cut')));
      if (path === '/gone') return void stream.write('first', () => stream.session?.destroy());
      if (path === '/endless') {
        const more = () => {
          while (!stream.destroyed && stream.write('x'.repeat(65_536)));
        };
        stream.on('drain', more);
        return more();
      }
      let body = '';
      stream.on('data', (chunk) => {
        body += chunk;
      });
      stream.on('end', () => stream.end(`Shop ${body}`));
    });
    url = `http://127.0.0.1:${await listen(server as unknown as Server)}`;
  });

  const look = (path: string, settings = {}, more = {}) => lookAt({ kind: 'http', url: `${url}${path}`, version: '2', ...more }, settings);

  it('with prior knowledge: answers, errors, bodies', async () => {
    const assert = ['header.x-host == shop.example.test', 'header.x-plain == yes', 'text == "Shop ä"'];
    const headers = { Host: 'shop.example.test', Connection: 'close', 'X-Plain': 'yes' };
    expect(await look('/', { assert }, { method: 'POST', body: 'ä', headers })).toMatchObject({
      ok: true,
      found: 'HTTP 200 · 7 bytes · HTTP/2',
    });
    expect(await look('/bad')).toMatchObject({ ok: false, message: 'status 500 Internal Server Error, wanted below 400' });
    expect(await look('/endless')).toMatchObject({ ok: true, found: 'HTTP 200 · more than 1 MB · HTTP/2' });
  });

  it.each([['/reset'], ['/goaway'], ['/cut'], ['/gone']])('%s is told, before the time is over', async (path) => {
    expect(await look(path)).toMatchObject({ ok: false, milliseconds: null, message: expect.not.stringContaining(' within ') });
  });

  it('/silent is told', async () => {
    expect(await look('/silent', { timeout: 300 })).toMatchObject({ ok: false, milliseconds: null });
  });
});
