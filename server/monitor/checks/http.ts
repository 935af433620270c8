import { STATUS_CODES } from 'node:http';
import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib';
import type { Check } from '../../protocol/monitorTypes.ts';
import { Unwell } from './faults.ts';
import { exchange } from './httpExchange.ts';
import { type HttpAnswer, type HttpRequest, longestBody } from './httpParts.ts';
import type { Facts, Found, Look } from './look.ts';
import { shownAddress } from './target.ts';
import { oneLine, sizeWords } from './text.ts';

type HttpCheck = Extract<Check, { kind: 'http' }>;

/** Headers that say who asks: another server does not get them. */
const credentials = ['authorization', 'cookie', 'proxy-authorization'];

/** Asks, follows redirects, and takes every answer below 400 as well unless an assertion says something of `status`. */
export async function lookHttp(check: HttpCheck, look: Look): Promise<Found> {
  let url = new URL(check.url);
  let asked = firstRequest(check, url, look);
  const path: string[] = [];
  for (;;) {
    path.push(`${asked.method} ${withoutFragment(url)}`);
    const answer = await exchange(url, asked, look);
    const next = redirectOf(answer, url, check.redirects);
    if (next === undefined) return foundIn(answer, asked.method, path.length - 1, url, look);
    if (path.length > check.redirects) throw new Unwell(`more than ${check.redirects} redirects, the last to ${shownAddress(next.href)}`);
    asked = redirected(asked, answer.status, url, next, check);
    url = next;
    if (path.includes(`${asked.method} ${withoutFragment(url)}`))
      throw new Unwell(`the redirects go in a circle, back to ${shownAddress(url.href)}`);
  }
}

function firstRequest(check: HttpCheck, url: URL, look: Look): HttpRequest {
  const body = check.body === undefined ? undefined : Buffer.from(check.body);
  const { username, password } = url;
  const headers: Record<string, string> = { host: url.host, 'user-agent': 'Hearth', accept: '*/*', 'accept-encoding': 'identity' };
  if (username !== '' || password !== '') {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
    if (password !== '') look.secrets.push(decodeURIComponent(password));
  }
  for (const [name, value] of Object.entries(check.headers)) headers[name.toLowerCase()] = value;
  for (const [name, secret] of Object.entries(check.secretHeaders)) headers[name.toLowerCase()] = look.secret(secret);
  if (body !== undefined) headers['content-length'] = String(body.length);
  const { method, version, family, insecure, redirects } = check;
  const wantsBody: HttpRequest['wantsBody'] = (status, received) =>
    method !== 'HEAD' && !(redirects > 0 && isRedirect(status) && received['location'] !== undefined);
  return { method, headers, body, version, family, insecure, wantsBody };
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** Where it goes on; undefined when this is the answer. */
function redirectOf({ status, headers }: HttpAnswer, from: URL, allowed: number): URL | undefined {
  const location = headers['location'];
  if (allowed === 0 || !isRedirect(status) || location === undefined) return undefined;
  const next = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (next === undefined || (next.protocol !== 'http:' && next.protocol !== 'https:')) {
    throw new Unwell(`the redirect goes to ${oneLine(location, 100)}, which is no address of a website`);
  }
  return next;
}

/** As browsers do it: after 303, and after POST with 301 or 302, it is a GET; another server gets neither credentials nor secrets. */
function redirected(asked: HttpRequest, status: number, from: URL, to: URL, check: HttpCheck): HttpRequest {
  const headers: Record<string, string> = { ...asked.headers };
  if (from.origin !== to.origin) {
    for (const name of [...credentials, ...Object.keys(check.secretHeaders)]) delete headers[name.toLowerCase()];
    headers['host'] = to.host;
  }
  const reads = asked.method === 'GET' || asked.method === 'HEAD';
  if (reads || !(status === 303 || (asked.method === 'POST' && status < 303))) return { ...asked, headers };
  for (const name of Object.keys(headers)) if (name.startsWith('content-')) delete headers[name];
  return { ...asked, headers, method: 'GET', body: undefined };
}

function foundIn(answer: HttpAnswer, method: string, redirects: number, url: URL, look: Look): Found {
  const { status, headers, version, body, more } = answer;
  const declared = /^\d{1,15}$/.test(headers['content-length'] ?? '') ? Number(headers['content-length']) : undefined;
  const size = { bytes: method === 'HEAD' ? 0 : (declared ?? body.length), more: more && declared === undefined };
  const words = [
    `HTTP ${status}`,
    size.more ? `more than ${sizeWords(size.bytes)}` : sizeWords(size.bytes),
    ...(version === '2' ? ['HTTP/2'] : []),
    ...(redirects === 0 ? [] : [`${redirects} ${redirects === 1 ? 'redirect' : 'redirects'} to ${shownAddress(url.href)}`]),
  ];
  const bad = status >= 400 && !look.asserted.has('status');
  const named = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  return {
    ok: !bad,
    ...(bad ? { message: `status ${named}, wanted below 400` } : {}),
    found: words.join(' · '),
    facts: { status, headers, size, ...textOf(answer) },
  };
}

function textOf({ body, headers, more }: HttpAnswer): Pick<Facts, 'text' | 'cut'> {
  const charset = /charset="?([\w.:-]+)/i.exec(headers['content-type'] ?? '')?.[1];
  const { bytes, large } = unpacked(body, headers['content-encoding']);
  const cut = more || large;
  try {
    return { text: new TextDecoder(charset).decode(bytes), cut };
  } catch {
    return { text: new TextDecoder().decode(bytes), cut };
  }
}

/** We ask for no compression; some servers compress all the same. What cannot be unpacked within the limit (`large`) stays as it is. */
function unpacked(body: Buffer, encoding: string | undefined): { bytes: Buffer; large: boolean } {
  const limits = { maxOutputLength: longestBody, finishFlush: constants.Z_SYNC_FLUSH };
  try {
    if (encoding === 'gzip' || encoding === 'x-gzip') return { bytes: gunzipSync(body, limits), large: false };
    if (encoding === 'deflate') return { bytes: inflateSync(body, limits), large: false };
    if (encoding === 'br') return { bytes: brotliDecompressSync(body, { maxOutputLength: longestBody }), large: false };
  } catch (error) {
    // Larger than we read, or not what it says.
    return { bytes: body, large: (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' };
  }
  return { bytes: body, large: false };
}

function withoutFragment(url: URL): string {
  return `${url.origin}${url.pathname}${url.search}`;
}
