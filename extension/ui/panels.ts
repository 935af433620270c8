import { type Event, ViewColumn, type WebviewPanel, window } from 'vscode';
import type { Shell } from '../shell.ts';
import { Registered } from './disposable.ts';
import { panelRoots } from './panelHost.ts';

/** A panel as the list of panels sees it. */
interface Listed {
  readonly panel: WebviewPanel;
  readonly onDidClose: Event<void>;
}

interface PanelsOptions<Target> {
  readonly viewType: string;
  /** What a page kept when it was unloaded; undefined when it is none of ours. */
  targetIn(state: unknown): Target | undefined;
}

/** The panels of a kind that are open; they come back after a reload. */
export abstract class Panels<Target, Panel extends Listed> extends Registered {
  protected readonly shell: Shell;
  readonly #viewType: string;
  readonly #panels = new Set<Panel>();

  constructor(shell: Shell, { viewType, targetIn }: PanelsOptions<Target>) {
    super();
    this.shell = shell;
    this.#viewType = viewType;
    this.register(
      window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: async (panel, state: unknown) => {
          const target = targetIn(state);
          if (target === undefined) panel.dispose();
          else this.#adopt(this.make(panel, target));
        },
      }),
    );
  }

  override dispose(): void {
    for (const { panel } of this.#panels) panel.dispose();
    super.dispose();
  }

  /** Puts a panel of VS Code and what it is about together. */
  protected abstract make(panel: WebviewPanel, target: Target): Panel;

  protected find(fits: (panel: Panel) => boolean): Panel | undefined {
    return [...this.#panels].find(fits);
  }

  protected create(title: string, make: (panel: WebviewPanel) => Panel): void {
    const options = { enableScripts: true, localResourceRoots: panelRoots(this.shell.context.extensionUri) };
    this.#adopt(make(window.createWebviewPanel(this.#viewType, title, ViewColumn.Active, options)));
  }

  #adopt(made: Panel): void {
    this.#panels.add(made);
    made.onDidClose(() => this.#panels.delete(made));
  }
}
