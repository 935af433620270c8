import { randomUUID } from 'node:crypto';
import { changed } from '../protocol/deploy.ts';
import { appended } from '../protocol/events.ts';
import { gone } from '../protocol/hub.ts';
import type { NotificationDefinition, ParamsOf, RequestDefinition } from '../protocol/message.ts';
import { monitorChanged } from '../protocol/monitor.ts';
import { trust } from '../protocol/session.ts';
import { cancelled, Failure, throwIfCancelled } from '../rpc/failure.ts';
import type { Log } from '../rpc/log.ts';
import type { Context, ProgressReport } from '../rpc/router.ts';
import type { Session } from '../rpc/session.ts';
import { connectHub } from './connect.ts';
import type { Client, Line, Outcome } from './line.ts';
import type { HubLink } from './link.ts';
import { highestFence } from './owner.ts';
import { type StartedHub, startHub } from './start.ts';

interface HubClientOptions {
  readonly home: string;
  readonly client: Client;
  readonly session: Session;
  readonly log: Log;
  /** Hears what the hub tells all its clients, and `hub/gone` when the line is lost. */
  notify<D extends NotificationDefinition>(definition: D, params: ParamsOf<D>): void;
  readonly program?: string | undefined;
}

/** While an answer is awaited the hub is pinged this often; one ping unanswered by the next makes it suspect. */
const beatEvery = 500;
/** A hub that ends again and again before it answers is not asked for ever. */
const attempts = 8;
/** A request that was cancelled and whose hub says nothing is given up after this long. */
const lastWord = 2000;
/** How long the newer version has to start its hub after it ended ours. */
const upgradePatience = 1500;

/** The link of a window's server or a command line: connects on first need, asks again what a lost hub did not answer. */
export class HubClient implements HubLink {
  readonly #options: HubClientOptions;
  readonly #disposed = new AbortController();
  readonly #untrust: () => void;
  readonly #waiting = new Set<(report: ProgressReport) => void>();
  #line: Line | undefined;
  #connecting: Promise<Line> | undefined;
  #notBefore = 0;
  /** Answers awaited on the line. */
  #pending = 0;
  #beat: NodeJS.Timeout | undefined;
  #pinged: Line | undefined;
  #challenger: StartedHub | undefined;

  constructor(options: HubClientOptions) {
    this.#options = options;
    this.#untrust = options.session.onDidChangeTrust(() => this.#line?.notify(trust.method, { trusted: options.session.trusts('') }));
  }

  async call(definition: RequestDefinition, params: unknown, context: Context<unknown>): Promise<unknown> {
    const sent = {
      ...(params as object),
      ...(definition.confirm !== undefined && context.confirmed ? { confirmed: true } : {}),
      idempotencyKey: context.key ?? randomUUID(),
      correlationId: context.correlationId,
    };
    let streamed = false;
    const emit = (value: unknown) => {
      streamed = true;
      return context.emit(value);
    };
    for (let attempt = 0; attempt < attempts; attempt++) {
      const line = await this.#connected(context);
      const outcome = await this.#ask(line, context.signal, () =>
        line.ask(definition.method, sent, {
          signal: context.signal,
          onPartial: context.streaming ? emit : undefined,
          onProgress: (report) => context.progress(report),
        }),
      );
      if (outcome.kind === 'answered') return outcome.result;
      // What the caller has seen once must not come again.
      if (streamed) throw new Failure('io', 'The hub ended while it answered.', { hint: 'Try again.' });
      context.log('info', 'asking again: the hub was gone before it answered', { attempt: attempt + 1 });
    }
    throw new Failure('io', 'The hub ended again and again before it answered.', {
      hint: `${this.#options.home}/log/hub.log says why.`,
    });
  }

  dispose(): void {
    this.#disposed.abort();
    this.#untrust();
    clearInterval(this.#beat);
    this.#challenger?.forget();
    this.#line?.end();
  }

  /** The line, made on first need and shared by all calls; a call that is cancelled stops to wait, the others go on. */
  async #connected({ signal, progress }: Context<unknown>): Promise<Line> {
    throwIfCancelled(signal);
    if (this.#line?.open === true) return this.#line;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    this.#waiting.add(progress);
    try {
      return await untilAborted(this.#connecting, signal);
    } finally {
      this.#waiting.delete(progress);
    }
  }

  async #connect(): Promise<Line> {
    const { home, client, session, program, log, notify } = this.#options;
    const start = performance.now();
    const line = await connectHub({
      home,
      client,
      program,
      trusted: () => session.trusts(''),
      signal: this.#disposed.signal,
      notBefore: this.#notBefore,
      progress: (message) => {
        for (const each of this.#waiting) each({ message });
      },
      outdated: () => notify(gone, { why: 'reload-needed' }),
    });
    if (this.#disposed.signal.aborted) {
      line.end();
      throw cancelled();
    }
    log('info', 'connected to the hub', { ...line.hub, ms: Math.round(performance.now() - start) });
    this.#listen(line);
    return line;
  }

  #listen(line: Line): void {
    this.#line = line;
    // It may have changed while we connected.
    line.notify(trust.method, { trusted: this.#options.session.trusts('') });
    let told = false;
    line.onNotification((method, params) => {
      if (method === appended.method) this.#options.notify(appended, params as ParamsOf<typeof appended>);
      if (method === changed.method) this.#options.notify(changed, params as ParamsOf<typeof changed>);
      if (method === monitorChanged.method) this.#options.notify(monitorChanged, params as ParamsOf<typeof monitorChanged>);
      if (method !== gone.method || told) return;
      told = true;
      const { why } = params as ParamsOf<typeof gone>;
      if (why === 'upgrade') this.#notBefore = performance.now() + upgradePatience;
      this.#options.notify(gone, { why });
    });
    void line.closed.then(() => {
      if (this.#line === line) this.#line = undefined;
      if (!told && !this.#disposed.signal.aborted) this.#options.notify(gone, { why: 'lost' });
    });
  }

  async #ask(line: Line, signal: AbortSignal, send: () => Promise<Outcome>): Promise<Outcome> {
    this.#pending++;
    this.#beat ??= setInterval(() => this.#onBeat(), beatEvery);
    try {
      return await answerOrLastWord(send(), signal);
    } finally {
      this.#pending--;
      if (this.#pending === 0) {
        clearInterval(this.#beat);
        this.#beat = undefined;
        if (this.#pinged !== line) this.#pinged = undefined;
      }
    }
  }

  /** Pings while an answer is awaited: a hub that is stopped keeps its line open and would be waited for without end. */
  #onBeat(): void {
    const line = this.#line;
    if (line === undefined) return;
    if (line.held) {
      // Its answer to a ping would not be read.
      this.#pinged = undefined;
      return;
    }
    if (this.#pinged === line) {
      this.#suspect(line);
      return;
    }
    this.#pinged = line;
    line.ping().then(
      () => {
        if (this.#pinged === line) this.#pinged = undefined;
      },
      () => {},
    );
  }

  /** The hub misses pings: somebody must challenge it; when that one has won, the answers come from there. */
  #suspect(line: Line): void {
    const { home, program, log } = this.#options;
    if (highestFence(home) !== line.hub.fence) {
      line.end();
      return;
    }
    if (this.#challenger !== undefined) return;
    log('info', 'the hub does not answer; challenging it', { pid: line.hub.pid, fence: line.hub.fence });
    const challenger = startHub(home, program, line.hub.fence);
    this.#challenger = challenger;
    void challenger.report.then(() => {
      if (this.#challenger === challenger) this.#challenger = undefined;
    });
  }
}

/** The promise, or `cancelled` as soon as the signal fires. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(cancelled());
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** A cancelled request is answered by the hub when what it started has ended; one that says nothing is not waited for. */
function answerOrLastWord(answer: Promise<Outcome>, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const abort = () => {
      timer = setTimeout(() => reject(cancelled()), lastWord);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    answer.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    });
  });
}
