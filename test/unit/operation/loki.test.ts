// Loki as it is from outside: a server on the loopback that takes, refuses, or hangs up.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { lineOf } from '../../../server/operation/logLine.ts';
import { Loki } from '../../../server/operation/loki.ts';

interface Push {
  readonly request: IncomingMessage;
  readonly streams: { stream: Record<string, string>; values: [string, string][] }[];
}

const endings: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

/** Answers what `answer` says to the n-th request, from 0; `cut` hangs up. */
async function sink(answer: (n: number) => number | 'cut') {
  const pushes: Push[] = [];
  let asked = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const status = answer(asked++);
    if (status === 'cut') return void request.socket.destroy();
    if (status < 300) pushes.push({ request, streams: JSON.parse(Buffer.concat(chunks).toString('utf8')).streams });
    response.writeHead(status, status === 429 ? { 'retry-after': '7' } : {}).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const texts = () =>
    pushes.flatMap(({ streams }) => streams.flatMap(({ values }) => values.map(([, line]) => JSON.parse(line).text as string)));
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, pushes, texts, asked: () => asked };
}

/** A client whose pauses last as long as the test wants: they are written down, and end at once. */
function client(url: string, more: { tenant?: string; secretFile?: string; home?: string; fetch?: typeof fetch } = {}) {
  const told: [string | undefined, number][] = [];
  const pauses: number[] = [];
  const loki = new Loki({
    ...{ url, home: '/nowhere', host: 'here', ...more },
    told: (problem, dropped) => told.push([problem, dropped]),
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
  endings.push(() => loki.close());
  return { loki, told, pauses };
}

const line = (n: number, level: 'info' | 'error' = 'info') => lineOf(1_700_000_000_000 + n, level, `line ${n}`, { domain: 'git' });

test('lines travel in batches, in order, with few labels, the tenant and the secret of a file', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'hearth-loki-'));
  endings.push(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(path.join(folder, 'loki-secret'), 'ada:correct horse\n');
  const { url, pushes, texts } = await sink(() => 204);
  const { loki } = client(url, { tenant: 'shop', secretFile: 'loki-secret', home: folder });
  for (let n = 0; n < 1200; n++) loki.add(line(n));
  loki.add(line(1200, 'error'));
  await expect.poll(texts).toHaveLength(1201);
  expect(texts().slice(0, 1200)).toEqual(Array.from({ length: 1200 }, (_, n) => `line ${n}`));
  expect(pushes.map(({ streams }) => streams.reduce((sum, { values }) => sum + values.length, 0))).toEqual([500, 500, 201]);
  expect(pushes[2]?.streams.map(({ stream }) => stream)).toEqual([
    { job: 'hearth', host: 'here', level: 'info', domain: 'git' },
    { job: 'hearth', host: 'here', level: 'error', domain: 'git' },
  ]);
  expect(pushes[0]?.streams[0]?.values[0]?.[0]).toBe('1700000000000000000');
  expect(pushes[0]?.request).toMatchObject({
    url: '/loki/api/v1/push',
    headers: { 'x-scope-orgid': 'shop', authorization: `Basic ${Buffer.from('ada:correct horse').toString('base64')}` },
  });
});

test('what fails for a moment is sent again, later and later, as Retry-After says; what is refused is not', async () => {
  const answers = [500, 'cut', 429, 204, 400, 204] as const;
  const { url, texts, asked } = await sink((n) => answers[n] ?? 204);
  const { loki, told, pauses } = client(url);
  loki.add(line(1));
  await expect.poll(texts).toEqual(['line 1']);
  expect(pauses).toEqual([1000, 1000, 2000, 7000]);
  // The server has the lines before the client has its answer.
  await expect
    .poll(() => told)
    .toEqual([
      ['Loki answers 500.', 0],
      [undefined, 0],
    ]);
  loki.add(line(2));
  await expect.poll(asked).toBe(5);
  await expect.poll(() => told.length).toBe(3);
  loki.add(line(3));
  await expect.poll(texts).toEqual(['line 1', 'line 3']);
  await expect
    .poll(() => told.slice(2))
    .toEqual([
      ['Loki answers 400.', 1],
      [undefined, 1],
    ]);
});

test('while nobody takes them the newest lines wait, no more than 10 000; at the end they are tried once more', async () => {
  let up = false;
  const { url, texts } = await sink(() => (up ? 204 : 503));
  // However long the answers take here: the last lines of a real hub have two seconds.
  const { loki } = client(url, { fetch: (to, { signal: _, ...init } = {}) => fetch(to, init) });
  for (let n = 0; n < 12_000; n++) loki.add(line(n));
  up = true;
  await loki.close();
  expect(texts()).toHaveLength(10_000);
  expect(texts().at(-1)).toBe('line 11999');
  loki.add(line(12_000));
  expect(texts()).toHaveLength(10_000);
});
