import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { OperationHost } from '../operation/index.ts';
import { appended } from '../protocol/events.ts';
import { drain, gone, ping } from '../protocol/hub.ts';
import type { NotificationDefinition, ParamsOf } from '../protocol/message.ts';
import { protocolVersion } from '../protocol/session.ts';
import { asFailure } from '../rpc/failure.ts';
import type { Log } from '../rpc/log.ts';
import { type Call, handle, Router } from '../rpc/router.ts';
import { version } from '../version.ts';
import { HubConnection } from './connection.ts';
import { type HubFile, readHubFile, removeHubFile, writeHubFile } from './hubFile.ts';
import type { HubFacts } from './line.ts';
import { isOwner, type Owner, readOwner, updateOwner } from './owner.ts';
import { newSocketPath, removeSocket } from './socketPath.ts';
import { openState, type State } from './state.ts';
import { ensureToken, isSameToken, tokenFile } from './token.ts';

/** Why a hub ended. After the last two it has answered nothing more and left the home as it was. */
export type Ending = 'stop' | 'upgrade' | 'idle' | 'signal' | 'superseded' | 'failed';

interface HubOptions {
  readonly home: string;
  readonly owner: Owner;
  readonly serving: boolean;
  readonly log: Log;
  readonly operation: Pick<OperationHost, 'settings' | 'metricsPort' | 'counts'>;
  /** Milliseconds without client and work after which it ends; ignored when serving. */
  readonly idle: number;
}

/** How often the owner looks whether it still is one; a process that was stopped looks as soon as it goes on. */
const lookEvery = 1000;
/** How long a hub whose store cannot be opened stays to say why. */
const explainFor = 3000;
/** How long a drain waits for what runs. */
const finishWithin = 30_000;

/** The process that owns the state of a home: answers its clients, tells them what happened, ends when it is not needed or not the owner. */
export class Hub {
  readonly #options: HubOptions;
  readonly #startedAt = Date.now();
  readonly #socket = newSocketPath();
  readonly #server: Server;
  readonly #connections = new Set<HubConnection>();
  /** Answers without the store: a hub that opens a large one is not silent. */
  readonly #own: Router;
  #state: Promise<{ state: State; router: Router }> | undefined;
  #trust: State['trust'] | undefined;
  #deployments: State['deployments'] | undefined;
  #working = 0;
  #ending: Ending | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #lookTimer: NodeJS.Timeout | undefined;
  #finished: () => void = () => {};
  #settle: (ending: Ending) => void = () => {};
  /** Settles when everything is closed. */
  readonly ended: Promise<Ending>;

  constructor(options: HubOptions) {
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#own = new Router(
      [
        handle(ping, async () => this.#facts()),
        handle(drain, async ({ why, version: asked }, { session }) => {
          options.log('info', 'asked to end', { why, by: session.actor, version: asked });
          // After the answer is on its way.
          setImmediate(() => void this.end(why));
          return { draining: true };
        }),
      ],
      () => {},
    );
    this.#server = createServer((socket) => {
      this.#connections.add(new HubConnection(socket, this, (connection) => this.#changed(connection)));
    });
  }

  get fence(): number {
    return this.#options.owner.fence;
  }

  admits(token: string): boolean {
    return isSameToken(token, ensureToken(this.#options.home));
  }

  trusts(root: string): boolean {
    return this.#trust?.trusts('hub', root) ?? false;
  }

  mayAnswer(): boolean {
    if (this.#ending === 'superseded' || this.#ending === 'failed') return false;
    if (this.#owns()) return true;
    this.#abandon('superseded');
    return false;
  }

  /** Answers pings and greetings from now on, requests as soon as the state is open. */
  async listen(): Promise<void> {
    ensureToken(this.#options.home);
    this.#server.listen(this.#socket);
    await once(this.#server, 'listening');
    // One that was killed has left its socket; that of a home this one was copied from is in use.
    const before = readHubFile(this.#options.home);
    if (before?.token === tokenFile(this.#options.home)) removeSocket(before.socket);
    writeHubFile(this.#options.home, this.#file());
    this.#lookTimer = setInterval(() => this.#look(), lookEvery);
    this.#watchIdle();
  }

  open(): void {
    const { home, owner, log, operation, serving } = this.#options;
    let router: Router | undefined;
    const opening = openState({
      home,
      owner,
      log,
      operation: { ...operation, serving, requests: () => router?.timings ?? [] },
      failed: (error) => {
        log('error', 'the store has failed', { error: asFailure(error).message });
        this.#abandon(this.#owns() ? 'failed' : 'superseded');
      },
      notify: (definition, params) => this.#broadcast(definition, params),
    });
    this.#state = opening.then((state) => {
      this.#trust = state.trust;
      this.#deployments = state.deployments;
      state.deployments.onBusy(() => this.#watchIdle());
      this.#watchIdle();
      state.onAppended((last) => this.#broadcast(appended, { last }));
      router = new Router(state.registrations, log, process.env['HEARTH_CHECK_RESULTS'] === '1');
      return { state, router };
    });
    this.#state.then(
      () => log('info', 'open', { ms: Date.now() - this.#startedAt }),
      (error) => {
        const { message, hint } = asFailure(error);
        log('error', message, { hint, stack: (error as Error)?.stack });
        // Whoever asked or is about to is told why; then somebody may repair it.
        setTimeout(() => void this.end('stop'), explainFor);
      },
    );
  }

  async dispatch(method: string, params: unknown, call: Call): Promise<unknown> {
    if (this.#own.methods.includes(method)) return this.#own.dispatch(method, params, call);
    // The line goes down soon, and the next hub is asked under the same key.
    if (this.#ending !== undefined) return new Promise(() => {});
    this.#working++;
    this.#watchIdle();
    try {
      if (this.#state === undefined) throw new Error('The state was never opened.');
      const { router } = await this.#state;
      return await router.dispatch(method, params, call);
    } catch (error) {
      throw asFailure(error);
    } finally {
      this.#working--;
      if (this.#working === 0) this.#finished();
      this.#watchIdle();
    }
  }

  /** Finishes what runs, closes the state, gives the home back, and hangs up. A second call waits for the first. */
  async end(why: Exclude<Ending, 'superseded' | 'failed'>): Promise<void> {
    if (this.#ending !== undefined) return;
    this.#ending = why;
    const { log, home, owner } = this.#options;
    log('info', 'ending', { why, working: this.#working });
    clearTimeout(this.#idleTimer);
    this.#broadcast(gone, { why: why === 'upgrade' ? 'upgrade' : 'stopped' });
    try {
      // Whoever follows a deployment would be waited for: they are told that the next hub goes on.
      await this.#deployments?.suspend();
      if (this.#working > 0) {
        const finished = new Promise<void>((resolve) => {
          this.#finished = resolve;
        });
        await Promise.race([finished, wait(finishWithin, undefined, { ref: false })]);
      }
      const opened = await this.#state?.catch(() => undefined);
      await opened?.state.close();
      if (this.#owns()) updateOwner(home, { ...(readOwner(home) ?? owner), released: true });
    } catch (error) {
      log('error', 'could not end cleanly', { error: asFailure(error).message });
    }
    this.#hangUp(why);
  }

  /** Ends at once: no answer, no snapshot, nothing of the home touched. */
  #abandon(why: 'superseded' | 'failed'): void {
    if (this.#ending === 'superseded' || this.#ending === 'failed') return;
    this.#ending = why;
    this.#options.log('warn', why === 'superseded' ? 'another hub has taken over' : 'cannot go on', { fence: this.fence });
    this.#broadcast(gone, { why: why === 'superseded' ? 'superseded' : 'lost' });
    this.#hangUp(why);
  }

  #hangUp(why: Ending): void {
    clearInterval(this.#lookTimer);
    clearTimeout(this.#idleTimer);
    this.#server.close(() => this.#settle(why));
    for (const connection of this.#connections) connection.end();
    removeSocket(this.#socket);
    if (why !== 'superseded') removeHubFile(this.#options.home, this.fence);
    this.#options.log('info', 'ended', { why });
  }

  #owns(): boolean {
    try {
      return isOwner(this.#options.home, this.#options.owner);
    } catch {
      return false;
    }
  }

  /** Ends when it is not the owner any more; repairs what a slower claimant has overwritten. */
  #look(): void {
    if (!this.mayAnswer()) return;
    try {
      if (readHubFile(this.#options.home)?.fence !== this.fence) writeHubFile(this.#options.home, this.#file());
    } catch (error) {
      this.#options.log('warn', asFailure(error).message);
    }
  }

  #changed(connection: HubConnection): void {
    const { client } = connection;
    if (connection.open) this.#options.log('info', 'connected', client);
    else {
      this.#connections.delete(connection);
      if (client !== undefined) this.#options.log('info', 'disconnected', { client: client.client, pid: client.pid });
    }
    this.#watchIdle();
  }

  /** Starts to count when nobody is connected and nothing runs, and stops when somebody is or something does. */
  #watchIdle(): void {
    clearTimeout(this.#idleTimer);
    if (this.#options.serving || this.#ending !== undefined || this.#working > 0) return;
    if ([...this.#connections].some(({ client }) => client !== undefined)) return;
    if (this.#deployments?.busy === true) return;
    this.#idleTimer = setTimeout(() => void this.end('idle'), this.#options.idle);
  }

  #broadcast<D extends NotificationDefinition>(definition: D, params: ParamsOf<D>): void {
    for (const connection of this.#connections) connection.tell(definition, params);
  }

  #file(): HubFile {
    const { home, owner } = this.#options;
    const { fence, pid, startTime } = owner;
    return { socket: this.#socket, token: tokenFile(home), pid, startTime, fence, protocol: protocolVersion, version };
  }

  #facts(): HubFacts {
    const memory = process.memoryUsage();
    return {
      pid: process.pid,
      fence: this.fence,
      version,
      protocol: protocolVersion,
      runtime: process.version,
      startedAt: this.#startedAt,
      serving: this.#options.serving,
      clients: [...this.#connections].flatMap(({ client }) => client ?? []),
      memory: { rss: memory.rss, heap: memory.heapUsed },
    };
  }
}
