import path from 'node:path';
import { MarkdownString, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import { TreeNode } from './treeNode.ts';

/** The row of a repository where there are several. */
export class RepositoryNode extends TreeNode {
  readonly repository: string;
  readonly #load: () => Promise<readonly TreeNode[]>;

  constructor(repository: string, load: () => Promise<readonly TreeNode[]>) {
    super(undefined, repository);
    this.repository = repository;
    this.#load = load;
  }

  override item(): TreeItem {
    const item = new TreeItem(path.basename(this.repository), TreeItemCollapsibleState.Expanded);
    item.iconPath = new ThemeIcon('repo');
    item.contextValue = 'repository';
    return item;
  }

  override tooltip(): MarkdownString {
    return new MarkdownString().appendText(this.repository);
  }

  protected override load(): Promise<readonly TreeNode[]> {
    return this.#load();
  }
}
