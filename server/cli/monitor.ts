import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { showIncident } from '../protocol/incident.ts';
import {
  addMonitor,
  listMonitors,
  longestMessage,
  pauseMonitor,
  push,
  removeMonitor,
  report,
  showMonitor,
  testMonitor,
} from '../protocol/monitor.ts';
import type { MonitorRow } from '../protocol/monitorTypes.ts';
import type { Command, CommandContext, OptionSpec } from './command.ts';
import { maintenanceCommand } from './monitorMaintenance.ts';
import { checkIn, checkOptions, settingOptions, settingsIn } from './monitorOptions.ts';
import { lookText, monitorRows, monitorText, stateWords } from './monitorText.ts';
import { confirmedBy } from './replaceState.ts';
import { oneLine } from './text.ts';
import { momentOf } from './timeArgument.ts';
import { UsageFailure } from './usage.ts';
import { optionOf } from './workItem.ts';

/** `hearth monitor …`: what is watched, how it is and was. */

const isoOption: OptionSpec = { iso: { type: 'boolean', help: 'exact times instead of "3 weeks ago"' } };
const placeOptions: OptionSpec = {
  service: { type: 'string', value: 'SERVICE', help: 'of this service' },
  environment: { type: 'string', value: 'ENV', help: 'in this environment; its secrets are read' },
};

const isAddress = (word: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(word);

const listCommand: Command = {
  domain: 'monitor',
  verb: 'list',
  usage: 'hearth monitor list [--service SERVICE] [--environment ENV]',
  purpose:
    'List what is watched with its state, answer time, uptime of the last day and last beats, the worst first. Exit code 1 when something is down.',
  examples: [
    'hearth monitor list',
    'hearth monitor list --environment production',
    'hearth monitor list --json | jq -r \'select(.state == "down").name\'',
  ],
  options: placeOptions,
  run: async (context) => {
    const { send, output, json, options } = context;
    if (context.args.length + context.rest.length > 0) throw new UsageFailure('This takes no arguments.');
    const { repository } = await context.locate();
    const place = placeIn(options);
    const rows: MonitorRow[] = [];
    for (let more = true; more && !output.closed; ) {
      const after = rows.at(-1)?.id;
      const found = await send(listMonitors, { repository, ...place, ...(after === undefined ? {} : { after }) });
      rows.push(...found.monitors);
      more = found.more && found.monitors.length > 0;
    }
    if (json) for (const row of rows) await output.json(row);
    else if (rows.length === 0)
      output.error(
        'Nothing is watched. `hearth monitor add` watches something; `monitors:` in hearth.yaml does with `hearth config apply`.',
      );
    else {
      output.page();
      await output.write(`${monitorRows(rows, context).join('\n')}\n`);
    }
    return rows.some(({ state }) => state === 'down') ? 1 : 0;
  },
};

const showCommand: Command = {
  domain: 'monitor',
  verb: 'show',
  usage: 'hearth monitor show NAME',
  purpose: 'Show one monitor: why it is as it is, uptime and percentiles of a day, a week, a month and a year, its last changes.',
  examples: ['hearth monitor show home', 'hearth monitor show home --json'],
  options: isoOption,
  run: async (context) => {
    const { repository } = await context.locate();
    const found = await context.send(showMonitor, { repository, monitor: monitorNamed(context) });
    if (context.json) await context.output.json(found);
    else
      await context.output.write(monitorText({ ...found, incident: await incidentOf(context, repository, found.row.incident) }, context));
    return 0;
  },
};

/** `I-7 home is down`. */
async function incidentOf({ send }: CommandContext, repository: string, id: string | null): Promise<string | null> {
  if (id === null) return null;
  const { incident } = await send(showIncident, { repository, incident: id });
  return `I-${incident.number} ${oneLine(incident.title)}`;
}

const addCommand: Command = {
  domain: 'monitor',
  verb: 'add',
  usage: 'hearth monitor add NAME URL | --tcp … | --ping … | --tls … | --dns … | --snmp … | --docker | --push | --command -- PROGRAM…',
  purpose: 'Watch something from now on. With --item also make a work item, with --document a page in docs/endpoints/.',
  examples: [
    'hearth monitor add home https://shop.example.test/ --assert "status == 200" --assert "certificate > 14d"',
    'hearth monitor add database --tcp db.example.test:5432 --service db',
    'hearth monitor add backup --push --interval 24h --grace 1h',
    'hearth monitor add api https://shop.example.test/api --item --document',
  ],
  options: {
    ...placeOptions,
    ...checkOptions,
    ...settingOptions,
    item: { type: 'boolean', help: 'make a work item for what belongs to an endpoint' },
    document: { type: 'boolean', help: 'write docs/endpoints/NAME.md from a template' },
  },
  run: async (context) => {
    const { send, output, json, options } = context;
    const [name, url, ...more] = context.args;
    if (name === undefined || more.length > 0) throw new UsageFailure('Which name, and what is looked at?');
    const check = checkIn(context, url);
    if (check === undefined) throw new UsageFailure('What is looked at?', 'An address (https://…), --tcp HOST:PORT, --push, …');
    const { repository } = await context.locate();
    const made = await send(addMonitor, {
      ...{ repository, name, check, settings: settingsIn(context), ...placeIn(options) },
      ...{ item: options['item'] === true, document: options['document'] === true },
    });
    if (json) {
      await output.json(made);
      return 0;
    }
    await output.line(`${oneLine(made.monitor.name)} is watched. \`hearth monitor show ${oneLine(made.monitor.name)}\` shows how it is.`);
    if (made.item !== null) await output.line(`Work item #${made.item}`);
    if (made.document !== null) await output.line(oneLine(made.document));
    return 0;
  },
};

const testOptions: OptionSpec = { environment: placeOptions['environment'] as OptionSpec[string], ...checkOptions, ...settingOptions };

const testCommand: Command = {
  domain: 'monitor',
  verb: 'test',
  usage: 'hearth monitor test NAME | URL | --tcp … | …',
  purpose: 'Look once, now, and say what was found; nothing is kept. Exit code 1 when it is not well, 3 when nothing can be said.',
  examples: [
    'hearth monitor test home',
    'hearth monitor test https://shop.example.test/ --assert "time < 300ms"',
    'hearth monitor test --tcp db.example.test:5432',
  ],
  options: testOptions,
  run: async (context) => {
    const { send, output, json, options } = context;
    const [word, ...more] = context.args;
    if (more.length > 0) throw new UsageFailure('One look at a time.');
    const url = word !== undefined && isAddress(word) ? word : undefined;
    const check = checkIn(context, url);
    const name = url === undefined ? word : undefined;
    if ((name === undefined) === (check === undefined))
      throw new UsageFailure('What is looked at?', 'A monitor by name, or an address (https://…), --tcp HOST:PORT, …');
    if (name !== undefined) refuseChanges(context);
    const { repository } = await context.locate();
    const environment = optionOf(options, 'environment');
    const found = await send(testMonitor, {
      repository,
      ...(name === undefined ? {} : { monitor: name }),
      ...(check === undefined ? {} : { check, settings: settingsIn(context) }),
      ...(environment === undefined ? {} : { environment }),
    });
    if (json) await output.json(found);
    else await output.write(lookText(found, context));
    return found.ok === null ? 3 : found.ok ? 0 : 1;
  },
};

/** A monitor by name is looked at in its own way. */
function refuseChanges({ options, rest }: CommandContext): void {
  const given = Object.keys(testOptions).filter((name) => options[name] !== undefined && options[name] !== false);
  const words = [...given.map((name) => `--${name}`), ...(rest.length === 0 ? [] : ['--'])];
  if (words.length === 0) return;
  throw new UsageFailure(
    'A monitor that is kept is tested as it is.',
    `Leave out ${words.join(', ')}; or name an address instead of the monitor.`,
  );
}

const pause = (verb: 'pause' | 'resume'): Command => ({
  domain: 'monitor',
  verb,
  usage: `hearth monitor ${verb} NAME…`,
  purpose: verb === 'pause' ? 'Do not look for a while: nobody is told, and the time does not count.' : 'Look again.',
  examples: [`hearth monitor ${verb} home`],
  options: {},
  run: async (context) => {
    const { send, output, json } = context;
    const monitors = [...context.args, ...context.rest];
    if (monitors.length === 0) throw new UsageFailure('Which monitors?', '`hearth monitor list` shows them.');
    const { repository } = await context.locate();
    const { monitors: rows } = await send(pauseMonitor, { repository, monitors, paused: verb === 'pause' });
    if (json) for (const row of rows) await output.json(row);
    else for (const row of rows) await output.line(`${oneLine(row.name)}  ${stateWords(row)}`);
    return 0;
  },
});

const pushCommand: Command = {
  domain: 'monitor',
  verb: 'push',
  usage: 'hearth monitor push NAME [--failed] [--message TEXT] [--time MS]',
  purpose: 'Call in for a push monitor: what a job does at its end.',
  examples: ['bin/backup && hearth monitor push backup', 'hearth monitor push backup --failed --message "disk full"'],
  options: {
    failed: { type: 'boolean', help: 'it is not well' },
    message: { type: 'string', value: 'TEXT', help: 'what to say of it' },
    time: { type: 'string', value: 'MS', help: 'how long it took, in milliseconds' },
  },
  run: async (context) => {
    const { send, output, json, options } = context;
    const { repository } = await context.locate();
    const message = optionOf(options, 'message');
    const time = optionOf(options, 'time');
    const milliseconds = time === undefined ? undefined : Number(time);
    if (milliseconds !== undefined && !(milliseconds >= 0)) throw new UsageFailure('--time takes milliseconds.');
    const found = await send(push, {
      ...{ repository, monitor: monitorNamed(context), ok: options['failed'] !== true },
      // Whatever a job says, its call is not lost.
      ...(message === undefined ? {} : { message: message.slice(0, longestMessage) }),
      ...(milliseconds === undefined ? {} : { milliseconds }),
    });
    if (json) await output.json(found);
    else await output.line(found.state);
    return 0;
  },
};

const removeCommand: Command = {
  domain: 'monitor',
  verb: 'remove',
  usage: 'hearth monitor remove NAME --yes',
  purpose: 'Stop watching something that was added by hand, or forget one that hearth.yaml does not have any more. Its history is gone.',
  examples: ['hearth monitor remove old-home --yes'],
  options: { yes: { type: 'boolean', help: 'its history is gone' } },
  run: async (context) => {
    const { repository } = await context.locate();
    const monitor = monitorNamed(context);
    const found = await context.send(removeMonitor, confirmedBy(context, { repository, monitor }));
    if (context.json) await context.output.json(found);
    else await context.output.line(`${oneLine(monitor)} is not watched any more.`);
    return 0;
  },
};

const endings: Readonly<Record<string, 'html' | 'markdown' | 'json'>> = {
  '.html': 'html',
  '.htm': 'html',
  '.md': 'markdown',
  '.json': 'json',
};

const reportCommand: Command = {
  domain: 'monitor',
  verb: 'report',
  usage: 'hearth monitor report [--since TIME] [--until TIME] [--format html|markdown|json] [-o FILE]',
  purpose: 'Uptime, answer times, outages and incidents of a span (the last 30 days), as a page, as Markdown or as JSON.',
  examples: [
    'hearth monitor report -o uptime.html',
    'hearth monitor report --since 2026-01-01 --until 2026-02-01 --format markdown',
    'hearth monitor report --json',
  ],
  options: {
    since: { type: 'string', value: 'TIME', help: 'from when: 30d, 2026-01-31' },
    until: { type: 'string', value: 'TIME', help: 'until when' },
    format: { type: 'string', value: 'FORMAT', help: 'html, markdown or json; of the file unless told' },
    output: { type: 'string', short: 'o', value: 'FILE', help: 'write it there' },
    ...placeOptions,
  },
  run: async (context) => {
    const { send, output, json, options } = context;
    if (context.args.length + context.rest.length > 0) throw new UsageFailure('This takes no arguments.');
    const file = optionOf(options, 'output');
    const told = optionOf(options, 'format')?.replace(/^md$/, 'markdown');
    const format = json ? 'json' : (told ?? endings[path.extname(file ?? '').toLowerCase()] ?? 'markdown');
    if (format !== 'html' && format !== 'markdown' && format !== 'json')
      throw new UsageFailure(`There is no format "${format}".`, 'There are: html, markdown, json.');
    const { repository } = await context.locate();
    const [from, to] = [momentOf(optionOf(options, 'since') ?? '30d', '--since'), momentOf(optionOf(options, 'until') ?? '0s', '--until')];
    const { text } = await send(report, { repository, format, from, to, ...placeIn(options) });
    if (file === undefined) await output.write(text);
    else {
      await writeFile(path.resolve(context.cwd, file), text);
      if (!json) await output.line(oneLine(file));
    }
    return 0;
  },
};

function monitorNamed({ args, rest }: CommandContext): string {
  const [name, ...more] = [...args, ...rest];
  if (name === undefined) throw new UsageFailure('Which monitor?', '`hearth monitor list` shows them.');
  if (more.length > 0) throw new UsageFailure('One monitor at a time.');
  return name;
}

function placeIn(options: CommandContext['options']): { service?: string; environment?: string } {
  const [service, environment] = [optionOf(options, 'service'), optionOf(options, 'environment')];
  return { ...(service === undefined ? {} : { service }), ...(environment === undefined ? {} : { environment }) };
}

export const monitorCommands: readonly Command[] = [
  listCommand,
  showCommand,
  addCommand,
  testCommand,
  pause('pause'),
  pause('resume'),
  pushCommand,
  maintenanceCommand,
  reportCommand,
  removeCommand,
];
