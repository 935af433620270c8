import type { WebviewPanel } from 'vscode';
import type { Part } from '../../webviews/item/messages.ts';
import type { Shell } from '../shell.ts';
import { Panels } from '../ui/panels.ts';
import { ItemPanel } from './itemPanel.ts';
import { targetOf } from './pickItem.ts';
import type { ItemTarget } from './workNodes.ts';

/** The panels of items: one per item. */
export class ItemPanels extends Panels<ItemTarget, ItemPanel> {
  constructor(shell: Shell) {
    super(shell, { viewType: 'hearth.work.item', targetIn: targetOf });
  }

  /** Opens the panel of an item, or brings it to the front. */
  open({ repository, id }: ItemTarget, part?: Part): void {
    const opened = this.find(({ target }) => target.repository === repository && target.id === id);
    if (opened === undefined) this.create(`#${id}`, (panel) => new ItemPanel(this.shell, panel, { repository, id }, part));
    else opened.reveal(part);
  }

  protected override make(panel: WebviewPanel, target: ItemTarget): ItemPanel {
    return new ItemPanel(this.shell, panel, target);
  }
}
