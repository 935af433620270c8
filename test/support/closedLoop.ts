// Clients that ask again as soon as they are answered, and write down every answer that is not as it should be.
import http from 'node:http';

export interface ClosedLoopOptions {
  /** `http://host:port` of the router. */
  readonly entry: string;
  readonly host: string;
  readonly path: string;
  /** So many of either kind. */
  readonly clients: number;
  /** Whether an answer is right; what it was else is a failure. */
  isRight(status: number, body: string): boolean;
}

type Outcome =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  | { readonly kind: 'stale' | 'error'; readonly code: string };

/**
 * Half of the clients make a connection for each request; nothing may go wrong for them. The others keep theirs open: when a server closes an
 * idle one at the moment at which it is used again, a client asks once more on a new connection, as every browser does (RFC 9112 §9.3.1).
 */
export class ClosedLoop {
  readonly #options: ClosedLoopOptions;
  readonly failures: string[] = [];
  /** Requests that were answered, and how often each body was the answer. */
  answered = 0;
  readonly bodies = new Map<string, number>();
  /** Kept connections that were closed under a request. */
  stale = 0;
  #stopped = false;
  readonly #running: Promise<void>[];
  readonly #underway = new Set<Promise<void>>();

  constructor(options: ClosedLoopOptions) {
    this.#options = options;
    this.#running = Array.from({ length: options.clients }, () => [this.#run(false), this.#run(true)]).flat();
  }

  /** Resolves when so many more requests were answered. */
  async more(count: number): Promise<void> {
    const goal = this.answered + count;
    while (this.answered < goal && this.failures.length < 100) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Resolves when what is on its way now was answered and noted: an answer may lie unread while its sender is gone already. */
  async underway(): Promise<void> {
    await Promise.all(this.#underway);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #run(keeps: boolean): Promise<void> {
    const agent = new http.Agent({ keepAlive: keeps, maxSockets: 1 });
    while (!this.#stopped) {
      const turn = this.#turn(agent);
      this.#underway.add(turn);
      await turn;
      this.#underway.delete(turn);
    }
    agent.destroy();
  }

  async #turn(agent: http.Agent): Promise<void> {
    let outcome = await this.#ask(agent);
    if (outcome.kind === 'stale') {
      this.stale += 1;
      outcome = await this.#ask(agent);
    }
    this.#note(outcome);
  }

  #note(outcome: Outcome): void {
    if (outcome.kind !== 'answer') {
      this.failures.push(`${outcome.kind} ${outcome.code}`);
      return;
    }
    const { status, body } = outcome;
    if (!this.#options.isRight(status, body)) this.failures.push(`${status} ${body.slice(0, 100)}`);
    this.answered += 1;
    this.bodies.set(body, (this.bodies.get(body) ?? 0) + 1);
  }

  #ask(agent: http.Agent): Promise<Outcome> {
    const { entry, host, path } = this.#options;
    return new Promise((resolve) => {
      const asked = http.get(`${entry}${path}`, { agent, headers: { host } }, (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (text: string) => {
          body += text;
        });
        answer.on('end', () => resolve({ kind: 'answer', status: answer.statusCode ?? 0, body: body.trim() }));
        answer.on('error', (error: NodeJS.ErrnoException) => resolve({ kind: 'error', code: error.code ?? error.message }));
      });
      asked.on('error', (error: NodeJS.ErrnoException) => {
        const code = error.code ?? error.message;
        resolve({ kind: asked.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE') ? 'stale' : 'error', code });
      });
    });
  }
}
