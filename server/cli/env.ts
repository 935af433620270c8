import { get, list, rotate, unset } from '../protocol/variables.ts';
import { shownTime } from '../time.ts';
import type { Command, OptionSpec } from './command.ts';
import { envDoctorCommand } from './envDoctor.ts';
import { keyCommand } from './envKey.ts';
import { originText, printTable, shortValue } from './envRows.ts';
import { setCommand } from './envSet.ts';
import { confirmedBy } from './replaceState.ts';
import { oneLine, plain } from './text.ts';
import { noArguments, UsageFailure } from './usage.ts';
import { optionOf } from './workItem.ts';

const service: OptionSpec = { service: { type: 'string', value: 'SERVICE', help: 'of this service only' } };
const iso: OptionSpec = { iso: { type: 'boolean', help: 'exact times instead of "3 weeks ago"' } };

const listCommand: Command = {
  domain: 'env',
  verb: 'list',
  usage: 'hearth env list [ENVIRONMENT] [--service SERVICE]',
  purpose: 'List the variables and secrets of the environments and where each is from. Exit code 1 when something is missing or wrong.',
  examples: ['hearth env list', 'hearth env list production --service web', 'hearth env list staging --json'],
  options: { ...service, ...iso },
  run: async (context) => {
    const [environment, ...more] = context.args;
    if (more.length > 0) throw new UsageFailure('One environment at a time, or none for all.');
    const only = optionOf(context.options, 'service');
    const { repository } = await context.locate();
    const asked = { repository, ...(environment === undefined ? {} : { environment }), ...(only === undefined ? {} : { service: only }) };
    const result = await context.send(list, asked);
    const { output } = context;
    if (context.json) await output.json(result);
    else {
      for (const [at, table] of result.environments.entries()) {
        if (at > 0) await output.line();
        await printTable(context, table);
      }
      if (result.environments.length === 0) output.error('There are no environments. `hearth.yaml` names them.');
      for (const { name, problems } of result.environments) {
        for (const problem of problems) output.error(`${oneLine(name)}: ${oneLine(problem)}`);
      }
    }
    return result.environments.some(({ problems }) => problems.length > 0) ? 1 : 0;
  },
};

const getCommand: Command = {
  domain: 'env',
  verb: 'get',
  usage: 'hearth env get ENVIRONMENT NAME [--service SERVICE]',
  purpose: 'Print the value of a variable. Of a secret: that it is set, since when, which version; its value is never shown.',
  examples: ['hearth env get production LOG_LEVEL', 'hearth env get production DATABASE_URL --json'],
  options: { ...service, ...iso },
  run: async (context) => {
    const [environment, name, ...more] = context.args;
    if (environment === undefined || name === undefined || more.length > 0) throw new UsageFailure('Which variable of which environment?');
    const { repository } = await context.locate();
    const only = optionOf(context.options, 'service');
    const { variable } = await context.send(get, { repository, environment, name, ...(only === undefined ? {} : { service: only }) });
    const { output } = context;
    const { value, secret, version, updated, origin, problem } = variable;
    if (context.json) await output.json(variable);
    else if (value !== null) await output.line(plain(value));
    else {
      const kind = secret ? 'a secret' : 'a variable';
      const state =
        origin.kind === 'missing' ? 'not set' : `${shortValue(variable) === 'unusable' ? 'unusable' : 'set'}, ${originText(origin)}`;
      const stamp =
        updated === undefined ? '' : `, version ${version}, ${shownTime(Math.floor(updated / 1000), context.options['iso'] === true)}`;
      await output.line(`${kind}: ${state}${stamp}`);
    }
    if (problem !== undefined && !context.json) output.error(oneLine(problem));
    return problem === undefined ? 0 : 1;
  },
};

const unsetCommand: Command = {
  domain: 'env',
  verb: 'unset',
  usage: 'hearth env unset ENVIRONMENT NAME… [--service SERVICE] --yes',
  purpose: 'Forget stored variables or secrets of an environment; what is inherited or in `hearth.yaml` counts again.',
  examples: ['hearth env unset staging LOG_LEVEL --yes', 'hearth env unset production OLD_TOKEN --service web --yes'],
  options: { ...service, yes: { type: 'boolean', help: 'do it: a deleted secret cannot be brought back' } },
  run: async (context) => {
    const [environment, ...names] = context.args;
    if (environment === undefined || names.length === 0) throw new UsageFailure('Which variables of which environment?');
    const { repository } = await context.locate();
    const only = optionOf(context.options, 'service');
    const wanted = { repository, environment, names, ...(only === undefined ? {} : { service: only }) };
    const { removed } = await context.send(unset, confirmedBy(context, wanted));
    if (context.json) await context.output.json({ removed });
    else await context.output.line(`Forgotten: ${removed.join(', ')}.`);
    return 0;
  },
};

const rotateCommand: Command = {
  domain: 'env',
  verb: 'rotate',
  usage: 'hearth env rotate',
  purpose: 'Make a new master key and encrypt every stored secret of this machine with it. Earlier keys stay, for backups that need them.',
  examples: ['hearth env rotate && hearth env key export keys.json'],
  options: {},
  run: async (context) => {
    noArguments(context);
    const { repository } = await context.locate();
    const result = await context.send(rotate, { repository });
    if (context.json) return context.output.json(result).then(() => 0);
    const { key, secrets } = result;
    await context.output.line(`${secrets === 1 ? 'One secret is' : `${secrets} secrets are`} encrypted with the new key ${key}.`);
    context.output.error('An export made before does not hold it: `hearth env key export`.');
    return 0;
  },
};

/** `hearth env …`: variables and secrets of environments. */
export const envCommands: readonly Command[] = [
  listCommand,
  getCommand,
  setCommand,
  unsetCommand,
  rotateCommand,
  envDoctorCommand,
  keyCommand,
];
