import { readFileSync } from 'node:fs';
import path from 'node:path';
import { jsonOf, type LogLine } from './logLine.ts';
import type { LokiSettings } from './settings.ts';

/** Lines of one request, lines that wait at most (older ones are dropped), milliseconds that lines are gathered. */
const batch = 500;
const mostWaiting = 10_000;
const gather = 1000;
/** Milliseconds between attempts: doubled from the first to the longest. */
const firstPause = 1000;
const longestPause = 60_000;
const answerWithin = 10_000;
/** How long the end of the hub may wait for the last lines. */
const lastWord = 2000;

interface LokiOptions extends LokiSettings {
  readonly home: string;
  readonly host: string;
  /** Says, once for each change, that Loki does not take the lines, and that it does again. */
  told(problem: string | undefined, dropped: number): void;
  readonly fetch?: typeof fetch;
  /** Waits; resolves early when the signal fires. Tests have their own. */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Pushes lines of the log to Grafana Loki: in batches, again after a failure, never more in memory than a bounded number of lines. What Loki
 * refuses for good (4xx but 408 and 429) is dropped. No timer runs while nothing waits.
 */
export class Loki {
  readonly #options: LokiOptions;
  readonly #address: string;
  readonly #ending = new AbortController();
  #waiting: LogLine[] = [];
  #dropped = 0;
  #sending: Promise<void> | undefined;
  #failing = false;

  constructor(options: LokiOptions) {
    this.#options = options;
    this.#address = pushAddress(options.url);
  }

  add(line: LogLine): void {
    if (this.#ending.signal.aborted) return;
    this.#waiting.push(line);
    if (this.#waiting.length > mostWaiting) {
      const excess = this.#waiting.length - mostWaiting;
      this.#waiting.splice(0, excess);
      this.#dropped += excess;
    }
    this.#begin();
  }

  #begin(): void {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
      // Added after the last look at what waits.
      if (this.#waiting.length > 0 && !this.#ending.signal.aborted) this.#begin();
    });
  }

  /** Sends what waits, once, and ends. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#sending;
    while (this.#waiting.length > 0) {
      const lines = this.#waiting.splice(0, batch);
      if ((await this.#push(lines, AbortSignal.timeout(lastWord))).kind !== 'taken') return;
    }
  }

  async #send(): Promise<void> {
    const { pause = waitFor } = this.#options;
    const { signal } = this.#ending;
    let patience = firstPause;
    await pause(gather, signal);
    while (this.#waiting.length > 0 && !signal.aborted) {
      const lines = this.#waiting.slice(0, batch);
      const outcome = await this.#push(lines, AbortSignal.any([signal, AbortSignal.timeout(answerWithin)]));
      if (signal.aborted) return;
      if (outcome.kind === 'later') {
        this.#tell(outcome.problem);
        await pause(outcome.after ?? patience, signal);
        patience = Math.min(patience * 2, longestPause);
        continue;
      }
      // Of those that waited some may have been dropped meanwhile: they were the first.
      const sent = new Set(lines);
      this.#waiting = this.#waiting.filter((line) => !sent.has(line));
      patience = firstPause;
      if (outcome.kind === 'refused') {
        this.#dropped += lines.length;
        this.#tell(outcome.problem);
      } else this.#tell(undefined);
      if (this.#waiting.length > 0 && this.#waiting.length < batch) await pause(gather, signal);
    }
  }

  #tell(problem: string | undefined): void {
    const failing = problem !== undefined;
    if (failing === this.#failing) return;
    this.#failing = failing;
    this.#options.told(problem, this.#dropped);
    if (!failing) this.#dropped = 0;
  }

  async #push(lines: readonly LogLine[], signal: AbortSignal): Promise<Outcome> {
    const { tenant, host, fetch: ask = fetch } = this.#options;
    try {
      const response = await ask(this.#address, {
        method: 'POST',
        // Credentials never follow a redirection.
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }),
          ...this.#authorization(),
        },
        body: JSON.stringify({ streams: streamsOf(lines, host) }),
        signal,
      });
      await response.body?.cancel();
      if (response.ok) return { kind: 'taken' };
      const problem = `Loki answers ${response.status}.`;
      const later = response.status >= 500 || response.status === 429 || response.status === 408;
      return later ? { kind: 'later', problem, after: retryAfter(response.headers.get('retry-after')) } : { kind: 'refused', problem };
    } catch (error) {
      const { message, cause } = error as Error;
      return { kind: 'later', problem: `Loki cannot be reached: ${(cause as Error | undefined)?.message ?? message}.`, after: undefined };
    }
  }

  /** Read each time: a new secret needs no new hub. */
  #authorization(): Record<string, string> {
    const { secretFile, home } = this.#options;
    if (secretFile === undefined) return {};
    const secret = readFileSync(path.resolve(home, secretFile), 'utf8').trim();
    return { authorization: secret.includes(':') ? `Basic ${Buffer.from(secret).toString('base64')}` : `Bearer ${secret}` };
  }
}

type Outcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly problem: string }
  | { readonly kind: 'later'; readonly problem: string; readonly after: number | undefined };

const pushPath = '/loki/api/v1/push';

function pushAddress(url: string): string {
  const address = url.replace(/\/+$/, '');
  return address.endsWith(pushPath) ? address : `${address}${pushPath}`;
}

/** One stream for each level and domain: few labels, or Loki grows slow; everything else is in the line. */
function streamsOf(lines: readonly LogLine[], host: string) {
  const streams = new Map<string, { stream: Record<string, string>; values: [string, string][] }>();
  for (const line of lines) {
    const key = `${line.level} ${line.domain}`;
    const stream = streams.get(key) ?? { stream: { job: 'hearth', host, level: line.level, domain: line.domain }, values: [] };
    stream.values.push([`${line.time}000000`, jsonOf(line).trimEnd()]);
    streams.set(key, stream);
  }
  return [...streams.values()];
}

function retryAfter(header: string | null): number | undefined {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, longestPause) : undefined;
}

function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}
