import { promises as fs } from 'node:fs';
import path from 'node:path';
import { exportLog, verify } from '../protocol/events.ts';
import type { Command } from './command.ts';
import { filterOf, filterOptions, printEvents } from './events.ts';
import { printRows } from './gitRows.ts';
import { UsageFailure } from './usage.ts';

/** `hearth audit …`: is the log whole, and what is in it. */

const verifyCommand: Command = {
  domain: 'audit',
  verb: 'verify',
  usage: 'hearth audit verify',
  purpose: 'Check the chain of hashes over the whole log. Exit code 1 when something is wrong with it.',
  examples: ['hearth audit verify', 'hearth audit verify --json'],
  options: {},
  run: async ({ args, send, json, output }) => {
    if (args.length > 0) throw new UsageFailure('This takes no arguments.');
    const found = await send(verify, {});
    const { events, segments, head, problems } = found;
    if (json) await output.json(found);
    else {
      for (const { problem } of problems) await output.line(`${output.style('red', '✗')} ${problem}`);
      const size = `${events} ${events === 1 ? 'event' : 'events'}${segments === 0 ? '' : `, ${segments} sealed ${segments === 1 ? 'segment' : 'segments'}`}`;
      if (problems.length === 0) await output.line(`${output.style('green', '✓')} ${size}: the chain is whole.`);
      else await output.line(`${size}: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}.`);
      if (head.sequence > 0)
        await output.line(
          `Event ${head.sequence} has the hash ${head.hash}; noted elsewhere, it proves later that nothing before changed.`,
        );
    }
    return problems.length === 0 ? 0 : 1;
  },
};

const exportCommand: Command = {
  domain: 'audit',
  verb: 'export',
  usage: 'hearth audit export [--out FILE] [--since TIME] [--kind KIND] …',
  purpose: 'Print the log with salts and hashes, oldest first, one JSON object a line: somebody else can verify it.',
  examples: ['hearth audit export --out log.jsonl', 'hearth audit export --since 30d | gzip > log.jsonl.gz'],
  options: { out: { type: 'string', short: 'o', value: 'FILE', help: 'write to this file (default: standard output)' }, ...filterOptions },
  run: async (context) => {
    const { args, options, send, output, json, cwd } = context;
    if (args.length > 0) throw new UsageFailure('This takes no arguments.', '`--out` names a file.');
    const filter = await filterOf(context);
    const out = options['out'];
    if (typeof out !== 'string') {
      const summary = await printRows({ ...context, json: true }, exportLog, filter, ({ rows }) => rows, { text: String });
      return warn(context, summary?.unreadable);
    }
    const file = path.resolve(cwd, out);
    const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
    const handle = await fs.open(temporary, 'wx', 0o600);
    try {
      let written = Promise.resolve();
      const { count, unreadable } = await send(exportLog, filter, ({ rows }) => {
        written = written.then(() => handle.appendFile(rows.map((row) => `${JSON.stringify(row)}\n`).join('')));
        return written;
      });
      await written;
      await handle.sync();
      await fs.rename(temporary, file);
      if (json) await output.json({ path: file, count, ...(unreadable === undefined ? {} : { unreadable }) });
      else await output.line(`${count} ${count === 1 ? 'event' : 'events'} written to ${file}.`);
      return warn(context, unreadable);
    } finally {
      await handle.close();
      await fs.rm(temporary, { force: true });
    }
  },
};

/** What is missing makes the exit code 1. */
function warn({ output }: { output: { error(text: string): void } }, unreadable: readonly { problem: string }[] | undefined): number {
  for (const { problem } of unreadable ?? []) output.error(`hearth: ${problem}`);
  return unreadable === undefined ? 0 : 1;
}

const searchCommand: Command = {
  domain: 'audit',
  verb: 'search',
  usage: 'hearth audit search TEXT [--since TIME] [--kind KIND] … [-n N]',
  purpose: 'Look for text in the whole log, sealed segments included, newest first. Exit code 1 when there is none.',
  examples: ['hearth audit search checkout', 'hearth audit search "hello world" --since 2025-01-01 --json'],
  options: {
    ...Object.fromEntries(Object.entries(filterOptions).filter(([name]) => name !== 'text')),
    limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many (default: all)' },
    iso: { type: 'boolean', help: 'exact times instead of "3 weeks ago"' },
  },
  run: async (context) => {
    const text = [...context.args, ...context.rest].join(' ');
    if (text === '') throw new UsageFailure('Search for what?');
    const found = await printEvents({ ...context, options: { ...context.options, all: true } }, { ...(await filterOf(context)), text });
    return found === 0 ? 1 : 0;
  },
};

export const auditCommands: readonly Command[] = [verifyCommand, exportCommand, searchCommand];
