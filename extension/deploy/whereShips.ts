import { commands, env, l10n, ProgressLocation, type QuickPickItem, QuickPickItemKind, window } from 'vscode';
import { status } from '../../server/protocol/deploy.ts';
import type { ResultOf } from '../../server/protocol/message.ts';
import { ships } from '../../server/protocol/where.ts';
import { pickRepository } from '../git/compare.ts';
import { relativeTime } from '../git/relativeTime.ts';
import { oneLine, shortId } from '../git/repositoryNodesText.ts';
import type { Shell } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { environmentOf, given } from './deployTargets.ts';

type Shipped = ResultOf<typeof ships>['services'][number];
type Pick = QuickPickItem & { readonly commit?: string };

/** Commits of each service that are listed. */
const most = 200;

/** *What Would Ship?*: the commits that HEAD would bring to an environment, service by service. Argument: `{repository, environment?, rev?}`. */
export function shipsCommand(shell: Shell): (given: unknown) => Promise<void> {
  return async (argument) => {
    const target = given(argument);
    const repository = await pickRepository(shell, target);
    if (repository === undefined) return;
    const environment = environmentOf(target)?.environment ?? (await pickEnvironment(shell, repository));
    if (environment === undefined) return;
    const { rev } = target;
    const found = await window.withProgress({ location: ProgressLocation.Window, title: l10n.t('Comparing commits') }, () =>
      shell.server.send(ships, { repository, environment, limit: most, ...(typeof rev === 'string' ? { rev } : {}) }),
    );
    const name = withoutIcons(oneLine(environment));
    const items = found.services.flatMap(itemsOf);
    if (items.every(({ kind }) => kind === QuickPickItemKind.Separator)) {
      void window.showInformationMessage(l10n.t('Nothing would ship: {0} has {1} already.', name, shortId(found.commit)));
      return;
    }
    const picked = await window.showQuickPick(items, {
      title: l10n.t('What {0} would bring to {1}', shortId(found.commit), name),
      placeHolder: l10n.t('Choose a commit to see it'),
      matchOnDescription: true,
    });
    if (picked?.commit !== undefined) await commands.executeCommand('hearth.git.showCommitDiff', { repository, commit: picked.commit });
  };
}

async function pickEnvironment(shell: Shell, repository: string): Promise<string | undefined> {
  const { environments } = await shell.server.send(status, { repository });
  const [first, second] = environments;
  if (first === undefined) {
    throw new RequestFailure(
      'not-found',
      l10n.t('There is no environment yet.'),
      l10n.t('Environments stand in hearth.yaml; Hearth: Create hearth.yaml makes one from what is there.'),
    );
  }
  if (second === undefined) return first.name;
  const items = environments.map(({ name, engine = '' }) => ({ label: withoutIcons(name), description: withoutIcons(engine), name }));
  return (await window.showQuickPick(items, { placeHolder: l10n.t('What would ship to which environment?') }))?.name;
}

function itemsOf({ service, live, known, added, removed, more }: Shipped): Pick[] {
  const heading = (words: string): Pick => ({
    label: withoutIcons(`${oneLine(service)}: ${words}`),
    kind: QuickPickItemKind.Separator,
  });
  if (!known) return [heading(l10n.t('{0} is live and not in this repository: fetch to know', shortId(live ?? '')))];
  if (added.length + removed.length === 0) return [heading(l10n.t('nothing'))];
  const words = [
    ...(added.length === 0 ? [] : [countOf(added.length, more)]),
    ...(removed.length === 0 ? [] : [l10n.t('{0} would be taken out', removed.length)]),
    ...(live === null ? [l10n.t('nothing is live yet')] : []),
  ];
  return [
    heading(words.join(' · ')),
    ...removed.map((row) => commitItem('diff-removed', row, [l10n.t('taken out')])),
    ...added.map((row) =>
      commitItem(row.concerned ? 'git-commit' : 'circle-small', row, [
        ...(row.item === null ? [] : [`#${row.item}`]),
        ...(row.concerned ? [] : [l10n.t('changes nothing that {0} is made from', oneLine(service))]),
      ]),
    ),
  ];
}

function countOf(count: number, more: boolean): string {
  if (more) return l10n.t('{0} commits and more', count);
  return count === 1 ? l10n.t('1 commit') : l10n.t('{0} commits', count);
}

function commitItem(icon: string, { id, subject, author, time }: Shipped['removed'][number], notes: readonly string[]): Pick {
  const age = relativeTime(time / 1000, Date.now() / 1000, env.language);
  return {
    label: `$(${icon}) ${withoutIcons(`${shortId(id)} ${oneLine(subject)}`)}`,
    description: withoutIcons([...notes, `${oneLine(author)}, ${age}`].join(' · ')),
    commit: id,
  };
}
