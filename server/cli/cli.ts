import path from 'node:path';
import { parseArgs } from 'node:util';
import { assemble } from '../assemble.ts';
import { killAll } from '../git/process.ts';
import type { Reason } from '../protocol/errors.ts';
import { discover } from '../protocol/git.ts';
import type { RequestDefinition } from '../protocol/message.ts';
import { asFailure, type Failure } from '../rpc/failure.ts';
import { formatLine } from '../rpc/log.ts';
import { version } from '../version.ts';
import type { Command, CommandContext, OptionValues } from './command.ts';
import { commands } from './commands.ts';
import { commonOptions as common } from './commonOptions.ts';
import { helpOf, overview } from './help.ts';
import { Output } from './output.ts';
import { plain } from './text.ts';
import { UsageFailure } from './usage.ts';

/** Runs one command line. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const json = beforeDashes(argv).includes('--json');
  const output = new Output(json);
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) {
      killAll();
      process.exit(130);
    }
    controller.abort();
    output.abandon();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  process.on('SIGHUP', interrupt);
  let command: Command | undefined;
  try {
    const found = findCommand(argv);
    if (typeof found === 'string') {
      await output.write(found);
      return 0;
    }
    command = found.command;
    const code = await execute(found.command, found.rest, { output, controller, json });
    return controller.signal.aborted && command.endless !== true ? 130 : code;
  } catch (error) {
    const failure = asFailure(error);
    if (failure.reason === 'cancelled' || controller.signal.aborted) return 130;
    output.error(plain(sentences(failure)));
    const detail = detailed.includes(failure.reason) ? (failure.detail?.trim() ?? '') : '';
    if (!failure.message.includes(detail)) output.error(plain(detail).replace(/^/gm, '  '));
    if (failure.reason === 'internal' && failure.cause instanceof Error) output.error(failure.cause.stack ?? '');
    if (failure instanceof UsageFailure && command !== undefined) output.error(`usage: ${command.usage}`);
    return failure instanceof UsageFailure ? 2 : 1;
  } finally {
    await output.end();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    process.off('SIGHUP', interrupt);
  }
}

/** Reasons whose detail says more than the sentence: what a hook printed, which commits or findings it is about. */
const detailed: readonly Reason[] = ['git-failed', 'conflict', 'precondition'];

/** What failed (it may end with a line of git's or of a hook) and what to do. */
function sentences({ message, hint }: Failure): string {
  if (hint === undefined) return `hearth: ${message}`;
  return `hearth: ${message}${/[.!?…:]$/.test(message) ? '' : '.'} ${hint}`;
}

/** What stands behind `--` are names, whatever they look like. */
function beforeDashes(argv: readonly string[]): readonly string[] {
  const dashes = argv.indexOf('--');
  return dashes < 0 ? argv : argv.slice(0, dashes);
}

/** How many words at the beginning are options that every command takes, with their values. */
function leadingOptions(words: readonly string[]): number {
  let count = 0;
  for (let word = words[count]; word?.startsWith('--') && word !== '--help'; word = words[count]) {
    const [name = '', value] = word.slice(2).split('=', 2);
    const spec = Object.hasOwn(common, name) ? common[name] : undefined;
    if (spec === undefined) break;
    count += spec.type === 'string' && value === undefined ? 2 : 1;
  }
  return count;
}

function findCommand(argv: readonly string[]): { command: Command; rest: string[] } | string {
  const before = beforeDashes(argv);
  const given = before.filter((word) => word !== '--json');
  // `hearth --repo DIR git log`: what every command takes may stand in front of it.
  const leading = leadingOptions(given);
  const words = [...given.slice(leading), ...given.slice(0, leading), ...argv.slice(before.length)];
  const [domain, verb] = words;
  if (domain === undefined || domain === 'help' || domain === '--help' || domain === '-h') return overview(commands);
  if (domain === '--version' || domain === 'version') return `hearth ${version}\n`;
  const inDomain = commands.filter((each) => each.domain === domain);
  // `hearth events note` before `hearth events`.
  const single = inDomain.find((each) => each.verb === '' && !inDomain.some((other) => other.verb === verb));
  if (single !== undefined) return { command: single, rest: words.slice(1) };
  if (inDomain.length === 0) throw new UsageFailure(`There is no command "${domain}".`, '`hearth help` lists them.');
  if (verb === undefined || verb === '--help' || verb === '-h') return overview(inDomain);
  const command = inDomain.find((each) => each.verb === verb);
  if (command === undefined) {
    throw new UsageFailure(`"hearth ${domain}" has no "${verb}".`, `It has: ${inDomain.map((each) => each.verb).join(', ')}.`);
  }
  return { command, rest: words.slice(2) };
}

async function execute(
  command: Command,
  words: string[],
  run: { output: Output; controller: AbortController; json: boolean },
): Promise<number> {
  const { args, rest, options } = parse(command, words);
  if (options['help'] === true) {
    await run.output.write(helpOf(command, common));
    return 0;
  }
  const listeners = new Map<string, (params: never) => void>();
  const server = assemble({
    client: 'cli',
    trusted: options['untrusted'] !== true,
    heard: (definition, params) => listeners.get(definition.method)?.(params as never),
    log: (level, text, fields) => {
      if (options['verbose'] === true) run.output.error(`[${level}] ${formatLine(text, fields)}`);
    },
  });
  try {
    const cwd = typeof options['repo'] === 'string' ? path.resolve(options['repo']) : process.cwd();
    const send: CommandContext['send'] = (definition: RequestDefinition, params: unknown, onPartial?: (value: never) => unknown) =>
      server.router.dispatch(definition.method, params, {
        signal: run.controller.signal,
        session: server.services.session,
        partial: onPartial as ((value: unknown) => unknown) | undefined,
        progress: ({ message, done, total }) =>
          run.output.progress(done !== undefined && total !== undefined ? `${message} ${done}/${total}` : message),
      }) as Promise<never>;
    const code = await command.run({
      args,
      rest,
      options,
      json: run.json,
      output: run.output,
      signal: run.controller.signal,
      cwd,
      send,
      on: (definition, listener) => void listeners.set(definition.method, listener),
      locate: async (inside) => {
        const found = await send(discover, { path: inside === undefined ? cwd : path.resolve(cwd, inside) });
        return { repository: found.repository.root, path: found.path };
      },
    });
    return code ?? 0;
  } finally {
    server.dispose();
  }
}

/** Splits off what follows `--`; everything else is options and positional arguments. */
function parse(command: Command, words: readonly string[]): { args: string[]; rest: string[]; options: OptionValues } {
  const before = beforeDashes(words);
  const rest = words.slice(before.length + 1);
  const spec = Object.fromEntries(
    Object.entries({ ...common, ...command.options }).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short === undefined ? {} : { short }), ...(multiple === undefined ? {} : { multiple }) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...before], options: spec, allowPositionals: true, strict: true });
    return { args: positionals, rest, options: values };
  } catch (error) {
    throw new UsageFailure(
      (error as Error).message.split(/\.\s/)[0]?.replace(/\.?$/, '.') ?? 'Wrong usage.',
      `\`hearth ${`${command.domain} ${command.verb}`.trim()} --help\` shows the options.`,
    );
  }
}
