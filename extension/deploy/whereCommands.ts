import { commands, l10n, type QuickPickItem, QuickPickItemKind, ThemeIcon, window } from 'vscode';
import { where } from '../../server/protocol/where.ts';
import type { LineActions } from '../git/lineActions.ts';
import { asCommitTarget, asLineTarget, type LineTarget } from '../git/lineActionsTarget.ts';
import { oneLine, shortId } from '../git/repositoryNodesText.ts';
import type { CommandTable, Shell } from '../shell.ts';
import { withoutIcons } from '../ui/iconText.ts';
import type { CommitPlace, Places } from './whereBadges.ts';
import { shipsCommand } from './whereShips.ts';
import { placeSymbol, placeWords } from './whereWords.ts';

/** What is asked about; `path` is the file as it is called now. */
interface Asked {
  readonly repository: string;
  readonly commit: string;
  readonly path?: string;
}

/** Commands from a line or a commit to where it runs. Arguments: a line, a commit, a row of a view, or the line the cursor is on. */
export function whereCommands(shell: Shell, actions: LineActions): CommandTable {
  return {
    'hearth.deploy.whereIsLine': async (given: unknown) => {
      const target = asLineTarget(given) ?? asCommitTarget(given) ?? (await actions.committedLine());
      if (target === undefined) return;
      const path = (target as Partial<LineTarget>).shown?.path;
      await showPlaces(shell, { repository: target.repository, commit: target.commit, ...(path === undefined ? {} : { path }) });
    },
    'hearth.deploy.whereIsCommit': async (given: unknown) => {
      const target = asCommitTarget(given) ?? rowOf(given);
      if (target !== undefined) await showPlaces(shell, target);
    },
    'hearth.deploy.whatWouldShip': shipsCommand(shell),
  };
}

/** A row of a view that stands for a commit. */
function rowOf(given: unknown): Asked | undefined {
  const { repository, commitId } = (given ?? {}) as { repository?: unknown; commitId?: unknown };
  return asCommitTarget({ repository, commit: commitId });
}

type Pick = QuickPickItem & { readonly run?: () => Thenable<unknown> };

/** All releases with what is to be said of each; choosing one opens it. */
async function showPlaces(shell: Shell, { repository, commit, path }: Asked): Promise<void> {
  const at = { kind: 'revision' as const, rev: commit, ...(path === undefined ? {} : { path }) };
  const { subject, places } = await shell.server.send(where, { repository, at });
  if (places.length === 0) {
    const show = l10n.t('Show Environments');
    const picked = await window.showInformationMessage(l10n.t('Nothing of this repository is deployed.'), show);
    if (picked === show) await commands.executeCommand('hearth.environments.focus');
    return;
  }
  const rows: Places = places.map(({ environment, service, contained, concerned, release, commit: deployed, since, health }) => ({
    contained,
    release: {
      environment,
      service,
      deployment: release,
      commit: deployed,
      since,
      health,
      concerned,
      paths: [],
      known: true,
      running: false,
    },
  }));
  const environments = [...new Set(places.map(({ environment }) => environment))];
  const items = environments.flatMap((environment): Pick[] => {
    const inside = rows.filter(({ release }) => release.environment === environment);
    const missing = inside.some(({ contained, release }) => contained !== 'in' && release.concerned);
    const ships: Pick = {
      label: `$(git-compare) ${l10n.t('What Would Ship to {0}?', withoutIcons(oneLine(environment)))}`,
      run: () => commands.executeCommand('hearth.deploy.whatWouldShip', { repository, environment }),
    };
    return [
      { label: withoutIcons(oneLine(environment)), kind: QuickPickItemKind.Separator },
      ...inside.map((place) => placeItem(repository, place, path !== undefined)),
      ...(missing ? [ships] : []),
    ];
  });
  if (rows.some(({ contained }) => contained === 'unknown')) items.push(fetchItem());
  const picked = await window.showQuickPick(items, {
    title: l10n.t('Where {0} runs', `${shortId(commit)} ${withoutIcons(oneLine(subject ?? ''))}`.trim()),
    placeHolder: l10n.t('Choose a release to open it'),
    matchOnDescription: true,
  });
  await picked?.run?.();
}

function placeItem(repository: string, place: CommitPlace, file: boolean): Pick {
  const { service, deployment } = place.release;
  return {
    label: withoutIcons(`${placeSymbol(place)} ${oneLine(service)}`),
    description: withoutIcons(placeWords(place, { file })),
    iconPath: new ThemeIcon(place.contained === 'in' ? 'server-process' : 'circle-slash'),
    run: () => commands.executeCommand('hearth.deploy.openPanel', { repository, deployment }),
  };
}

/** The built-in git extension has the passwords and the progress. */
function fetchItem(): Pick {
  return {
    label: `$(cloud-download) ${l10n.t('Fetch')}`,
    description: l10n.t('a deployed commit is not in this repository'),
    run: () => commands.executeCommand('git.fetch'),
  };
}
