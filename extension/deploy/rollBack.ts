import { l10n, type QuickPickItem, ThemeIcon, window } from 'vscode';
import { list, rollback, show } from '../../server/protocol/deploy.ts';
import type { Deployment, DeploymentDetail } from '../../server/protocol/deployTypes.ts';
import { oneLine, shortId } from '../git/repositoryNodesText.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { isLive } from './deployHealth.ts';
import { ReleaseNode } from './deployReleases.ts';
import { given, type ServiceTarget } from './deployTargets.ts';
import { ageOf } from './deployWords.ts';
import { type Deploying, needTrust, pickService } from './pickEnvironment.ts';

/** Releases that are offered; who wants an older one names it. */
const offered = 8;

/** Roll Back…: the last good release is the first in the list. Answers the run that goes back; undefined when the user turns away. */
export async function rollBack(deploying: Deploying, argument: unknown): Promise<{ repository: string; run: string } | undefined> {
  needTrust();
  const target = await pickService(deploying, argument, {
    placeHolder: l10n.t('Roll back which service?'),
    fits: (row) => isLive(row) || row.release !== null,
    none: l10n.t('Nothing is deployed that could be rolled back.'),
  });
  if (target === undefined) return undefined;
  const to = releaseOf(argument) ?? (await pickRelease(deploying, target));
  if (to === undefined) return undefined;
  const { repository, environment, service } = target;
  const sent = deploying.shell.server.send(rollback, { repository, environment, service, to });
  const title = l10n.t('Rolling back {0} in {1}', service, environment);
  const { run } = await window.withProgress({ location: { viewId: 'hearth.environments' }, title }, () => sent);
  return { repository, run };
}

/** The release that a caller names: as `to`, or a row of one. */
function releaseOf(argument: unknown): string | undefined {
  if (argument instanceof ReleaseNode) return argument.target.deployment;
  const { to } = given(argument);
  return typeof to === 'string' ? to : undefined;
}

interface ReleasePick extends QuickPickItem {
  readonly id: string;
  readonly possible: boolean;
}

async function pickRelease({ shell }: Deploying, target: ServiceTarget): Promise<string | undefined> {
  const { repository, environment, service } = target;
  const { deployments } = await shell.server.send(list, { repository, environment, service, limit: 200 });
  const releases = deployments.filter(({ state }) => state === 'retired' || state === 'removed').slice(0, offered);
  const details = await Promise.all(releases.map(async ({ id }) => (await shell.server.send(show, { repository, id })).deployment));
  const possible = details.filter(({ rollback: how }) => how === 'possible');
  if (possible.length === 0) {
    const gone = details.some(({ rollback: how }) => how === 'image-gone');
    throw new RequestFailure(
      'not-found',
      gone
        ? l10n.t('The images of the earlier releases of {0} are gone.', service)
        : l10n.t('{0} has no earlier release to go back to.', service),
      l10n.t('Deploy… an earlier commit instead.'),
    );
  }
  const live = deployments.find(({ state }) => state === 'live');
  const picks = [...possible.map(pickOf), ...details.filter(({ rollback: how }) => how !== 'possible').map(pickOf)];
  const title = live === undefined ? undefined : withoutIcons(l10n.t('{0} in {1} now: {2}', service, environment, wordsOf(live)));
  const placeHolder = l10n.t('Roll {0} in {1} back to which release? It serves until the earlier one does.', service, environment);
  const picked = await window.showQuickPick(picks, {
    placeHolder: oneLine(placeHolder),
    matchOnDescription: true,
    ...(title === undefined ? {} : { title }),
  });
  if (picked === undefined) return undefined;
  if (picked.possible) return picked.id;
  throw new RequestFailure('not-found', l10n.t('The image of that release is gone.'), l10n.t('Deploy… its commit instead.'));
}

function pickOf(detail: DeploymentDetail): ReleasePick {
  const possible = detail.rollback === 'possible';
  const since = detail.liveSince === null ? '' : l10n.t('went live {0}', ageOf(detail.liveSince));
  const gone = possible ? '' : l10n.t('image is gone');
  return {
    label: withoutIcons(wordsOf(detail)),
    description: [since, gone].filter((part) => part !== '').join(' · '),
    iconPath: new ThemeIcon(possible ? 'history' : 'circle-slash'),
    id: detail.id,
    possible,
  };
}

function wordsOf({ commit, subject }: Deployment): string {
  return `${shortId(commit)} ${oneLine(subject)}`;
}
