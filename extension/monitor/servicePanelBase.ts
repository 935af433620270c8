import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { EventEmitter, l10n, type WebviewPanel, workspace } from 'vscode';
import { changed } from '../../server/protocol/deploy.ts';
import { monitorChanged } from '../../server/protocol/monitor.ts';
import type { LiveContract, Opening, RequestName } from '../../webviews/ui/messages.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { type PanelHandlers, PanelHost } from '../ui/panelHost.ts';

/** Changes of monitors and deployments come in bursts. */
const quiet = 200;

interface Parts<Target, C extends LiveContract<Target>> {
  readonly bundle: string;
  /** What a screen reader calls the document. */
  readonly title: string;
  readonly handlers: PanelHandlers<C>;
  /** As for a `PanelHost`. */
  readonly changes?: readonly RequestName<C>[];
}

/** A panel whose page asks again whenever monitors, incidents or deployments of its project change. Data is never kept here. */
export abstract class LivePanel<Target extends { readonly repository: string }, C extends LiveContract<Target>> extends Registered {
  readonly panel: WebviewPanel;
  protected readonly shell: Shell;
  /** Of the repository, once an answer has named it. */
  protected project: string | undefined;
  readonly #closed = this.register(new EventEmitter<void>());
  readonly onDidClose = this.#closed.event;
  #target: Target;
  #asked: string | null = null;
  #host: PanelHost<LiveContract<Target>> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(shell: Shell, panel: WebviewPanel, target: Target) {
    super();
    this.shell = shell;
    this.panel = panel;
    this.#target = target;
  }

  get target(): Target {
    return this.#target;
  }

  /** Brings it to the front; with another target it shows that. */
  reveal(target: Target): void {
    this.panel.reveal();
    this.#target = target;
    this.#asked = randomUUID();
    this.#tellOpened();
  }

  override dispose(): void {
    if (this.disposed) return;
    this.#closed.fire();
    super.dispose();
  }

  /** Last call of a constructor: the page loads, and asks. Answers who else can tell it something. */
  protected show(parts: Parts<Target, C>): Pick<PanelHost<C>, 'tell'> {
    const { panel, shell } = this;
    const { extensionUri } = shell.context;
    const host = this.register(new PanelHost<C>({ ...parts, panel, extensionUri, log: shell.log, onReady: () => this.#tellOpened() }));
    // What is told is the same for every contract of this kind.
    this.#host = host as unknown as PanelHost<LiveContract<Target>>;
    this.register(shell.server.on(monitorChanged, ({ project }) => this.#changed(project)));
    this.register(shell.server.on(changed, ({ project }) => this.#changed(project)));
    this.register(
      shell.server.onDidStart(() => {
        host.abandon('disconnected', l10n.t('The Hearth server was restarted.'));
        this.#host?.tell('restarted', null);
      }),
    );
    this.register(workspace.onDidGrantWorkspaceTrust(() => this.#tellOpened()));
    // A hidden page is unloaded and asks anew when it is shown.
    this.register(panel.onDidChangeViewState(() => panel.visible || host.abandon('cancelled', l10n.t('Cancelled.'))));
    this.register(panel.onDidDispose(() => this.dispose()));
    this.register({ dispose: () => clearTimeout(this.#timer) });
    return host;
  }

  protected askAgain(): void {
    this.#host?.tell('changed', null);
  }

  #tellOpened(): void {
    const opening: Opening<Target> = {
      target: this.#target,
      name: path.basename(this.#target.repository),
      trusted: workspace.isTrusted,
      asked: this.#asked,
    };
    this.#host?.tell('opened', opening);
  }

  #changed(project: string): void {
    if (this.project !== undefined && project !== this.project) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.askAgain();
    }, quiet);
  }
}
