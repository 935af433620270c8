import { type CancellationToken, type Event, EventEmitter, type TreeDataProvider, type TreeItem, type TreeView, window } from 'vscode';
import { Registered } from './disposable.ts';
import type { TreeNode } from './treeNode.ts';

/** A row as other code can read it: what the user sees of it. */
export interface TreeRow {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly contextValue: string;
  readonly icon: string;
  readonly expandable: boolean;
  readonly spoken: string;
}

/** A tree view: shows nodes, tells VS Code which of them changed, and only while the view is visible. */
export class TreeBase extends Registered implements TreeDataProvider<TreeNode> {
  readonly view: TreeView<TreeNode>;
  readonly #roots: () => Promise<readonly TreeNode[]> | readonly TreeNode[];
  readonly #changed = this.register(new EventEmitter<TreeNode | undefined>());
  /** The nodes VS Code has been given, by id: a change of any other object would go unheard. */
  readonly #live = new Map<string, TreeNode>();
  /** Ids of what changed while nobody looked; undefined is everything. */
  readonly #pending = new Set<string | undefined>();
  readonly onDidChangeTreeData: Event<TreeNode | undefined> = this.#changed.event;

  constructor(
    id: string,
    roots: () => Promise<readonly TreeNode[]> | readonly TreeNode[],
    options: { many?: boolean; checkboxes?: boolean } = {},
  ) {
    super();
    this.#roots = roots;
    this.view = this.register(
      window.createTreeView(id, {
        treeDataProvider: this,
        showCollapseAll: true,
        canSelectMany: options.many ?? false,
        // A row is ticked for itself: what is above and below it follows the data.
        manageCheckboxStateManually: options.checkboxes ?? false,
      }),
    );
    this.register(this.view.onDidChangeVisibility(({ visible }) => visible && this.#flush()));
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (node === undefined) this.#live.clear();
    const children = node === undefined ? await this.#roots() : await node.children();
    for (const child of children) this.#live.set(child.id, child);
    return [...children];
  }

  getTreeItem(node: TreeNode): TreeItem {
    const item = node.item();
    item.id = node.id;
    return item;
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return node.parent;
  }

  async resolveTreeItem(item: TreeItem, node: TreeNode, token: CancellationToken): Promise<TreeItem> {
    const tooltip = await Promise.resolve(node.tooltip(token)).catch(() => undefined);
    if (tooltip !== undefined) item.tooltip = tooltip;
    return item;
  }

  /** This node's row and children are stale (all of them when left out). Heard at once when visible, else when the view is next seen. */
  refresh(node?: TreeNode): void {
    node?.reset();
    if (!this.view.visible) this.#pending.add(node?.id);
    else this.#fire(node?.id);
  }

  /** Only the row or the list of children is to be read again from the node, which keeps what it has. */
  redraw(node: TreeNode): void {
    if (this.view.visible) this.#fire(node.id);
    else this.#pending.add(node.id);
  }

  /** Rows that are shown, or were: what they are drawn from changed for those that `stale` names. */
  redrawAll(stale: (node: TreeNode) => boolean): void {
    for (const node of this.#live.values()) if (stale(node)) this.redraw(node);
  }

  /** Reads rows below the labels of `path`, as a user would by opening one after the other. */
  async read(path: readonly string[] = []): Promise<TreeRow[]> {
    let nodes = await this.#roots();
    for (const label of path) {
      const found = nodes.find((node) => labelOf(node.item()) === label);
      if (found === undefined)
        throw new Error(`no row ${JSON.stringify(label)} among ${nodes.map((node) => labelOf(node.item())).join(', ')}`);
      nodes = await found.children();
    }
    return nodes.map(rowOf);
  }

  /** The node that `read` would show at the end of `path`. */
  async find(path: readonly string[]): Promise<TreeNode | undefined> {
    let nodes = await this.#roots();
    let found: TreeNode | undefined;
    for (const label of path) {
      found = nodes.find((node) => labelOf(node.item()) === label);
      if (found === undefined) return undefined;
      nodes = await found.children();
    }
    return found;
  }

  #fire(id: string | undefined): void {
    const live = id === undefined ? undefined : this.#live.get(id);
    if (id === undefined || live !== undefined) this.#changed.fire(live);
  }

  #flush(): void {
    const ids = [...this.#pending];
    this.#pending.clear();
    if (ids.includes(undefined)) this.#fire(undefined);
    else for (const id of ids) this.#fire(id);
  }
}

function labelOf(item: TreeItem): string {
  return typeof item.label === 'string' ? item.label : (item.label?.label ?? '');
}

function rowOf(node: TreeNode): TreeRow {
  const item = node.item();
  const icon = item.iconPath;
  return {
    id: node.id,
    label: labelOf(item),
    description: typeof item.description === 'string' ? item.description : '',
    contextValue: item.contextValue ?? '',
    icon: typeof icon === 'object' && 'id' in icon ? String(icon.id) : '',
    expandable: (item.collapsibleState ?? 0) !== 0,
    spoken: item.accessibilityInformation?.label ?? '',
  };
}
