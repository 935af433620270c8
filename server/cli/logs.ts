import { setTimeout as wait } from 'node:timers/promises';
import { hearthHome } from '../home.ts';
import { logFileOf } from '../hub/logFile.ts';
import { type LogLine, parseLine } from '../operation/logLine.ts';
import { lineMatcher, searchLog } from '../operation/logSearch.ts';
import { LogTail } from '../operation/logTail.ts';
import type { InputOf } from '../protocol/message.ts';
import { logs } from '../protocol/operation.ts';
import { asFailure, cancelled } from '../rpc/failure.ts';
import { formatLine, type Level, levels } from '../rpc/log.ts';
import { shownTime } from '../time.ts';
import type { Command, CommandContext } from './command.ts';
import { numberOf } from './gitRows.ts';
import { column, oneLine } from './text.ts';
import { momentOf } from './timeArgument.ts';
import { noArguments, UsageFailure } from './usage.ts';

type Question = InputOf<typeof logs>;

/** How often a followed file is looked at, in milliseconds. */
const lookEvery = 400;

const styles = { debug: 'dim', info: 'reset', warn: 'yellow', error: 'red' } as const;

/** `hearth logs`: what the hub wrote down of itself. */
export const logsCommand: Command = {
  domain: 'logs',
  verb: '',
  usage: 'hearth logs [--level LEVEL] [--domain DOMAIN] [--item N] [--deployment ID] [--text TEXT] [--follow]',
  purpose: 'Search the log of the hub, newest first; `--follow` shows what is written from now on.',
  examples: [
    'hearth logs --level warn --since 2h',
    'hearth logs --deployment 0mf3k2 --json',
    'hearth logs --item 12',
    'hearth logs --domain monitor --follow',
  ],
  options: {
    follow: { type: 'boolean', short: 'f', help: 'go on until Ctrl-C' },
    level: { type: 'string', value: 'LEVEL', help: 'this and what is worse: debug, info, warn, error (info)' },
    domain: { type: 'string', value: 'DOMAIN', help: 'of one part: hub, deploy, monitor, store, …' },
    item: { type: 'string', value: 'N', help: 'of the requests that changed a work item' },
    deployment: { type: 'string', value: 'ID', help: 'of a deployment; the beginning of its id is enough' },
    correlation: { type: 'string', value: 'ID', help: 'of one request, as `hearth events --json` names it' },
    text: { type: 'string', value: 'TEXT', help: 'text anywhere in the line, whatever the case' },
    since: { type: 'string', value: 'TIME', help: 'from this time on: 2h, 3d, 2026-01-31, "2026-01-31 14:30"' },
    until: { type: 'string', value: 'TIME', help: 'before this time' },
    limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many (200)' },
    iso: { type: 'boolean', help: 'exact times instead of "3 minutes ago"' },
  },
  run: async (context) => {
    noArguments(context);
    const question = await questionOf(context);
    if (context.options['follow'] === true) return follow(context, question);
    if (!context.json) context.output.page();
    const print = (lines: readonly LogLine[]) => printLines(context, lines);
    const { more } = await ask(context, question, print);
    if (more && !context.json) context.output.error('There is more: `-n N` shows more lines.');
    return 0;
  },
};

async function questionOf({ options, locate }: CommandContext): Promise<Question> {
  const of = (name: string) => (typeof options[name] === 'string' ? (options[name] as string) : undefined);
  const time = (name: 'since' | 'until') => {
    const given = of(name);
    return given === undefined ? {} : { [name]: momentOf(given, `--${name}`) };
  };
  const level = of('level') ?? 'info';
  if (!isLevel(level)) throw new UsageFailure(`--level takes debug, info, warn or error: "${level}" is none.`);
  const item = numberOf(options, 'item', 1);
  const limit = numberOf(options, 'limit', 1);
  const deployment = of('deployment');
  const words = (['domain', 'correlation', 'text'] as const).flatMap((name) => (of(name) === undefined ? [] : [[name, of(name)]]));
  const about = item !== undefined || deployment !== undefined;
  return {
    ...{ level, ...time('since'), ...time('until'), ...Object.fromEntries(words) },
    ...(limit === undefined ? {} : { limit: Math.min(limit, 10_000) }),
    ...(about ? { repository: (await locate()).repository } : {}),
    ...(item === undefined ? {} : { item }),
    ...(deployment === undefined ? {} : { deployment }),
  };
}

function isLevel(text: string): text is Level {
  return text !== 'off' && (levels as readonly string[]).includes(text);
}

/** From the hub; from its files when there is none that answers: that is when they are needed. */
async function ask(
  { send, output, signal }: CommandContext,
  question: Question,
  print: (lines: readonly LogLine[]) => Promise<void>,
): Promise<{ more: boolean }> {
  const { repository, item, deployment, limit = 200, ...filter } = question;
  try {
    let printed: Promise<void> = Promise.resolve();
    const result = await send(logs, question, ({ lines }) => {
      printed = printed.then(() => print(lines));
      return printed;
    });
    await printed;
    return result;
  } catch (error) {
    const { reason, message } = asFailure(error);
    const hubIsGone = reason === 'io' || reason === 'locked' || reason === 'timeout' || reason === 'internal';
    if (!hubIsGone || item !== undefined || deployment !== undefined) throw error;
    output.error(`hearth: ${message} This is what its files say.`);
    return searchLog(hearthHome(), filter, limit, print, signal);
  }
}

/** The last lines, then each new one. The file is read, not the hub asked: it says how a hub starts and ends, too. */
async function follow(context: CommandContext, question: Question): Promise<number> {
  const { signal, output } = context;
  if (question.item !== undefined || question.deployment !== undefined) {
    throw new UsageFailure(
      '--follow goes with --level, --domain, --correlation and --text.',
      '`hearth deploy logs --follow` follows a deployment.',
    );
  }
  const { repository: _, limit = 10, ...filter } = question;
  const last: LogLine[] = [];
  await searchLog(hearthHome(), filter, limit, (lines) => void last.push(...lines), signal);
  await printLines(context, last.reverse());
  const wanted = lineMatcher(filter);
  const tail = new LogTail(logFileOf(hearthHome()));
  await tail.skip();
  for (;;) {
    await wait(lookEvery, undefined, { signal }).catch(() => {});
    if (signal.aborted) throw cancelled();
    if (output.closed) return 0;
    const lines = (await tail.read()).flatMap((json) => (wanted(json) === undefined ? [] : (parseLine(json) ?? [])));
    await printLines(context, lines);
  }
}

async function printLines({ json, output, options }: CommandContext, lines: readonly LogLine[]): Promise<void> {
  const iso = options['iso'] === true || options['follow'] === true;
  for (const line of lines) {
    if (json) {
      await output.json(line);
      continue;
    }
    const { time, level, domain, text, correlation, fields } = line;
    const when = options['follow'] === true ? new Date(time).toISOString() : shownTime(Math.floor(time / 1000), iso);
    const said = oneLine(formatLine(text, { ...fields, ...(correlation === null ? {} : { id: correlation }) }));
    await output.line(
      [
        output.style('dim', column(when, options['follow'] === true ? 24 : iso ? 20 : 15)),
        output.style(styles[level], column(level, 5)),
        output.style('blue', column(oneLine(domain), 9)),
        said,
      ].join(' '),
    );
  }
}
