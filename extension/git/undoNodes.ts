import { l10n, MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import { type UndoEntry, undoList } from '../../server/protocol/gitActions.ts';
import type { ServerConnection } from '../server.ts';
import { MessageNode, TreeNode } from '../ui/treeNode.ts';
import { age, oneLine } from './repositoryNodesText.ts';
import { actionOn, entryName, kindIcon, ownActions, refLines, stateWord } from './undoWords.ts';

/** Rows of the group; the list of the palette has more. */
const shown = 20;

/** The group "Recorded actions" of the Repository view, read when it is opened. */
export class UndoSectionNode extends TreeNode {
  readonly repository: string;
  readonly #server: ServerConnection;

  constructor(parent: TreeNode | undefined, server: ServerConnection, repository: string) {
    super(parent, parent === undefined ? `${repository}|undo` : 'undo');
    this.repository = repository;
    this.#server = server;
  }

  override item(): TreeItem {
    const item = new TreeItem(l10n.t('Recorded actions'), TreeItemCollapsibleState.Collapsed);
    item.iconPath = new ThemeIcon('discard');
    item.contextValue = 'undoActions';
    return item;
  }

  override tooltip(): MarkdownString {
    return new MarkdownString().appendText(
      l10n.t('What Hearth did to this repository. Each action can be undone and done again, for 30 days.'),
    );
  }

  protected override async load(): Promise<readonly TreeNode[]> {
    const { entries: all } = await this.#server.send(undoList, { repository: this.repository, limit: 5 * shown });
    const entries = ownActions(all).slice(0, shown);
    if (entries.length === 0) return [new MessageNode(this, l10n.t('Nothing recorded yet'), 'circle-outline')];
    return entries.map((entry) => new UndoNode(this, this.repository, entry));
  }
}

/** An action that can be undone, or was. */
export class UndoNode extends TreeNode {
  readonly repository: string;
  readonly entry: UndoEntry;

  constructor(parent: TreeNode, repository: string, entry: UndoEntry) {
    super(parent, entry.id);
    this.repository = repository;
    this.entry = entry;
  }

  override item(): TreeItem {
    const { kind, state, time } = this.entry;
    const item = new TreeItem(entryName(this.entry), TreeItemCollapsibleState.None);
    const facts = [stateWord(state), age(time)].filter((part) => part !== '');
    item.description = facts.join(' · ');
    item.iconPath =
      state === 'undone'
        ? new ThemeIcon('circle-outline', new ThemeColor('disabledForeground'))
        : new ThemeIcon(state === 'interrupted' ? 'warning' : kindIcon(kind));
    item.contextValue = `recorded ${state}`;
    item.accessibilityInformation = { label: [entryName(this.entry), ...facts].join(', ') };
    return item;
  }

  override tooltip(): MarkdownString {
    const text = new MarkdownString().appendText(entryName(this.entry)).appendMarkdown('\n\n');
    for (const line of refLines(this.entry, actionOn(this.entry))) text.appendText(line).appendMarkdown('  \n');
    return text.appendText(oneLine(this.entry.actor));
  }
}
