import { type Incident, listIncidents, postmortem, showIncident, suspects } from '../protocol/incident.ts';
import type { Command, CommandContext } from './command.ts';
import { isoOption } from './deployArguments.ts';
import { numberOf } from './gitRows.ts';
import { incidentChangeCommands } from './incidentChange.ts';
import { incidentRows, incidentText, suspectLines } from './incidentText.ts';
import { oneLine } from './text.ts';
import { noArguments, UsageFailure } from './usage.ts';
import { optionOf } from './workItem.ts';

/** `hearth incident …`: what broke, since when, who looks at it, and why. */

/** Incidents asked for at once. */
const page = 200;

const listCommand: Command = {
  domain: 'incident',
  verb: 'list',
  usage: 'hearth incident list [--open] [--service SERVICE] [-n N]',
  purpose: 'List incidents, open ones first, then the newest.',
  examples: ['hearth incident list --open', 'hearth incident list --service web -n 5', "hearth incident list --json | jq -r '.title'"],
  options: {
    open: { type: 'boolean', help: 'only open ones' },
    service: { type: 'string', value: 'SERVICE', help: 'that concern this service' },
    limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many (default: 50)' },
    ...isoOption,
  },
  run: async (context) => {
    noArguments(context);
    const { send, output, json, options } = context;
    const { repository } = await context.locate();
    const most = numberOf(options, 'limit', 1) ?? 50;
    const service = optionOf(options, 'service');
    const rows: Incident[] = [];
    for (let more = true; more && rows.length < most && !output.closed; ) {
      const before = rows.at(-1)?.id;
      const found = await send(listIncidents, {
        ...{ repository, open: options['open'] === true, limit: Math.min(page, most - rows.length) },
        ...(service === undefined ? {} : { service }),
        ...(before === undefined ? {} : { before }),
      });
      if (json) for (const row of found.incidents) await output.json(row);
      rows.push(...found.incidents);
      more = found.more && found.incidents.length > 0;
    }
    if (json) return 0;
    if (rows.length === 0) output.error(options['open'] === true ? 'No incident is open.' : 'There are no incidents.');
    else {
      output.page();
      await output.write(`${incidentRows(rows, context).join('\n')}\n`);
    }
    return 0;
  },
};

const showCommand: Command = {
  domain: 'incident',
  verb: 'show',
  usage: 'hearth incident show INCIDENT',
  purpose: 'Show an incident (`I-7`) with its monitors and everything that happened.',
  examples: ['hearth incident show I-7', 'hearth incident show I-7 --json'],
  options: isoOption,
  run: async (context) => {
    const named = await incidentNamed(context);
    const found = await context.send(showIncident, named);
    if (context.json) await context.output.json(found);
    else await context.output.write(incidentText(found.incident, found.timeline, context));
    return 0;
  },
};

const postmortemCommand: Command = {
  domain: 'incident',
  verb: 'postmortem',
  usage: 'hearth incident postmortem INCIDENT [--write]',
  purpose: 'Print a post-mortem made from the log, or write it to a file in `docs/incidents/`.',
  examples: ['hearth incident postmortem I-7', 'hearth incident postmortem I-7 --write'],
  options: { write: { type: 'boolean', help: 'make the file; one that is there stays as it is' } },
  run: async (context) => {
    const { send, output, json, options } = context;
    const write = options['write'] === true;
    const result = await send(postmortem, { ...(await incidentNamed(context)), write });
    if (json) await output.json(result);
    else if (write) await output.line(`Wrote ${oneLine(result.path ?? '')}`);
    else await output.write(result.text);
    return 0;
  },
};

const suspectsCommand: Command = {
  domain: 'incident',
  verb: 'suspects',
  usage: 'hearth incident suspects INCIDENT [-n N]',
  purpose: 'Rank the commits between the last release that was well and the first that was not by what they touch.',
  examples: ['hearth incident suspects I-7', "hearth incident suspects I-7 --json | jq -r '.commits[0].commit'"],
  options: { limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many (default: 10)' } },
  run: async (context) => {
    const { send, output, json, options } = context;
    const found = await send(suspects, { ...(await incidentNamed(context)), limit: numberOf(options, 'limit', 1) ?? 10 });
    if (json) {
      await output.json(found);
      return 0;
    }
    const lines = suspectLines(found, context);
    if (lines.length > 0) await output.write(`${lines.join('\n')}\n`);
    if (found.problem !== null) output.error(oneLine(found.problem));
    return 0;
  },
};

/** The one incident that is named. */
async function incidentNamed(context: CommandContext): Promise<{ repository: string; incident: string }> {
  const [incident, ...more] = [...context.args, ...context.rest];
  if (incident === undefined) throw new UsageFailure('Which incident?', 'Its number, as `hearth incident list` shows it: I-7.');
  if (more.length > 0) throw new UsageFailure('One incident at a time.');
  return { repository: (await context.locate()).repository, incident };
}

export const incidentCommands: readonly Command[] = [
  listCommand,
  showCommand,
  ...incidentChangeCommands,
  postmortemCommand,
  suspectsCommand,
];
