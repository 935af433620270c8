import { listServices, removeService, showService } from '../protocol/catalog.ts';
import { list as listEvents } from '../protocol/events.ts';
import type { Command, CommandContext } from './command.ts';
import { eventRow } from './eventRow.ts';
import { confirmedBy } from './replaceState.ts';
import { serviceRunCommands } from './serviceRun.ts';
import { changeIn, serviceNamed, servicesEditCommands } from './servicesEdit.ts';
import { cycleText, serviceRows, serviceText } from './servicesText.ts';
import { oneLine } from './text.ts';
import { noArguments } from './usage.ts';

/** Entries of its history that `show` prints. */
const lastChanges = 5;

const listCommand: Command = {
  domain: 'services',
  verb: 'list',
  usage: 'hearth services list [--no-orphans]',
  purpose: 'List the services of the project with their health, owner, environments and what they need. Exit code 1 when one is down.',
  examples: ['hearth services list', "hearth services list --json | jq -r '.entry.name'"],
  options: { 'no-orphans': { type: 'boolean', help: 'without those whose source is gone' } },
  run: async (context) => {
    noArguments(context);
    const { output, options } = context;
    const { repository } = await context.locate();
    const { services, cycles } = await context.send(listServices, { repository, orphans: options['no-orphans'] !== true });
    if (context.json) for (const row of services) await output.json(row);
    else if (services.length > 0) await output.write(`${serviceRows(services, context).join('\n')}\n`);
    for (const cycle of cycles) output.error(`These need each other: ${cycleText(cycle)}.`);
    if (services.length === 0 && !context.json) {
      output.error('The catalog is empty. `hearth config apply` brings the services of hearth.yaml, `hearth services add` others.');
    }
    return services.some(({ status }) => status.health.state === 'down') ? 1 : 0;
  },
};

const showCommand: Command = {
  domain: 'services',
  verb: 'show',
  usage: 'hearth services show NAME',
  purpose: 'Show what is known of a service: health, owner, links, what it needs, what fails with it, and what changed last.',
  examples: ['hearth services show web', 'hearth services show web --json | jq .impact'],
  options: { iso: { type: 'boolean', help: 'exact times instead of "3 weeks ago"' } },
  run: async (context) => {
    const name = serviceNamed(context);
    const { repository } = await context.locate();
    const shown = await context.send(showService, { repository, name });
    if (context.json) await context.output.json(shown);
    else {
      await context.output.write(serviceText(shown, context));
      await printHistory(context, repository, name);
    }
    return 0;
  },
};

const removeCommand: Command = {
  domain: 'services',
  verb: 'remove',
  usage: 'hearth services remove NAME -m CHANGE --yes',
  purpose: 'Take a service that was added by hand, or whose source is gone, out of the catalog.',
  examples: ['hearth services remove payments -m "We left them" --yes'],
  options: {
    change: { type: 'string', short: 'm', value: 'TEXT', help: 'why, in a sentence; it is kept' },
    yes: { type: 'boolean', help: 'do it: its owner and links are gone' },
  },
  run: async (context) => {
    const name = serviceNamed(context);
    const change = changeIn(context);
    const { repository } = await context.locate();
    const { removed } = await context.send(removeService, confirmedBy(context, { repository, name, change }));
    if (context.json) await context.output.json({ removed });
    else context.output.error(removed ? `Removed ${oneLine(name)}.` : `There is no service ${oneLine(name)} in the catalog.`);
    return removed ? 0 : 1;
  },
};

/** `hearth services …`: the catalog, and what runs. */
export const servicesCommands: readonly Command[] = [
  listCommand,
  showCommand,
  ...servicesEditCommands,
  removeCommand,
  ...serviceRunCommands,
];

async function printHistory(context: CommandContext, repository: string, name: string): Promise<void> {
  const { project } = await context.send(listServices, { repository });
  if (project === undefined) return;
  const { events } = await context.send(listEvents, { project, entity: 'service', entityId: name, limit: lastChanges });
  if (events.length > 0) await context.output.write(`\n${events.map((event) => eventRow(event, context)).join('\n')}\n`);
}
