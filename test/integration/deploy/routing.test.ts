import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Routing } from '../../../server/config/hearthTypes.ts';
import type { Engine } from '../../../server/deploy/engine/types.ts';
import { CaddyRouter } from '../../../server/deploy/routing/caddy.ts';
import { type Route, type RouterParts, type RouteTarget, routerOf } from '../../../server/deploy/routing/index.ts';
import { Failure } from '../../../server/rpc/failure.ts';
import { caddyProgram, startCaddy, startCaddyContainer, type TestCaddy } from '../../support/caddy.ts';
import { describeDocker, testDocker } from '../../support/docker.ts';

const signal = new AbortController().signal;
/** All of an engine that a router asks when Caddy runs beside it. */
const beside = {
  reach: 'containers',
  dial: async (host: string, port: number) => {
    const socket = connect(port, host);
    await once(socket, 'connect');
    return socket;
  },
} as unknown as Engine;

/** Caddy keeps everything itself. */
const parts = {} as RouterParts;

const web: RouteTarget = {
  ...{ owner: 'me', project: 'shop', environment: 'production', service: 'web' },
  ...{ host: 'shop.example.test', path: '/', probe: '/healthz' },
};
const api: RouteTarget = { ...web, service: 'api', path: '/api', probe: '/api' };
const one = (upstreams: readonly string[]): Route => ({ deployment: '0mf000000000000a', upstreams });
const two = (upstreams: readonly string[]): Route => ({ deployment: '0mf000000000000b', upstreams });

describe.skipIf(caddyProgram === undefined && process.env['HEARTH_CI'] !== '1')('a real Caddy', () => {
  let caddy: TestCaddy;
  const servers: http.Server[] = [];
  beforeEach(async () => {
    caddy = await startCaddy();
  });
  afterEach(async () => {
    await caddy?.dispose();
    for (const each of servers.splice(0)) each.close().closeAllConnections();
  });

  const router = (more: Partial<Extract<Routing, { kind: 'caddy' }>> = {}) =>
    routerOf({ kind: 'caddy', admin: caddy.admin, ...more }, beside, parts);
  /** A release that says its name; answers where it listens. */
  const release = async (name: string): Promise<string> => {
    const server = http.createServer((_, answer) => answer.end(name)).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const ask = (
    path = '/',
    headers: Record<string, string> = {},
  ): Promise<{ body: string; headers: http.IncomingHttpHeaders; status: number }> =>
    new Promise((resolve, reject) => {
      const asked = http.get(`${caddy.entry}${path}`, { agent: false, headers: { host: web.host, ...headers } }, (answer) => {
        let body = '';
        answer.on('data', (chunk) => {
          body += chunk;
        });
        answer.on('end', () => resolve({ body, headers: answer.headers, status: answer.statusCode ?? 0 }));
      });
      asked.on('error', reject);
    });
  /** A listener of the configuration before may take a connection, or reset it, for a moment after the change. */
  const answers = (path = '/') => expect.poll(async () => (await ask(path)).body);
  const refusal = async (act: Promise<unknown>): Promise<Failure> => {
    const error = await act.then(
      () => undefined,
      (each: unknown) => each,
    );
    expect(error).toBeInstanceOf(Failure);
    return error as Failure;
  };

  test('routes, confirms, switches, and leaves everything as it was', async () => {
    const before = await caddy.config();
    const [a, b] = [one([await release('a')]), two([await release('b')])];
    await router().check(web, signal);
    expect(await router().current(web, signal)).toBeUndefined();
    expect((await ask()).body).toBe("the user's own");

    await router().route(web, a, signal);
    expect((await router().confirm(web, a, signal)).detail).toContain(`200 from ${a.upstreams[0]}`);
    await answers().toBe('a');
    expect(await router().current(web, signal)).toEqual(a);

    await router().route(web, b, signal);
    await router().confirm(web, b, signal);
    await answers().toBe('b');
    expect(await router().current(web, signal)).toEqual(b);
    // Visitors do not learn which release answers; who knows its id is told.
    expect((await ask()).headers).not.toHaveProperty('hearth-deployment');
    expect((await ask('/', { 'hearth-confirm': b.deployment })).headers['hearth-deployment']).toBe(b.deployment);
    expect((await ask('/', { 'hearth-confirm': a.deployment })).headers).not.toHaveProperty('hearth-deployment');

    await router().remove(web, signal);
    await router().remove(web, signal);
    expect(await caddy.config()).toEqual(before);
  });

  test('the same route again changes nothing: Caddy does not load anything', async () => {
    const route = one([await release('a')]);
    await router().route(web, route, signal);
    const asked: string[] = [];
    const watched = {
      ...beside,
      dial: async (host: string, port: number) => {
        const socket = await beside.dial(host, port, signal);
        const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
        socket.write = ((chunk: unknown, ...more: unknown[]) => {
          asked.push(String(chunk).split(' ')[0] ?? '');
          return write(chunk, ...more);
        }) as typeof socket.write;
        return socket;
      },
    } as Engine;
    await routerOf({ kind: 'caddy', admin: caddy.admin }, watched, parts).route(web, route, signal);
    expect(asked).toEqual(['GET']);
  });

  test('services share a host by path, the longer one first, whichever came first', async () => {
    await router().route(web, one([await release('web')]), signal);
    await router().route(api, two([await release('api')]), signal);
    const all = async () => Promise.all(['/', '/apiary', '/api', '/api/items'].map(async (path) => (await ask(path)).body));
    await expect.poll(all).toEqual(['web', 'web', 'api', 'api']);
    await router().remove(web, signal);
    await router().route(web, one([await release('web')]), signal);
    await expect.poll(all).toEqual(['web', 'web', 'api', 'api']);
  });

  test('a service that gets another path changes its place, too', async () => {
    const [a, b] = [one([await release('web')]), two([await release('api')])];
    await router().route({ ...web, path: '/deep/down' }, a, signal);
    await router().route(api, b, signal);
    const paths = async () => JSON.stringify(await caddy.config()).match(/"path":\["[^"]+"/g);
    expect(await paths()).toEqual(['"path":["/deep/down"', '"path":["/api"']);
    await router().route(web, a, signal);
    await answers('/api').toBe('api');
    await answers('/deep/down').toBe('web');
    await router().route({ ...web, path: '/api/v2' }, a, signal);
    await answers('/api/v2').toBe('web');
    await answers('/').toBe("the user's own");
  });

  test('changes at the same moment are all kept', async () => {
    const upstream = await release('same');
    const targets = Array.from({ length: 8 }, (_, at) => ({ ...web, service: `s${at}`, host: `s${at}.example.test` }));
    const outcomes = await Promise.allSettled(targets.map((target) => router().route(target, one([upstream]), signal)));
    const look = await router().look(signal);
    // Who could not get in between the others says so; nobody has undone another's.
    for (const [at, outcome] of outcomes.entries()) {
      expect(look(targets[at] ?? web) !== undefined).toBe(outcome.status === 'fulfilled');
    }
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(1);
  });

  test('a host that somebody else routes is refused, and by whom', async () => {
    await router().route(web, one([await release('a')]), signal);
    const service = await refusal(router().check({ ...web, service: 'other' }, signal));
    expect(service).toMatchObject({ reason: 'precondition', message: 'shop.example.test/ is routed to web of shop production.' });
    const home = await refusal(router().check({ ...web, owner: 'somebody' }, signal));
    expect(home.message).toContain('deployed from another home');
    const own = { match: [{ host: ['Blog.example.test'], path: ['/blog/*'] }], handle: [{ handler: 'static_response', body: 'blog' }] };
    const config = (await caddy.config()) as { apps: { http: { servers: { main: { routes: unknown[] } } } } };
    config.apps.http.servers.main.routes.push(own);
    await caddy.load(config);
    const users = await refusal(router().check({ ...web, service: 'blog', host: 'blog.example.test' }, signal));
    expect(users.message).toBe('Caddy has a route of its own for blog.example.test.');
    await router().check(web, signal);
  });

  test('an environment that was taken over: the route of the former owner is replaced, not doubled', async () => {
    await router().route({ ...web, owner: 'former' }, one([await release('a')]), signal);
    const mine = { ...web, adopted: ['former'] };
    await router().check(mine, signal);
    expect(await router().current(mine, signal)).toMatchObject({ deployment: one([]).deployment });
    await router().route(mine, two([await release('b')]), signal);
    await answers().toBe('b');
    expect(JSON.stringify(await caddy.config())).not.toContain('hearth:former');
  });

  test('a switch that does not happen is not confirmed: nothing listens, or another release answers', async () => {
    const impatient = new CaddyRouter({ kind: 'caddy', admin: caddy.admin }, beside, { patience: 300 });
    const dead = one(['127.0.0.1:9']);
    await impatient.route(web, dead, signal);
    expect(await refusal(impatient.confirm(web, dead, signal))).toMatchObject({ reason: 'timeout' });
    const a = one([await release('a')]);
    await impatient.route(web, a, signal);
    const failure = await refusal(impatient.confirm(web, { ...a, deployment: 'another' }, signal));
    expect(failure.message).toContain('200 from somebody else');
  });

  test('a connection that the admin listener of before cuts off is made once more; a change is made once', async () => {
    const cut = new Set<string>();
    const relayed: string[] = [];
    // Each question is cut off the first time; a change after it was made.
    const relay = http.createServer(async (asked, answer) => {
      const line = `${asked.method} ${asked.url}`;
      const first = !cut.has(line);
      cut.add(line);
      if (first && asked.method === 'GET') return void asked.socket.destroy();
      relayed.push(`${asked.method}`);
      const headers = { ...asked.headers, host: new URL(caddy.admin).host };
      const on = http.request(`${caddy.admin}${asked.url}`, { method: asked.method, headers, agent: false }, (found) => {
        if (first) found.resume().on('end', () => asked.socket.destroy());
        else {
          answer.writeHead(found.statusCode ?? 500, found.headers);
          found.on('end', () => answer.addTrailers(found.trailers as Record<string, string>)).pipe(answer);
        }
      });
      asked.pipe(on);
    });
    servers.push(relay.listen(0, '127.0.0.1'));
    await once(relay, 'listening');
    const through = router({ admin: `http://127.0.0.1:${(relay.address() as AddressInfo).port}` });
    const a = one([await release('a')]);
    await through.route(web, a, signal);
    await through.route(web, a, signal);
    await answers().toBe('a');
    expect(JSON.stringify(await caddy.config()).split(`"${web.host}"`)).toHaveLength(2);
    expect(relayed.filter((method) => method !== 'GET').length).toBeGreaterThan(1);
  });

  test('what Caddy does not take or is not there is said with what to do', async () => {
    const stubborn = http.createServer((asked, answer) => {
      answer.statusCode = asked.method === 'GET' ? 200 : 400;
      answer.end(asked.method === 'GET' ? 'null' : JSON.stringify({ error: 'listen tcp :443: bind: permission denied' }));
    });
    servers.push(stubborn.listen(0, '127.0.0.1'));
    await once(stubborn, 'listening');
    const elsewhere = router({ admin: `http://127.0.0.1:${(stubborn.address() as AddressInfo).port}` });
    const refused = await refusal(elsewhere.route(web, one(['127.0.0.1:1']), signal));
    expect(refused).toMatchObject({ reason: 'precondition', message: 'Caddy has refused the route (400).' });
    expect(refused.detail).toBe('listen tcp :443: bind: permission denied');
    expect((await refusal(router({ server: 'public' }).check(web, signal))).hint).toBe('It has main.');
    const admin = caddy.admin;
    await caddy.dispose();
    const gone = await refusal(router().check(web, signal));
    expect(gone.message).toContain(`Caddy's admin endpoint ${admin} does not answer`);
  });

  test('over TLS the certificate of the host is asked for', async () => {
    const { host } = new URL(caddy.entry);
    await caddy.load({
      admin: { listen: new URL(caddy.admin).host },
      apps: {
        http: { servers: { main: { listen: [host], routes: [], automatic_https: { disable_redirects: true } } } },
        tls: { automation: { policies: [{ issuers: [{ module: 'internal' }] }] } },
        pki: { certificate_authorities: { local: { install_trust: false } } },
      },
    });
    const secure = { ...web, host: 'shop.localhost' };
    const route = one([await release('a')]);
    await router().route(secure, route, signal);
    expect((await router().confirm(secure, route, signal)).detail).toContain('200 from');
  });
});

describeDocker('a Caddy in a container', () => {
  test('without any configuration gets a server, by its name in the network, and loses it with the last route', async () => {
    const docker = await testDocker();
    const name = `caddy-${Math.random().toString(36).slice(2, 8)}`;
    const caddy = await startCaddyContainer(docker, name, { configured: false });
    try {
      const before = await caddy.config();
      docker.docker(
        'run',
        '-d',
        '--name',
        `${name}-web`,
        '--network',
        caddy.network,
        'busybox:1.36',
        'httpd',
        '-f',
        '-p',
        '8080',
        '-h',
        '/etc',
      );
      const entry = `https://${new URL(caddy.entry).hostname}`;
      const router = routerOf({ kind: 'caddy', admin: `http://${name}:2019`, network: caddy.network, entry }, docker.engine, parts);
      const target = { ...web, host: 'shop.localhost', probe: '/passwd' };
      const route = one([`${name}-web:8080`]);
      await router.check(target, signal);
      await router.route(target, route, signal);
      expect((await router.confirm(target, route, signal)).detail).toContain(`200 from ${name}-web:8080`);
      await router.remove(target, signal);
      expect(JSON.stringify(await caddy.config())).not.toContain('hearth');
      expect(before).toMatchObject({ admin: { listen: '0.0.0.0:2019' } });
    } finally {
      docker.docker('rm', '-f', '-v', `${name}-web`);
      await caddy.dispose();
      docker.close();
    }
  });
});
