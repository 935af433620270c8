import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { inspect } from 'node:util';
import { Failure } from '../../rpc/failure.ts';
import { dockerHost, type EngineAddress, isLoopback } from './address.ts';
import { cutFailure, engineFailure, sshFailure } from './failures.ts';
import { ProgramStream, startProgram } from './program.ts';

/** As far as docker-modem's `dial` is used: dockerode's own methods put bodies (with secrets in them) into the URL and change their arguments. */
interface Modem {
  dial(options: DialOptions, done: (error: Error | null, answer: unknown) => void): void;
}

interface DialOptions {
  path: string;
  method: string;
  statusCodes: Record<number, true>;
  options?: { _query: Record<string, unknown>; _body: unknown };
  file?: Readable | Buffer;
  headers?: Record<string, string>;
  isStream?: boolean;
  /** The connection becomes a stream in both directions. */
  hijack?: boolean;
  abortSignal?: AbortSignal;
}

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  /** Names of objects in it must be encoded (`part`). */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly body?: unknown;
  /** A tar archive, sent as it comes. */
  readonly archive?: Readable | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Completes "Docker could not …". */
  readonly doing: string;
}

const accepted: Record<number, true> = { 200: true, 201: true, 202: true, 204: true, 304: true };

/** The connection to one engine. Each request has its own deadline by its signal; only idempotent ones are sent a second time. */
export class Transport {
  readonly address: EngineAddress;
  readonly #modem: Modem;
  readonly #agent: http.Agent;
  #version = '';

  private constructor(address: EngineAddress, modem: Modem, agent: http.Agent) {
    this.address = address;
    this.#modem = modem;
    this.#agent = agent;
  }

  /** Connects nothing yet. `home`: where `certificates/<host>/` may be. */
  static async open(address: EngineAddress, home: string): Promise<Transport> {
    const { default: Docker } = await import('dockerode');
    const secured = address.kind === 'tcp' ? certificates(address, home) : undefined;
    const agent = agentFor(address, secured);
    // docker-modem takes what is not given from DOCKER_HOST and its kin: name everything.
    const nothing = { ca: undefined, cert: undefined, key: undefined, timeout: undefined, pathPrefix: '/', username: undefined };
    const target =
      address.kind === 'socket'
        ? { socketPath: address.path, host: undefined, port: undefined, protocol: 'http' }
        : address.kind === 'ssh'
          ? { socketPath: undefined, host: 'docker', port: 80, protocol: 'http' }
          : { socketPath: undefined, host: address.host, port: address.port, protocol: secured === undefined ? 'http' : 'https' };
    let modem: Modem;
    try {
      const options: object = { ...nothing, ...secured, ...target, agent };
      modem = new Docker(options).modem;
    } catch (error) {
      throw new Failure('precondition', 'DOCKER_HOST or DOCKER_CERT_PATH of the environment Hearth runs in cannot be used.', {
        hint: 'Correct or unset them and restart the hub.',
        cause: error,
      });
    }
    return new Transport(address, modem, agent);
  }

  /** Later requests name this version of the API. */
  setVersion(version: string): void {
    this.#version = `/v${version}`;
  }

  /** The JSON answer (undefined when there is none). */
  async json<T>(ask: Ask, signal: AbortSignal): Promise<T> {
    try {
      return (await this.#dial(ask, signal)) as T;
    } catch (error) {
      // An engine that was restarted has left dead connections behind.
      const again = (ask.method ?? 'GET') === 'GET' && ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (!again || signal.aborted) throw this.#failure(error, ask, signal);
    }
    try {
      return (await this.#dial(ask, signal)) as T;
    } catch (error) {
      throw this.#failure(error, ask, signal);
    }
  }

  /** The same; undefined instead of `not-found`. */
  async maybe<T>(ask: Ask, signal: AbortSignal): Promise<T | undefined> {
    try {
      return await this.json<T>(ask, signal);
    } catch (error) {
      if (error instanceof Failure && error.reason === 'not-found') return undefined;
      throw error;
    }
  }

  /**
   * The answer's bytes as they come. Leaving the loop closes the connection; one that is cut throws `docker-unavailable`, a fired signal
   * `cancelled`.
   */
  async *stream(ask: Ask, signal: AbortSignal): AsyncGenerator<Buffer, void> {
    let answer: http.IncomingMessage | undefined;
    try {
      answer = (await this.#dial(ask, signal, { isStream: true })) as http.IncomingMessage;
      for await (const chunk of answer as AsyncIterable<Buffer>) yield chunk;
      if (!answer.complete) throw cutFailure(ask.doing);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (!signal.aborted && (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE')) throw cutFailure(ask.doing);
      throw this.#failure(error, ask, signal);
    } finally {
      answer?.destroy();
    }
  }

  /** The connection itself, for bytes in both directions. It is the caller's to end. */
  async upgrade(ask: Ask, signal: AbortSignal): Promise<Duplex> {
    try {
      return (await this.#dial(ask, signal, { hijack: true })) as Duplex;
    } catch (error) {
      throw this.#failure(error, ask, signal);
    }
  }

  /** Idle connections end now, those in use with their requests. */
  retire(): void {
    for (const idle of Object.values(this.#agent.freeSockets).flat()) idle?.destroy();
  }

  /** All connections end. */
  close(): void {
    this.#agent.destroy();
  }

  #failure(error: unknown, ask: Ask, signal: AbortSignal): Failure {
    return engineFailure(error, ask.doing, this.address, signal);
  }

  #dial(ask: Ask, signal: AbortSignal, how: Pick<DialOptions, 'isStream' | 'hijack'> = {}): Promise<unknown> {
    const { method = 'GET', query = {}, body } = ask;
    const search = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new DOMException('Aborted', 'AbortError'));
      this.#modem.dial(
        {
          method,
          // The modem makes the query of what follows a question mark, and cuts it off when there is none.
          path: `${this.#version}${ask.path}?`,
          statusCodes: accepted,
          // An empty body is not sent.
          options: { _query: search, _body: body ?? {} },
          abortSignal: signal,
          ...(ask.archive !== undefined && { file: ask.archive }),
          ...(ask.headers !== undefined && { headers: { ...ask.headers } }),
          ...how,
        },
        (error, answer) => (error ? reject(error) : resolve(answer)),
      );
    });
  }
}

/** A name or id as one part of a path. */
export function part(name: string): string {
  return encodeURIComponent(name);
}

/** An id as people see it; a name as it is. */
export function short(idOrName: string): string {
  return /^[0-9a-f]{64}$/.test(idOrName) ? idOrName.slice(0, 12) : idOrName;
}

interface Secured {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

function agentFor(address: EngineAddress, secured: Secured | undefined): http.Agent {
  const agent =
    address.kind === 'ssh'
      ? new SshAgent(address)
      : secured === undefined
        ? new http.Agent({ keepAlive: false })
        : new https.Agent({ keepAlive: true, maxFreeSockets: 2, timeout: 60_000, ...secured });
  // docker-modem formats all its options, sockets included, for a debug line that nobody reads.
  Object.assign(agent, { [inspect.custom]: () => 'agent' });
  return agent;
}

/** Milliseconds for which an unused connection over SSH is kept, because making one takes long. */
const idleTime = 60_000;

/** Each connection is a child `ssh … docker system dial-stdio`. */
class SshAgent extends http.Agent {
  readonly #address: Extract<EngineAddress, { kind: 'ssh' }>;

  readonly #timers = new WeakMap<Duplex, NodeJS.Timeout>();

  constructor(address: Extract<EngineAddress, { kind: 'ssh' }>) {
    super({ keepAlive: true, maxFreeSockets: 2, maxSockets: 8 });
    this.#address = address;
  }

  override keepSocketAlive(stream: Duplex): boolean {
    if (stream instanceof ProgramStream) stream.unref();
    this.#timers.set(stream, setTimeout(() => stream.destroy(), idleTime).unref());
    return true;
  }

  override reuseSocket(stream: Duplex): void {
    clearTimeout(this.#timers.get(stream));
    if (stream instanceof ProgramStream) stream.ref();
  }

  override createConnection(_options: unknown, done?: (error: Error | null, stream: Duplex) => void): Duplex {
    const { socket } = this.#address;
    const remote = ['docker', ...(socket === undefined ? [] : ['--host', `unix://${socket}`]), 'system', 'dial-stdio'];
    const stream = openSsh(this.#address, ['--', this.#address.host, ...remote]);
    done?.(null, stream);
    return stream;
  }
}

/** `ssh` to an engine's machine; what it says when it fails becomes the error of the stream. */
export function openSsh(address: Extract<EngineAddress, { kind: 'ssh' }>, rest: readonly string[]): Duplex {
  const { user, port } = address;
  const options = ['-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=15', '-o', 'ServerAliveInterval=20'];
  const child = startProgram('ssh', [
    ...options,
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...rest,
  ]);
  return new ProgramStream(child, (stderr, exitCode, problem) => sshFailure(stderr, exitCode, address, problem));
}

/** The first folder with all three files. Without TLS anybody on the network would be root there: only the loopback may do without. */
function certificates(address: Extract<EngineAddress, { kind: 'tcp' }>, home: string): Secured | undefined {
  const folder = certificateFolder(address, home);
  if (folder !== undefined) {
    const read = (name: string) => readFileSync(path.join(folder, name));
    return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
  }
  if (isLoopback(address.host)) return undefined;
  throw new Failure('precondition', `There are no certificates for ${dockerHost(address)}, and TCP without TLS is refused.`, {
    hint: `Put ca.pem, cert.pem and key.pem into ${path.join(home, 'certificates', address.host)}.`,
  });
}

/** Of `HEARTH_HOME/certificates/<host>`, `DOCKER_CERT_PATH`, `~/.docker`. */
export function certificateFolder(address: Extract<EngineAddress, { kind: 'tcp' }>, home: string): string | undefined {
  const told = process.env['DOCKER_CERT_PATH'];
  const folders = [
    path.join(home, 'certificates', address.host),
    ...(told === undefined || told === '' ? [] : [path.resolve(told)]),
    path.join(os.homedir(), '.docker'),
  ];
  return folders.find((folder) => ['ca.pem', 'cert.pem', 'key.pem'].every((name) => existsSync(path.join(folder, name))));
}
