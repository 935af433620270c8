// The router that writes files for Traefik, with a proxy that reads them as Traefik does, and releases that answer.
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Routing } from '../../../server/config/hearthTypes.ts';
import { Authority } from '../../../server/deploy/authority/index.ts';
import type { Engine } from '../../../server/deploy/engine/types.ts';
import { type Route, type Router, type RouterParts, type RouteTarget, routerOf } from '../../../server/deploy/routing/index.ts';
import { TraefikRouter } from '../../../server/deploy/routing/traefik.ts';
import { Failure } from '../../../server/rpc/failure.ts';
import { until } from '../../support/processes.ts';
import { day } from '../../support/stateStore.ts';
import { FolderProxy } from '../../support/traefik/proxy.ts';

type Options = Extract<Routing, { kind: 'traefik' }>;

const { signal } = new AbortController();
/** All of an engine that the router asks. */
const beside = {
  address: 'local',
  reach: 'containers',
  dial: async (host: string, port: number) => {
    const socket = connect(port, host);
    await once(socket, 'connect');
    return socket;
  },
} as unknown as Engine;

const web: RouteTarget = {
  ...{ owner: 'me', project: 'shop', environment: 'production', service: 'web' },
  ...{ host: 'shop.example.test', path: '/', probe: '/healthz' },
};
const api: RouteTarget = { ...web, service: 'api', path: '/api', probe: '/api' };
const one = (upstream: string): Route => ({ deployment: '0mf000000000000a', upstreams: [upstream] });
const two = (upstream: string): Route => ({ deployment: '0mf000000000000b', upstreams: [upstream] });

let root: string;
let folder: string;
let proxy: FolderProxy;
/** Nothing is live by the state. */
let parts: RouterParts;
const servers: http.Server[] = [];

beforeEach(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'hearth-traefik-'));
  folder = path.join(root, 'dynamic');
  mkdirSync(folder);
  parts = {
    home: path.join(root, 'home'),
    store: { read: async (query: (reader: unknown) => unknown) => query({ all: () => [] }) } as never,
  };
  proxy = await FolderProxy.start(folder);
});
afterEach(() => {
  proxy.dispose();
  for (const each of servers.splice(0)) each.close().closeAllConnections();
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
});

const options = (more: Partial<Options> = {}): Options => ({
  ...{ kind: 'traefik', folder, entryPoints: [], tls: { kind: 'none' }, entry: proxy.plain },
  ...more,
});
const router = (more: Partial<Options> = {}) => routerOf(options(more), beside, parts);
const impatient = (more: Partial<Options> = {}) => new TraefikRouter(options(more), beside, parts, { patience: 200 });
/** A release that says its name; answers where it listens. */
const release = async (name: string): Promise<string> => {
  const server = http.createServer((_, answer) => answer.end(name)).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const ask = (where = '/', headers: Record<string, string> = {}): Promise<{ body: string; headers: http.IncomingHttpHeaders }> =>
  new Promise((resolve, reject) => {
    const asked = http.get(`${proxy.plain}${where}`, { agent: false, headers: { host: web.host, ...headers } }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => {
        body += chunk;
      });
      answer.on('end', () => resolve({ body, headers: answer.headers }));
    });
    asked.on('error', reject);
  });
const refusal = async (act: Promise<unknown>): Promise<Failure> => {
  const error = await act.then(
    () => undefined,
    (each: unknown) => each,
  );
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
};
const own = () => path.join(folder, 'hearth_shop_production.yml');

describe('files for Traefik', () => {
  test('route, confirm, switch, and are gone with the last route', async () => {
    writeFileSync(path.join(folder, 'theirs.yml'), 'http:\n  middlewares:\n    own: { stripPrefix: { prefixes: [/x] } }\n');
    const [a, b] = [one(await release('a')), two(await release('b'))];
    await router().check(web, signal);
    expect(await router().current(web, signal)).toBeUndefined();

    await router().route(web, a, signal);
    expect((await router().confirm(web, a, signal)).detail).toMatch(/^200 from 127\.0\.0\.1:\d+ through 127\.0\.0\.1:\d+$/);
    expect((await ask()).body).toBe('a');
    expect(await router().current(web, signal)).toEqual(a);
    // Traefik may be another user than Hearth.
    expect(statSync(own()).mode & 0o777).toBe(0o644);

    await router().route(web, b, signal);
    await router().confirm(web, b, signal);
    expect((await ask()).body).toBe('b');
    expect((await router().look(signal))(web)).toEqual(b);
    // Visitors do not learn which release answers; who knows its id is told.
    expect((await ask()).headers).not.toHaveProperty('hearth-deployment');
    expect((await ask('/', { 'hearth-confirm': b.deployment })).headers['hearth-deployment']).toBe(b.deployment);
    expect((await ask('/', { 'hearth-confirm': a.deployment })).headers).not.toHaveProperty('hearth-deployment');

    await router().remove(web, signal);
    await router().remove(web, signal);
    expect(readdirSync(folder)).toEqual(['theirs.yml']);
    expect(proxy.refused).toEqual([]);
  });

  test('the same route again writes nothing', async () => {
    const route = one(await release('a'));
    await router().route(web, route, signal);
    const { ino } = statSync(own());
    await router().route(web, route, signal);
    expect(statSync(own()).ino).toBe(ino);
  });

  test('changes at the same moment are all kept, and services share a host by path', async () => {
    const [a, b] = [one(await release('web')), two(await release('api'))];
    const more = Array.from({ length: 6 }, (_, at) => ({ ...web, service: `s${at}`, host: `s${at}.example.test` }));
    await Promise.all([
      router().route(api, b, signal),
      router().route(web, a, signal),
      ...more.map((each) => router().route(each, a, signal)),
    ]);
    await Promise.all([
      router().confirm(web, a, signal),
      router().confirm(api, b, signal),
      ...more.map((each) => router().confirm(each, a, signal)),
    ]);
    const answers = await Promise.all(['/', '/apiary', '/api', '/api/items'].map(async (where) => (await ask(where)).body));
    expect(answers).toEqual(['web', 'web', 'api', 'api']);
    await router().remove(web, signal);
    expect((await router().look(signal))(api)).toEqual(b);
    expect(proxy.refused).toEqual([]);
  });

  test('a host that somebody else routes is refused, by file and line, and their file stays as it is', async () => {
    await router().route(web, one('127.0.0.1:9'), signal);
    const service = await refusal(router().check({ ...web, service: 'other' }, signal));
    expect(service).toMatchObject({ reason: 'precondition', message: 'shop.example.test/ is routed to web of shop production.' });
    const elsewhere = await refusal(router().check({ ...web, project: 'blog', owner: 'somebody' }, signal));
    expect(elsewhere.message).toContain('web of shop production, deployed from another home');
    const text = '[http.routers.blog]\n  rule = "Host(`Blog.example.test`) && PathPrefix(`/x`)"\n  service = "blog"\n';
    mkdirSync(path.join(folder, 'sites'));
    writeFileSync(path.join(folder, 'sites', 'blog.toml'), text);
    const users = await refusal(router().check({ ...web, service: 'blog', host: 'blog.example.test' }, signal));
    expect(users.message).toBe(`Traefik has a route of its own for blog.example.test: sites/blog.toml:2 in ${folder}.`);
    expect(readFileSync(path.join(folder, 'sites', 'blog.toml'), 'utf8')).toBe(text);
    // Its own route is in nobody's way, nor is a copy of the file that Traefik does not read.
    writeFileSync(path.join(folder, 'copy.yml.bak'), readFileSync(own()));
    await router().check(web, signal);
    writeFileSync(path.join(folder, 'copy.yml'), readFileSync(own()));
    expect((await refusal(router().check(web, signal))).message).toContain('copy.yml:');
  });

  test("another home's file is not touched, unless the environment was taken over from it", async () => {
    const [a, b] = [one(await release('a')), two(await release('b'))];
    const theirs = { ...web, owner: 'former' };
    await router().route(theirs, a, signal);
    await router().route({ ...api, owner: 'former' }, a, signal);
    const before = readFileSync(own(), 'utf8');
    for (const act of [() => router().check(web, signal), () => router().route(web, b, signal)])
      expect((await refusal(act())).message).toContain('was written by another home of Hearth');
    await router().remove(web, signal);
    expect(await router().current(web, signal)).toBeUndefined();
    expect(readFileSync(own(), 'utf8')).toBe(before);
    const mine = { ...web, adopted: ['former'] };
    await router().check(mine, signal);
    expect(await router().current(mine, signal)).toEqual(a);
    await router().route(mine, b, signal);
    await router().confirm(mine, b, signal);
    expect(await router().current(web, signal)).toEqual(b);
    expect(await router().current(api, signal)).toEqual(a);
  });

  test('a file that was cut off is made anew, what was there is kept, and its other routes come from the state', async () => {
    const [a, b] = [one(await release('web')), two(await release('api'))];
    await router().route(web, a, signal);
    await router().route(api, b, signal);
    const whole = readFileSync(own(), 'utf8');
    writeFileSync(own(), whole.slice(0, 700));
    // Of a hub that was killed while it wrote.
    const left = path.join(folder, '.hearth_shop_production.yml.tmp');
    writeFileSync(left, whole.slice(0, 300));
    expect((await router().look(signal))(web)).toBeUndefined();
    await router().check(web, signal);
    await router().route(web, a, signal);
    expect(await router().current(web, signal)).toEqual(a);
    // By the state of this test nothing else is live; traefikDeploy.test.ts has one with a state.
    expect(await router().current(api, signal)).toBeUndefined();
    expect(readFileSync(`${own()}.damaged`, 'utf8')).toBe(whole.slice(0, 700));
    expect(existsSync(left)).toBe(false);
    await router().confirm(web, a, signal);
    rmSync(own());
    mkdirSync(own());
    await router().route(web, a, signal);
    expect(await router().current(web, signal)).toEqual(a);
  });

  test('a switch that does not happen is not confirmed, and why', async () => {
    await impatient().route(web, one('127.0.0.1:9'), signal);
    await until(async () => (await ask()).body === 'Bad Gateway');
    const unreached = await refusal(impatient().confirm(web, one('127.0.0.1:9'), signal));
    expect(unreached).toMatchObject({ reason: 'timeout', message: expect.stringContaining('502, Traefik does not reach the container') });
    const a = one(await release('a'));
    await impatient().route(web, a, signal);
    await router().confirm(web, a, signal);
    expect((await refusal(impatient().confirm(web, { ...a, deployment: 'another' }, signal))).message).toContain('200 from somebody else');
    // Traefik takes nothing as long as one file has a mistake.
    writeFileSync(path.join(folder, 'broken.yml'), 'http:\n  router: {}\n');
    await impatient().route(web, two(a.upstreams[0] ?? ''), signal);
    expect((await refusal(impatient().confirm(web, two(''), signal))).message).toContain('200 from somebody else');
    await until(() => proxy.refused.length > 0);
    expect(proxy.refused[0]).toContain('field not found');
    expect((await refusal(impatient({ entry: 'http://127.0.0.1:9' }).confirm(web, a, signal))).hint).toContain('`routing.entry`');
  });

  test('what cannot be used is refused with what to do', async () => {
    const missing = await refusal(router({ folder: path.join(root, 'nowhere') }).check(web, signal));
    expect(missing).toMatchObject({ reason: 'precondition', hint: expect.stringContaining('providers.file.directory') });
    expect(await refusal(router({ folder: path.join(root, 'nowhere') }).route(web, one('127.0.0.1:9'), signal))).toMatchObject({
      reason: 'precondition',
    });
    const far = routerOf(options(), { ...beside, address: 'ssh://deploy@host' } as Engine, parts);
    for (const act of [() => far.check(web, signal), () => far.route(web, one('127.0.0.1:9'), signal)])
      expect((await refusal(act())).message).toContain('is another one');
    const container = { ...beside, inspectContainer: async () => undefined } as unknown as Engine;
    const inside = routerOf(options({ network: 'edge', entry: 'http://traefik' }), container, parts);
    expect((await refusal(inside.confirm(web, one('x:1'), signal))).message).toContain('no running container traefik in the network edge');
  });

  test('a hub that does not own its home any more writes nothing', async () => {
    await router().route(web, one('127.0.0.1:9'), signal);
    const before = readFileSync(own(), 'utf8');
    const fence = {
      number: 1,
      check: () => {
        throw new Failure('locked', 'Another hub has taken over.');
      },
    };
    const late = routerOf(options(), beside, { ...parts, fence });
    expect(await refusal(late.route(web, two('127.0.0.1:9'), signal))).toMatchObject({ reason: 'locked' });
    expect(await refusal(late.remove(web, signal))).toMatchObject({ reason: 'locked' });
    expect(readFileSync(own(), 'utf8')).toBe(before);
    expect(readdirSync(folder)).toEqual(['hearth_shop_production.yml']);
  });
});

describe("certificates of Hearth's own authority", () => {
  // One authority for all of them: a key takes a second.
  const home = mkdtempSync(path.join(tmpdir(), 'hearth-home-'));
  beforeEach(() => {
    parts = { ...parts, home };
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const local = (more: Partial<Options> = {}) => options({ tls: { kind: 'local', folder }, entry: proxy.secure, ...more });
  const at = (now: number, more: Partial<Options> = {}): Router =>
    new TraefikRouter(local(more), beside, parts, { patience: 30_000, now: () => now });
  const certificates = () => readdirSync(path.join(folder, 'hearth_shop_production.certificates')).sort();
  /** As a browser that trusts the authority asks; rejects when the certificate is not good. */
  const askSecure = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const ca = new Authority(parts.home).read()?.toString() ?? '';
      const { port } = new URL(proxy.secure);
      const asked = https.get(
        { host: '127.0.0.1', port, servername: web.host, headers: { host: web.host }, ca, agent: false },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        },
      );
      asked.on('error', reject);
    });

  test('are made for each host, shown by Traefik, renewed in time, and removed', async () => {
    const now = Date.now();
    const route = one(await release('a'));
    await at(now).route(web, route, signal);
    await at(now).route(api, route, signal);
    await at(now).confirm(web, route, signal);
    expect(await askSecure()).toBe(200);
    const first = certificates();
    // Both services have one host.
    expect(first.map((name) => path.extname(name))).toEqual(['.crt', '.key']);
    const [certificate = '', key = ''] = first;
    expect(statSync(path.join(folder, 'hearth_shop_production.certificates', key)).mode & 0o777).toBe(0o600);
    expect(readFileSync(path.join(folder, 'hearth_shop_production.certificates', certificate), 'utf8')).not.toContain('PRIVATE');
    // Nothing that is secret is where Traefik's configuration is.
    expect(readFileSync(own(), 'utf8')).not.toContain('PRIVATE');
    await at(now + 300 * day).route(web, route, signal);
    expect(certificates()).toEqual(first);

    // Two months before its end it counts as no route: the reconciler writes it again.
    const late = now + 340 * day;
    expect((await at(now).look(signal))(web)).toEqual(route);
    expect((await at(late).look(signal))(web)).toEqual({ ...route, upstreams: [] });
    expect(await at(late).current(web, signal)).toEqual(route);
    await at(late).route(web, route, signal);
    await at(late).route(api, route, signal);
    await at(late).confirm(web, route, signal);
    const second = certificates();
    expect(second).toHaveLength(2);
    expect(second).not.toContain(certificate);
    await at(late).remove(web, signal);
    await at(late).remove(api, signal);
    expect(readdirSync(folder)).toEqual([]);
    expect(proxy.refused).toEqual([]);
  });

  test('cannot be made with a damaged authority, and that is said before anything is done', async () => {
    parts = { ...parts, home: path.join(root, 'damaged') };
    mkdirSync(path.join(parts.home, 'authority'), { recursive: true });
    writeFileSync(path.join(parts.home, 'authority', 'authority.pem'), 'not much', { mode: 0o600 });
    expect((await refusal(at(Date.now()).check(web, signal))).message).toContain('damaged');
    expect(await refusal(at(Date.now()).route(web, one('127.0.0.1:9'), signal))).toMatchObject({ reason: 'precondition' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('that Traefik does not find are not confirmed', async () => {
    const route = one(await release('a'));
    proxy.otherwise = await new Authority(home).issue('other.example.test');
    const wrong = { tls: { kind: 'local', folder: '/not/there' } } as const;
    await at(Date.now(), wrong).route(web, route, signal);
    const router = new TraefikRouter(local(wrong), beside, parts, { patience: 1000 });
    // Before it has read the file nothing answers.
    const why = async () => (await refusal(router.confirm(web, route, signal))).message;
    await expect.poll(why).toContain('Traefik shows another certificate');
    expect(existsSync(own())).toBe(true);
  });
});
