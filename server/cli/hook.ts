import path from 'node:path';
import { refusedCode } from '../git/hooks/script.ts';
import { hookName, hooksInstall, hooksRemove, hooksRun, hooksStatus } from '../protocol/workFlow.ts';
import type { Command, CommandContext } from './command.ts';
import { column, oneLine } from './text.ts';
import { noArguments, UsageFailure } from './usage.ts';

/** `hearth hooks …`: install, remove and look at the hooks in a repository. `hearth hook run`: what they call. */
export const hookCommands: readonly Command[] = [
  {
    domain: 'hooks',
    verb: 'install',
    usage: 'hearth hooks install',
    purpose: 'Install the hooks of Hearth beside those that are there: secret scan, change entry, trailer of the work item.',
    examples: ['hearth hooks install', 'hearth hooks install --json'],
    options: {},
    run: async (context) => {
      noArguments(context);
      const { repository } = await context.locate();
      const result = await context.send(hooksInstall, { repository });
      if (context.json) await context.output.json(result);
      else await print(context, result);
      return result.hooks.every(({ state }) => state === 'installed') ? 0 : 1;
    },
  },
  {
    domain: 'hooks',
    verb: 'remove',
    usage: 'hearth hooks remove',
    purpose: 'Remove the hooks of Hearth: what was there before is as it was, byte for byte.',
    examples: ['hearth hooks remove'],
    options: {},
    run: async (context) => {
      noArguments(context);
      const { repository } = await context.locate();
      const result = await context.send(hooksRemove, { repository });
      if (context.json) await context.output.json(result);
      else await print(context, result);
      return result.hooks.every(({ state }) => state === 'absent') ? 0 : 1;
    },
  },
  {
    domain: 'hooks',
    verb: 'status',
    usage: 'hearth hooks status',
    purpose: 'Show which hooks are installed, where, and beside what. Exit code 1 unless all are and the command they call is there.',
    examples: ['hearth hooks status', 'hearth hooks status --json'],
    options: {},
    run: async (context) => {
      noArguments(context);
      const { repository } = await context.locate();
      const result = await context.send(hooksStatus, { repository });
      if (context.json) await context.output.json(result);
      else {
        await print(context, { ...result, warnings: [] });
        const missing = result.commandFound ? '' : ' (it is missing: they do nothing; `hearth hooks install` writes it)';
        await context.output.line(`They call ${oneLine(result.command)}${missing}.`);
      }
      return result.commandFound && result.hooks.every(({ state }) => state === 'installed') ? 0 : 1;
    },
  },
  {
    domain: 'hook',
    verb: 'run',
    usage: 'hearth hook run NAME [-- ARGUMENTS…]',
    purpose: 'Apply the rules of one hook, as the installed hooks do. Exit code 10 when the commit or push is refused.',
    examples: ['hearth hook run pre-commit', 'hearth hook run commit-msg -- .git/COMMIT_EDITMSG'],
    options: {},
    run: async (context) => {
      const [name, ...more] = context.args;
      const hook = hookName.safeParse(name);
      if (!hook.success) throw new UsageFailure(`Which hook? One of ${hookName.options.join(', ')}.`);
      const { repository } = await context.locate();
      const given = process.env['GIT_INDEX_FILE'];
      const verdict = await context.send(hooksRun, {
        repository,
        hook: hook.data,
        arguments: [...more, ...context.rest],
        ...(hook.data === 'pre-push' ? { input: await readInput() } : {}),
        ...(given === undefined || given === '' ? {} : { indexFile: path.resolve(given) }),
      });
      if (context.json) await context.output.json(verdict);
      else for (const text of linesOf(verdict)) context.output.error(text);
      return verdict.ok ? 0 : refusedCode;
    },
  },
];

function linesOf({
  notes,
  problems,
}: {
  notes: readonly string[];
  problems: readonly { text: string; hint?: string | undefined }[];
}): string[] {
  const said = problems.map(({ text, hint }) => `${oneLine(text)}${hint === undefined ? '' : `\n  ${oneLine(hint)}`}`);
  return [...notes.map(oneLine), ...said].map((text) => `hearth: ${text}`);
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

interface Printed {
  readonly folder: string;
  readonly hooks: readonly { name: string; state: string; beside: boolean }[];
  readonly warnings: readonly string[];
}

async function print({ output }: CommandContext, { folder, hooks, warnings }: Printed): Promise<void> {
  await output.line(`${oneLine(folder)}:`);
  for (const { name, state, beside } of hooks) {
    const colour = state === 'installed' ? 'green' : state === 'changed' ? 'red' : 'gray';
    await output.line(`  ${column(name, 12)} ${output.style(colour, state)}${beside ? ', after the hook that was there before' : ''}`);
  }
  for (const warning of warnings) output.error(`hearth: ${oneLine(warning)}`);
}
