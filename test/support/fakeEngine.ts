// A Docker engine that fails as it is told: cut streams, errors, silence, lost events. What no rule speaks of goes to a real engine where one is
// named, else a bare engine without any object answers.
import { existsSync, rmSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { temporaryFolder } from './repositories/repository.ts';

export type Fault =
  /** An error as Docker words it. */
  | { readonly status: number; readonly message: string }
  /** Lines of JSON, then the end, or a cut. */
  | { readonly lines: readonly object[]; readonly cut?: boolean }
  /** The answer of the real engine, cut after so many bytes of its body. */
  | { readonly cutAfter: number }
  /** The connection is closed without an answer: before the engine has heard of it, or after it has done it. */
  | { readonly drop: 'before' | 'after' }
  /** Milliseconds until it goes on to the real engine. */
  | { readonly delay: number }
  /** Never answers. */
  | { readonly silent: true }
  | ((request: http.IncomingMessage, response: http.ServerResponse) => void);

interface Rule {
  readonly method: string;
  readonly path: RegExp;
  readonly fault: Fault;
  times: number;
}

const bare: Readonly<Record<string, object>> = {
  '/version': { Version: '99.0.0', ApiVersion: '1.41', MinAPIVersion: '1.12' },
  '/info': {
    ID: 'FAKE',
    Name: 'fake',
    OSType: 'linux',
    Architecture: 'x86_64',
    NCPU: 1,
    MemTotal: 1 << 30,
    LoggingDriver: 'json-file',
    OperatingSystem: 'Fake',
  },
  '/containers/json': [],
  '/images/json': [],
};

export class FakeEngine {
  readonly #folder = temporaryFolder('fake-engine');
  readonly #socket = path.join(this.#folder, 'docker.sock');
  readonly #upstream: string | undefined;
  readonly #rules: Rule[] = [];
  readonly #server = http.createServer((request, response) => this.#answer(request, response));
  /** `GET /containers/json`, in order, without version and query. */
  readonly requests: string[] = [];

  /** `upstream`: `unix:///…` of a real engine. */
  private constructor(upstream: string | undefined) {
    this.#upstream = upstream?.slice('unix://'.length);
  }

  static async start(upstream?: string): Promise<FakeEngine> {
    const engine = new FakeEngine(upstream);
    await engine.#listen();
    return engine;
  }

  get address(): string {
    return `unix://${this.#socket}`;
  }

  /** From now on, so many times. `path` is matched against the path without version and query. */
  fail(method: string, path: RegExp, fault: Fault, times = 1): void {
    this.#rules.push({ method, path, fault, times });
  }

  /** Every request goes through again. */
  heal(): void {
    this.#rules.length = 0;
  }

  /** As an engine that is restarted: all connections end, nobody listens until `resume`. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    if (existsSync(this.#socket)) rmSync(this.#socket);
  }

  async resume(): Promise<void> {
    await this.#listen();
  }

  async dispose(): Promise<void> {
    if (this.#server.listening) await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#socket, resolve);
    });
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    request.on('error', () => {});
    const path = (request.url ?? '').replace(/^\/v\d+\.\d+(?=\/)/, '').replace(/\?.*$/s, '');
    this.requests.push(`${request.method} ${path}`);
    const rule = this.#rules.find((each) => each.times > 0 && each.method === request.method && each.path.test(path));
    if (rule === undefined) {
      this.#forward(request, response, path);
      return;
    }
    rule.times--;
    const { fault } = rule;
    if (typeof fault === 'function') fault(request, response);
    else if ('status' in fault) json(response, fault.status, { message: fault.message });
    else if ('lines' in fault) void this.#lines(request, response, fault.lines, fault.cut === true);
    else if ('cutAfter' in fault) this.#forward(request, response, path, fault.cutAfter);
    else if ('delay' in fault) setTimeout(() => this.#forward(request, response, path), fault.delay);
    else if ('drop' in fault) {
      if (fault.drop === 'before') request.socket.destroy();
      else this.#forward(request, response, path, 0);
    }
  }

  async #lines(request: http.IncomingMessage, response: http.ServerResponse, lines: readonly object[], cut: boolean): Promise<void> {
    for await (const _ of request);
    response.writeHead(200, { 'Content-Type': 'application/json' });
    for (const line of lines) await new Promise((resolve) => response.write(`${JSON.stringify(line)}\r\n`, resolve));
    if (cut) request.socket.destroy();
    else response.end();
  }

  /** To the real engine and back; the way back is cut after so many bytes of the body. */
  #forward(request: http.IncomingMessage, response: http.ServerResponse, path: string, cutAfter = Number.POSITIVE_INFINITY): void {
    if (this.#upstream === undefined) {
      const found = bare[path];
      json(response, found === undefined ? 404 : 200, found ?? { message: 'page not found' });
      return;
    }
    const { method, url: asked, headers } = request;
    const outgoing = http.request({ socketPath: this.#upstream, method, path: asked, headers }, (incoming) => {
      let left = cutAfter;
      const { 'transfer-encoding': _, ...rest } = incoming.headers;
      if (left > 0) response.writeHead(incoming.statusCode ?? 500, rest);
      if (left > 0) response.flushHeaders();
      incoming.on('data', (chunk: Buffer) => {
        if (left > 0) response.write(chunk.subarray(0, left));
        left -= chunk.length;
        // What has been written so far must go out first.
        if (left <= 0) setImmediate(() => request.socket.destroy());
      });
      incoming.on('end', () => (cutAfter === 0 ? request.socket.destroy() : response.end()));
      incoming.on('error', () => request.socket.destroy());
    });
    outgoing.on('error', () => request.socket.destroy());
    response.on('close', () => outgoing.destroy());
    request.pipe(outgoing);
  }
}

function json(response: http.ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}
