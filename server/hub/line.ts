import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { CancellationTokenSource, type MessageConnection, ProgressType, ResponseError } from 'vscode-languageserver/node';
import type * as z from 'zod/mini';
import { type ErrorData, type Reason, reasons } from '../protocol/errors.ts';
import { drain, hello, type hubFacts, ping } from '../protocol/hub.ts';
import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import { protocolVersion } from '../protocol/session.ts';
import { cancelled, Failure } from '../rpc/failure.ts';
import type { ProgressReport } from '../rpc/router.ts';
import { version } from '../version.ts';
import type { HubFile } from './hubFile.ts';
import { mustBePrivate } from './privateFile.ts';
import { readToken } from './token.ts';
import { connectionOver } from './transport.ts';

export type HubFacts = z.output<typeof hubFacts>;
export type Client = ParamsOf<typeof hello>['client'];

/** How dialling went: a line, nobody there, somebody who says nothing, or a hub too new for us. */
export type Dialled = { kind: 'line'; line: Line } | { kind: 'refused' } | { kind: 'silent' } | { kind: 'outdated'; failure: Failure };

/** What became of a request; `lost`: the hub was gone before it answered, nobody knows what it did. */
export type Outcome = { kind: 'answered'; result: unknown } | { kind: 'lost' };

interface DialOptions {
  readonly client: Client;
  readonly trusted: boolean;
  /** Milliseconds without an answer to `hub/hello` after which the hub counts as silent. */
  readonly patience: number;
  readonly signal?: AbortSignal | undefined;
}

/** Connects and says hello. Rejects with `precondition` when its files are not ours alone. */
export async function dial(file: HubFile, { client, trusted, patience, signal }: DialOptions): Promise<Dialled> {
  let token: string;
  try {
    if (process.platform !== 'win32') mustBePrivate(path.dirname(file.socket));
    token = readToken(file.token);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'refused' };
    throw error;
  }
  const socket = connect(file.socket);
  const connection = connectionOver(socket);
  const line = new Line(socket, connection);
  connection.listen();
  let timer: NodeJS.Timeout | undefined;
  const end = () => line.end();
  signal?.addEventListener('abort', end, { once: true });
  try {
    const params: ParamsOf<typeof hello> = { token, protocol: protocolVersion, version, client, pid: process.pid, trusted };
    const silent = new Promise<'silent'>((resolve) => {
      timer = setTimeout(() => resolve('silent'), patience);
    });
    const outcome = await Promise.race([line.ask(hello.method, params), silent]);
    if (outcome !== 'silent' && outcome.kind === 'answered') {
      line.hub = outcome.result as ResultOf<typeof hello>;
      return { kind: 'line', line };
    }
    line.end();
    return { kind: outcome === 'silent' ? 'silent' : 'refused' };
  } catch (error) {
    line.end();
    if (error instanceof Failure && error.reason === 'precondition') return { kind: 'outdated', failure: error };
    if (signal?.aborted) return { kind: 'refused' };
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
}

/** So many partial results may wait for a slow reader before nothing more is read; it goes on when so few are left. */
const mostTaken = 16;
const fewTaken = 4;

/** An open connection to a hub, from the client's side. */
export class Line {
  readonly #socket: Socket;
  readonly #connection: MessageConnection;
  #open = true;
  #tokens = 0;
  #taking = 0;
  /** What the hub said of itself. */
  hub: ResultOf<typeof hello> = { protocol: 0, version: '', pid: 0, fence: 0 };
  /** Settles when the line is down, whoever ended it. */
  readonly closed: Promise<void>;

  constructor(socket: Socket, connection: MessageConnection) {
    this.#socket = socket;
    this.#connection = connection;
    // A broken pipe is the end of the line, which `onClose` tells.
    connection.onError(() => this.end());
    socket.on('error', () => this.end());
    this.closed = new Promise((resolve) => {
      connection.onClose(() => {
        this.#open = false;
        connection.dispose();
        socket.destroy();
        resolve();
      });
    });
  }

  get open(): boolean {
    return this.#open;
  }

  /** Nothing is read, because what was read is still being taken. */
  get held(): boolean {
    return this.#socket.isPaused();
  }

  /** Sends a request. Rejects with the hub's `Failure`. `onPartial` may answer a promise: who takes slowly is given little. */
  async ask(
    method: string,
    params: object,
    how: {
      signal?: AbortSignal;
      onPartial?: ((value: unknown) => unknown) | undefined;
      onProgress?: ((report: ProgressReport) => void) | undefined;
    } = {},
  ): Promise<Outcome> {
    const listeners: { dispose(): void }[] = [];
    const source = new CancellationTokenSource();
    const cancel = () => source.cancel();
    how.signal?.addEventListener('abort', cancel, { once: true });
    try {
      const tokens: Record<string, string> = {};
      const { onPartial } = how;
      if (onPartial !== undefined) {
        tokens['partialResultToken'] = `rows-${++this.#tokens}`;
        const take = (value: unknown) => this.#take(onPartial(value));
        listeners.push(this.#connection.onProgress(new ProgressType<unknown>(), tokens['partialResultToken'], take));
      }
      if (how.onProgress !== undefined) {
        tokens['workDoneToken'] = `work-${++this.#tokens}`;
        listeners.push(this.#connection.onProgress(new ProgressType<WorkDone>(), tokens['workDoneToken'], relay(how.onProgress)));
      }
      return { kind: 'answered', result: await this.#connection.sendRequest(method, { ...params, ...tokens }, source.token) };
    } catch (error) {
      if (how.signal?.aborted) throw cancelled();
      if (error instanceof ResponseError && error.data?.reason !== undefined) throw failureOf(error);
      // Whatever the transport says: nothing more can come over this line.
      this.end();
      return { kind: 'lost' };
    } finally {
      how.signal?.removeEventListener('abort', cancel);
      for (const each of listeners) each.dispose();
    }
  }

  #take(taken: unknown): void {
    if (!(taken instanceof Promise)) return;
    if (++this.#taking >= mostTaken) this.#socket.pause();
    const done = () => {
      if (--this.#taking <= fewTaken) this.#socket.resume();
    };
    taken.then(done, done);
  }

  async ping(): Promise<HubFacts | undefined> {
    const outcome = await this.ask(ping.method, {});
    return outcome.kind === 'answered' ? (outcome.result as HubFacts) : undefined;
  }

  /** Asks it to finish and end; `closed` tells when it did. */
  async drain(why: 'stop' | 'upgrade'): Promise<void> {
    await this.ask(drain.method, { why, version });
  }

  notify(method: string, params: object): void {
    if (this.#open) this.#connection.sendNotification(method, params).catch(() => {});
  }

  /** Hears everything that the hub tells. */
  onNotification(listener: (method: string, params: unknown) => void): void {
    this.#connection.onNotification(listener);
  }

  end(): void {
    this.#open = false;
    this.#socket.destroy();
  }
}

interface WorkDone {
  kind: 'begin' | 'report' | 'end';
  title?: string;
  message?: string;
  percentage?: number;
}

/** LSP's work-done progress back into a report. */
function relay(onProgress: (report: ProgressReport) => void): (value: WorkDone) => void {
  return ({ kind, title, message, percentage }) => {
    if (kind !== 'end')
      onProgress({ message: message ?? title ?? '', ...(percentage === undefined ? {} : { done: percentage, total: 100 }) });
  };
}

/** The hub's failure as it was thrown there; a reason that this version does not know is `internal`. */
function failureOf(error: ResponseError<unknown>): Failure {
  const { reason, hint, detail } = (error.data ?? {}) as Partial<ErrorData>;
  const known: Reason = reasons.find((each) => each === reason) ?? 'internal';
  return new Failure(known, error.message, { hint, detail });
}
