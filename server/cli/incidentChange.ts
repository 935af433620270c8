import { type Incident, incidentStates, mergeIncident, openIncident, severity, updateIncident } from '../protocol/incident.ts';
import type { InputOf } from '../protocol/message.ts';
import type { Command, CommandContext, OptionSpec } from './command.ts';
import { incidentRows } from './incidentText.ts';
import { UsageFailure } from './usage.ts';
import { itemNamed, optionOf, optionsOf } from './workItem.ts';

/** `hearth incident open`, `ack`, `update`, `note`, `resolve` and `merge`: what people say of incidents. */

type Update = Omit<InputOf<typeof updateIncident>, 'repository' | 'incident'>;

const noteOption: OptionSpec = { note: { type: 'string', short: 'm', value: 'TEXT', help: 'what is known' } };

const openCommand: Command = {
  domain: 'incident',
  verb: 'open',
  usage: 'hearth incident open TITLE [--severity SEVERITY] [--service SERVICE]… [--environment ENV] [--item ID]',
  purpose: 'Open an incident by hand.',
  examples: ['hearth incident open "Orders are lost" --severity critical --service api --environment production'],
  options: {
    severity: { type: 'string', value: 'SEVERITY', help: `${severity.options.join(', ')} (default: major)` },
    service: { type: 'string', multiple: true, value: 'SERVICE', help: 'what it concerns; the first is where it began' },
    environment: { type: 'string', short: 'e', value: 'ENV', help: 'where' },
    item: { type: 'string', value: 'ID', help: 'the work item that belongs to it' },
  },
  run: async (context) => {
    const title = [...context.args, ...context.rest].join(' ').trim();
    if (title === '') throw new UsageFailure('What has happened?', 'A line: hearth incident open "Orders are lost".');
    const { repository } = await context.locate();
    const environment = optionOf(context.options, 'environment');
    const item = optionOf(context.options, 'item');
    const { incident } = await context.send(openIncident, {
      ...{ repository, title, severity: severityNamed(context) ?? 'major', services: optionsOf(context.options, 'service', true) },
      ...(environment === undefined ? {} : { environment }),
      ...(item === undefined ? {} : { item: itemNamed(item) }),
    });
    return print(context, incident);
  },
};

const ackCommand: Command = {
  domain: 'incident',
  verb: 'ack',
  usage: 'hearth incident ack INCIDENT [--undo]',
  purpose: 'Say that you look at it: nobody is reminded of it any more.',
  examples: ['hearth incident ack I-7', 'hearth incident ack I-7 --undo'],
  options: { undo: { type: 'boolean', help: 'you do not look at it after all' } },
  run: async (context) => {
    const { named } = wordsOf(context, 1);
    return change(context, named, { acknowledge: context.options['undo'] !== true });
  },
};

const updateCommand: Command = {
  domain: 'incident',
  verb: 'update',
  usage: 'hearth incident update INCIDENT [--state STATE] [--severity SEVERITY] [--title TITLE] [--item ID|none] [--note TEXT]',
  purpose: `Say what is known. States go forwards (${incidentStates.join(', ')}); back to investigating needs a note.`,
  examples: ['hearth incident update I-7 --state identified -m "The pool is too small."', 'hearth incident update I-7 --item 12'],
  options: {
    state: { type: 'string', value: 'STATE', help: incidentStates.join(', ') },
    severity: { type: 'string', value: 'SEVERITY', help: severity.options.join(', ') },
    title: { type: 'string', value: 'TITLE', help: 'what it is called' },
    item: { type: 'string', value: 'ID', help: 'the work item that belongs to it, or none' },
    ...noteOption,
  },
  run: async (context) => {
    const { named } = wordsOf(context, 1);
    const { options } = context;
    const wanted = optionOf(options, 'state');
    const state = incidentStates.find((each) => each === wanted);
    if (wanted !== undefined && state === undefined) {
      throw new UsageFailure(`There is no state "${wanted}".`, `There are: ${incidentStates.join(', ')}.`);
    }
    const level = severityNamed(context);
    const [title, item, note] = [optionOf(options, 'title'), optionOf(options, 'item'), optionOf(options, 'note')];
    const update: Update = {
      ...(state === undefined ? {} : { state }),
      ...(level === undefined ? {} : { severity: level }),
      ...(title === undefined ? {} : { title }),
      ...(item === undefined ? {} : { item: item === 'none' ? null : itemNamed(item) }),
      ...(note === undefined ? {} : { note }),
    };
    if (Object.keys(update).length === 0) throw new UsageFailure('What is it?', 'Say --state, --severity, --title, --item or --note.');
    return change(context, named, update);
  },
};

const noteCommand: Command = {
  domain: 'incident',
  verb: 'note',
  usage: 'hearth incident note INCIDENT TEXT',
  purpose: 'Add to the timeline.',
  examples: ['hearth incident note I-7 "Restarted the database."'],
  options: {},
  run: async (context) => {
    const { named, text } = wordsOf(context);
    if (text === '') throw new UsageFailure('What is known?', 'hearth incident note I-7 "Restarted the database."');
    return change(context, named, { note: text });
  },
};

const resolveCommand: Command = {
  domain: 'incident',
  verb: 'resolve',
  usage: 'hearth incident resolve INCIDENT [--note TEXT]',
  purpose: 'Say that it is over.',
  examples: ['hearth incident resolve I-7 -m "Rolled back."'],
  options: noteOption,
  run: async (context) => {
    const { named } = wordsOf(context, 1);
    const note = optionOf(context.options, 'note');
    return change(context, named, { state: 'resolved', ...(note === undefined ? {} : { note }) });
  },
};

const mergeCommand: Command = {
  domain: 'incident',
  verb: 'merge',
  usage: 'hearth incident merge INCIDENT INTO',
  purpose: 'Say that two incidents are one: the first goes into the second.',
  examples: ['hearth incident merge I-8 I-7'],
  options: {},
  run: async (context) => {
    const [incident, into, ...more] = [...context.args, ...context.rest];
    if (incident === undefined || into === undefined || more.length > 0) throw new UsageFailure('Which incident goes into which one?');
    const { repository } = await context.locate();
    return print(context, (await context.send(mergeIncident, { repository, incident, into })).incident);
  },
};

/** The incident that the first word names, and what stands behind it. */
function wordsOf({ args, rest }: CommandContext, most = Number.POSITIVE_INFINITY): { named: string; text: string } {
  const [named, ...words] = [...args, ...rest];
  if (named === undefined) throw new UsageFailure('Which incident?', 'Its number, as `hearth incident list` shows it: I-7.');
  if (words.length >= most) throw new UsageFailure('One incident at a time.');
  return { named, text: words.join(' ').trim() };
}

async function change(context: CommandContext, incident: string, update: Update): Promise<number> {
  const { repository } = await context.locate();
  return print(context, (await context.send(updateIncident, { repository, incident, ...update })).incident);
}

async function print(context: CommandContext, incident: Incident): Promise<number> {
  if (context.json) await context.output.json({ incident });
  else await context.output.write(`${incidentRows([incident], context).join('\n')}\n`);
  return 0;
}

function severityNamed({ options }: CommandContext): Incident['severity'] | undefined {
  const wanted = optionOf(options, 'severity');
  const found = severity.options.find((each) => each === wanted);
  if (wanted !== undefined && found === undefined) {
    throw new UsageFailure(`There is no severity "${wanted}".`, `There are: ${severity.options.join(', ')}.`);
  }
  return found;
}

export const incidentChangeCommands: readonly Command[] = [
  openCommand,
  ackCommand,
  updateCommand,
  noteCommand,
  resolveCommand,
  mergeCommand,
];
