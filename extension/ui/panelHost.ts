import { randomBytes } from 'node:crypto';
import { type CancellationToken, CancellationTokenSource, type LogOutputChannel, Uri, type WebviewPanel } from 'vscode';
import type {
  EventName,
  FromPanel,
  PanelContract,
  PanelFailure,
  Params,
  RequestName,
  Result,
  ToPanel,
} from '../../webviews/ui/messages.ts';
import { Registered } from './disposable.ts';
import { asRequestFailure, showFailure } from './failure.ts';

/** What answers a panel's requests: one function per request. What it throws becomes the panel's failure. */
export type PanelHandlers<C extends PanelContract> = {
  readonly [M in RequestName<C>]: (params: Params<C, M>, context: { token: CancellationToken }) => Promise<Result<C, M>> | Result<C, M>;
};

interface HostOptions<C extends PanelContract> {
  readonly panel: WebviewPanel;
  readonly extensionUri: Uri;
  /** Name of the bundle in dist/webviews. */
  readonly bundle: string;
  /** What a screen reader calls the document. */
  readonly title: string;
  readonly handlers: PanelHandlers<C>;
  /** Requests that change something: when one fails and no page is there to say so, a message does. */
  readonly changes?: readonly RequestName<C>[];
  readonly log: LogOutputChannel;
  /** The page was loaded, the first time or again after it was hidden. */
  onReady(): void;
}

/** Where a panel's page may load from. */
export function panelRoots(extensionUri: Uri): Uri[] {
  return [Uri.joinPath(extensionUri, 'dist', 'webviews'), Uri.joinPath(extensionUri, 'media')];
}

/** Anything thrown in the shell, as a page shows it. */
export function asPanelFailure(error: unknown): PanelFailure {
  const { reason, message, hint, detail } = asRequestFailure(error);
  return { reason, message, ...(hint === undefined ? {} : { hint }), ...(detail === undefined ? {} : { detail }) };
}

interface Running {
  readonly source: CancellationTokenSource;
  /** The page knows how it ended. */
  told: boolean;
}

/** The shell's end of a panel: the page with its policy, requests with cancellation, and events. */
export class PanelHost<C extends PanelContract> extends Registered {
  readonly #options: HostOptions<C>;
  readonly #running = new Map<number, Running>();
  #ready = false;

  constructor(options: HostOptions<C>) {
    super();
    this.#options = options;
    const { panel, extensionUri } = options;
    panel.webview.options = { enableScripts: true, localResourceRoots: panelRoots(extensionUri) };
    this.register(panel.webview.onDidReceiveMessage((message: FromPanel) => this.#receive(message)));
    this.register(panel.onDidDispose(() => this.dispose()));
    panel.webview.html = this.#page();
  }

  /** Tells the page; dropped while there is none, because a page asks anew when it loads. */
  tell<N extends EventName<C>>(name: N, value: C['events'][N]): void {
    if (this.#ready) this.#send({ kind: 'event', name, value });
  }

  /** Ends what runs for the page, which is told that it failed for this reason. */
  abandon(reason: 'disconnected' | 'cancelled', message: string): void {
    for (const [id, running] of this.#running) {
      running.told = this.#options.panel.visible;
      this.#send({ kind: 'failure', id, failure: { reason, message } });
    }
    this.#forget();
  }

  override dispose(): void {
    this.#forget();
    super.dispose();
  }

  #forget(): void {
    for (const { source } of this.#running.values()) source.cancel();
    this.#running.clear();
  }

  #send(message: ToPanel): void {
    if (!this.disposed) void this.#options.panel.webview.postMessage(JSON.stringify(message));
  }

  #receive(message: FromPanel): void {
    switch (message.kind) {
      case 'ready':
        // A page that loads anew has forgotten what the one before it asked.
        this.#forget();
        this.#ready = true;
        this.#options.onReady();
        return;
      case 'cancel':
        this.#running.get(message.id)?.source.cancel();
        this.#running.delete(message.id);
        return;
      case 'request':
        void this.#answer(message.id, message.method, message.params);
    }
  }

  async #answer(id: number, method: string, params: unknown): Promise<void> {
    const { changes = [], log } = this.#options;
    const running: Running = { source: new CancellationTokenSource(), told: false };
    const { source } = running;
    this.#running.set(id, running);
    // A page loaded since then may use the same number: only the request that is still listed is answered.
    const current = () => this.#running.get(id) === running;
    try {
      const handler = Object.hasOwn(this.#options.handlers, method) ? this.#options.handlers[method as RequestName<C>] : undefined;
      if (handler === undefined) throw new Error(`a panel asked for ${method}, which nothing answers`);
      const value = await handler(params as Params<C, RequestName<C>>, { token: source.token });
      if (current()) this.#send({ kind: 'reply', id, value: value ?? null });
    } catch (error) {
      if (current()) {
        running.told = this.#options.panel.visible;
        this.#send({ kind: 'failure', id, failure: asPanelFailure(error) });
      }
      if (!running.told && changes.some((each) => each === method)) void showFailure(error, log);
    } finally {
      if (current()) this.#running.delete(id);
      source.dispose();
    }
  }

  /** No inline script or style, no network; images only as data of the messages. */
  #page(): string {
    const { panel, extensionUri, bundle, title } = this.#options;
    const { webview } = panel;
    const address = (file: string) => webview.asWebviewUri(Uri.joinPath(extensionUri, 'dist', 'webviews', file)).toString();
    const nonce = randomBytes(18).toString('base64');
    const policy = [
      "default-src 'none'",
      `script-src 'nonce-${nonce}' ${webview.cspSource}`,
      `style-src ${webview.cspSource}`,
      `font-src ${webview.cspSource}`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
    ].join('; ');
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeAttribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeAttribute(title)}</title>
<link rel="stylesheet" href="${escapeAttribute(address(`${bundle}.css`))}">
</head>
<body>
<div id="root"></div>
<script type="module" nonce="${nonce}" src="${escapeAttribute(address(`${bundle}.js`))}"></script>
</body>
</html>`;
  }
}

function escapeAttribute(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
