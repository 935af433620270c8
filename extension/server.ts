import path from 'node:path';
import {
  type CancellationToken,
  CancellationTokenSource,
  commands,
  type Disposable,
  EventEmitter,
  type ExtensionContext,
  LogLevel,
  type LogOutputChannel,
  l10n,
  window,
  workspace,
} from 'vscode';
import { CloseAction, CodeLensRequest, ErrorAction, LanguageClient, ProgressType, State, TransportKind } from 'vscode-languageclient/node';
import type { InputOf, NotificationDefinition, ParamsOf, PartialOf, RequestDefinition, ResultOf } from '../server/protocol/message.ts';
import { protocolVersion, setLogLevel, trust } from '../server/protocol/session.ts';
import { codeLensWanted } from './git/blameSettings.ts';
import { Registered } from './ui/disposable.ts';
import { asServerFailure } from './ui/failure.ts';

/** Crashes within this window, beyond which the server stays down until the user restarts it. */
const restarts = { most: 4, within: 3 * 60_000 };

interface SendOptions<D extends RequestDefinition> {
  readonly token?: CancellationToken | undefined;
  readonly onPartial?: (partial: PartialOf<D>) => void;
}

/** The one line to the server: typed requests and notifications, restart after a crash, trust. Never awaited by activation. */
export class ServerConnection extends Registered {
  readonly #client: LanguageClient;
  readonly #log: LogOutputChannel;
  readonly #running = this.register(new EventEmitter<void>());
  readonly #listeners = new Map<string, Set<(params: never) => void>>();
  #crashes: number[] = [];
  #restarting: Promise<void> = Promise.resolve();
  #partials = 0;
  #settleReady: () => void = () => {};
  /** Resolves at the first answer of the server. */
  readonly ready: Promise<void>;
  /** Fires whenever the server starts to answer, also after a crash: views ask again. */
  readonly onDidStart = this.#running.event;

  constructor(context: ExtensionContext, log: LogOutputChannel) {
    super();
    this.#log = log;
    this.ready = new Promise((resolve) => {
      this.#settleReady = resolve;
    });
    const module = context.asAbsolutePath(path.join('dist', 'server.js'));
    this.#client = new LanguageClient(
      'hearth',
      'Hearth',
      {
        run: { module, transport: TransportKind.ipc },
        debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6009'] } },
      },
      {
        documentSelector: [{ scheme: 'file' }],
        outputChannel: log,
        middleware: { provideCodeLenses: (document, token, next) => (codeLensWanted(document) ? next(document, token) : []) },
        initializationOptions: () => ({
          protocol: protocolVersion,
          version: String(context.extension.packageJSON.version),
          trusted: workspace.isTrusted,
          ...gitPathOption(),
        }),
        initializationFailedHandler: (error) => {
          log.error('The server could not be initialised', error instanceof Error ? error : String(error));
          return false;
        },
        errorHandler: {
          error: () => ({ action: ErrorAction.Continue, handled: true }),
          closed: () => this.#onClosed(),
        },
      },
    );
    this.register(
      this.#client.onDidChangeState(({ newState }) => {
        if (newState !== State.Running) return;
        this.#settleReady();
        void this.#client.sendNotification(trust.method, { trusted: workspace.isTrusted });
        this.#sendLogLevel();
        this.#running.fire();
      }),
    );
    this.register(log.onDidChangeLogLevel(() => this.#sendLogLevel()));
    // The way out of "Git was not found": the path is read when a server starts.
    this.register(
      workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('hearth.git.path') && void this.restart().catch(() => {})),
    );
    this.register(workspace.onDidGrantWorkspaceTrust(() => this.notify(trust, { trusted: true })));
  }

  /** Spawns the server and returns at once. */
  start(): void {
    this.#client.start().catch((error) => this.#log.error('The server did not start', error instanceof Error ? error : String(error)));
  }

  /** Stops what runs, if anything does, and starts anew; one restart at a time. */
  restart(): Promise<void> {
    this.#restarting = this.#restarting
      .catch(() => {})
      .then(async () => {
        this.#crashes = [];
        await this.#client.stop(2000).catch(() => {});
        await this.#client.start();
      });
    return this.#restarting;
  }

  get running(): boolean {
    return this.#client.state === State.Running;
  }

  /** Sends a request (`confirmed` when the user said yes to what it destroys). Rejects with a `RequestFailure`; waits for the server when it is starting. */
  async send<D extends RequestDefinition>(
    definition: D,
    params: InputOf<D> & { readonly confirmed?: true },
    options: SendOptions<D> = {},
  ): Promise<ResultOf<D>> {
    const token = options.token ?? new CancellationTokenSource().token;
    let listener: Disposable | undefined;
    let sent: object = params as object;
    try {
      await this.ready;
      if (options.onPartial !== undefined) {
        const partialResultToken = `hearth-${++this.#partials}`;
        listener = this.#client.onProgress(new ProgressType<PartialOf<D>>(), partialResultToken, options.onPartial);
        sent = { ...sent, partialResultToken };
      }
      return await this.#client.sendRequest<ResultOf<D>>(definition.method, sent, token);
    } catch (error) {
      throw asServerFailure(error);
    } finally {
      listener?.dispose();
    }
  }

  /** Makes editors ask for CodeLens again: a setting of ours changed. */
  refreshCodeLenses(): void {
    const feature = this.#client.getFeature(CodeLensRequest.method);
    for (const provider of new Set(workspace.textDocuments.map((document) => feature.getProvider(document))))
      provider?.onDidChangeCodeLensEmitter.fire();
  }

  notify<D extends NotificationDefinition>(definition: D, params: ParamsOf<D>): void {
    if (this.running) this.#client.sendNotification(definition.method, params).catch(() => {});
  }

  /** Hears a notification of the server, across restarts. */
  on<D extends NotificationDefinition>(definition: D, listener: (params: ParamsOf<D>) => void): Disposable {
    let listeners = this.#listeners.get(definition.method);
    if (listeners === undefined) {
      const created = new Set<(params: never) => void>();
      listeners = created;
      this.#listeners.set(definition.method, created);
      this.register(
        this.#client.onNotification(definition.method, (params) => {
          for (const each of created) each(params as never);
        }),
      );
    }
    listeners.add(listener);
    return { dispose: () => listeners.delete(listener) };
  }

  override dispose(): void {
    super.dispose();
    void this.#client.stop(2000).catch(() => {});
  }

  #sendLogLevel(): void {
    const levels = {
      [LogLevel.Trace]: 'debug',
      [LogLevel.Debug]: 'debug',
      [LogLevel.Info]: 'info',
      [LogLevel.Warning]: 'warn',
      [LogLevel.Error]: 'error',
      [LogLevel.Off]: 'off',
    } as const;
    this.notify(setLogLevel, { level: levels[this.#log.logLevel] });
  }

  #onClosed(): { action: CloseAction; handled: boolean } {
    if (this.disposed) return { action: CloseAction.DoNotRestart, handled: true };
    const now = Date.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < restarts.within), now];
    if (this.#crashes.length <= restarts.most) {
      this.#log.warn(`The server stopped; starting it again (${this.#crashes.length} of ${restarts.most}).`);
      return { action: CloseAction.Restart, handled: true };
    }
    this.#log.error('The server stopped too often.');
    const restart = l10n.t('Restart Server');
    const showLog = l10n.t('Show Log');
    void window
      .showErrorMessage(l10n.t('The Hearth server stopped {0} times in three minutes.', this.#crashes.length), restart, showLog)
      .then((picked) => {
        if (picked === restart) void commands.executeCommand('hearth.server.restart');
        if (picked === showLog) this.#log.show();
      });
    return { action: CloseAction.DoNotRestart, handled: true };
  }
}

function gitPathOption(): { gitPath?: string } {
  const gitPath = workspace.getConfiguration('hearth.git').get<string>('path');
  return gitPath === undefined || gitPath === '' ? {} : { gitPath };
}
