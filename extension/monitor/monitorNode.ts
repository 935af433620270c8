import { l10n, type MarkdownString, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import type { MonitorRow } from '../../server/protocol/monitorTypes.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { TreeNode } from '../ui/treeNode.ts';
import type { MonitorTarget } from './monitorTargets.ts';
import { monitorSpoken, monitorTooltip, monitorWords, watchedIcon } from './monitorWords.ts';

/** One monitor. Its `contextValue` says what can be done: `file`, `manual`, `paused`, `active`, `orphan`. */
export class MonitorNode extends TreeNode {
  readonly target: MonitorTarget;
  readonly row: MonitorRow;

  constructor(parent: TreeNode | undefined, repository: string, row: MonitorRow) {
    super(parent, `monitor ${row.id}`);
    this.target = { repository, monitor: row.name };
    this.row = row;
  }

  override item(): TreeItem {
    const { row } = this;
    const item = new TreeItem(oneLine(row.name), TreeItemCollapsibleState.None);
    item.description = monitorWords(row);
    item.iconPath = row.orphan === null ? watchedIcon(row.health.state) : new ThemeIcon('circle-slash');
    item.contextValue = ['monitor', row.source, row.orphan !== null ? 'orphan' : row.state === 'paused' ? 'paused' : 'active'].join(' ');
    item.command = { command: 'hearth.monitor.openService', title: l10n.t('Open Monitor'), arguments: [this.target] };
    item.accessibilityInformation = { label: monitorSpoken(row) };
    return item;
  }

  override tooltip(): MarkdownString {
    return monitorTooltip(this.row);
  }
}
