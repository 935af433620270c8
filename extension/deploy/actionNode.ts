import type { TreeItem } from 'vscode';
import { MessageNode, type TreeNode } from '../ui/treeNode.ts';

/** A sentence with the one action that helps. */
export class ActionNode extends MessageNode {
  readonly #action: { readonly title: string; readonly command: string; readonly argument: unknown };

  constructor(parent: TreeNode | undefined, text: string, icon: string, action: { title: string; command: string; argument: unknown }) {
    super(parent, text, icon);
    this.#action = action;
  }

  override item(): TreeItem {
    const { title, command, argument } = this.#action;
    const item = super.item();
    item.description = title;
    item.command = { command, title, arguments: [argument] };
    return item;
  }
}
