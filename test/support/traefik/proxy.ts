// A reverse proxy that is told what to do as Traefik is: it watches a folder, takes all of its files or, when one has a mistake, none, and keeps
// what it had. Traefik itself cannot be installed where the tests run; its documentation and its file provider say what is done here.

import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync, watch } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { parse } from 'yaml';
import type { CertifiedKey } from '../../../server/deploy/authority/x509.ts';
import { type Dynamic, type DynamicRouter, fieldProblems } from './fields.ts';
import { matches, parseRule, type Rule } from './rule.ts';

interface Routed extends DynamicRouter {
  readonly matching: Rule;
}

interface Loaded {
  /** The one that answers first is the first. */
  readonly routers: readonly Routed[];
  readonly http: NonNullable<Dynamic['http']>;
  readonly certificates: readonly { readonly shown: X509Certificate; readonly context: SecureContext }[];
}

const nothing: Loaded = { routers: [], http: {}, certificates: [] };

export class FolderProxy {
  readonly folder: string;
  /** `http://…` and `https://…`; the entry points `web` and `websecure`. */
  readonly plain: string;
  readonly secure: string;
  /** What was refused, oldest first. */
  readonly refused: string[] = [];
  /** What is shown where nothing fits: Traefik makes one of its own, which nobody trusts. */
  otherwise: CertifiedKey | undefined;
  #loaded = nothing;
  #source = '';
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #throttle: number;
  readonly #stop: (() => void)[] = [];

  private constructor(folder: string, throttle: number, ports: { plain: number; secure: number }, stop: (() => void)[]) {
    this.folder = folder;
    this.#throttle = throttle;
    this.plain = `http://127.0.0.1:${ports.plain}`;
    this.secure = `https://127.0.0.1:${ports.secure}`;
    this.#stop = stop;
  }

  /** `throttle`: how long changes are gathered, as `providersThrottleDuration`. */
  static async start(folder: string, { throttle = 30 } = {}): Promise<FolderProxy> {
    let proxy: FolderProxy | undefined;
    const plain = http.createServer((asked, answer) => proxy?.answer(asked, answer, false));
    const secure = https.createServer(
      {
        SNICallback: (name, done) => {
          const found = proxy?.certificateFor(name);
          if (found === undefined && proxy?.otherwise === undefined) return done(new Error(`no certificate for ${name}`));
          done(null, found ?? createSecureContext({ cert: proxy?.otherwise?.certificate, key: proxy?.otherwise?.key }));
        },
      },
      (asked, answer) => proxy?.answer(asked, answer, true),
    );
    const ports = { plain: await listen(plain), secure: await listen(secure) };
    const servers = [plain, secure].map((server) => () => void server.close().closeAllConnections());
    proxy = new FolderProxy(folder, throttle, ports, servers);
    const watcher = watch(folder, () => proxy?.changed());
    watcher.on('error', () => {});
    proxy.#stop.push(() => watcher.close());
    proxy.load();
    return proxy;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const stop of this.#stop) stop();
  }

  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.load();
    }, this.#throttle);
  }

  load(): void {
    try {
      const files = filesIn(this.folder);
      const source = JSON.stringify(files);
      if (source === this.#source) return;
      this.#loaded = loadAll(files);
      this.#source = source;
    } catch (error) {
      // Removed while it was read: that is a change to come.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.changed();
      else this.refused.push((error as Error).message);
    }
  }

  certificateFor(name: string): SecureContext | undefined {
    return this.#loaded.certificates.find(({ shown }) => shown.checkHost(name) !== undefined)?.context;
  }

  answer(asked: http.IncomingMessage, answer: http.ServerResponse, overTls: boolean): void {
    const loaded = this.#loaded;
    const [host = ''] = (asked.headers.host ?? '').split(':');
    const [where = '/'] = (asked.url ?? '/').split('?');
    const entry = overTls ? 'websecure' : 'web';
    const router = loaded.routers.find(
      ({ matching, tls, entryPoints = [entry] }) =>
        (tls !== undefined) === overTls && entryPoints.includes(entry) && matches(matching, { host, path: where, headers: asked.headers }),
    );
    if (router === undefined) return void answer.writeHead(404).end('404 page not found\n');
    const used = (router.middlewares ?? []).map((name) => loaded.http.middlewares?.[name] ?? {});
    const headers: Record<string, string> = Object.assign({}, ...used.map((each) => each.headers?.customResponseHeaders ?? {}));
    const attempts = used.find(({ retry }) => retry !== undefined)?.retry?.attempts ?? 1;
    const servers = loaded.http.services?.[router.service]?.loadBalancer?.servers ?? [];
    if (servers.length === 0) return void answer.writeHead(503, headers).end('no available server\n');
    this.#forward(asked, answer, { servers: servers.map(({ url }) => url), headers, attempts });
  }

  #forward(
    asked: http.IncomingMessage,
    answer: http.ServerResponse,
    to: { servers: readonly string[]; headers: Record<string, string>; attempts: number },
  ): void {
    const url = new URL(to.servers[this.#next++ % to.servers.length] ?? '');
    let connected = false;
    const passed = http.request(
      {
        host: url.hostname,
        port: url.port,
        method: asked.method,
        path: asked.url,
        headers: { ...asked.headers, connection: 'close' },
        agent: false,
      },
      (got) => {
        const { connection: _, 'keep-alive': __, ...given } = got.headers;
        answer.writeHead(got.statusCode ?? 502, { ...given, ...to.headers });
        got.pipe(answer);
        got.on('error', () => answer.destroy());
      },
    );
    passed.on('socket', (socket) => socket.once('connect', () => (connected = true)));
    passed.on('error', () => {
      if (answer.headersSent) return void answer.destroy();
      // What a server has begun to read is not sent again.
      if (!connected && to.attempts > 1)
        return void setTimeout(() => this.#forward(asked, answer, { ...to, attempts: to.attempts - 1 }), 100);
      answer.writeHead(502, to.headers).end('Bad Gateway');
    });
    if (asked.method === 'GET') passed.end();
    else asked.pipe(passed);
  }
}

async function listen(server: http.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

interface Read {
  readonly name: string;
  readonly text: string;
}

/** Folders in it too; what does not end as configuration does is passed over. */
function filesIn(folder: string): Read[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry): Read[] => {
      const name = path.join(folder, entry.name);
      if (entry.isDirectory()) return filesIn(name);
      return /\.(toml|ya?ml)$/i.test(entry.name) && statSync(name).isFile() ? [{ name, text: readFileSync(name, 'utf8') }] : [];
    });
}

function loadAll(files: readonly Read[]): Loaded {
  const routers = new Map<string, Routed>();
  const services: Record<string, unknown> = {};
  const middlewares: Record<string, unknown> = {};
  const certificates: Loaded['certificates'][number][] = [];
  for (const { name, text } of files) {
    const fail = (what: string) => new Error(`${path.basename(name)}: ${what}`);
    if (text.includes('{{')) throw fail('templates are not for tests');
    const value = (parse(text) as Dynamic | null) ?? {};
    const [problem] = fieldProblems(value);
    if (problem !== undefined) throw fail(problem);
    for (const [key, router] of Object.entries(value.http?.routers ?? {})) {
      if (routers.has(key)) throw fail(`the router ${key} is there twice`);
      routers.set(key, { ...router, matching: parseRule(router.rule) });
    }
    Object.assign(services, value.http?.services);
    Object.assign(middlewares, value.http?.middlewares);
    for (const { certFile, keyFile } of value.tls?.certificates ?? []) {
      try {
        const cert = readFileSync(certFile);
        certificates.push({ shown: new X509Certificate(cert), context: createSecureContext({ cert, key: readFileSync(keyFile) }) });
      } catch {
        // Traefik logs it and goes on without that certificate.
      }
    }
  }
  const rank = ({ priority = 0, rule }: Routed) => (priority === 0 ? rule.length : priority);
  return {
    routers: [...routers.values()].sort((a, b) => rank(b) - rank(a)),
    http: { services, middlewares } as Loaded['http'],
    certificates,
  };
}
