import { commands, l10n, ProgressLocation, window } from 'vscode';
import type { ResultOf } from '../../server/protocol/message.ts';
import { type MergeHow, show } from '../../server/protocol/work.ts';
import { complete, completePlan, resume } from '../../server/protocol/workFlow.ts';
import type { Shell } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons, withoutLinks } from '../ui/iconText.ts';
import { needTrust } from './pickItem.ts';
import type { ItemTarget } from './workNodes.ts';
import { reference } from './workWords.ts';

type Plan = ResultOf<typeof completePlan>;
type Completed = ResultOf<typeof complete>;

/** What a caller wants other than the default. */
export interface CompleteWishes {
  readonly into?: string;
  readonly how?: MergeHow;
}

/** Merge & Complete: the plan, one question, the merge. What stands in the way is said with the way to fix it. */
export async function completeWork(shell: Shell, target: ItemTarget, wishes: CompleteWishes = {}): Promise<Completed | undefined> {
  needTrust();
  const [{ item }, plan] = await Promise.all([shell.server.send(show, target), shell.server.send(completePlan, { ...target, ...wishes })]);
  if (plan.interrupted !== undefined) {
    offerResume(target, plan.interrupted.running);
    return undefined;
  }
  if (!plan.ready) {
    explain(target, reference(item), plan);
    return undefined;
  }
  const answer = await shell.confirm.ask({
    message: l10n.t('Merge & Complete {0}?', reference(item)),
    detail: whatHappens(plan),
    action: l10n.t('Merge & Complete'),
    ...(plan.source === undefined ? {} : { other: l10n.t('Keep the Branch') }),
  });
  if (answer === undefined) return undefined;
  const { source, target: into } = plan;
  const completed = await window.withProgress(
    { location: ProgressLocation.Notification, title: l10n.t('Merge & Complete #{0}', target.id), cancellable: true },
    (_, token) =>
      shell.server.send(
        complete,
        {
          ...target,
          how: plan.how,
          deleteBranch: answer === 'action',
          ...(into === undefined ? {} : { into: into.branch }),
          ...(source === undefined || into === undefined ? {} : { expected: { source: source.commit, target: into.commit } }),
        },
        { token },
      ),
  );
  report(target, completed);
  return completed;
}

/** What one question names: target, how, what happens to the branch, and that nothing is pushed. */
function whatHappens({ source, target, how, elsewhere, preconditions }: Plan): string {
  const warnings = preconditions.filter(({ state }) => state === 'warning').map(({ text }) => text);
  if (source === undefined || target === undefined)
    return [l10n.t('There is no branch to merge; the item is closed.'), ...warnings].join('\n');
  const merge =
    elsewhere === undefined
      ? mergeWords(source.branch, target.branch, how)
      : l10n.t('{0} is in {1} already; only the rest is done.', source.branch, target.branch);
  const lines = [
    merge,
    l10n.t('The branch {0} is deleted afterwards.', source.branch),
    l10n.t('Nothing is pushed. Hearth: Undo takes it back.'),
    ...warnings,
  ];
  return lines.join('\n');
}

function mergeWords(source: string, target: string, how: MergeHow): string {
  switch (how) {
    case 'merge':
      return l10n.t('{0} is merged into {1} with a merge commit.', source, target);
    case 'squash':
      return l10n.t('The commits of {0} become one commit on {1}.', source, target);
    case 'fast-forward':
      return l10n.t('{1} is moved forward to {0}, without a merge commit.', source, target);
  }
}

/** Says what is in the way; the command has ended by then. */
function explain(target: ItemTarget, name: string, { preconditions }: Plan): void {
  const failed = preconditions.filter(({ state }) => state === 'failed');
  const [first] = failed;
  const rest = failed.length > 1 ? ` ${l10n.t('({0} more)', failed.length - 1)}` : '';
  const open = l10n.t('Show Plan');
  const sentence = l10n.t('{0} cannot be completed yet: {1}', name, first?.text ?? '');
  void window.showWarningMessage(withoutLinks(`${sentence}${rest}`), open).then((picked) => {
    if (picked === open) void commands.executeCommand('hearth.work.openItem', target, 'plan');
  });
}

function offerResume(target: ItemTarget, running: boolean): void {
  if (running) {
    throw new RequestFailure(
      'locked',
      l10n.t('Merge & Complete of #{0} runs in another window or terminal.', target.id),
      l10n.t('Wait until it has ended.'),
    );
  }
  const finish = l10n.t('Finish');
  const undo = l10n.t('Undo');
  const sentence = l10n.t('Merge & Complete of #{0} was interrupted.', target.id);
  void window.showWarningMessage(sentence, finish, undo).then((picked) => {
    if (picked === finish) void commands.executeCommand('hearth.work.finish', target);
    if (picked === undo) void commands.executeCommand('hearth.work.undoInterrupted', target);
  });
}

function report({ repository }: ItemTarget, { item, into, branchDeleted, ahead, undo, how }: Completed): void {
  const done =
    into === undefined || how === 'none'
      ? l10n.t('{0} is done.', reference(item))
      : l10n.t('{0} is done: merged into {1}.', reference(item), into);
  const parts = [
    done,
    ...(branchDeleted === undefined ? [] : [l10n.t('The branch {0} is deleted.', branchDeleted)]),
    ...(ahead === undefined || ahead.commits === 0
      ? []
      : [l10n.t('{0} commits are not in {1} yet: nothing was pushed.', ahead.commits, ahead.upstream)]),
  ];
  const button = l10n.t('Undo');
  void window.showInformationMessage(withoutLinks(parts.join(' ')), ...(undo === undefined ? [] : [button])).then((picked) => {
    if (picked === button) void commands.executeCommand('hearth.git.undo', { repository, id: undo });
  });
}

/** Finishes or undoes a Merge & Complete that was interrupted. */
export async function resumeWork(shell: Shell, target: ItemTarget, action: 'finish' | 'undo'): Promise<ResultOf<typeof resume>> {
  needTrust();
  const title = action === 'finish' ? l10n.t('Finishing Merge & Complete') : l10n.t('Undoing Merge & Complete');
  const resumed = await window.withProgress({ location: ProgressLocation.Window, title }, () =>
    shell.server.send(resume, { ...target, action }),
  );
  const name = reference(resumed.item);
  const sentence = resumed.outcome === 'completed' ? l10n.t('{0} is done.', name) : l10n.t('{0} is as it was before.', name);
  window.setStatusBarMessage(withoutIcons(sentence), 6000);
  return resumed;
}
