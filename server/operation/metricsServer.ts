import path from 'node:path';
import { ensureTokenFile } from '../hub/token.ts';
import { asFailure } from '../rpc/failure.ts';
import type { Log } from '../rpc/log.ts';
import { type HttpAnswers, HttpServer } from './httpServer.ts';

export const metricsTokenFile = (home: string): string => path.join(home, 'metrics-token');

/** How long it waits for a port that somebody else has. */
const tryAgain = 10_000;

interface MetricsServerOptions {
  readonly home: string;
  /** 0: nothing is served. */
  readonly port: number;
  readonly log: Log;
  readonly answers: Omit<HttpAnswers, 'token' | 'failed'>;
}

/** Keeps the HTTP server of a hub up. A port that is taken is a warning, and tried again; the hub goes on without. */
export class MetricsServer {
  readonly #options: MetricsServerOptions;
  #server: HttpServer | undefined;
  #problem: string | null = null;
  #timer: NodeJS.Timeout | undefined;
  #starting: Promise<void> | undefined;
  #stopped = false;

  constructor(options: MetricsServerOptions) {
    this.#options = options;
  }

  /** Null while nothing is served. */
  get served(): { url: string; tokenFile: string } | null {
    const { home, port } = this.#options;
    return this.#server === undefined ? null : { url: `http://127.0.0.1:${port}`, tokenFile: metricsTokenFile(home) };
  }

  /** Why nothing is served although it should be. */
  get problem(): string | null {
    return this.#problem;
  }

  start(): void {
    if (this.#options.port !== 0) this.#starting = this.#tryToStart();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#starting;
    await this.#server?.stop();
    this.#server = undefined;
  }

  async #tryToStart(): Promise<void> {
    const { home, port, log, answers } = this.#options;
    try {
      const token = ensureTokenFile(metricsTokenFile(home));
      const failed = (error: unknown) => {
        const { message, cause } = asFailure(error);
        log('error', message, { stack: cause instanceof Error ? cause.stack : undefined });
      };
      const server = new HttpServer({ ...answers, token, failed });
      await server.start(port);
      this.#server = server;
      this.#problem = null;
      log('info', 'metrics and health are served', { url: this.served?.url });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const problem =
        code === 'EADDRINUSE'
          ? `Metrics are not served: another program uses port ${port}.`
          : `Metrics are not served on port ${port}: ${message}.`;
      // Said once, however often it is tried.
      if (this.#problem !== problem) log('warn', problem);
      this.#problem = problem;
      if (!this.#stopped) this.#timer = setTimeout(() => this.start(), tryAgain);
    }
  }
}
