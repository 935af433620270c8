import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  CancellationTokenSource,
  createMessageConnection,
  type MessageConnection,
  ProgressType,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import type { ErrorData } from '../../server/protocol/errors.ts';
import type { InputOf, NotificationDefinition, ParamsOf, PartialOf, RequestDefinition, ResultOf } from '../../server/protocol/message.ts';
import { protocolVersion } from '../../server/protocol/session.ts';

const root = path.resolve(import.meta.dirname, '../..');

let looked = false;

/** Builds dist/ when it is missing or older than the sources. Once: to look at all sources before each command costs more than the command. */
export function ensureBuilt(): void {
  if (looked) return;
  looked = true;
  const built = path.join(root, 'dist/meta.json');
  const newest = (folder: string): number =>
    Math.max(
      0,
      ...readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
        .filter((e) => e.isFile())
        .map((e) => statSync(path.join(e.parentPath, e.name)).mtimeMs),
    );
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(...['server', 'extension', 'webviews'].map(newest))) return;
  execFileSync(process.execPath, ['esbuild.mjs'], { cwd: root, stdio: 'inherit' });
}

/** What a failed request rejects with. */
export interface RequestError extends Error {
  code: number;
  data?: ErrorData;
}

export interface TestServer {
  readonly pid: number;
  readonly process: ChildProcess;
  readonly connection: MessageConnection;
  send<D extends RequestDefinition>(
    definition: D,
    params: InputOf<D>,
    options?: { signal?: AbortSignal; onPartial?: (partial: PartialOf<D>) => void },
  ): Promise<ResultOf<D>>;
  /** Raw door for wrong methods and parameters. */
  request(method: string, params: unknown): Promise<unknown>;
  onNotification<D extends NotificationDefinition>(definition: D, listener: (params: ParamsOf<D>) => void): void;
  openDocument(uri: string, text: string, languageId?: string): void;
  changeDocument(
    uri: string,
    version: number,
    changes: { range?: { start: { line: number; character: number }; end: { line: number; character: number } }; text: string }[],
  ): void;
  saveDocument(uri: string): void;
  closeDocument(uri: string): void;
  close(): Promise<void>;
}

/** Starts the built server over stdio, as a window would, and completes the handshake. Results are checked against the contract. */
export async function startServer(
  options: { trusted?: boolean; env?: NodeJS.ProcessEnv; gitPath?: string; checkResults?: boolean; program?: string } = {},
): Promise<TestServer> {
  ensureBuilt();
  const child = spawn(process.execPath, [options.program ?? path.join(root, 'dist/server.js'), '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, HEARTH_CHECK_RESULTS: options.checkResults === false ? '0' : '1', ...options.env },
  });
  const connection = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  connection.onError(() => {});
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    initializationOptions: {
      protocol: protocolVersion,
      version: 'test',
      trusted: options.trusted ?? true,
      ...(options.gitPath === undefined ? {} : { gitPath: options.gitPath }),
    },
  });
  await connection.sendNotification('initialized', {});
  let tokens = 0;
  return {
    pid: child.pid ?? -1,
    process: child,
    connection,
    async send(definition, params, more = {}) {
      const source = new CancellationTokenSource();
      if (more.signal?.aborted) source.cancel();
      more.signal?.addEventListener('abort', () => source.cancel(), { once: true });
      if (more.onPartial === undefined) return connection.sendRequest(definition.method, params, source.token);
      const token = `partial-${++tokens}`;
      const listener = connection.onProgress(new ProgressType<never>(), token, more.onPartial as (value: never) => void);
      try {
        return await connection.sendRequest(definition.method, { ...(params as object), partialResultToken: token }, source.token);
      } finally {
        listener.dispose();
      }
    },
    request: (method, params) => connection.sendRequest(method, params),
    onNotification: (definition, listener) => void connection.onNotification(definition.method, listener),
    openDocument: (uri, text, languageId = 'plaintext') =>
      void connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId, version: 1, text } }),
    changeDocument: (uri, version, contentChanges) =>
      void connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges }),
    saveDocument: (uri) => void connection.sendNotification('textDocument/didSave', { textDocument: { uri } }),
    closeDocument: (uri) => void connection.sendNotification('textDocument/didClose', { textDocument: { uri } }),
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
        // One that was killed a moment ago never answers.
        await Promise.race([connection.sendRequest('shutdown').catch(() => {}), exited]);
        await connection.sendNotification('exit').catch(() => {});
        await exited;
      }
      connection.dispose();
    },
  };
}
