import { apply, check, create, difference, explain, schema } from '../protocol/config.ts';
import type { ResultOf } from '../protocol/message.ts';
import { Failure } from '../rpc/failure.ts';
import type { Command, CommandContext } from './command.ts';
import { printChanges, printProblems } from './configText.ts';
import { column, oneLine } from './text.ts';
import { noArguments, UsageFailure } from './usage.ts';

const checkCommand: Command = {
  domain: 'config',
  verb: 'check',
  usage: 'hearth config check [REV]',
  purpose: 'Check hearth.yaml of the working tree, or of a revision. Exit code 1 when something is wrong with it.',
  examples: ['hearth config check', 'hearth config check main --json'],
  options: {},
  run: async (context) => {
    const rev = revisionOf(context.args);
    const { repository } = await context.locate();
    const result = await context.send(check, { repository, ...rev });
    if (context.json) await context.output.json(result);
    else if (!result.found) throw missing(rev.rev);
    else {
      await printProblems(context.output, result.problems);
      const errors = result.problems.filter(({ severity }) => severity === 'error').length;
      const names = `${counted(result.services.length, 'service')}, ${counted(result.environments.length, 'environment')}`;
      context.output.error(errors === 0 ? `hearth.yaml is fine: ${names}.` : `${counted(errors, 'error')}.`);
    }
    return result.found && !result.problems.some(({ severity }) => severity === 'error') ? 0 : 1;
  },
};

const explainCommand: Command = {
  domain: 'config',
  verb: 'explain',
  usage: 'hearth config explain ENVIRONMENT [REV] [--service NAME]',
  purpose: 'Show what an environment comes to, key by key, and where each value is from.',
  examples: ['hearth config explain production', 'hearth config explain staging --service web', 'hearth config explain production v1.2.0'],
  options: { service: { type: 'string', value: 'NAME', help: 'one service only' } },
  run: async (context) => {
    const [environment, ...more] = context.args;
    if (environment === undefined) throw new UsageFailure('Which environment?', '`hearth config explain production`.');
    const { repository } = await context.locate();
    const { service } = context.options;
    const params = { repository, environment, ...revisionOf(more), ...(typeof service === 'string' ? { service } : {}) };
    const result = await context.send(explain, params);
    if (context.json) await context.output.json(result);
    else await printExplained(context, result);
    return 0;
  },
};

const schemaCommand: Command = {
  domain: 'config',
  verb: 'schema',
  usage: 'hearth config schema',
  purpose: 'Print the JSON schema of hearth.yaml, for other editors.',
  examples: ['hearth config schema > hearth.schema.json'],
  options: {},
  run: async (context) => {
    noArguments(context);
    const result = await context.send(schema, {});
    if (context.json) await context.output.json(result.schema);
    else await context.output.line(JSON.stringify(result.schema, null, 2));
    return 0;
  },
};

const diffCommand: Command = {
  domain: 'config',
  verb: 'diff',
  usage: 'hearth config diff [REV]',
  purpose: 'Show how hearth.yaml of a revision (HEAD unless told) differs from what is applied. Exit code 1 when it does.',
  examples: ['hearth config diff', 'hearth config diff v1.2.0 --json'],
  options: {},
  run: async (context) => {
    const rev = revisionOf(context.args);
    const { repository } = await context.locate();
    const result = await context.send(difference, { repository, ...rev });
    if (context.json) await context.output.json(result);
    else await printDifference(context, result, rev.rev);
    return result.same ? 0 : 1;
  },
};

const applyCommand: Command = {
  domain: 'config',
  verb: 'apply',
  usage: 'hearth config apply [REV]',
  purpose: 'Make hearth.yaml of a revision (HEAD unless told) the applied configuration, and show what changes by that.',
  examples: ['hearth config apply', 'hearth config apply v1.2.0'],
  options: {},
  run: async (context) => {
    const rev = revisionOf(context.args);
    const { repository } = await context.locate();
    const result = await context.send(apply, { repository, ...rev });
    if (context.json) await context.output.json(result);
    else {
      await printChanges(context.output, result.changes);
      const commit = result.applied.commit.slice(0, 12);
      context.output.error(result.changed ? `Applied hearth.yaml of ${commit}.` : `Nothing changes: hearth.yaml of ${commit} is applied.`);
    }
    return 0;
  },
};

const createCommand: Command = {
  domain: 'config',
  verb: 'create',
  usage: 'hearth config create [--write] [--stack]',
  purpose: 'Make a hearth.yaml from the Dockerfiles or the compose file that are there; printed, or written with --write.',
  examples: ['hearth config create', 'hearth config create --write', 'hearth config create --stack'],
  options: {
    write: { type: 'boolean', help: 'write hearth.yaml, when there is none' },
    stack: { type: 'boolean', help: 'the compose file as one service for a Swarm' },
  },
  run: async (context) => {
    noArguments(context);
    const { repository } = await context.locate();
    const result = await context.send(create, {
      repository,
      write: context.options['write'] === true,
      stack: context.options['stack'] === true,
    });
    if (context.json) await context.output.json(result);
    else if (!result.written) await context.output.write(result.text);
    const from = result.from.length === 0 ? 'no Dockerfile was found' : `from ${result.from.map(oneLine).join(', ')}`;
    if (!context.json && result.written) await context.output.line(`Wrote hearth.yaml (${from}). Look it over, then commit it.`);
    return 0;
  },
};

/** `hearth config …`: hearth.yaml, and what of it is applied. */
export const configCommands: readonly Command[] = [checkCommand, explainCommand, schemaCommand, diffCommand, applyCommand, createCommand];

function revisionOf(args: readonly string[]): { rev?: string } {
  const [rev, ...more] = args;
  if (more.length > 0) throw new UsageFailure('One revision at a time.');
  return rev === undefined ? {} : { rev };
}

function missing(rev: string | undefined): Failure {
  const where = rev === undefined ? 'here' : `in ${oneLine(rev)}`;
  return new Failure('not-found', `There is no hearth.yaml ${where}.`, { hint: '`hearth config create --write` makes one.' });
}

async function printExplained({ output }: CommandContext, { chain, rows }: ResultOf<typeof explain>): Promise<void> {
  if (chain.length > 1) output.error(`${chain[0]} extends ${chain.slice(1).join(', which extends ')}.`);
  const width = Math.min(50, Math.max(0, ...rows.map(({ key }) => key.length)));
  const valueWidth = Math.min(40, Math.max(0, ...rows.map(({ value }) => value.length)));
  for (const { key, value, origin } of rows) {
    const from =
      origin.kind === 'default' ? 'default' : `line ${origin.line}${origin.environment === undefined ? '' : ` (${origin.environment})`}`;
    await output.line(`${column(oneLine(key), width)}  ${column(oneLine(value), valueWidth)}  ${output.style('dim', from)}`);
  }
}

async function printDifference(
  { output }: CommandContext,
  { applied, found, same, changes, problems }: ResultOf<typeof difference>,
  rev = 'HEAD',
): Promise<void> {
  await printChanges(output, changes);
  await printProblems(
    output,
    problems.filter(({ severity }) => severity === 'error'),
  );
  const what = applied === undefined ? 'nothing is applied yet' : `${applied.commit.slice(0, 12)} is applied`;
  if (!found) output.error(`There is no hearth.yaml in ${oneLine(rev)}; ${what}.`);
  else output.error(same ? `hearth.yaml is what is applied; ${what}.` : `${counted(changes.length, 'change')}; ${what}.`);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
