import { l10n, ProgressLocation, window } from 'vscode';
import { adopt, cancel, reconcile, remove } from '../../server/protocol/deploy.ts';
import type { ReconcileAction } from '../../server/protocol/deployTypes.ts';
import { pickRepository } from '../git/compare.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { withoutIcons, withoutLinks } from '../ui/iconText.ts';
import { isLive } from './deployHealth.ts';
import { environmentOf, given, namesOf, serviceOf } from './deployTargets.ts';
import { type Deploying, needTrust, pickEnvironment, pickService, rowsOf } from './pickEnvironment.ts';

/** Actions of a reconcile that are named before they are done; the log has all of them. */
const named = 12;

/** Cancel: stops deployments on their way. What serves goes on serving, so nothing is asked. Answers which were stopped. */
export async function cancelDeployments(deploying: Deploying, argument: unknown): Promise<string[] | undefined> {
  needTrust();
  const asked = namesOf(given(argument)['ids']);
  const repository = asked === undefined ? undefined : await pickRepository(deploying.shell, given(argument));
  const found = repository === undefined || asked === undefined ? await pickRunning(deploying, argument) : { repository, ids: asked };
  if (found === undefined) return undefined;
  const sent = deploying.shell.server.send(cancel, found);
  const title = l10n.t('Canceling the deployment');
  const { deployments } = await window.withProgress({ location: ProgressLocation.Window, title }, () => sent);
  // One that had been switched to already goes on.
  return deployments.flatMap(({ id, state }) => (state === 'live' ? [] : [id]));
}

async function pickRunning(deploying: Deploying, argument: unknown): Promise<{ repository: string; ids: string[] } | undefined> {
  const none = l10n.t('No deployment is on its way.');
  // The row of an environment: everything that is on its way there.
  const within = serviceOf(argument) === undefined ? environmentOf(argument) : undefined;
  if (within !== undefined) {
    const running = rowsOf(await deploying.states.ask(within.repository), within.environment);
    const ids = running.flatMap(({ running: on }) => on?.deployment ?? []);
    if (ids.length > 0) return { repository: within.repository, ids };
  }
  const placeHolder = l10n.t('Cancel the deployment of which service?');
  const target = await pickService(deploying, argument, { placeHolder, fits: ({ running }) => running !== null, none });
  if (target === undefined) return undefined;
  const rows = rowsOf(await deploying.states.ask(target.repository), target.environment);
  const id = rows.find(({ service }) => service === target.service)?.running?.deployment;
  if (id !== undefined) return { repository: target.repository, ids: [id] };
  void window.showInformationMessage(none);
  return undefined;
}

/** Remove from Environment…: names what stops serving. Answers what was removed. */
export async function removeServices(deploying: Deploying, argument: unknown): Promise<string[] | undefined> {
  needTrust();
  const one = serviceOf(argument);
  const at =
    one ??
    (await pickEnvironment(deploying, argument, {
      placeHolder: l10n.t('Remove services from which environment?'),
      fits: (rows) => rows.some(isLive),
      none: l10n.t('Nothing is live in any environment.'),
    }));
  if (at === undefined) return undefined;
  const { repository, environment } = at;
  const live = rowsOf(await deploying.states.ask(repository), environment).filter(isLive);
  const names = live.map(({ service }) => service);
  // Of an environment that was named all are meant; the question names them.
  const services = one !== undefined ? [one.service] : environmentOf(argument) !== undefined ? names : await pickServices(names);
  if (services === undefined || services.length === 0) return undefined;
  const listed = services.map(oneLine).join(', ');
  const wanted = await deploying.shell.confirm.wanted({
    message: l10n.t('Remove {0} from {1}?', listed, oneLine(environment)),
    detail: l10n.t(
      'It stops serving: routes and containers are removed. Volumes and the images of kept releases stay, so Deploy… brings it back as it was.',
    ),
    action: l10n.t('Remove'),
  });
  if (!wanted) return undefined;
  const sent = deploying.shell.server.send(remove, { repository, environment, services, confirmed: true });
  const title = l10n.t('Removing {0} from {1}', listed, environment);
  const { removed, volumes } = await window.withProgress({ location: ProgressLocation.Window, title }, () => sent);
  const sentence = l10n.t('{0} is removed from {1}.', removed.map(oneLine).join(', ') || listed, oneLine(environment));
  const kept = volumes.length === 0 ? '' : ` ${l10n.t('Volumes that stay: {0}.', volumes.map(oneLine).join(', '))}`;
  if (kept === '') window.setStatusBarMessage(withoutIcons(sentence), 6000);
  else void window.showInformationMessage(withoutLinks(sentence + kept));
  return removed;
}

async function pickServices(live: readonly string[]): Promise<string[] | undefined> {
  if (live.length <= 1) return [...live];
  const items = live.map((name) => ({ label: withoutIcons(oneLine(name)), name }));
  const picked = await window.showQuickPick(items, { placeHolder: l10n.t('Remove which services?'), canPickMany: true });
  return picked === undefined || picked.length === 0 ? undefined : picked.map(({ name }) => name);
}

/** Take Over Environment…: from then on this home replaces what another one deployed. Answers the services it took. */
export async function takeOver(deploying: Deploying, argument: unknown): Promise<string[] | undefined> {
  needTrust();
  const at = await pickEnvironment(deploying, argument, {
    placeHolder: l10n.t('Take over which environment?'),
    fits: (_, name, all) => all.foreign.some(({ environment }) => environment === name),
    none: l10n.t('Nothing here was deployed from another machine or home.'),
  });
  if (at === undefined) return undefined;
  const { repository, environment } = at;
  const foreign = (await deploying.states.ask(repository)).foreign.filter((each) => each.environment === environment);
  const from = foreign.map(({ host, services }) => l10n.t('{0} (deployed from {1})', services.map(oneLine).join(', '), oneLine(host)));
  const wanted = await deploying.shell.confirm.wanted({
    message: l10n.t('Take over {0}?', oneLine(environment)),
    detail: [
      ...from,
      l10n.t(
        'From then on this Hearth replaces and removes what is there; the other one must not go on. Nothing is stopped now. To give it back, take it over from there.',
      ),
    ].join('\n'),
    action: l10n.t('Take Over'),
  });
  if (!wanted) return undefined;
  const sent = deploying.shell.server.send(adopt, { repository, environment, confirmed: true });
  const title = l10n.t('Taking over {0}', environment);
  const { adopted } = await window.withProgress({ location: ProgressLocation.Window, title }, () => sent);
  const services = adopted.map(({ service }) => service);
  window.setStatusBarMessage(withoutIcons(l10n.t('{0} is yours now: {1}.', oneLine(environment), services.map(oneLine).join(', '))), 6000);
  return services;
}

/** Reconcile: says what differs from what should be, and puts it right when the user wants it. Answers what was done. */
export async function reconcileEnvironments({ shell, states }: Deploying, argument: unknown): Promise<ReconcileAction[] | undefined> {
  needTrust();
  const at = environmentOf(argument);
  const repository = at?.repository ?? (await pickRepository(shell, argument));
  if (repository === undefined) return undefined;
  const where = { repository, ...(at === undefined ? {} : { environment: at.environment }) };
  const looking = shell.server.send(reconcile, { ...where, dryRun: true });
  void window.withProgress({ location: { viewId: 'hearth.environments' } }, () => looking.then(undefined, () => {}));
  const { actions, problems } = await looking;
  const unseen = problems.map(({ environment, message }) => `${oneLine(environment)}: ${oneLine(message)}`);
  if (actions.length === 0) {
    const sentence =
      unseen.length === 0 ? l10n.t('Everything runs as it should.') : l10n.t('Could not look everywhere: {0}', unseen.join(' · '));
    if (unseen.length === 0) window.setStatusBarMessage(sentence, 6000);
    else void window.showWarningMessage(withoutLinks(sentence));
    return [];
  }
  const rest = actions.length - named;
  const wanted = await shell.confirm.wanted({
    message:
      actions.length === 1 ? l10n.t('1 thing is not as it should be.') : l10n.t('{0} things are not as they should be.', actions.length),
    detail: [...actions.slice(0, named).map(actionWords), ...(rest > 0 ? [l10n.t('… and {0} more', rest)] : []), ...unseen].join('\n'),
    action: l10n.t('Put Right'),
  });
  if (!wanted) return undefined;
  const acting = shell.server.send(reconcile, { ...where, dryRun: false });
  const done = await window.withProgress({ location: ProgressLocation.Window, title: l10n.t('Reconciling') }, () => acting);
  for (const action of done.actions)
    shell.log.info(`reconcile: ${actionWords(action)}${action.problem === undefined ? '' : `: ${action.problem}`}`);
  const failed = done.actions.filter(({ problem }) => problem !== undefined);
  const [first] = failed;
  if (first !== undefined) void window.showWarningMessage(withoutLinks(`${actionWords(first)}: ${oneLine(first.problem ?? '')}`));
  else window.setStatusBarMessage(l10n.t('Everything runs as it should.'), 6000);
  void states.ask(repository).catch(() => {});
  return done.actions;
}

/** "web in staging: start container hearth-shop-… (it was stopped)". */
function actionWords({ environment, service, kind, object, why }: ReconcileAction): string {
  const what = kindWords(kind, oneLine(object));
  return l10n.t('{0} in {1}: {2} ({3})', oneLine(service), oneLine(environment), what, oneLine(why));
}

function kindWords(kind: ReconcileAction['kind'], object: string): string {
  switch (kind) {
    case 'resume':
      return l10n.t('go on with {0}', object);
    case 'fail':
      return l10n.t('give up {0}', object);
    case 'start':
      return l10n.t('start {0}', object);
    case 'stop':
      return l10n.t('stop {0}', object);
    case 'recreate':
      return l10n.t('make {0} again', object);
    case 'heal':
      return l10n.t('put {0} right', object);
    case 'route':
      return l10n.t('route to {0}', object);
    case 'remove-orphan':
      return l10n.t('remove {0}, which nothing needs', object);
    case 'give-up':
      return l10n.t('stop starting {0}', object);
    case 'forget':
      return l10n.t('forget {0}', object);
    case 'network':
      return l10n.t('connect {0}', object);
    case 'unlock':
      return l10n.t('unlock {0}', object);
  }
}
