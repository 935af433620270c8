import { deleteBranchNow, readBranchItems, recorded, undoAction, writeBranchItem } from '../git/index.ts';
import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import { type Item, remove } from '../protocol/work.ts';
import type * as protocol from '../protocol/workFlow.ts';
import { readBranches } from './branchList.ts';
import { askHub, type Flow, showItem, uncancelled } from './flow.ts';

/** Deletes an item, and its branch when told. Link and branch go first; when something then refuses, they come back. */
export async function deleteItem(
  flow: Flow,
  { id, branch: what }: ParamsOf<typeof protocol.deleteItem>,
): Promise<ResultOf<typeof protocol.deleteItem>> {
  const { repository, signal } = flow;
  const branch = await branchOf(flow, await showItem(flow, id));
  if (branch === undefined) return { title: await removeItem(flow, id) };
  // Not recorded: an undo that brings the branch back must not name an item that is gone.
  await writeBranchItem(repository, branch, null, signal);
  try {
    if (what === 'keep') return { title: await removeItem(flow, id) };
    return await deleteBoth(flow, id, branch, what === 'delete-unmerged');
  } catch (error) {
    await writeBranchItem(repository, branch, id, uncancelled(flow).signal);
    throw error;
  }
}

async function deleteBoth(flow: Flow, id: number, branch: string, force: boolean): Promise<ResultOf<typeof protocol.deleteItem>> {
  const { repository, context, signal } = flow;
  const action = { kind: 'delete-branch', label: branch, actor: context.session.actor, item: id, branches: [branch] } as const;
  const { undo } = await recorded(repository, action, signal, () => deleteBranchNow(repository, { branch, force, signal }));
  try {
    return { title: await removeItem(flow, id), branchDeleted: branch, undo };
  } catch (error) {
    await undoAction(repository, undo, context.session.actor, uncancelled(flow).signal);
    throw error;
  }
}

async function branchOf({ repository, signal }: Flow, item: Item): Promise<string | undefined> {
  const [branches, items] = await Promise.all([readBranches(repository, signal), readBranchItems(repository, signal)]);
  const linked = [...items].find(([name, id]) => id === item.id && branches.local.has(name))?.[0];
  return linked ?? (item.branch !== null && branches.local.has(item.branch) && !items.has(item.branch) ? item.branch : undefined);
}

async function removeItem(flow: Flow, id: number): Promise<string> {
  return (await askHub(flow, remove, { repository: flow.repository.root, id, confirmed: true }, 'remove')).title;
}
