import { randomUUID } from 'node:crypto';
import { l10n, ThemeIcon, window } from 'vscode';
import { stats } from '../../server/protocol/runtime.ts';
import { isLive, isStopped } from '../deploy/deployHealth.ts';
import { given, type ServiceTarget } from '../deploy/deployTargets.ts';
import { type Deploying, needTrust, pickService } from '../deploy/pickEnvironment.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { ContainerShell } from './containerShell.ts';

/** Open Shell in Container…: asks which service and which of its containers, where there are several. */
export async function openShell(deploying: Deploying, argument: unknown): Promise<ContainerShell | undefined> {
  needTrust();
  const target = await pickService(deploying, argument, {
    placeHolder: l10n.t('Open a shell in a container of which service?'),
    fits: (row) => isLive(row) && row.kind !== 'static' && !isStopped(row),
    none: l10n.t('Nothing that is live has containers that run.'),
  });
  if (target === undefined) return undefined;
  const { repository, environment, service } = target;
  const asked = given(argument)['replica'];
  const replica = typeof asked === 'number' ? asked : await pickContainer(deploying, target);
  if (replica === undefined) return undefined;
  const pty = new ContainerShell(deploying.shell.server, { repository, environment, service, replica }, randomUUID());
  const name = `${oneLine(service)} · ${oneLine(environment)}`;
  window.createTerminal({ name, pty, iconPath: new ThemeIcon('terminal'), isTransient: true }).show();
  return pty;
}

/** Its place among the containers of the service. */
async function pickContainer({ shell }: Deploying, { repository, environment, service }: ServiceTarget): Promise<number | undefined> {
  const { rows } = await shell.server.send(stats, { repository, environment, services: [service] });
  const picks = rows.flatMap(({ container, state }, replica) =>
    state === 'running' ? [{ label: withoutIcons(oneLine(container)), iconPath: new ThemeIcon('vm-running'), replica }] : [],
  );
  const [first] = picks;
  if (first === undefined) throw new RequestFailure('not-found', l10n.t('No container of {0} runs.', oneLine(service)));
  if (picks.length === 1) return first.replica;
  return (await window.showQuickPick(picks, { placeHolder: l10n.t('In which container?') }))?.replica;
}
