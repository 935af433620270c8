import { planDeploy, rollback, run } from '../protocol/deploy.ts';
import type { Deployment, Plan } from '../protocol/deployTypes.ts';
import { Failure } from '../rpc/failure.ts';
import type { Command, CommandContext, OptionSpec } from './command.ts';
import { isId, placeNamed, serviceNamed, wantedBy, wantedOptions } from './deployArguments.ts';
import { followRun, printEnd } from './deployFollow.ts';
import { planText, remarkLines, shortCommit, shortRelease } from './deployText.ts';
import { oneLine } from './text.ts';
import { UsageFailure } from './usage.ts';
import { optionOf } from './workItem.ts';

/** `hearth deploy plan`, `run` and `rollback`: what starts a deployment. */

const waitOptions: OptionSpec = {
  wait: { type: 'boolean', short: 'w', help: 'follow it to its end; exit code 0 only when everything is live' },
  log: { type: 'boolean', help: 'print its log, too, while it is followed' },
};

const planCommand: Command = {
  domain: 'deploy',
  verb: 'plan',
  usage: 'hearth deploy plan ENV [SERVICE…] [--rev REV] [--set NAME[=VALUE]]…',
  purpose: 'Say what a deployment would do, step by step; exit code 1 when something is in the way. Nothing is changed.',
  examples: [
    'hearth deploy plan production',
    'hearth deploy plan staging web --rev v1.2.0',
    'hearth deploy plan production --json | jq .steps',
  ],
  options: wantedOptions,
  run: async (context) => {
    const plan = await planFor(context);
    if (context.json) await context.output.json(plan);
    else await context.output.write(planText(plan, context));
    return plan.blockers.length === 0 ? 0 : 1;
  },
};

const runCommand: Command = {
  domain: 'deploy',
  verb: 'run',
  usage: 'hearth deploy run ENV [SERVICE…] [--rev REV] [--set NAME[=VALUE]]… [--wait] [--log] [--yes]',
  purpose: 'Deploy a commit: all services of an environment, or those named. What serves goes on serving until the new version is healthy.',
  examples: [
    'hearth deploy run staging --wait',
    'hearth deploy run production web --rev v1.2.0 --wait --log',
    'hearth deploy run production --set LOG_LEVEL=debug',
  ],
  options: { ...wantedOptions, ...waitOptions, yes: { type: 'boolean', help: 'also when it takes changes out of production' } },
  run: async (context) => {
    const { send, output, options } = context;
    const place = await placeNamed(context);
    const wanted = wantedBy(place, context);
    const plan = await planFor(context);
    const { blockers, confirmations, warnings, commit, environment, steps } = plan;
    for (const line of remarkLines(warnings, output.style('yellow', '!'), output)) output.error(line);
    if (blockers.length > 0) {
      for (const line of remarkLines(blockers, output.style('red', '✗'), output)) output.error(line);
      throw new Failure('precondition', `${shortCommit(commit)} cannot be deployed to ${oneLine(environment)} as it is.`, {
        hint: 'Nothing was changed.',
      });
    }
    if (steps.every(({ action }) => action === 'unchanged')) return nothingToDo(context, plan);
    const yes = options['yes'] === true;
    if (confirmations.length > 0 && !yes) {
      for (const line of remarkLines(confirmations, output.style('yellow', '?'), output)) output.error(line);
      throw new Failure('precondition', `Deploying ${shortCommit(commit)} to ${oneLine(environment)} needs a yes.`, {
        hint: '`--yes` deploys it all the same; nothing was changed.',
      });
    }
    const started = await send(run, { ...wanted, commit, ...(yes ? { confirmed: true } : {}) }).catch((error: unknown) => {
      if (context.signal.aborted) output.error('It may have been queued: `hearth deploy status` shows it.');
      throw error;
    });
    return startedRun(context, place.repository, started, plan);
  },
};

const rollbackCommand: Command = {
  domain: 'deploy',
  verb: 'rollback',
  usage: 'hearth deploy rollback ENV SERVICE [--to ID] [--wait] [--log]',
  purpose: 'Go back to an earlier release of a service whose image is still there: the last good one unless told.',
  examples: ['hearth deploy rollback production web --wait', 'hearth deploy rollback production web --to 0mi9k2abc123'],
  options: { to: { type: 'string', value: 'ID', help: 'which release: `hearth deploy history` lists them' }, ...waitOptions },
  run: async (context) => {
    const to = optionOf(context.options, 'to');
    if (to !== undefined && !isId(to)) throw new UsageFailure(`"${to}" is no id of a deployment.`, '`hearth deploy history` lists them.');
    const place = await serviceNamed(context);
    const started = await context.send(rollback, { ...place, ...(to === undefined ? {} : { to }) });
    return startedRun(context, place.repository, started);
  },
};

export const deployRunCommands: readonly Command[] = [planCommand, runCommand, rollbackCommand];

async function planFor(context: CommandContext): Promise<Plan> {
  return (await context.send(planDeploy, wantedBy(await placeNamed(context), context))).plan;
}

/** All that was asked for is live: that is what was wanted. */
async function nothingToDo({ output, json }: CommandContext, { commit, environment, steps }: Plan): Promise<number> {
  const live = steps.map(({ service }) => oneLine(service)).join(', ');
  if (json) await output.json({ run: null, deployments: [] });
  else await output.line(`${shortCommit(commit)} is live in ${oneLine(environment)} already: ${live}. Name a service to start it anew.`);
  return 0;
}

/** Says what is on its way and how to look at it, or follows it to its end. */
async function startedRun(
  context: CommandContext,
  repository: string,
  started: { run: string; deployments: Deployment[] },
  plan?: Plan,
): Promise<number> {
  const { output, options, json } = context;
  const { deployments } = started;
  const [first] = deployments;
  const wait = options['wait'] === true || options['log'] === true;
  if (first === undefined) return 0;
  const what = `${shortCommit(first.commit)} ${oneLine(plan?.subject ?? first.subject)}`;
  const where = `${oneLine(first.environment)}: ${deployments.map(({ service }) => oneLine(service)).join(', ')}`;
  if (wait) {
    output.error(`${first.rollbackTo === null ? 'Deploying' : 'Rolling back to'} ${what} → ${where}`);
    const run = { repository, ...started };
    return printEnd(context, run, await followRun(context, run));
  }
  if (json) {
    await output.json(started);
    return 0;
  }
  await output.line(`Queued ${what} → ${where}`);
  for (const { id, service } of deployments) await output.line(`  ${output.style('dim', shortRelease(id))}  ${oneLine(service)}`);
  output.error('`hearth deploy status` shows how it goes; `hearth deploy logs --follow` what it says.');
  return 0;
}
