import type { Socket } from 'node:net';
import type { CancellationToken, MessageConnection } from 'vscode-languageserver/node';
import * as z from 'zod/mini';
import { appended } from '../protocol/events.ts';
import { hello } from '../protocol/hub.ts';
import type { NotificationDefinition, ParamsOf } from '../protocol/message.ts';
import { protocolVersion, trust } from '../protocol/session.ts';
import { answer, asResponse } from '../rpc/answer.ts';
import { Failure } from '../rpc/failure.ts';
import type { Call } from '../rpc/router.ts';
import { Session } from '../rpc/session.ts';
import { version } from '../version.ts';
import { connectionOver } from './transport.ts';

/** What a connection needs of its hub. */
interface Host {
  readonly fence: number;
  /** Whether that is the secret of this home, compared in constant time. */
  admits(token: string): boolean;
  /** Whether what Hearth does by itself may run what the repository of this work tree configures. */
  trusts(root: string): boolean;
  /** Whether this hub still owns the home, read from disk: one that does not answers nothing any more. */
  mayAnswer(): boolean;
  dispatch(method: string, params: unknown, call: Call): Promise<unknown>;
}

/** A newer client may say more of itself; it must be let in to ask for the hub's end. */
const greeting = z.object(hello.params.shape);
/** Whoever has connected and says nothing is not one of ours. */
const helloWithin = 10_000;

/** One client, from the hub's side. Before a right `hub/hello` nothing is answered at all. */
export class HubConnection {
  readonly #socket: Socket;
  readonly #connection: MessageConnection;
  readonly #host: Host;
  readonly #timer: NodeJS.Timeout;
  #peer: { session: Session; greeting: z.output<typeof greeting>; since: number } | undefined;
  /** Fires when the client is gone: nobody waits for its answers. */
  readonly #gone = new AbortController();
  /** The newest sequence not told yet, while the last notification is still on its way to a slow reader. */
  #appended: { last: number } | undefined;
  #telling = false;
  /** Settles when the last notification is on its way, and with it everything that was sent before. */
  #told: Promise<unknown> = Promise.resolve();

  constructor(socket: Socket, host: Host, changed: (connection: HubConnection) => void) {
    this.#socket = socket;
    this.#host = host;
    this.#connection = connectionOver(socket);
    this.#timer = setTimeout(() => socket.destroy(), helloWithin);
    this.#connection.onError(() => socket.destroy());
    socket.on('error', () => socket.destroy());
    this.#connection.onClose(() => {
      clearTimeout(this.#timer);
      this.#gone.abort();
      this.#connection.dispose();
      changed(this);
    });
    this.#connection.onRequest((method: string, params: unknown, token: CancellationToken) => {
      if (method === hello.method) return this.#greet(params, changed);
      return this.#answer(method, params, token);
    });
    this.#connection.onNotification((method: string, params: unknown) => {
      if (method !== trust.method || this.#peer === undefined) return;
      const parsed = trust.params.safeParse(params);
      if (parsed.success) this.#peer.session.setTrusted(parsed.data.trusted);
    });
    this.#connection.listen();
  }

  /** Whether it is still there. */
  get open(): boolean {
    return !this.#gone.signal.aborted;
  }

  /** Who it is, once it has said hello. */
  get client(): { client: string; pid: number; version: string; since: number } | undefined {
    if (this.#peer === undefined) return undefined;
    const { client, pid, version: its } = this.#peer.greeting;
    return { client, pid, version: its, since: this.#peer.since };
  }

  /** Tells the client. Of `events/appended` only the newest matters: a slow reader skips the others. */
  tell<D extends NotificationDefinition>(definition: D, params: ParamsOf<D>): void {
    if (this.#peer === undefined || !this.open) return;
    if (definition.method !== appended.method) {
      this.#told = this.#connection.sendNotification(definition.method, params).catch(() => {});
      return;
    }
    this.#appended = params as { last: number };
    if (!this.#telling) void this.#tellAppended();
  }

  /** Sends what waits to be sent, then hangs up. */
  end(): void {
    // A message reaches the socket some turns of the event loop after it was sent.
    void this.#told.then(() => this.#socket.end());
    setTimeout(() => this.#socket.destroy(), 500).unref();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #tellAppended(): Promise<void> {
    this.#telling = true;
    try {
      for (let next = this.#appended; next !== undefined; next = this.#appended) {
        this.#appended = undefined;
        await this.#connection.sendNotification(appended.method, next);
      }
    } catch {
      // Gone: it asks again when it is back.
    } finally {
      this.#telling = false;
    }
  }

  #greet(params: unknown, changed: (connection: HubConnection) => void): unknown {
    const parsed = greeting.safeParse(params);
    if (!parsed.success || this.#peer !== undefined || !this.#host.admits(parsed.data.token) || !this.#host.mayAnswer()) {
      return this.#ignore();
    }
    const { protocol, trusted, client } = parsed.data;
    if (protocol < protocolVersion) {
      throw asResponse(
        new Failure('precondition', `This window runs an older Hearth than the hub (${version}).`, { hint: 'Reload the window.' }),
      );
    }
    clearTimeout(this.#timer);
    this.#peer = {
      session: new Session(trusted, client, client === 'hub' ? (root) => this.#host.trusts(root) : undefined),
      greeting: { ...parsed.data, token: '' },
      since: Date.now(),
    };
    changed(this);
    return { protocol: protocolVersion, version, pid: process.pid, fence: this.#host.fence };
  }

  async #answer(method: string, raw: unknown, token: CancellationToken): Promise<unknown> {
    if (this.#peer === undefined) return this.#ignore();
    const { idempotencyKey, correlationId, ...params } = (raw ?? {}) as { idempotencyKey?: string; correlationId?: string };
    const settled = await Promise.allSettled([
      answer(
        this.#connection,
        (name, given, call) => this.#host.dispatch(name, given, { ...call, signal: AbortSignal.any([call.signal, this.#gone.signal]) }),
        { method, params, token, session: this.#peer.session, correlationId, key: idempotencyKey },
      ),
    ]);
    // Superseded while it worked: the one who asked asks the new owner.
    if (!this.#host.mayAnswer()) return this.#ignore();
    const [outcome] = settled;
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  /** Hangs up without a word. */
  #ignore(): Promise<never> {
    this.#socket.destroy();
    return new Promise(() => {});
  }
}
