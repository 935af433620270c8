import { commands, l10n, ProgressLocation, window } from 'vscode';
import { type Category, commit, commitPlan, type NewEntry } from '../../server/protocol/workFlow.ts';
import type { Shell } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons, withoutLinks } from '../ui/iconText.ts';
import { oneLine, shortId } from './repositoryNodesText.ts';

const categories: readonly Category[] = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];

/** *Commit Staged*: a message, the change entry where it is missing, and the commit. What needs more than that is for the panel. */
export async function commitStaged(shell: Shell, repository: string): Promise<void> {
  const plan = await window.withProgress({ location: ProgressLocation.Window, title: l10n.t('Reading what is staged') }, () =>
    shell.server.send(commitPlan, { repository }),
  );
  const toPanel = (message: string): void => {
    const open = l10n.t('Open Commit Panel');
    // Not awaited: a notification may stay for long, and the command is done.
    void window.showWarningMessage(withoutLinks(message), open).then((picked) => {
      if (picked === open) void commands.executeCommand('hearth.git.commit', { repository });
    });
  };
  if (plan.unmerged > 0) return toPanel(l10n.t('{0} files are in conflict: resolve and stage them first.', plan.unmerged));
  if (plan.identity === undefined) return toPanel(l10n.t('Git does not know who you are: set user.name and user.email.'));
  if (plan.staged.files === 0 && plan.operation !== 'merge') return toPanel(l10n.t('Nothing is staged.'));
  if (plan.findings.length > 0) {
    const [first] = plan.findings;
    const place = first === undefined ? '' : oneLine(`${first.path}:${first.line} (${first.message})`);
    return toPanel(l10n.t('What is staged looks like it holds {0} secrets: {1}', plan.findings.length, place));
  }
  const item = plan.item === undefined ? '' : ` · #${plan.item.id} ${oneLine(plan.item.title)}`;
  const message = await window.showInputBox({
    title: l10n.t('Commit {0} staged files{1}', plan.staged.files, item),
    prompt: l10n.t('The message. What is longer than a line is for the commit panel.'),
    value: oneLine(plan.suggestion),
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' ? l10n.t('The message is empty.') : undefined),
  });
  if (message === undefined) return;
  const entry = plan.entry.state === 'missing' || plan.entry.state === 'broken' ? await askEntry(plan.entry.problems) : 'there';
  if (entry === undefined) return;
  const done = await window.withProgress(
    { location: ProgressLocation.Notification, title: l10n.t('Committing'), cancellable: true },
    (_progress, token) =>
      shell.server.send(commit, { repository, message, ...(entry === 'there' ? {} : { entry }) }, { token }).catch((error: unknown) => {
        // A notification has no room for what a hook printed: the log has it all.
        if (error instanceof RequestFailure && error.detail !== undefined) shell.log.error(error.detail);
        throw error;
      }),
  );
  const undo = l10n.t('Undo');
  const said = l10n.t('Committed {0} {1}', shortId(done.commit), oneLine(done.subject));
  // Not awaited: a notification may stay for long, and the command is done.
  void window.showInformationMessage(withoutLinks(said), undo).then((picked) => {
    if (picked === undo) void commands.executeCommand('hearth.git.undo', { repository, id: done.undo });
  });
}

/** Asks for the change entry: its category and text, or why there is none. Undefined when the user turns away. */
async function askEntry(problems: readonly string[]): Promise<NewEntry | undefined> {
  const none = l10n.t('None needed');
  const items = [
    ...categories.map((category) => ({ label: category as string, category })),
    { label: none, description: l10n.t('and say why'), category: undefined },
  ];
  const placeHolder =
    problems.length > 0 ? withoutIcons(oneLine(problems[0] ?? '')) : l10n.t('The change entry is missing. What kind of change is it?');
  const picked = await window.showQuickPick(items, { title: l10n.t('Change entry'), placeHolder, ignoreFocusOut: true });
  if (picked === undefined) return undefined;
  const text = await window.showInputBox({
    title: l10n.t('Change entry · {0}', picked.label),
    prompt: picked.category === undefined ? l10n.t('Why is none needed?') : l10n.t('What changes for those who use it'),
    ignoreFocusOut: true,
    validateInput: (value) => (value.trim() === '' ? l10n.t('It must not be empty.') : undefined),
  });
  if (text === undefined) return undefined;
  return picked.category === undefined ? { kind: 'none', reason: text } : { kind: 'entry', category: picked.category, text };
}
