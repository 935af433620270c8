import { commands, l10n, ThemeIcon, window } from 'vscode';
import { refs } from '../../server/protocol/git.ts';
import { deleteBranch } from '../../server/protocol/gitActions.ts';
import type { Feature, Shell } from '../shell.ts';
import { asRequestFailure } from '../ui/failure.ts';
import { withoutIcons, withoutLinks } from '../ui/iconText.ts';
import { pickRepository } from './compare.ts';
import { RefNode } from './repositoryNodes.ts';
import { age, oneLine, shortId } from './repositoryNodesText.ts';

/** *Delete Branch…*: takes a row of the Repository view, `{repository, branch}`, or asks which one. */
export function branchActions(shell: Shell): Feature {
  return {
    commands: {
      'hearth.git.deleteBranch': async (given: unknown) => {
        const repository = await pickRepository(shell, given);
        if (repository === undefined) return;
        const branch = branchOf(given) ?? (await pickBranch(shell, repository));
        if (branch !== undefined) await remove(shell, repository, branch);
      },
    },
    dispose: () => {},
  };
}

function branchOf(given: unknown): string | undefined {
  if (given instanceof RefNode) return given.row.name.replace(/^refs\/heads\//, '');
  const { branch } = (given ?? {}) as { branch?: unknown };
  return typeof branch === 'string' && branch !== '' ? branch : undefined;
}

/** Local branches that no work tree has checked out: those cannot be deleted. */
async function pickBranch(shell: Shell, repository: string): Promise<string | undefined> {
  const found = await shell.server.send(refs, { repository, limit: 1000 });
  const rows = found.refs
    .filter(({ kind, short, worktree }) => kind === 'branch' && worktree === undefined && short !== found.head.branch)
    .sort((a, b) => b.time - a.time);
  if (rows.length === 0) {
    void window.showInformationMessage(l10n.t('There is no other branch to delete.'));
    return undefined;
  }
  const items = rows.map(({ name, short, subject, time }) => ({
    label: withoutIcons(oneLine(short)),
    description: withoutIcons(`${age(time)} · ${oneLine(subject)}`),
    iconPath: new ThemeIcon('git-branch'),
    branch: name.replace(/^refs\/heads\//, ''),
  }));
  return (await window.showQuickPick(items, { placeHolder: l10n.t('Delete which branch?'), matchOnDescription: true }))?.branch;
}

/** What is on other branches too is deleted at once, because nothing is lost; else the commits are named first. */
async function remove(shell: Shell, repository: string, branch: string): Promise<void> {
  const name = oneLine(branch);
  let deleted: { branch: string; commit: string; undo: string };
  try {
    deleted = await shell.server.send(deleteBranch, { repository, branch });
  } catch (error) {
    const failure = asRequestFailure(error);
    // Checked out somewhere, protected: nothing that a yes could change.
    if (failure.reason !== 'precondition' || failure.detail === undefined) throw error;
    const lost = failure.detail.split('\n').filter((line) => line.trim() !== '');
    const shown = lost.slice(0, 10).map((line) => oneLine(line).slice(0, 120));
    const detail = [
      failure.message,
      ...shown,
      ...(lost.length > 10 ? ['…'] : []),
      '',
      l10n.t('Hearth: Undo brings the branch back, for 30 days.'),
    ];
    const message = l10n.t('Delete {0} with commits that are on no other branch?', name);
    if (!(await shell.confirm.wanted({ message, detail: detail.join('\n'), action: l10n.t('Delete') }))) return;
    deleted = await shell.server.send(deleteBranch, { repository, branch, force: true });
  }
  const undo = l10n.t('Undo');
  // Not awaited: a notification may stay for long, and the command is done.
  void window
    .showInformationMessage(withoutLinks(l10n.t('Deleted {0}, which was at {1}.', name, shortId(deleted.commit))), undo)
    .then((picked) => {
      if (picked === undo) void commands.executeCommand('hearth.git.undo', { repository, id: deleted.undo });
    });
}
