import { commands, env, l10n, ThemeIcon, window } from 'vscode';
import { type ItemState, show } from '../../server/protocol/work.ts';
import type { CommandTable } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { type CompleteWishes, completeWork, resumeWork } from './completeWork.ts';
import { deleteWork } from './deleteWork.ts';
import { addComment, checkOff, moveItem, rename, setAssignee, setDue, setTags, setType } from './editItem.ts';
import type { ItemPanels } from './itemPanels.ts';
import { newWork } from './newWork.ts';
import { pickItem, pickKnownItem, type Work } from './pickItem.ts';
import { type StartAnswers, startWork, switchToBranch } from './startWork.ts';
import { filterOf, pickFilter } from './workFilter.ts';
import { CheckNode, type ItemTarget } from './workNodes.ts';
import type { WorkView } from './workView.ts';
import { reference } from './workWords.ts';

const open: readonly ItemState[] = ['started', 'review', 'planned'];

/** Commands of work items. Each takes a row of the view, an item by name (`{repository, id, …}`), or asks which one. */
export function workCommands(work: Work, view: WorkView, panels: ItemPanels): CommandTable {
  const { shell } = work;
  const on =
    (placeHolder: () => string, states: readonly ItemState[] | undefined, action: (target: ItemTarget, argument: unknown) => unknown) =>
    async (argument: unknown) => {
      const target = await pickKnownItem(work, argument, placeHolder(), states);
      return target === undefined ? undefined : action(target, argument);
    };
  const moveTo = (to: ItemState, placeHolder: () => string, from: readonly ItemState[]) =>
    on(placeHolder, from, (target) => moveItem(shell, target, to));
  const wanted = (argument: unknown): unknown => (argument as { value?: unknown } | undefined)?.value;
  const create = async (argument: unknown) => {
    const made = await newWork(shell, argument);
    if (made !== undefined) panels.open({ repository: made.repository, id: made.item.id });
    return made?.item;
  };
  return {
    'hearth.work.refresh': () => view.refresh(),
    'hearth.work.loadMore': (node: unknown) => (hasMore(node) ? node.more() : undefined),
    'hearth.work.toggleCheck': (node: unknown) => (node instanceof CheckNode ? view.tick(node, !node.check.done) : undefined),
    'hearth.work.filter': async (argument: unknown) => {
      const filter = argument === undefined ? await pickFilter(view.filter, () => view.choices()) : filterOf(argument);
      if (filter !== undefined) await view.setFilter(filter);
    },
    'hearth.work.clearFilter': () => view.setFilter({}),
    'hearth.work.new': create,
    'hearth.work.start': async (argument: unknown) => {
      const options = {
        placeHolder: l10n.t('Start work on which item?'),
        states: ['planned', 'started', 'review', 'canceled', 'done'] as const,
      };
      const picked = await pickItem(work, argument, { ...options, offerNew: true });
      if (picked === undefined) return undefined;
      if (!('kind' in picked)) return startWork(shell, picked, answersOf(argument));
      const made = await newWork(shell, { repository: picked.repository });
      return made === undefined ? undefined : startWork(shell, { repository: made.repository, id: made.item.id });
    },
    'hearth.work.switchTo': on(
      () => l10n.t('Switch to the branch of which item?'),
      ['started', 'review'],
      async (target, argument) => switchToBranch(shell, target, await branchOf(work, target), answersOf(argument)),
    ),
    'hearth.work.openItem': async (argument: unknown, part: unknown) => {
      const target = await pickKnownItem(work, argument, l10n.t('Open which item?'));
      if (target !== undefined) panels.open(target, partOf(part));
    },
    'hearth.work.notes': on(
      () => l10n.t('Write notes of which item?'),
      open,
      (target) => panels.open(target, 'notes'),
    ),
    'hearth.work.review': moveTo('review', () => l10n.t('Which item is ready for review?'), ['started', 'planned']),
    'hearth.work.plan': moveTo('planned', () => l10n.t('Move which item back to Planned?'), ['started', 'review']),
    'hearth.work.cancel': moveTo('canceled', () => l10n.t('Cancel which item?'), open),
    'hearth.work.reopen': on(
      () => l10n.t('Reopen which item?'),
      ['done', 'canceled'],
      async (target) => {
        const { item } = await shell.server.send(show, target);
        return moveItem(shell, target, item.started === null ? 'planned' : 'started');
      },
    ),
    'hearth.work.check': on(
      () => l10n.t('Check off things of which item?'),
      open,
      (target) => checkOff(shell, target),
    ),
    'hearth.work.comment': on(
      () => l10n.t('Comment on which item?'),
      undefined,
      (target, argument) => addComment(shell, target, wanted(argument)),
    ),
    'hearth.work.rename': on(
      () => l10n.t('Rename which item?'),
      undefined,
      (target, argument) => rename(shell, target, wanted(argument)),
    ),
    'hearth.work.setType': on(
      () => l10n.t('Change the type of which item?'),
      undefined,
      (target, argument) => setType(shell, target, wanted(argument)),
    ),
    'hearth.work.setTags': on(
      () => l10n.t('Change the tags of which item?'),
      undefined,
      (target, argument) => setTags(shell, target, wanted(argument)),
    ),
    'hearth.work.setAssignee': on(
      () => l10n.t('Assign which item?'),
      undefined,
      (target, argument) => setAssignee(shell, target, wanted(argument)),
    ),
    'hearth.work.setDue': on(
      () => l10n.t('Set the due date of which item?'),
      undefined,
      (target, argument) => setDue(shell, target, wanted(argument)),
    ),
    'hearth.work.copyReference': on(
      () => l10n.t('Copy the reference of which item?'),
      undefined,
      async (target) => env.clipboard.writeText(reference((await shell.server.send(show, target)).item)),
    ),
    'hearth.work.showChanges': on(
      () => l10n.t('Show the changes of which item?'),
      ['started', 'review', 'done'],
      (target) => showChanges(work, target),
    ),
    'hearth.work.complete': on(
      () => l10n.t('Merge & Complete which item?'),
      ['review', 'started', 'planned'],
      (target, argument) => completeWork(shell, target, wishesOf(argument)),
    ),
    'hearth.work.finish': on(
      () => l10n.t('Finish Merge & Complete of which item?'),
      open,
      (target) => resumeWork(shell, target, 'finish'),
    ),
    'hearth.work.undoInterrupted': on(
      () => l10n.t('Undo Merge & Complete of which item?'),
      open,
      (target) => resumeWork(shell, target, 'undo'),
    ),
    'hearth.work.delete': on(
      () => l10n.t('Delete which item?'),
      undefined,
      (target) => deleteWork(shell, target),
    ),
    'hearth.work.actions': on(
      () => l10n.t('Actions for which item?'),
      undefined,
      (target) => pickAction(work, target),
    ),
  };
}

async function branchOf({ shell }: Work, target: ItemTarget): Promise<string> {
  const { item } = await shell.server.send(show, target);
  if (item.branch !== null) return item.branch;
  throw new RequestFailure('precondition', l10n.t('{0} has no branch yet.', reference(item)), l10n.t('Start Work makes one.'));
}

/** What the branch has added since it left its base. */
async function showChanges(work: Work, target: ItemTarget): Promise<void> {
  const { item } = await work.shell.server.send(show, target);
  const { repository } = target;
  const merged = item.merged?.commit;
  // Of a branch that is gone, the merge says what it brought.
  if (item.state === 'done' && merged !== undefined) {
    await commands.executeCommand('hearth.git.showCommitDiff', { repository, commit: merged });
    return;
  }
  const branch = `refs/heads/${await branchOf(work, target)}`;
  const from = { kind: 'mergeBase', a: item.base ?? 'HEAD', b: branch };
  await commands.executeCommand('hearth.git.compare', { repository, from, to: { kind: 'commit', revision: branch } });
}

/** What the status item offers: what fits the state of the item. */
async function pickAction({ shell }: Work, target: ItemTarget): Promise<void> {
  const { item } = await shell.server.send(show, target);
  const started = item.state === 'started' || item.state === 'review';
  const actions: { label: string; icon: string; command: string; when?: boolean }[] = [
    { label: l10n.t('Open Item'), icon: 'go-to-file', command: 'hearth.work.openItem' },
    { label: l10n.t('Start Work'), icon: 'play', command: 'hearth.work.start', when: !started },
    { label: l10n.t('Commit…'), icon: 'git-commit', command: 'hearth.git.commit', when: started },
    { label: l10n.t('Show Branch Changes'), icon: 'git-compare', command: 'hearth.work.showChanges', when: item.branch !== null },
    { label: l10n.t('Check Off…'), icon: 'checklist', command: 'hearth.work.check', when: item.checklist.length > 0 },
    { label: l10n.t('Write Notes'), icon: 'note', command: 'hearth.work.notes' },
    { label: l10n.t('Add Comment…'), icon: 'comment', command: 'hearth.work.comment' },
    { label: l10n.t('Move to Review'), icon: 'eye', command: 'hearth.work.review', when: item.state === 'started' },
    { label: l10n.t('Merge & Complete…'), icon: 'git-merge', command: 'hearth.work.complete', when: started },
    { label: l10n.t('Copy Reference'), icon: 'copy', command: 'hearth.work.copyReference' },
  ];
  const picks = actions
    .filter(({ when }) => when !== false)
    .map(({ label, icon, command }) => ({ label, iconPath: new ThemeIcon(icon), command }));
  const picked = await window.showQuickPick(picks, { title: reference(item) });
  if (picked !== undefined) await commands.executeCommand(picked.command, target);
}

function answersOf(argument: unknown): StartAnswers {
  if (typeof argument !== 'object' || argument === null || 'target' in argument) return {};
  const { branch, adopt, base, changes } = argument as Record<string, unknown>;
  return {
    ...(typeof branch === 'string' ? { branch } : {}),
    ...(adopt === true ? { adopt } : {}),
    ...(typeof base === 'string' ? { base } : {}),
    ...(changes === 'carry' || changes === 'stash' ? { changes } : {}),
  };
}

function wishesOf(argument: unknown): CompleteWishes {
  if (typeof argument !== 'object' || argument === null || 'target' in argument) return {};
  const { into, how } = argument as Record<string, unknown>;
  return {
    ...(typeof into === 'string' ? { into } : {}),
    ...(how === 'merge' || how === 'squash' || how === 'fast-forward' ? { how } : {}),
  };
}

function partOf(part: unknown): 'notes' | 'plan' | undefined {
  return part === 'notes' || part === 'plan' ? part : undefined;
}

function hasMore(node: unknown): node is { more(): void } {
  return typeof node === 'object' && node !== null && 'more' in node && typeof node.more === 'function';
}
