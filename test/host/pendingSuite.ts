// A "test suite" that never ends by itself: it lives in the extension host and runs functions a Playwright test sends over loopback
// (page.ts bundles it). One request: POST / with the token, `{ source, args }`; the answer is `{ value }` or `{ error }`.
import { randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runInThisContext } from 'node:vm';
import * as vscode from 'vscode';

export async function run(): Promise<void> {
  const announcement = process.env['HEARTH_PENDING_SUITE'];
  if (!announcement) throw new Error('HEARTH_PENDING_SUITE is missing');
  const token = randomBytes(24).toString('hex');
  await new Promise<void>((resolve, reject) => {
    const server = createServer(async (request, response) => {
      if (request.headers.authorization !== token) {
        response.writeHead(403).end();
        return;
      }
      // A connection that is kept is closed after seconds of rest: maybe just when a test that was busy asks again.
      response.setHeader('connection', 'close');
      const answer = await evaluate(await body(request));
      response.end(JSON.stringify(answer), () => {
        if (request.url === '/end') {
          server.close();
          resolve();
        }
      });
    });
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      writeFileSync(`${announcement}.new`, JSON.stringify({ port, token }), { mode: 0o600 });
      renameSync(`${announcement}.new`, announcement);
    });
  });
}

async function evaluate(text: string): Promise<{ value?: unknown; error?: string }> {
  if (text === '') return {};
  try {
    const { source, args } = JSON.parse(text) as { source: string; args: unknown[] };
    // Running what was sent is the whole purpose; only the test that started this window knows the token.
    const run = runInThisContext(`(${source})`) as (api: typeof vscode, ...args: unknown[]) => unknown;
    return { value: await run(vscode, ...args) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function body(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
