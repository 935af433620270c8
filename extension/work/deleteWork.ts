import { l10n, window } from 'vscode';
import { type Item, show } from '../../server/protocol/work.ts';
import { deleteItem } from '../../server/protocol/workFlow.ts';
import type { Shell } from '../shell.ts';
import { asRequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { needTrust } from './pickItem.ts';
import type { ItemTarget } from './workNodes.ts';
import { reference } from './workWords.ts';

/** Delete Item: says what goes with it, and names commits that would be lost before its branch goes. Whether it was deleted. */
export async function deleteWork(shell: Shell, target: ItemTarget): Promise<boolean> {
  needTrust();
  const { item } = await shell.server.send(show, target);
  const answer = await shell.confirm.ask({
    message: l10n.t('Delete {0}?', reference(item)),
    detail: lossOf(item),
    action: l10n.t('Delete Item'),
    ...(item.branch === null ? {} : { other: l10n.t('Delete Item and Branch') }),
  });
  if (answer === undefined) return false;
  const deleted = answer === 'action' ? await send(shell, target, 'keep') : await withBranch(shell, target, item);
  if (deleted) window.setStatusBarMessage(withoutIcons(l10n.t('{0} is deleted.', reference(item))), 6000);
  return deleted;
}

function lossOf(item: Item): string {
  const parts = [
    l10n.t('Its notes, checklist and comments are gone with it; only a backup of the state brings them back.'),
    ...(item.branch === null
      ? []
      : [l10n.t('Its branch {0} stays unless you delete it too; Hearth: Undo brings a branch back.', item.branch)]),
  ];
  return parts.join('\n');
}

/** A branch with commits that are nowhere else is refused first: the refusal names them, and the user decides. */
async function withBranch(shell: Shell, target: ItemTarget, item: Item): Promise<boolean> {
  try {
    return await send(shell, target, 'delete');
  } catch (error) {
    const { reason, message } = asRequestFailure(error);
    if (reason !== 'precondition') throw error;
    const anyway = await shell.confirm.wanted({
      message: l10n.t('Delete the branch of {0} with its commits?', reference(item)),
      detail: `${message}\n${l10n.t('Hearth: Undo brings the branch back for 30 days.')}`,
      action: l10n.t('Delete Anyway'),
    });
    return anyway && send(shell, target, 'delete-unmerged');
  }
}

async function send(shell: Shell, target: ItemTarget, branch: 'keep' | 'delete' | 'delete-unmerged'): Promise<boolean> {
  await shell.server.send(deleteItem, { ...target, branch, confirmed: true });
  return true;
}
