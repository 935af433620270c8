import { type CancellationToken, type MarkdownString, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import { asRequestFailure } from './failure.ts';

/** One row of a tree: loads its children when it is opened, never before, and keeps them until it is reset. */
export abstract class TreeNode {
  readonly parent: TreeNode | undefined;
  /** Unique in its view and the same after a reload: VS Code keeps expansion and selection by it. */
  readonly id: string;
  #children: Promise<readonly TreeNode[]> | undefined;

  constructor(parent: TreeNode | undefined, id: string) {
    this.parent = parent;
    this.id = parent === undefined ? id : `${parent.id}|${id}`;
  }

  /** The row as it looks now. `id` is added by the view. */
  abstract item(): TreeItem;

  /** What the row opens to. A failure becomes one row that says so. */
  protected load(): Promise<readonly TreeNode[]> | readonly TreeNode[] {
    return [];
  }

  /** The tooltip, asked for when the pointer rests on the row. */
  tooltip(_token: CancellationToken): Promise<MarkdownString | undefined> | MarkdownString | undefined {
    return undefined;
  }

  children(): Promise<readonly TreeNode[]> {
    if (this.#children === undefined) {
      const asked = Promise.resolve()
        .then(() => this.load())
        .catch((error: unknown): readonly TreeNode[] => {
          // A failure is not kept: closing and opening the row asks again.
          if (this.#children === asked) this.#children = undefined;
          return [new MessageNode(this, asRequestFailure(error).message)];
        });
      this.#children = asked;
    }
    return this.#children;
  }

  /** These are the children from now on, without asking: a list grew. */
  keep(children: readonly TreeNode[]): void {
    this.#children = Promise.resolve(children);
  }

  /** Forgets the children; the view asks again when it is told that the row changed. */
  reset(): void {
    this.#children = undefined;
  }
}

/** A sentence where rows would be. */
export class MessageNode extends TreeNode {
  readonly #text: string;
  readonly #icon: string;

  constructor(parent: TreeNode | undefined, text: string, icon = 'warning') {
    super(parent, `message ${text}`);
    this.#text = text;
    this.#icon = icon;
  }

  override item(): TreeItem {
    const item = new TreeItem(this.#text, TreeItemCollapsibleState.None);
    item.iconPath = new ThemeIcon(this.#icon);
    item.contextValue = 'message';
    return item;
  }
}
