import { l10n, type QuickPickItem, QuickPickItemKind, ThemeIcon, window } from 'vscode';
import type { ResultOf } from '../../server/protocol/message.ts';
import { hooksInstall, hooksRemove, hooksStatus } from '../../server/protocol/workFlow.ts';
import type { Feature, Shell } from '../shell.ts';
import { withoutIcons, withoutLinks } from '../ui/iconText.ts';
import { pickRepository } from './compare.ts';
import { oneLine } from './repositoryNodesText.ts';

type Status = ResultOf<typeof hooksStatus>;

interface ActionItem extends QuickPickItem {
  readonly action?: 'install' | 'remove';
}

/** Hearth's git hooks: installed beside those that are there, removed as they were, and how they stand. */
export function hooksFeature(shell: Shell): Feature {
  const install = async (repository: string): Promise<void> => {
    const { folder, hooks, warnings } = await shell.server.send(hooksInstall, { repository });
    const names = hooks.filter(({ state }) => state === 'installed').map(({ name }) => name);
    say(l10n.t('Hooks installed in {0}: {1}.', oneLine(folder), names.join(', ')), warnings);
  };
  const remove = async (repository: string): Promise<void> => {
    const { folder, warnings } = await shell.server.send(hooksRemove, { repository });
    say(l10n.t('The hooks of Hearth are removed from {0}; what was there before is as it was.', oneLine(folder)), warnings);
  };
  const on = (action: (repository: string) => Promise<void>) => async (given: unknown) => {
    const repository = await pickRepository(shell, given);
    if (repository !== undefined) await action(repository);
  };
  return {
    commands: {
      'hearth.git.installHooks': on(install),
      'hearth.git.removeHooks': on(remove),
      'hearth.git.hooksStatus': on(async (repository) => {
        const picked = await pick(await shell.server.send(hooksStatus, { repository }));
        if (picked === 'install') await install(repository);
        if (picked === 'remove') await remove(repository);
      }),
    },
    dispose: () => {},
  };
}

async function pick(status: Status): Promise<'install' | 'remove' | undefined> {
  const installed = status.hooks.filter(({ state }) => state !== 'absent').length;
  const complete = status.hooks.every(({ state }) => state === 'installed');
  const actions: ActionItem[] = [];
  if (!complete) {
    const detail = l10n.t('Secret scan, change entry and trailer also for commits made elsewhere. What is there runs first.');
    actions.push({ label: l10n.t('Install Hooks'), detail, iconPath: new ThemeIcon('add'), action: 'install' });
  }
  if (installed > 0) {
    const detail = l10n.t('What was there before is as it was, byte for byte.');
    actions.push({ label: l10n.t('Remove Hooks'), detail, iconPath: new ThemeIcon('trash'), action: 'remove' });
  }
  const rows = status.hooks.map(({ name, state, beside, path }): ActionItem => {
    const facts = [stateWord(state), ...(beside ? [l10n.t('another hook runs first')] : [])];
    return { label: name, description: facts.join(' · '), detail: withoutIcons(oneLine(path)), iconPath: new ThemeIcon(stateIcon(state)) };
  });
  const command: ActionItem = {
    label: withoutIcons(oneLine(status.command)),
    description: status.commandFound ? l10n.t('found') : l10n.t('missing: the hooks do nothing'),
    iconPath: new ThemeIcon(status.commandFound ? 'terminal' : 'warning'),
  };
  const items: ActionItem[] = [
    ...actions,
    { label: l10n.t('Hooks'), kind: QuickPickItemKind.Separator },
    ...rows,
    { label: l10n.t('The command they call'), kind: QuickPickItemKind.Separator },
    command,
  ];
  const title = l10n.t('Hooks in {0} ({1})', withoutIcons(oneLine(status.folder)), kindWord(status.kind));
  return (
    await window.showQuickPick(items, { title, placeHolder: l10n.t('{0} of {1} hooks are installed', installed, status.hooks.length) })
  )?.action;
}

function stateWord(state: Status['hooks'][number]['state']): string {
  switch (state) {
    case 'installed':
      return l10n.t('installed');
    case 'absent':
      return l10n.t('not installed');
    case 'changed':
      return l10n.t('installed, and changed since');
  }
}

function stateIcon(state: Status['hooks'][number]['state']): string {
  return state === 'installed' ? 'pass' : state === 'changed' ? 'warning' : 'circle-outline';
}

function kindWord(kind: Status['kind']): string {
  switch (kind) {
    case 'git':
      return l10n.t("git's own folder");
    case 'hooksPath':
      return l10n.t('core.hooksPath');
    case 'husky':
      return l10n.t('husky');
  }
}

function say(text: string, warnings: readonly string[]): void {
  const said = withoutLinks([text, ...warnings].join(' '));
  if (warnings.length > 0) void window.showWarningMessage(said);
  else void window.showInformationMessage(said);
}
