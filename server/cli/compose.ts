import { type ComposeEdge, type ComposeProblem, read } from '../protocol/compose.ts';
import type { ResultOf } from '../protocol/message.ts';
import { Failure } from '../rpc/failure.ts';
import type { Command, CommandContext } from './command.ts';
import type { Output } from './output.ts';
import { column, oneLine } from './text.ts';

type Service = ResultOf<typeof read>['services'][number];

const showCommand: Command = {
  domain: 'compose',
  verb: 'show',
  usage: 'hearth compose show [FILE…] [--profile NAME]',
  purpose:
    'Show what a compose file comes to: services, who needs whom and where that stands, and what is wrong with it. Exit code 1 when something is.',
  examples: ['hearth compose show', 'hearth compose show compose.yaml compose.prod.yaml', 'hearth compose show --profile debug --json'],
  options: { profile: { type: 'string', multiple: true, value: 'NAME', help: 'services of this profile are started too' } },
  run: async (context) => {
    const { repository, files } = await filesOf(context);
    const profiles = [context.options['profile'] ?? []].flat().map(String);
    const result = await context.send(read, { repository, profiles, ...(files.length === 0 ? {} : { files }) });
    const errors = result.problems.filter(({ severity }) => severity === 'error').length;
    if (context.json) await context.output.json(result);
    else {
      for (const service of result.services) await printService(context.output, service, result);
      for (const problem of result.problems) await printProblem(context.output, problem);
      const names = `${counted(result.services.length, 'service')} in ${result.files.map(oneLine).join(', ')}`;
      context.output.error(errors === 0 ? `${names}.` : `${names}; ${counted(errors, 'error')}.`);
    }
    return errors === 0 ? 0 : 1;
  },
};

/** `hearth compose …`: what compose files say. */
export const composeCommands: readonly Command[] = [showCommand];

async function filesOf({ args, locate }: CommandContext): Promise<{ repository: string; files: string[] }> {
  const places = await Promise.all(args.map((file) => locate(file)));
  const { repository } = places[0] ?? (await locate());
  if (places.some((place) => place.repository !== repository))
    throw new Failure('invalid', 'These files are of different repositories.', { hint: 'Name files of one repository.' });
  return { repository, files: places.map(({ path }) => path) };
}

async function printService(output: Output, service: Service, { edges }: ResultOf<typeof read>): Promise<void> {
  const made = service.image ?? (service.build === null ? 'nothing' : `built from ${service.build}`);
  const ports = service.ports.join(', ');
  const where = output.style('dim', placeText(service));
  const name = service.active ? column(oneLine(service.name), 20) : output.style('dim', column(oneLine(service.name), 20));
  await output.line(`${name}  ${column(oneLine(made), 30)}  ${column(oneLine(ports), 24)}  ${where}`);
  const more = (text: string, place?: { file: string; line: number }) =>
    output.line(`  ${text}${place === undefined ? '' : ` ${output.style('dim', placeText(place))}`}`);
  if (!service.active) await more(`started by the profile ${service.profiles.map(oneLine).join(' or ')} only`);
  for (const edge of edges.filter(({ from }) => from === service.name)) await more(needText(edge), edge);
  if (service.unresolved.length > 0) await more(`unresolved: ${service.unresolved.map(oneLine).join(', ')}`);
  if (service.dangerous.length > 0)
    await more(output.style('yellow', `power over the machine: ${service.dangerous.map(oneLine).join(', ')}`));
}

function needText({ kind, to, condition }: ComposeEdge): string {
  const name = oneLine(to);
  switch (kind) {
    case 'depends_on':
      return `needs ${name}${condition === undefined || condition === 'service_started' ? '' : `, ${oneLine(condition)}`}`;
    case 'link':
      return `needs ${name}, a link`;
    case 'network':
      return `needs ${name}, whose network or processes it shares`;
    case 'volumes':
      return `needs ${name}, whose volumes it mounts`;
    case 'variable':
      return `needs ${name}, as a variable says`;
    case 'extends':
      return `extends ${name}`;
  }
}

function printProblem(output: Output, { severity, message, code, ...place }: ComposeProblem): Promise<void> {
  const shown = output.style(severity === 'error' ? 'red' : 'yellow', severity);
  return output.line(`${placeText(place)}: ${shown}: ${oneLine(message)} ${output.style('dim', `[${oneLine(code)}]`)}`);
}

function placeText({ file, line }: { file: string; line: number }): string {
  return `${oneLine(file)}:${line}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
