import { setTimeout as wait } from 'node:timers/promises';
import type { InputOf, PartialOf } from '../protocol/message.ts';
import { logs, type OutputLine } from '../protocol/runtime.ts';
import { Failure } from '../rpc/failure.ts';
import type { Command, CommandContext } from './command.ts';
import { placeNamed } from './deployArguments.ts';
import { numberOf } from './gitRows.ts';
import { speakerName } from './serviceText.ts';
import { plain } from './text.ts';
import { momentOf } from './timeArgument.ts';
import { UsageFailure } from './usage.ts';
import { optionOf } from './workItem.ts';

/** A hub that ends hands over to the next one, which is asked again: so often without a new line, with so long a pause (ms). */
const attempts = 8;
const pause = 500;
/** How often it is said that lines were left out, at most, in milliseconds. */
const complainEvery = 2000;

type Question = InputOf<typeof logs>;

/** `hearth services logs`: what containers say. */
export const serviceLogsCommand: Command = {
  domain: 'services',
  verb: 'logs',
  usage: 'hearth services logs ENV [SERVICE…] [--follow] [-n N] [--since TIME] [--search TEXT] …',
  purpose: 'Print what the containers of live services say, in the order of time, with secrets masked; `--follow` goes on.',
  examples: [
    'hearth services logs production --follow',
    'hearth services logs production web --since 2h --search error',
    'hearth services logs production web api --stream stderr -n 1000 > errors.txt',
    "hearth services logs production --search 'took [0-9]{4,} ms' --regex --json",
  ],
  options: {
    follow: { type: 'boolean', short: 'f', help: 'go on until Ctrl-C, also over restarts and new releases' },
    tail: { type: 'string', short: 'n', value: 'N', help: 'the last lines of each container, 0 for all (200; with --since all)' },
    since: { type: 'string', value: 'TIME', help: 'from this time on: 2h, 3d, 2026-01-31, "2026-01-31 14:30"' },
    until: { type: 'string', value: 'TIME', help: 'before this time' },
    search: { type: 'string', short: 's', value: 'TEXT', help: 'only lines that hold this; a capital letter makes case count' },
    regex: { type: 'boolean', help: 'TEXT is a regular expression' },
    stream: { type: 'string', value: 'STREAM', help: 'only stdout, or only stderr' },
    timestamps: { type: 'boolean', short: 't', help: 'when each line was written' },
  },
  endless: true,
  run: async (context) => {
    const question = await questionOf(context);
    const { follow } = question;
    if (follow !== true && !context.json) context.output.page();
    const printing = new Printing(context);
    for (let attempt = 0; ; attempt++) {
      const before = printing.last;
      const more = before === undefined ? {} : { since: before + 1, tail: 0 };
      try {
        await context.send(logs, { ...question, ...more }, (news) => printing.print(news));
        return 0;
      } catch (error) {
        const lost = error instanceof Failure && error.reason === 'io' && follow === true && !context.signal.aborted;
        if (printing.last !== before) attempt = 0;
        if (!lost || context.output.closed || attempt >= attempts) throw error;
        await wait(pause);
      }
    }
  },
};

async function questionOf(context: CommandContext): Promise<Question> {
  const { options } = context;
  const { repository, environment, services } = await placeNamed(context);
  const [since, until, search, stream] = ['since', 'until', 'search', 'stream'].map((name) => optionOf(options, name));
  if (stream !== undefined && stream !== 'stdout' && stream !== 'stderr')
    throw new UsageFailure(`There is no stream "${stream}".`, 'There are: stdout, stderr.');
  if (options['regex'] === true && search === undefined) throw new UsageFailure('--regex goes with --search.');
  const tail = numberOf(options, 'tail', 0) ?? (since === undefined ? 200 : 0);
  return {
    ...{ repository, environment, tail, follow: options['follow'] === true, regex: options['regex'] === true },
    ...(services.length === 0 ? {} : { services: [...services] }),
    ...(since === undefined ? {} : { since: momentOf(since, '--since') }),
    ...(until === undefined ? {} : { until: momentOf(until, '--until') }),
    ...(search === undefined ? {} : { search }),
    ...(stream === undefined ? {} : { stream }),
  };
}

/** Lines as a person reads them: what a container prints neither moves the cursor nor changes colours. */
class Printing {
  readonly #context: CommandContext;
  #width = 0;
  #dropped = 0;
  #complained = Number.NEGATIVE_INFINITY;
  #printed: Promise<void> = Promise.resolve();
  /** Time of the last line that was printed. */
  last: number | undefined;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** In order, one after the other; resolves when it was written. */
  print(news: PartialOf<typeof logs>): Promise<void> {
    this.#printed = this.#printed.then(() => this.#print(news));
    return this.#printed;
  }

  async #print({ lines, dropped }: PartialOf<typeof logs>): Promise<void> {
    const { output, json } = this.#context;
    this.last = lines.at(-1)?.time ?? this.last;
    await output.write(lines.map((line) => `${json ? JSON.stringify(line) : this.#text(line)}\n`).join(''));
    if (dropped <= this.#dropped || performance.now() - this.#complained < complainEvery) return;
    this.#dropped = dropped;
    this.#complained = performance.now();
    output.error(`${dropped} lines were left out so far: they come faster than they are read.`);
  }

  #text({ time, service, container, stream, text }: OutputLine): string {
    const { output, options } = this.#context;
    const name = speakerName(service, container);
    this.#width = Math.max(this.#width, name.length);
    const at = options['timestamps'] === true ? `${output.style('dim', new Date(time).toISOString())} ` : '';
    const from = output.style(stream === 'stderr' ? 'red' : 'dim', `${name.padEnd(this.#width)} │`);
    return `${at}${from} ${plain(text).replaceAll('\n', ' ')}`;
  }
}
