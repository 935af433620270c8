import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isSameToken } from '../hub/token.ts';

/** What a push monitor is told by whoever calls in. */
export interface PushReport {
  readonly ok: boolean;
  readonly message?: string;
  readonly milliseconds?: number;
}

/** What the server gives away. */
export interface HttpAnswers {
  readonly token: string;
  /** Text format of Prometheus. */
  metrics(): Promise<string>;
  /** JSON; `ok: false` is answered with 503. */
  health(): Promise<{ readonly ok: boolean } & Readonly<Record<string, unknown>>>;
  /** False: there is no push monitor of that token. */
  push(token: string, report: PushReport): Promise<boolean>;
  failed(error: unknown): void;
}

const mostBody = 16 * 1024;

/**
 * `/metrics` and `/healthz` for whoever has the token, `/push/<token>` for push monitors, on the loopback of this machine. `start` rejects with
 * what the system says when the port is taken.
 */
export class HttpServer {
  readonly #server: Server;

  constructor(answers: HttpAnswers) {
    this.#server = createServer({ requestTimeout: 10_000, headersTimeout: 5000, keepAliveTimeout: 5000 }, (request, response) => {
      answer(answers, request, response).catch((error: unknown) => {
        answers.failed(error);
        if (!response.headersSent) send(response, 500, 'text/plain', 'Something went wrong; the log has the details.\n');
        else response.destroy();
      });
    });
    this.#server.maxConnections = 64;
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** Answers the port: another one than asked for when that was 0. */
  async start(port: number): Promise<number> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as { port: number }).port;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer(answers: HttpAnswers, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [pathname = '', query = ''] = (request.url ?? '/').split('?', 2);
  const searchParams = new URLSearchParams(query);
  const push = /^\/push\/([\w-]{16,200})$/.exec(pathname)?.[1];
  if (push !== undefined) return answerPush(answers, push, searchParams, request, response);
  if (pathname !== '/metrics' && pathname !== '/healthz') return send(response, 404, 'text/plain', 'Not found.\n');
  if (!isAdmitted(request, answers.token)) {
    response.setHeader('www-authenticate', 'Bearer realm="hearth"');
    return send(response, 401, 'text/plain', 'This needs the token of HEARTH_HOME/metrics-token: "Authorization: Bearer …".\n');
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return send(response, 405, 'text/plain', 'GET only.\n');
  }
  if (pathname === '/metrics') return send(response, 200, 'text/plain; version=0.0.4', await answers.metrics());
  const health = await answers.health();
  return send(response, health.ok ? 200 : 503, 'application/json', `${JSON.stringify(health)}\n`);
}

/** `?status=down&msg=…&ping=…` as Uptime Kuma has it, or the same as JSON: `{"ok": false, "message": "…", "milliseconds": 12}`. */
async function answerPush(
  answers: HttpAnswers,
  token: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'POST') {
    response.setHeader('allow', 'GET, POST');
    return send(response, 405, 'text/plain', 'GET or POST.\n');
  }
  if (Number(request.headers['content-length'] ?? 0) > mostBody) return send(response, 413, 'text/plain', 'Too large.\n');
  const body = request.method === 'POST' ? await bodyOf(request) : '';
  if (body === undefined) return send(response, 413, 'text/plain', 'Too large.\n');
  const report = reportOf(query, body);
  if (typeof report === 'string') return send(response, 400, 'text/plain', report);
  if (await answers.push(token, report)) return send(response, 200, 'application/json', '{"ok":true}\n');
  return send(response, 404, 'text/plain', 'There is no push monitor of that token.\n');
}

/** Longer than this nothing takes, in milliseconds. */
const aDay = 86_400_000;

/** The report, or what is wrong with it: a job that means "down" must never be taken for well because of a slip. */
function reportOf(query: URLSearchParams, body: string): PushReport | string {
  let given: Record<string, unknown> = {};
  if (body.trim() !== '') {
    try {
      const parsed: unknown = JSON.parse(body);
      if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return 'The body is no JSON object.\n';
      given = parsed as Record<string, unknown>;
    } catch {
      return 'The body is no JSON object.\n';
    }
  }
  const status = (query.get('status') ?? 'up').toLowerCase();
  if (status !== 'up' && status !== 'down') return 'status is "up" or "down".\n';
  if (given['ok'] !== undefined && typeof given['ok'] !== 'boolean') return 'ok is true or false.\n';
  const message = typeof given['message'] === 'string' ? given['message'] : (query.get('message') ?? query.get('msg') ?? '');
  const time = given['milliseconds'] ?? (query.get('milliseconds') || query.get('ping') || undefined);
  const milliseconds = Number(time ?? 0);
  if (!(milliseconds >= 0 && milliseconds <= aDay)) return 'milliseconds (or ping) is a number from 0 to 86400000.\n';
  return {
    ok: given['ok'] !== false && status === 'up',
    ...(message === '' ? {} : { message: message.replace(/[\0-\x1f\x7f]+/g, ' ').slice(0, 500) }),
    ...(time === undefined ? {} : { milliseconds }),
  };
}

/** Undefined when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isAdmitted({ headers }: IncomingMessage, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return given !== undefined && isSameToken(given, token);
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
}
