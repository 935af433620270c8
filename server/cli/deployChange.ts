import { adopt, cancel, list, reconcile, remove, status } from '../protocol/deploy.ts';
import type { ReconcileAction } from '../protocol/deployTypes.ts';
import { Failure } from '../rpc/failure.ts';
import type { Command, CommandContext } from './command.ts';
import { namesIn, placeNamed, runningNamed } from './deployArguments.ts';
import { shortCommit, shortRelease } from './deployText.ts';
import { confirmedBy } from './replaceState.ts';
import { column, oneLine } from './text.ts';
import { UsageFailure } from './usage.ts';

/** `hearth deploy cancel`, `remove`, `reconcile` and `adopt`: what changes what is there. */

const cancelCommand: Command = {
  domain: 'deploy',
  verb: 'cancel',
  usage: 'hearth deploy cancel [ID…|ENV [SERVICE…]]',
  purpose: 'Cancel deployments on their way: those named, or all of this project. What serves goes on serving.',
  examples: ['hearth deploy cancel', 'hearth deploy cancel production web', 'hearth deploy cancel 0mi9k2abc123'],
  options: {},
  run: async (context) => {
    const { send, output, json } = context;
    const { repository, ids } = await runningNamed(context);
    if (ids.length === 0) await mustBeKnown(context, repository, namesIn(context).environment);
    const deployments = ids.length === 0 ? [] : (await send(cancel, { repository, ids })).deployments;
    if (json) {
      await output.json({ deployments });
      return 0;
    }
    if (deployments.length === 0) output.error('Nothing is on its way.');
    for (const { id, environment, service, state } of deployments)
      await output.line(`${output.style('dim', shortRelease(id))}  ${oneLine(environment)}/${oneLine(service)}  ${state}`);
    return 0;
  },
};

const removeCommand: Command = {
  domain: 'deploy',
  verb: 'remove',
  usage: 'hearth deploy remove ENV [SERVICE…] --yes',
  purpose: 'Take services of an environment down: routes, containers, network. Volumes and the images of kept releases stay.',
  examples: ['hearth deploy remove staging --yes', 'hearth deploy remove production web --yes'],
  options: { yes: { type: 'boolean', help: 'the services stop serving' } },
  run: async (context) => {
    const { send, output, json, options } = context;
    const { repository, environment, services } = await placeNamed(context);
    if (options['yes'] !== true) throw await stopsServing(context, repository, environment, services);
    const { removed, volumes } = await send(
      remove,
      confirmedBy(context, { repository, environment, ...(services.length === 0 ? {} : { services: [...services] }) }),
    );
    if (json) {
      await output.json({ removed, volumes });
      return 0;
    }
    if (removed.length === 0) output.error(`Nothing of it is deployed to ${oneLine(environment)}.`);
    for (const service of removed) await output.line(`Removed ${oneLine(environment)}/${oneLine(service)}`);
    for (const volume of volumes) await output.line(`Kept the volume ${oneLine(volume)}`);
    return 0;
  },
};

/** Names what would be lost and how it comes back. */
async function stopsServing(
  { send }: CommandContext,
  repository: string,
  environment: string,
  services: readonly string[],
): Promise<Failure> {
  const found = await send(status, { repository, environment });
  const serving = found.services.filter(({ service, state }) => state === 'live' && (services.length === 0 || services.includes(service)));
  const names = serving.map(({ service, url }) => `${oneLine(service)}${url === null ? '' : ` (${oneLine(url)})`}`).join(', ');
  const said = names === '' ? `Nothing of it is live in ${oneLine(environment)}` : `${names} of ${oneLine(environment)} would stop serving`;
  return new Failure('precondition', `${said}.`, {
    hint: `\`--yes\` removes; volumes stay, and \`hearth deploy run ${oneLine(environment)}\` brings it back.`,
  });
}

const reconcileCommand: Command = {
  domain: 'deploy',
  verb: 'reconcile',
  usage: 'hearth deploy reconcile [ENV] [--dry-run]',
  purpose: 'Compare what should run with what does, and put it right; exit code 1 when something could not be.',
  examples: ['hearth deploy reconcile --dry-run', 'hearth deploy reconcile production'],
  options: { 'dry-run': { type: 'boolean', short: 'n', help: 'only say what would be done' } },
  run: async (context) => {
    const { send, output, json, options } = context;
    const { environment, services } = namesIn(context);
    if (services.length > 0) throw new UsageFailure('One environment at a time; its services belong together.');
    const { repository } = await context.locate();
    const dryRun = options['dry-run'] === true;
    const result = await send(reconcile, { repository, dryRun, ...(environment === undefined ? {} : { environment }) });
    const { actions, problems } = result;
    if (actions.length === 0 && problems.length === 0) await mustBeKnown(context, repository, environment);
    if (json) await output.json(result);
    else {
      for (const action of actions) await output.line(actionLine(action, context));
      if (actions.length === 0 && problems.length === 0) await output.line('Everything is as it should be.');
    }
    for (const problem of problems) output.error(`${oneLine(problem.environment)}: ${oneLine(problem.message)}`);
    return problems.length > 0 || actions.some((action) => action.problem !== undefined) ? 1 : 0;
  },
};

/** Before it is said that nothing is the matter: a misspelt environment is refused, as with a plan. */
async function mustBeKnown({ send }: CommandContext, repository: string, environment: string | undefined): Promise<void> {
  if (environment === undefined) return;
  const { deployments } = await send(list, { repository, environment, limit: 1 });
  if (deployments.length === 0) await send(status, { repository, environment });
}

function actionLine({ environment, service, kind, object, why, done, problem }: ReconcileAction, { output }: CommandContext): string {
  const mark = problem !== undefined ? output.style('red', '✗') : done === true ? output.style('green', '✓') : output.style('dim', '·');
  const said = problem === undefined ? oneLine(why) : `${oneLine(why)} – ${output.style('red', oneLine(problem))}`;
  return `${mark} ${column(kind, 13)}  ${oneLine(environment)}/${oneLine(service)}  ${oneLine(object)}  ${said}`;
}

const adoptCommand: Command = {
  domain: 'deploy',
  verb: 'adopt',
  usage: 'hearth deploy adopt ENV --yes',
  purpose: 'Take over an environment that was deployed from another machine or home, which must not go on then.',
  examples: ['hearth deploy adopt production --yes'],
  options: { yes: { type: 'boolean', help: 'this home replaces and removes what the other one has deployed there' } },
  run: async (context) => {
    const { send, output, json } = context;
    const { repository, environment, services } = await placeNamed(context);
    if (services.length > 0) throw new UsageFailure('An environment is taken over as a whole.');
    const { adopted } = await send(adopt, confirmedBy(context, { repository, environment }));
    if (json) {
      await output.json({ adopted });
      return 0;
    }
    if (adopted.length === 0) output.error(`Nothing foreign is live in ${oneLine(environment)}.`);
    for (const { service, deployment, commit } of adopted)
      await output.line(
        `Took over ${oneLine(environment)}/${oneLine(service)}  ${output.style('yellow', shortCommit(commit))}  ${shortRelease(deployment)}`,
      );
    return 0;
  },
};

export const deployChangeCommands: readonly Command[] = [cancelCommand, removeCommand, reconcileCommand, adoptCommand];
