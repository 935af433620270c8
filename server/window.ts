import { type CancellationToken, createConnection, type InitializeResult, TextDocumentSyncKind } from 'vscode-languageserver/node';
import { assemble, type Server } from './assemble.ts';
import { ConfigLanguage } from './config/languageFeatures.ts';
import { gitLanguageFeatures } from './git/languageFeatures.ts';
import { killAll, setGitPath } from './git/process.ts';
import { hearthHome } from './home.ts';
import { writeLauncherSoon } from './hub/index.ts';
import * as protocol from './protocol/session.ts';
import { answer, signalOf } from './rpc/answer.ts';
import { formatLine, type Log, LogGate } from './rpc/log.ts';
import { version } from './version.ts';

/** The window's server: speaks LSP and the contract over IPC (`--node-ipc`, from the shell) or `--stdio` (tests). */

const connection = createConnection();
const gate = new LogGate('info');
const log: Log = (level, text, fields) => {
  if (!gate.passes(level)) return;
  const line = formatLine(text, fields);
  if (level === 'error') connection.console.error(line);
  else if (level === 'warn') connection.console.warn(line);
  else if (level === 'info') connection.console.info(line);
  else connection.console.debug(line);
};

const server: Server = assemble({
  log,
  trusted: false,
  notify: (definition, params) => void connection.sendNotification(definition.method, params).catch(() => {}),
});
const features = gitLanguageFeatures(server.services);
const config = new ConfigLanguage(connection, server.services);

connection.onInitialize(({ initializationOptions }): InitializeResult => {
  const options = protocol.initialization.safeParse(initializationOptions);
  if (options.success) {
    setGitPath(options.data.gitPath);
    server.services.session.setTrusted(options.data.trusted);
  }
  return {
    serverInfo: { name: 'hearth', version },
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: { includeText: false } },
      codeLensProvider: { resolveProvider: false },
      experimental: { protocol: protocol.protocolVersion },
    },
  };
});

connection.onInitialized(() => {
  writeLauncherSoon(hearthHome(), import.meta.dirname, log);
  // A client that cannot be asked does without.
  config.register().catch((error: unknown) => log('debug', 'hearth.yaml is not completed', { error: String(error) }));
});

connection.onDidOpenTextDocument(({ textDocument: { uri, languageId, version: at, text } }) =>
  server.services.documents.open(uri, languageId, at, text),
);
connection.onDidChangeTextDocument(({ textDocument, contentChanges }) =>
  server.services.documents.change(textDocument.uri, textDocument.version, contentChanges),
);
connection.onDidSaveTextDocument(({ textDocument }) => server.services.documents.save(textDocument.uri));
connection.onDidCloseTextDocument(({ textDocument }) => server.services.documents.close(textDocument.uri));
connection.onCodeLens((params, token) => features.codeLens(params, signalOf(token)));

connection.onNotification(protocol.trust.method, (params: unknown) => {
  const parsed = protocol.trust.params.safeParse(params);
  if (parsed.success) server.services.session.setTrusted(parsed.data.trusted);
});

connection.onNotification(protocol.setLogLevel.method, (params: unknown) => {
  const parsed = protocol.setLogLevel.params.safeParse(params);
  if (parsed.success) gate.set(parsed.data.level);
});

for (const method of server.router.methods) {
  connection.onRequest(method, (params: unknown, token: CancellationToken) =>
    answer(connection, (...request) => server.router.dispatch(...request), { method, params, token, session: server.services.session }),
  );
}

connection.onShutdown(() => {
  server.dispose();
  killAll();
});
// The window may die without a word: its end of the pipe closes, and nothing of ours may outlive it.
process.on('disconnect', () => process.exit(0));
for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
process.on('exit', () => killAll());
process.on('unhandledRejection', (error) =>
  log('error', 'unhandled rejection', { error: error instanceof Error ? error.stack : String(error) }),
);
connection.listen();
