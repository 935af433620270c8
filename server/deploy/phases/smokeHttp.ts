import type { SmokeTest } from '../../config/hearthTypes.ts';
import type { Engine } from '../engine/types.ts';
import { type Address, dialHttp } from '../routing/dialHttp.ts';

/** How a path is asked: through an address that the engine's machine reaches. Without one whole addresses are asked from here. */
export interface Way {
  readonly engine: Engine;
  readonly address: Address;
  readonly tls: boolean;
  /** What the request asks for: `shop.example.test`, `localhost:8080`. */
  readonly host: string;
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

type HttpCheck = Extract<SmokeTest['check'], { kind: 'http' }>;

/** Bytes of an answer that are read. */
const largest = 1024 * 1024;
const mostRedirects = 5;
const headers = { 'user-agent': 'Hearth', accept: '*/*', 'accept-encoding': 'identity' };

/**
 * Asks once and follows redirects within the same host (and the same port) unless a redirect is what it must answer. `ok` and what was seen; what
 * does not answer in time is not ok. Rejects only with the signal's reason.
 */
export async function askOnce(
  check: HttpCheck,
  way: Way | undefined,
  timeout: number,
  signal: AbortSignal,
): Promise<{ readonly ok: boolean; readonly message: string }> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  try {
    return judge(check, await ask(check, way, timeout, limited));
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, message: limited.aborted ? `no answer within ${timeout} ms` : whyOf(error) };
  }
}

async function ask(check: HttpCheck, way: Way | undefined, timeout: number, signal: AbortSignal): Promise<Answer> {
  let url = new URL(way === undefined ? check.url : `${way.tls ? 'https' : 'http'}://${way.host}${check.url}`);
  for (let redirects = 0; ; redirects++) {
    const answer = way === undefined ? await askDirectly(url, signal) : await askThrough(way, url, timeout, signal);
    const next = followed(check, url, answer, way);
    if (next === undefined) return answer;
    if (redirects >= mostRedirects) throw new Error(`it redirects again and again, at last to ${next.href}`);
    url = next;
  }
}

/** Where to go on: a redirect that leaves neither the host nor, through a router, its way in. */
function followed({ status }: HttpCheck, url: URL, answer: Answer, way: Way | undefined): URL | undefined {
  const { location } = answer;
  if (location === undefined || ![301, 302, 303, 307, 308].includes(answer.status) || (status ?? 0) === answer.status) return undefined;
  const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
  if (next === undefined || (next.protocol !== 'http:' && next.protocol !== 'https:')) return undefined;
  const stays = next.host === url.host && (way === undefined || next.protocol === url.protocol);
  return stays ? next : undefined;
}

async function askThrough({ engine, address, tls, host }: Way, url: URL, timeout: number, signal: AbortSignal): Promise<Answer> {
  const path = `${url.pathname}${url.search}`;
  const asked = { method: 'GET', path, headers: { ...headers, host }, timeout, largest, ...(tls ? { tls: url.hostname } : {}) };
  const answer = await dialHttp(engine, address, asked, signal);
  return { status: answer.status, location: answer.headers.location, body: answer.body };
}

/** From this machine; certificates must be good ones. */
async function askDirectly(url: URL, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(url, { headers, redirect: 'manual', signal });
  const decoder = new TextDecoder();
  let body = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > largest) break;
    body += decoder.decode(chunk, { stream: true });
  }
  return { status: response.status, location: response.headers.get('location') ?? undefined, body: body + decoder.decode() };
}

function judge({ status, contains }: HttpCheck, answer: Answer): { ok: boolean; message: string } {
  const seen = `${answer.status}${answer.location === undefined ? '' : ` to ${answer.location}`}`;
  const good = status === undefined ? answer.status >= 200 && answer.status < 400 : answer.status === status;
  const said = answer.body.trim().slice(0, 200);
  if (!good)
    return { ok: false, message: `${seen}${status === undefined ? '' : ` instead of ${status}`}${said === '' ? '' : `: ${said}`}` };
  if (contains !== undefined && !answer.body.includes(contains)) {
    return { ok: false, message: `${seen}, without the text "${contains.slice(0, 100)}"${said === '' ? '' : `: ${said}`}` };
  }
  return { ok: true, message: seen };
}

/** `fetch` hides what happened behind "fetch failed". */
function whyOf(error: unknown): string {
  const { cause, message } = error as Error;
  if (!(cause instanceof Error)) return message;
  return cause.message === '' ? String((cause as NodeJS.ErrnoException).code ?? message) : cause.message;
}
