import { commands, l10n, type QuickInputButton, type QuickPickItem, ThemeIcon, window } from 'vscode';
import { suspects } from '../../server/protocol/incident.ts';
import type { ResultOf } from '../../server/protocol/message.ts';
import { ageOf } from '../deploy/deployWords.ts';
import { oneLine, shortId } from '../git/repositoryNodesText.ts';
import type { Shell } from '../shell.ts';
import { withoutIcons, withoutLinks } from '../ui/iconText.ts';
import type { IncidentTarget } from './monitorTargets.ts';

export type Suspects = ResultOf<typeof suspects>;
type Suspect = Suspects['commits'][number];

interface Pick extends QuickPickItem {
  readonly suspect: Suspect;
}

/** *Show Suspects…*: the commits that may be why, the likeliest first; Enter opens the diff, the button the work item. Answers what was found. */
export async function showSuspects(shell: Shell, target: IncidentTarget): Promise<Suspects> {
  const asked = shell.server.send(suspects, target);
  const found = await window.withProgress({ location: { viewId: 'hearth.services' } }, () => asked);
  if (found.commits.length === 0) {
    void window.showInformationMessage(
      withoutLinks(found.problem ?? l10n.t('No commit is between the last healthy release and this one.')),
    );
    return found;
  }
  const item: QuickInputButton = { iconPath: new ThemeIcon('checklist'), tooltip: l10n.t('Open Work Item') };
  const pick = window.createQuickPick<Pick>();
  pick.title = titleOf(found);
  pick.placeholder = l10n.t('Enter opens the change of a commit');
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.items = found.commits.map((suspect, at) => itemOf(suspect, at, item));
  pick.onDidAccept(() => {
    const [picked] = pick.selectedItems;
    pick.hide();
    if (picked !== undefined) void openDiff(target.repository, picked.suspect);
  });
  pick.onDidTriggerItemButton(({ item: { suspect } }) => {
    pick.hide();
    if (suspect.item !== null) void commands.executeCommand('hearth.work.openItem', { repository: target.repository, id: suspect.item });
  });
  pick.onDidHide(() => pick.dispose());
  pick.show();
  return found;
}

function openDiff(repository: string, { commit }: Suspect): Thenable<unknown> {
  return commands.executeCommand('hearth.git.showCommitDiff', { repository, commit });
}

function titleOf({ service, good, bad, total }: Suspects): string {
  const range = good === null || bad === null ? '' : ` (${shortId(good.commit)}..${shortId(bad.commit)})`;
  const what = service === null ? l10n.t('{0} suspects', total) : l10n.t('{0} suspects: {1}', total, oneLine(service));
  return withoutIcons(`${what}${range}`);
}

function itemOf({ commit, subject, author, authorTime, score, reasons, item }: Suspect, at: number, button: QuickInputButton): Pick {
  const why = [...reasons].sort((a, b) => b.score - a.score).map(({ text }) => oneLine(text));
  return {
    label: withoutIcons(`${shortId(commit)} ${oneLine(subject)}`),
    description: withoutIcons(
      [`${Math.round(score * 100)} %`, item === null ? '' : `#${item}`, oneLine(author), ageOf(authorTime * 1000)]
        .filter((part) => part !== '')
        .join(' · '),
    ),
    detail: withoutIcons(why.join(' · ')),
    iconPath: new ThemeIcon(at === 0 ? 'flame' : 'git-commit'),
    buttons: item === null ? [] : [button],
    suspect: { commit, subject, author, authorTime, score, reasons, item },
  };
}
