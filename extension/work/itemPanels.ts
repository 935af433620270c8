import { ViewColumn, type WebviewPanel, window } from 'vscode';
import type { Part } from '../../webviews/item/messages.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { panelRoots } from '../ui/panelHost.ts';
import { ItemPanel } from './itemPanel.ts';
import { targetOf } from './pickItem.ts';
import type { ItemTarget } from './workNodes.ts';

const viewType = 'hearth.work.item';

/** The panels of items: one per item, and they come back after a reload. */
export class ItemPanels extends Registered {
  readonly #shell: Shell;
  readonly #panels = new Set<ItemPanel>();

  constructor(shell: Shell) {
    super();
    this.#shell = shell;
    this.register(
      window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: async (panel, state: unknown) => {
          const target = targetOf(state);
          if (target === undefined) panel.dispose();
          else this.#adopt(panel, target);
        },
      }),
    );
  }

  /** Opens the panel of an item, or brings it to the front. */
  open(target: ItemTarget, part?: Part): void {
    const { repository, id } = target;
    const opened = [...this.#panels].find((panel) => panel.target.repository === repository && panel.target.id === id);
    if (opened !== undefined) {
      opened.reveal(part);
      return;
    }
    const options = { enableScripts: true, localResourceRoots: panelRoots(this.#shell.context.extensionUri) };
    this.#adopt(window.createWebviewPanel(viewType, `#${id}`, ViewColumn.Active, options), { repository, id }, part);
  }

  override dispose(): void {
    for (const { panel } of this.#panels) panel.dispose();
    super.dispose();
  }

  #adopt(panel: WebviewPanel, target: ItemTarget, part?: Part): void {
    const made = new ItemPanel(this.#shell, panel, target, part);
    this.#panels.add(made);
    made.onDidClose(() => this.#panels.delete(made));
  }
}
