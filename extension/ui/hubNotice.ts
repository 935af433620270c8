import { l10n, type TreeItem } from 'vscode';
import { MessageNode, type TreeNode } from './treeNode.ts';

/** How a view that the hub feeds stands, beside the rows that it has. */
export type HubState =
  /** Never looked at: nothing was asked, no hub was started. */
  | { kind: 'unread' }
  | { kind: 'live' }
  /** The last question was not answered; the next thing that happens asks again. */
  | { kind: 'failed'; message: string }
  /** The hub was stopped, or does not speak with this window any more: nothing is asked until the user does. */
  | { kind: 'stopped' }
  | { kind: 'outdated' };

/** A row that says why nothing new comes, and does what helps. */
class NoticeNode extends MessageNode {
  readonly #action: { readonly command: string; readonly title: string };

  constructor(message: string, action: { command: string; title: string }) {
    super(undefined, message, 'debug-disconnect');
    this.#action = action;
  }

  override item(): TreeItem {
    const item = super.item();
    item.description = this.#action.title;
    item.command = this.#action;
    item.contextValue = 'notice';
    return item;
  }
}

/** The row for a state that is not as it should be; `refresh` is the view's command that asks again. */
export function noticeOf(state: HubState, refresh: string): TreeNode[] {
  switch (state.kind) {
    case 'unread':
    case 'live':
      return [];
    case 'failed':
      return [new NoticeNode(state.message, { command: refresh, title: l10n.t('Try Again') })];
    case 'stopped':
      return [new NoticeNode(l10n.t('The hub stopped.'), { command: refresh, title: l10n.t('Start') })];
    case 'outdated':
      return [
        new NoticeNode(l10n.t('A newer Hearth keeps the state.'), {
          command: 'workbench.action.reloadWindow',
          title: l10n.t('Reload Window'),
        }),
      ];
  }
}
