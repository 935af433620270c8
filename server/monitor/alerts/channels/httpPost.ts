import http from 'node:http';
import https from 'node:https';
import { version } from '../../../version.ts';
import type { Answer } from './types.ts';

/** Of the whole exchange. */
const deadline = 15_000;
/** An answer is read no further. */
const mostRead = 65_536;

export interface Post {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Posts over a connection of its own and follows no redirect. Never rejects: what goes wrong before an answer is one, too. */
export function httpPost({ url, body, headers = {}, signal }: Post): Promise<HttpAnswer | Exclude<Answer, { kind: 'accepted' }>> {
  return new Promise((resolve) => {
    const address = addressOf(url);
    if (address === undefined)
      return resolve({ kind: 'refused', permanent: true, answer: 'Its address is none: it must begin with https:// or http://.' });
    const { protocol, username, password } = address;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(deadline)]);
    // From here on the other side may have read all of it.
    let written = false;
    const fail = (error: NodeJS.ErrnoException) => {
      const why = signal.aborted
        ? 'it was stopped'
        : limit.aborted
          ? `no answer within ${deadline / 1000} s`
          : `${error.message}${error.code === undefined ? '' : ` (${error.code})`}`;
      resolve(written ? { kind: 'unknown', answer: why } : { kind: 'refused', permanent: false, answer: why });
    };
    const request = (protocol === 'https:' ? https : http).request(address, {
      method: 'POST',
      agent: false,
      signal: limit,
      ...(username === '' && password === '' ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
      headers: { 'user-agent': `Hearth/${version}`, 'content-length': Buffer.byteLength(body), ...headers },
    });
    request.on('error', fail);
    request.on('socket', (socket) => {
      socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        written = true;
      });
    });
    request.on('response', (response) => {
      let read = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        read += chunk;
        if (read.length > mostRead) response.destroy();
      });
      // The status says all that matters: a body that breaks off changes nothing.
      response.on('error', () => {});
      response.on('close', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read.slice(0, mostRead) }));
    });
    request.end(body);
  });
}

function addressOf(url: string): URL | undefined {
  try {
    const address = new URL(url.trim());
    return address.protocol === 'https:' || address.protocol === 'http:' ? address : undefined;
  } catch {
    return undefined;
  }
}

/** What an answer of HTTP means where every 2xx is a yes. */
export function judged(answer: HttpAnswer | Exclude<Answer, { kind: 'accepted' }>, now = Date.now()): Answer {
  if ('kind' in answer) return answer;
  const { status, headers, body } = answer;
  const said = `HTTP ${status}${body.trim() === '' ? '' : ` ${body.replace(/\s+/g, ' ').trim().slice(0, 300)}`}`;
  if (status >= 200 && status < 300) return { kind: 'accepted', answer: said };
  return { kind: 'refused', answer: said, permanent: isPermanent(status), retryAfter: retryAfterOf(headers, body, now) };
}

/** It is the message that is not liked: it would not be the next time. */
function isPermanent(status: number): boolean {
  return status === 400 || status === 413 || status === 422;
}

/** `Retry-After` as seconds or a date; Discord and Telegram say it in the body, too. In milliseconds. */
export function retryAfterOf(headers: http.IncomingHttpHeaders, body: string, now: number): number | undefined {
  const header = headers['retry-after'];
  if (header !== undefined) {
    const seconds = Number(header);
    if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
    const moment = Date.parse(header);
    if (!Number.isNaN(moment)) return Math.max(0, moment - now);
  }
  try {
    const read = JSON.parse(body) as { retry_after?: unknown; parameters?: { retry_after?: unknown } };
    const seconds = read.retry_after ?? read.parameters?.retry_after;
    return typeof seconds === 'number' && Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : undefined;
  } catch {
    return undefined;
  }
}
