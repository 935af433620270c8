import { builds, control, disk, type ResourceRow, stats } from '../protocol/runtime.ts';
import { Failure } from '../rpc/failure.ts';
import type { Command, CommandContext } from './command.ts';
import { isoOption, namesIn, placeNamed } from './deployArguments.ts';
import { numberOf } from './gitRows.ts';
import { confirmedBy } from './replaceState.ts';
import { serviceLogsCommand } from './serviceLogs.ts';
import { serviceShellCommand } from './serviceShell.ts';
import { buildRows, diskText, resourceRows } from './serviceText.ts';
import { oneLine } from './text.ts';
import { UsageFailure } from './usage.ts';

/** `hearth services stats`, `start`, `stop`, `restart`, `disk` and `builds`: what runs. */

const statsCommand: Command = {
  domain: 'services',
  verb: 'stats',
  usage: 'hearth services stats ENV [SERVICE…] [--follow]',
  purpose: 'Show processors, memory, network and disk of the containers of live services, with their limits and what to know of them.',
  examples: [
    'hearth services stats production',
    'hearth services stats production web --follow',
    "hearth services stats production --json | jq '.rows[].memory'",
  ],
  options: { follow: { type: 'boolean', short: 'f', help: 'again every two seconds, until Ctrl-C' } },
  endless: true,
  run: async (context) => {
    const { output, json, send } = context;
    const { repository, environment, services } = await placeNamed(context);
    const follow = context.options['follow'] === true;
    const print = async (told: { time: number; rows: ResourceRow[] }) => {
      if (json) await output.json(told);
      else await output.write(`${follow && output.colour ? '\x1b[H\x1b[2J' : ''}${resourceRows(told.rows, context).join('\n')}\n`);
    };
    const question = { repository, environment, follow, ...(services.length === 0 ? {} : { services: [...services] }) };
    const last = await send(stats, question, print);
    if (!follow) await print(last);
    return 0;
  },
};

const words = { start: 'Started', stop: 'Stopped', restart: 'Restarted' } as const;

function controlCommand(action: keyof typeof words, purpose: string): Command {
  return {
    domain: 'services',
    verb: action,
    usage: `hearth services ${action} ENV SERVICE…${action === 'start' ? '' : ' --yes'}`,
    purpose,
    examples: [`hearth services ${action} production web${action === 'start' ? '' : ' --yes'}`],
    options: action === 'start' ? {} : { yes: { type: 'boolean', help: 'do it: it does not answer meanwhile' } },
    run: async (context) => {
      const { repository, environment, services } = await placeNamed(context);
      if (services.length === 0) throw new UsageFailure('Which service?', `\`hearth deploy status ${oneLine(environment)}\` shows them.`);
      const { done } = await context.send(control, confirmedBy(context, { repository, environment, services: [...services], action }));
      if (context.json) await context.output.json({ done });
      else for (const { service } of done) await context.output.line(`${words[action]} ${oneLine(environment)}/${oneLine(service)}`);
      return 0;
    },
  };
}

const diskCommand: Command = {
  domain: 'services',
  verb: 'disk',
  usage: 'hearth services disk ENV',
  purpose: 'Show what the Docker engine of an environment holds on disk: images, volumes, build cache, and what is free.',
  examples: ['hearth services disk production', 'hearth services disk production --json | jq .free'],
  options: {},
  run: async (context) => {
    const { repository, environment, services } = await placeNamed(context);
    if (services.length > 0) throw new UsageFailure('One environment at a time.');
    const found = await context.send(disk, { repository, environment });
    if (context.json) await context.output.json(found);
    else await context.output.write(diskText(found));
    return 0;
  },
};

const buildsCommand: Command = {
  domain: 'services',
  verb: 'builds',
  usage: 'hearth services builds [ENV [SERVICE]] [-n N]',
  purpose: 'List builds, newest first: how long they took, against the one before, what they made and how large that is.',
  examples: ['hearth services builds', 'hearth services builds production web -n 5', 'hearth services builds --json | jq .milliseconds'],
  options: { limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many (20)' }, ...isoOption },
  run: async (context) => {
    const { environment, service } = oneNamed(context);
    const { repository } = await context.locate();
    const limit = numberOf(context.options, 'limit', 1);
    if (limit !== undefined && limit > 200) throw new UsageFailure('At most 200 builds are listed.');
    const found = await context.send(builds, {
      repository,
      ...(environment === undefined ? {} : { environment }),
      ...(service === undefined ? {} : { service }),
      ...(limit === undefined ? {} : { limit }),
    });
    if (context.json) for (const each of found.builds) await context.output.json(each);
    else if (found.builds.length > 0) await context.output.write(`${buildRows(found.builds, context).join('\n')}\n`);
    else throw new Failure('not-found', 'Nothing was built yet.', { hint: '`hearth deploy run ENV` builds and deploys.' });
    return 0;
  },
};

function oneNamed(context: CommandContext): { environment: string | undefined; service: string | undefined } {
  const { environment, services } = namesIn(context);
  const [service, ...others] = services;
  if (others.length > 0) throw new UsageFailure('One service at a time.');
  return { environment, service };
}

export const serviceRunCommands: readonly Command[] = [
  serviceLogsCommand,
  serviceShellCommand,
  statsCommand,
  controlCommand('start', 'Start services that were stopped; a release that crashed too often gets another chance.'),
  controlCommand('stop', 'Stop live services. They stay stopped until they are started or deployed.'),
  controlCommand('restart', 'Restart live services, one container after the other.'),
  diskCommand,
  buildsCommand,
];
