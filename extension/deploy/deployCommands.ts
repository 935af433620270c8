import { commands, env, l10n, type QuickPickItem, ThemeIcon, window } from 'vscode';
import { list } from '../../server/protocol/deploy.ts';
import type { Deployment } from '../../server/protocol/deployTypes.ts';
import { pickRepository } from '../git/compare.ts';
import { oneLine, shortId } from '../git/repositoryNodesText.ts';
import type { CommandTable } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { cancelDeployments, reconcileEnvironments, removeServices, takeOver } from './changeEnvironment.ts';
import { isLive } from './deployHealth.ts';
import { openUrl } from './deploymentPanelRun.ts';
import type { DeploymentPanels } from './deploymentPanels.ts';
import { type PanelTarget, targetIn } from './deploymentTarget.ts';
import { type DeploymentTarget, deploymentOf, environmentOf, serviceOf } from './deployTargets.ts';
import { ageOf, phaseName, shortDeployment, stateIcon, stateName } from './deployWords.ts';
import type { EnvironmentsView } from './environmentsView.ts';
import { LogTerminal } from './logTerminal.ts';
import { type Deploying, pickService, rowsOf } from './pickEnvironment.ts';
import { rollBack } from './rollBack.ts';
import { planOf } from './startDeploy.ts';
import type { StartedRuns } from './startedRuns.ts';

/** Commands of deployments. Each takes a row of the view, names (`{repository, environment, …}`), or asks. */
export function deployCommands(deploying: Deploying, view: EnvironmentsView, panels: DeploymentPanels, runs: StartedRuns): CommandTable {
  const { shell } = deploying;
  const open = (target: PanelTarget | undefined): void => {
    if (target !== undefined) panels.open(target);
  };
  return {
    'hearth.deploy.refresh': () => view.refresh(),
    'hearth.deploy.run': async (argument: unknown) => open(await planOf(deploying, argument)),
    'hearth.deploy.rollBack': async (argument: unknown) => {
      const started = await rollBack(deploying, argument);
      if (started !== undefined) runs.watch(started);
      open(started);
      return started;
    },
    'hearth.deploy.cancel': (argument: unknown) => cancelDeployments(deploying, argument),
    'hearth.deploy.remove': (argument: unknown) => removeServices(deploying, argument),
    'hearth.deploy.adopt': (argument: unknown) => takeOver(deploying, argument),
    'hearth.deploy.reconcile': (argument: unknown) => reconcileEnvironments(deploying, argument),
    'hearth.deploy.open': async (argument: unknown) => open(await pickDeployment(deploying, argument, l10n.t('Open which deployment?'))),
    'hearth.deploy.openPanel': (argument: unknown) => open(targetIn(argument)),
    'hearth.deploy.followLog': async (argument: unknown) => {
      const target = await pickDeployment(deploying, argument, l10n.t('Follow the log of which deployment?'), isRunning);
      return target === undefined ? undefined : followLog(deploying, target, argument);
    },
    'hearth.deploy.openAddress': async (argument: unknown) => {
      const target = await pickService(deploying, argument, {
        placeHolder: l10n.t('Open the address of which service?'),
        fits: (row) => isLive(row) && row.url !== null,
        none: l10n.t('No live service has an address.'),
      });
      if (target === undefined) return undefined;
      const rows = rowsOf(await deploying.states.get(target.repository), target.environment);
      const url = rows.find(({ service }) => service === target.service)?.url ?? undefined;
      return url === undefined ? undefined : openUrl(url);
    },
    'hearth.deploy.copyId': async (argument: unknown) => {
      const target = await pickDeployment(deploying, argument, l10n.t('Copy the id of which deployment?'));
      if (target !== undefined) await env.clipboard.writeText(target.deployment);
    },
    'hearth.deploy.showCommit': async (argument: unknown) => {
      const target = await pickDeployment(deploying, argument, l10n.t('Show the commit of which deployment?'));
      if (target === undefined) return undefined;
      const { deployments } = await shell.server.send(list, { repository: target.repository, limit: 1000 });
      const commit = deployments.find(({ id }) => id === target.deployment)?.commit;
      return commit === undefined
        ? undefined
        : commands.executeCommand('hearth.git.showCommitDiff', { repository: target.repository, commit });
    },
  };
}

interface DeploymentPick extends QuickPickItem {
  readonly target: DeploymentTarget;
}

const isRunning = ({ state }: Deployment): boolean => state === 'running' || state === 'live';

/** The deployment that was given, else one that the user picks among the last ones, those that `first` wants at the top. */
async function pickDeployment(
  { shell }: Deploying,
  argument: unknown,
  placeHolder: string,
  first: (deployment: Deployment) => boolean = () => false,
): Promise<DeploymentTarget | undefined> {
  const named = deploymentOf(argument);
  if (named !== undefined) return named;
  const within = serviceOf(argument) ?? environmentOf(argument);
  const repository = within?.repository ?? (await pickRepository(shell, argument));
  if (repository === undefined) return undefined;
  const { deployments } = await shell.server.send(list, { ...(within ?? {}), repository, limit: 200 });
  if (deployments.length === 0)
    throw new RequestFailure('not-found', l10n.t('Nothing was deployed from here yet.'), l10n.t('Hearth: Deploy… does it.'));
  const sorted = [...deployments.filter(first), ...deployments.filter((each) => !first(each))];
  const picks = sorted.map((deployment): DeploymentPick => {
    const { id, service, environment, commit, subject, state, phase, created } = deployment;
    const words = state === 'running' ? phaseName(phase) : stateName(state);
    return {
      label: withoutIcons(l10n.t('{0} in {1}', oneLine(service), oneLine(environment))),
      description: withoutIcons(`${shortId(commit)} ${oneLine(subject)} · ${words} · ${ageOf(created)}`),
      iconPath: stateIcon(state),
      target: { repository, deployment: id },
    };
  });
  const picked = await window.showQuickPick(picks, { placeHolder, matchOnDescription: true });
  return picked?.target;
}

/** A terminal with the log; closing it ends the reading, nothing else. */
async function followLog({ shell }: Deploying, target: DeploymentTarget, argument: unknown): Promise<LogTerminal> {
  const at = serviceOf(argument);
  const name = at === undefined ? shortDeployment(target.deployment) : `${oneLine(at.service)} · ${oneLine(at.environment)}`;
  const pty = new LogTerminal(shell.server, target);
  window.createTerminal({ name, pty, iconPath: new ThemeIcon('output'), isTransient: true }).show();
  return pty;
}
