import { setTimeout as wait } from 'node:timers/promises';
import { list, log, show, status } from '../protocol/deploy.ts';
import type { Deployment, LogLine, StatusRow } from '../protocol/deployTypes.ts';
import { Failure } from '../rpc/failure.ts';
import type { Command, CommandContext } from './command.ts';
import { deploymentNamed, isoOption, namesIn } from './deployArguments.ts';
import { detailText, historyRows, statusRows } from './deployText.ts';
import { numberOf } from './gitRows.ts';
import { oneLine, plain } from './text.ts';
import { UsageFailure } from './usage.ts';

/** `hearth deploy status`, `history`, `show` and `logs`: what is and what was. */

/** A hub that ends hands over to the next one, which is asked again: so often without a new line, with so long a pause (ms). */
const attempts = 8;
const pause = 500;
/** Deployments asked for at once. */
const page = 200;

const statusCommand: Command = {
  domain: 'deploy',
  verb: 'status',
  usage: 'hearth deploy status [ENV]',
  purpose: 'Show what runs where: every service of every environment with its release, since when, and its health.',
  examples: [
    'hearth deploy status',
    'hearth deploy status production',
    "hearth deploy status --json | jq -r '.[] | [.service, .health] | @tsv'",
  ],
  options: isoOption,
  run: async (context) => {
    const { environment, services } = namesIn(context);
    const { repository } = await context.locate();
    const found = await context.send(status, { repository, ...(environment === undefined ? {} : { environment }) });
    const rows = found.services.filter(({ service }) => services.length === 0 || services.includes(service));
    const { output } = context;
    if (context.json) await output.json(rows.map(asJson));
    else if (rows.length > 0) await output.write(`${statusRows(rows, context).join('\n')}\n`);
    for (const { name, problem, hint } of found.environments) {
      if (problem !== undefined) output.error(`${oneLine(name)}: ${oneLine(problem)}${hint === undefined ? '' : ` ${oneLine(hint)}`}`);
    }
    for (const { environment: name, host, services: theirs } of found.foreign) {
      output.error(
        `${oneLine(name)}: ${theirs.map(oneLine).join(', ')} deployed from ${oneLine(host)}. \`hearth deploy adopt ${oneLine(name)}\` takes it over.`,
      );
    }
    if (!context.json && rows.length === 0) output.error(nothing(found.configured, found.found));
    return 0;
  },
};

/** `health` is the word; what is known of it besides stands beside it. */
function asJson({ health, ...row }: StatusRow): object {
  const { state, since, checked, message } = health;
  return {
    ...row,
    health: state,
    healthSince: since,
    ...(checked === undefined ? {} : { healthChecked: checked }),
    ...(message === undefined ? {} : { healthMessage: message }),
  };
}

function nothing(configured: boolean, found: readonly string[]): string {
  if (configured) return 'Nothing is deployed yet. `hearth deploy run ENV` deploys.';
  const from = found.length === 0 ? '' : ` (found: ${found.map(oneLine).join(', ')})`;
  return `Nothing is deployed from here: there is no hearth.yaml. \`hearth config create\` makes one${from}.`;
}

const historyCommand: Command = {
  domain: 'deploy',
  verb: 'history',
  usage: 'hearth deploy history [ENV [SERVICE]] [-n N]',
  purpose: 'List deployments, newest first.',
  examples: ['hearth deploy history', 'hearth deploy history production web -n 5', 'hearth deploy history --json | jq .reason'],
  options: { limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many (default: 50)' }, ...isoOption },
  run: async (context) => {
    const { send, output, json, options } = context;
    const { environment, services } = namesIn(context);
    const [service, ...others] = services;
    if (others.length > 0) throw new UsageFailure('One service at a time.');
    const { repository } = await context.locate();
    const most = numberOf(options, 'limit', 1) ?? 50;
    const rows: Deployment[] = [];
    for (let more = true; more && rows.length < most && !output.closed; ) {
      const before = rows.at(-1)?.id;
      const found = await send(list, {
        repository,
        ...(environment === undefined ? {} : { environment }),
        ...(service === undefined ? {} : { service }),
        ...(before === undefined ? {} : { before }),
        limit: Math.min(page, most - rows.length),
      });
      if (json) for (const row of found.deployments) await output.json(row);
      rows.push(...found.deployments);
      more = found.more && found.deployments.length > 0;
    }
    if (json) return 0;
    if (rows.length === 0) output.error(nothingDeployed(environment, service));
    else {
      output.page();
      await output.write(`${historyRows(rows, context).join('\n')}\n`);
    }
    return 0;
  },
};

/** A name may be misspelt: what it was asked for is said. */
function nothingDeployed(environment: string | undefined, service: string | undefined): string {
  if (environment === undefined) return 'Nothing was deployed yet.';
  const what = service === undefined ? 'Nothing' : `Nothing of ${service}`;
  return `${what} was deployed to "${environment}" yet. \`hearth deploy status\` shows which environments there are.`;
}

const showCommand: Command = {
  domain: 'deploy',
  verb: 'show',
  usage: 'hearth deploy show ID|ENV [SERVICE]',
  purpose: 'Show a deployment with the time of each phase, its last probes and its containers: the last one when none is named.',
  examples: ['hearth deploy show production web', 'hearth deploy show 0mi9k2abc123 --json'],
  options: isoOption,
  run: async (context) => {
    const { deployment } = await context.send(show, await deploymentNamed(context));
    if (context.json) await context.output.json(deployment);
    else await context.output.write(detailText(deployment, context));
    return 0;
  },
};

const logsCommand: Command = {
  domain: 'deploy',
  verb: 'logs',
  usage: 'hearth deploy logs ID|ENV [SERVICE] [--follow] [-n N] [--stream STREAM]',
  purpose: 'Print the log of a deployment (the last one when none is named): what Hearth, the build, hooks and the container said.',
  examples: [
    'hearth deploy logs production web',
    'hearth deploy logs production web --follow',
    'hearth deploy logs 0mi9k2abc123 --stream build',
  ],
  options: {
    follow: { type: 'boolean', short: 'f', help: 'go on until it has ended; of a live one until Ctrl-C' },
    tail: { type: 'string', short: 'n', value: 'N', help: 'only the last lines' },
    stream: { type: 'string', value: 'STREAM', help: 'only these: hearth, build, hook, container' },
    timestamps: { type: 'boolean', short: 't', help: 'when each line was written' },
  },
  endless: true,
  run: async (context) => {
    const { send, options } = context;
    const stream = streamNamed(options['stream']);
    const tail = numberOf(options, 'tail', 1) ?? 0;
    const target = await deploymentNamed(context);
    const printing = new Printing(context, stream);
    let last = 0;
    let inContainer = false;
    for (let attempt = 0, first = true; ; attempt++, first = false) {
      const before = last;
      try {
        const { kept } = await send(
          log,
          // What a live container has said before is not said again.
          { ...target, after: last, tail: first ? tail : inContainer ? 1 : 0, follow: options['follow'] === true },
          async ({ lines }) => {
            last = lines.at(-1)?.n ?? last;
            inContainer = lines.at(-1)?.stream === 'container';
            await printing.print(lines);
          },
        );
        if (!kept) throw new Failure('not-found', 'The log of this deployment is not kept any more.');
        return 0;
      } catch (error) {
        const lost = error instanceof Failure && error.reason === 'io' && options['follow'] === true && !context.signal.aborted;
        if (last > before) attempt = 0;
        if (!lost || context.output.closed || attempt >= attempts) throw error;
        await wait(pause);
      }
    }
  },
};

const streams: readonly LogLine['stream'][] = ['hearth', 'build', 'hook', 'container'];

function streamNamed(given: unknown): LogLine['stream'] | undefined {
  if (given === undefined) return undefined;
  const found = streams.find((each) => each === given);
  if (found === undefined) throw new UsageFailure(`There is no stream "${String(given)}".`, `There are: ${streams.join(', ')}.`);
  return found;
}

/** Lines of a log as a person reads them: what a container prints neither moves the cursor nor changes colours. */
class Printing {
  readonly #context: CommandContext;
  readonly #stream: LogLine['stream'] | undefined;

  constructor(context: CommandContext, stream: LogLine['stream'] | undefined) {
    this.#context = context;
    this.#stream = stream;
  }

  async print(lines: readonly LogLine[]): Promise<void> {
    const { output, json } = this.#context;
    const wanted = this.#stream === undefined ? lines : lines.filter(({ stream }) => stream === this.#stream);
    if (wanted.length === 0) return;
    await output.write(wanted.map((line) => `${json ? JSON.stringify(line) : this.#text(line)}\n`).join(''));
  }

  #text({ time, stream, text }: LogLine): string {
    const { output, options } = this.#context;
    const at = options['timestamps'] === true ? `${output.style('dim', new Date(time).toISOString())} ` : '';
    const from = this.#stream === undefined ? `${output.style('dim', stream.padEnd(9))} ` : '';
    return `${at}${from}${plain(text).replaceAll('\n', ' ')}`;
  }
}

export const deployShowCommands: readonly Command[] = [statusCommand, historyCommand, showCommand, logsCommand];
