// One question of a smoke test over HTTP: against real servers, through a connection as an engine makes it, and directly.
import http, { type RequestListener } from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Engine } from '../../../server/deploy/engine/types.ts';
import { askOnce, type Way } from '../../../server/deploy/phases/smokeHttp.ts';
import { freePort } from '../../support/freePort.ts';

const signal = new AbortController().signal;
const servers: http.Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: RequestListener): Promise<number> {
  const server = http.createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

/** As the engine of this machine connects. */
const engine = {
  dial: (host: string, port: number) =>
    new Promise((resolve, reject) => {
      const socket = net.connect({ host, port }, () => resolve(socket)).once('error', reject);
    }),
} as unknown as Engine;

const way = (port: number): Way => ({ engine, address: { host: '127.0.0.1', port }, tls: false, host: 'shop.example.test' });
const get = (url: string, more: { status?: number; contains?: string } = {}) => ({ kind: 'http', url, ...more }) as const;

describe.each(['through a route', 'directly'] as const)('asked %s', (how) => {
  const ask = (port: number, path: string, more: { status?: number; contains?: string } = {}, timeout = 60_000) =>
    how === 'directly'
      ? askOnce(get(`http://127.0.0.1:${port}${path}`, more), undefined, timeout, signal)
      : askOnce(get(path, more), way(port), timeout, signal);

  test('any of 200 to 399 is well unless a status is told', async () => {
    const port = await serve((request, response) => {
      response.writeHead(Number(request.url?.slice(1)), { location: 'http://elsewhere.example.test/' }).end('what is wrong');
    });
    expect(await ask(port, '/204')).toMatchObject({ ok: true });
    expect(await ask(port, '/302')).toEqual({ ok: true, message: '302 to http://elsewhere.example.test/' });
    expect(await ask(port, '/404', { status: 404 })).toMatchObject({ ok: true });
    expect(await ask(port, '/500')).toMatchObject({ ok: false, message: expect.stringMatching(/^500.*: what is wrong$/) });
    expect(await ask(port, '/200', { status: 201 })).toMatchObject({ ok: false, message: expect.stringContaining('instead of 201') });
  });

  test('the text must be in what is read of the answer, at most a megabyte', async () => {
    let ended = false;
    const port = await serve((request, response) => {
      if (request.url === '/short') return void response.end('Welcome to the Shop');
      // More than anybody reads: whoever writes it is cut off.
      response.on('close', () => {
        ended = true;
      });
      const more = () => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', more);
      };
      more();
    });
    expect(await ask(port, '/short', { contains: 'Shop' })).toEqual({ ok: true, message: '200' });
    expect(await ask(port, '/short', { contains: 'Bank' })).toEqual({
      ok: false,
      message: '200, without the text "Bank": Welcome to the Shop',
    });
    const endless = await ask(port, '/endless', { contains: 'Shop' });
    expect(endless).toMatchObject({ ok: false, message: expect.stringMatching(/^200, without the text "Shop": x{200}$/) });
    await expect.poll(() => ended).toBe(true);
  });

  test('redirects are followed within the host only, and not for ever', async () => {
    const asked: string[] = [];
    const port = await serve((request, response) => {
      asked.push(`${request.headers.host} ${request.url}`);
      const to = { '/old': '/new', '/round': '/round', '/away': 'http://169.254.169.254/secret' }[request.url ?? ''];
      if (to === undefined) response.end('the new page');
      else response.writeHead(301, { location: to }).end();
    });
    const host = how === 'directly' ? `127.0.0.1:${port}` : 'shop.example.test';
    expect(await ask(port, '/old', { contains: 'new page' })).toMatchObject({ ok: true });
    expect(asked).toEqual([`${host} /old`, `${host} /new`]);
    expect(await ask(port, '/old', { status: 301 })).toMatchObject({ ok: true });
    expect(await ask(port, '/away', { status: 200 })).toEqual({
      ok: false,
      message: '301 to http://169.254.169.254/secret instead of 200',
    });
    expect(await ask(port, '/round')).toMatchObject({ ok: false, message: expect.stringContaining('redirects again and again') });
    expect(asked.filter((each) => each.endsWith('/round'))).toHaveLength(6);
  });

  test('no answer in time, and nobody there, is not well; whoever cancels is obeyed', async () => {
    const port = await serve(() => {});
    expect(await ask(port, '/', {}, 50)).toEqual({ ok: false, message: 'no answer within 50 ms' });
    // Not the port of a server that was closed: the system may have given it to somebody else.
    expect(await ask(await freePort(), '/')).toMatchObject({ ok: false, message: expect.stringContaining('ECONNREFUSED') });
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(askOnce(get('/'), way(port), 5000, stopped)).rejects.toThrow('stopped');
  });
});

test('a path stays a path, whatever it looks like', async () => {
  const asked: string[] = [];
  const port = await serve((request, response) => {
    asked.push(`${request.headers.host} ${request.url}`);
    response.end();
  });
  await askOnce(get('//elsewhere.example.test/x'), way(port), 60_000, signal);
  expect(asked).toEqual(['shop.example.test //elsewhere.example.test/x']);
});
