import { l10n, ProgressLocation, window } from 'vscode';
import { control } from '../../server/protocol/runtime.ts';
import { isLive, isStopped } from '../deploy/deployHealth.ts';
import { given, namesOf, type ServiceTarget } from '../deploy/deployTargets.ts';
import { type Deploying, needTrust, pickService } from '../deploy/pickEnvironment.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { withoutIcons } from '../ui/iconText.ts';

export type Action = 'start' | 'stop' | 'restart';

/** Start, Stop or Restart Service…: of what is live. Asks once before anything stops answering. Answers the containers. */
export async function controlService(deploying: Deploying, action: Action, argument: unknown): Promise<string[] | undefined> {
  needTrust();
  const target = await pickService(deploying, argument, {
    placeHolder: placeHolders()[action],
    fits: (row) =>
      isLive(row) && row.kind !== 'static' && (action !== 'start' || isStopped(row)) && (action === 'start' || !isStopped(row)),
    none: nones()[action],
  });
  if (target === undefined) return undefined;
  if (action !== 'start' && !(await isWanted(deploying, action, target))) return undefined;
  const { repository, environment, service } = target;
  const services = namesOf(given(argument)['services']) ?? [service];
  const sent = deploying.shell.server.send(control, { repository, environment, services, action, confirmed: true });
  const title = titles()[action].replace('{0}', oneLine(service));
  const { done } = await window.withProgress({ location: ProgressLocation.Window, title }, () => sent);
  window.setStatusBarMessage(withoutIcons(sentences()[action].replace('{0}', oneLine(service))), 6000);
  void deploying.states.ask(repository).catch(() => {});
  return done.flatMap(({ containers }) => containers);
}

function isWanted({ shell }: Deploying, action: 'stop' | 'restart', { environment, service }: ServiceTarget): Promise<boolean> {
  const [what, where] = [oneLine(service), oneLine(environment)];
  return shell.confirm.wanted(
    action === 'stop'
      ? {
          message: l10n.t('Stop {0} in {1}?', what, where),
          detail: l10n.t('It does not answer until it is started or deployed again. Its data stays. Start Service… brings it back.'),
          action: l10n.t('Stop'),
        }
      : {
          message: l10n.t('Restart {0} in {1}?', what, where),
          detail: l10n.t('It may not answer for a moment while its containers start again. Nothing else changes.'),
          action: l10n.t('Restart'),
        },
  );
}

type Words = Readonly<Record<Action, string>>;

const placeHolders = (): Words => ({
  start: l10n.t('Start which service?'),
  stop: l10n.t('Stop which service?'),
  restart: l10n.t('Restart which service?'),
});
const nones = (): Words => ({
  start: l10n.t('No service was stopped.'),
  stop: l10n.t('Nothing that is live has containers that run.'),
  restart: l10n.t('Nothing that is live has containers that run.'),
});
const titles = (): Words => ({ start: l10n.t('Starting {0}'), stop: l10n.t('Stopping {0}'), restart: l10n.t('Restarting {0}') });
const sentences = (): Words => ({
  start: l10n.t('{0} is started.'),
  stop: l10n.t('{0} is stopped.'),
  restart: l10n.t('{0} is restarted.'),
});
