import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../../rpc/failure.ts';
import type { Engine } from '../engine/types.ts';
import type { CaddyServers } from './caddyRoute.ts';
import { type Address, type DialAnswer, dialHttp } from './dialHttp.ts';

const timeout = 10_000;
/** Milliseconds before a question that was cut off is put again. */
const pauses = [50, 200];
const start = 'Start Caddy, or say in `routing.admin` where its admin endpoint is.';

/** The servers of a running Caddy, with what a change must still find (`If-Match`). */
export interface CaddyState {
  readonly servers: CaddyServers;
  readonly httpPort: number;
  /** `none`: Caddy runs without configuration. `other`: without HTTP servers. */
  readonly has: 'none' | 'other' | 'servers';
  readonly etag: string | undefined;
}

/** The admin endpoint of a Caddy, asked through the engine's machine. Rejects with `precondition` when it does not do what it is asked. */
export class CaddyAdmin {
  readonly #engine: Engine;
  readonly #url: URL;
  readonly #network: string | undefined;

  constructor(engine: Engine, admin: string, network: string | undefined) {
    this.#engine = engine;
    this.#url = new URL(admin);
    this.#network = network;
  }

  async read(signal: AbortSignal): Promise<CaddyState> {
    const { status, headers, body } = await this.#ask('GET', '/config/', undefined, undefined, signal);
    if (status !== 200) throw this.#refused(status, body);
    const config = parse(body) as { apps?: { http?: { servers?: CaddyServers; http_port?: number } } } | null;
    const http = config?.apps?.http;
    return {
      servers: http?.servers ?? {},
      httpPort: http?.http_port ?? 80,
      has: http?.servers !== undefined ? 'servers' : config === null ? 'none' : 'other',
      etag: headers.etag,
    };
  }

  /** One change of the configuration; Caddy loads it whole or not at all. False when somebody has changed it since `etag`, or it is gone. */
  async change(method: 'PUT' | 'POST' | 'PATCH' | 'DELETE', path: string, value: unknown, etag: string | undefined, signal: AbortSignal) {
    const { status, body } = await this.#ask(method, path, value === undefined ? undefined : JSON.stringify(value), etag, signal);
    if (status === 412 || status === 404) return false;
    if (status !== 200) throw this.#refused(status, body);
    return true;
  }

  async #ask(method: string, path: string, body: string | undefined, etag: string | undefined, signal: AbortSignal): Promise<DialAnswer> {
    const headers = {
      host: this.#url.host,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(etag === undefined ? {} : { 'if-match': etag }),
    };
    const address = await this.#address(signal);
    const asked = { method, path, headers, timeout, ...(body === undefined ? {} : { body }) };
    // A change that was made after all is refused the second time: its ETag is of before.
    const mayRepeat = method === 'GET' || etag !== undefined;
    for (let tries = 0; ; tries++) {
      try {
        return await dialHttp(this.#engine, address, asked, signal);
      } catch (error) {
        signal.throwIfAborted();
        const pause = mayRepeat && wasCut(error) ? pauses[tries] : undefined;
        if (pause === undefined) throw this.#silent(error);
        await wait(pause, undefined, { signal });
      }
    }
  }

  #silent(error: unknown): Failure {
    const said = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
    return new Failure('precondition', `Caddy's admin endpoint ${this.#url.origin} does not answer: ${said}.`, {
      hint: start,
      cause: error,
    });
  }

  /** A host that is neither an address nor a name of the machine is a container in the network of `routing`. */
  async #address(signal: AbortSignal): Promise<Address> {
    if (this.#engine.reach === 'nothing') {
      throw new Failure('unsupported', 'Hearth cannot reach Caddy on the machine of an engine behind TCP.', {
        hint: 'Name the engine as `ssh://user@host`.',
      });
    }
    const { hostname, port } = this.#url;
    const host = hostname.replace(/^\[|\]$/g, '');
    const address = { host, port: port === '' ? 80 : Number(port) };
    if (this.#network === undefined || host === 'localhost' || host.includes('.') || host.includes(':')) return address;
    const container = await this.#engine.inspectContainer(host, signal);
    const inside = container?.addresses[this.#network];
    if (inside === undefined || inside === '') {
      throw new Failure('precondition', `There is no running container ${host} in the network ${this.#network}.`, { hint: start });
    }
    return { ...address, host: inside };
  }

  #refused(status: number, body: string): Failure {
    const said = (parse(body) as { error?: string } | null)?.error ?? body.trim();
    return new Failure('precondition', `Caddy has refused the route (${status}).`, {
      hint: 'The details have what Caddy says.',
      detail: said.slice(0, 2000),
    });
  }
}

/** After a change Caddy ends the admin listener of before, and with it whoever came to it a moment ago. */
function wasCut(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE' || /hang up|reset|closed/i.test(message ?? '');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
