import {
  type Category,
  category,
  changelogAdd,
  changelogAssemble,
  changelogCheck,
  changelogList,
  type NewEntry,
} from '../protocol/workFlow.ts';
import type { Command, CommandContext } from './command.ts';
import { oneLine, plain } from './text.ts';
import { noArguments, UsageFailure } from './usage.ts';

const item = { item: { type: 'string', value: 'ID', help: 'the work item (default: that of the branch)' } } as const;
const noStage = { 'no-stage': { type: 'boolean', help: 'do not add the file to the index' } } as const;

/** `hearth changelog …`: change entries as fragments, and the change log that they are assembled into. */
export const changelogCommands: readonly Command[] = [
  {
    domain: 'changelog',
    verb: 'list',
    usage: 'hearth changelog list',
    purpose: 'List the change entries that wait to be assembled, and what is wrong with them.',
    examples: ['hearth changelog list', 'hearth changelog list --json'],
    options: {},
    run: async (context) => {
      noArguments(context);
      const { repository } = await context.locate();
      const { fragments, folder } = await context.send(changelogList, { repository });
      const { output } = context;
      for (const fragment of fragments) {
        if (context.json) await output.json(fragment);
        else {
          await output.line(output.style('cyan', oneLine(fragment.path)));
          for (const { category: title, text } of fragment.entries) await output.line(`  ${title}: ${oneLine(text)}`);
          if (fragment.none !== undefined) await output.line(`  None needed: ${oneLine(fragment.none)}`);
          for (const { line, problem } of fragment.problems) await output.line(output.style('red', `  line ${line} ${oneLine(problem)}`));
        }
      }
      if (fragments.length === 0 && !context.json) output.error(`There are no change entries in ${oneLine(folder)}.`);
      return 0;
    },
  },
  {
    domain: 'changelog',
    verb: 'add',
    usage: 'hearth changelog add CATEGORY TEXT [--item ID] [--no-stage]',
    purpose: `Write a change entry: ${category.options.join(', ')}. What a user gets, in Markdown.`,
    examples: ['hearth changelog add Fixed "Blame keeps up with a moved HEAD."', 'hearth changelog add Added "Export." --item 12'],
    options: { ...item, ...noStage },
    run: async (context) => {
      const [name = '', ...words] = [...context.args, ...context.rest];
      const chosen = category.options.find((each) => each.toLowerCase() === name.toLowerCase());
      if (chosen === undefined) throw new UsageFailure(`Which category? One of ${category.options.join(', ')}.`);
      return add(context, { kind: 'entry', category: chosen as Category, text: textOf(words) });
    },
  },
  {
    domain: 'changelog',
    verb: 'none',
    usage: 'hearth changelog none REASON [--item ID] [--no-stage]',
    purpose: 'Say that a change needs no entry, and why.',
    examples: ['hearth changelog none "Only tests."'],
    options: { ...item, ...noStage },
    run: async (context) => add(context, { kind: 'none', reason: textOf([...context.args, ...context.rest]) }),
  },
  {
    domain: 'changelog',
    verb: 'check',
    usage: 'hearth changelog check [--item ID] [--branch NAME] [--base REVISION]',
    purpose: 'Check that the change has its entry. Exit code 1 when it is missing or broken.',
    examples: ['hearth changelog check', 'hearth changelog check --base origin/main'],
    options: {
      ...item,
      branch: { type: 'string', value: 'NAME', help: 'look at the tip of this branch instead of the work tree' },
      base: { type: 'string', value: 'REVISION', help: 'where no item is known: an entry must have come since this revision' },
    },
    run: async (context) => {
      noArguments(context);
      const { repository } = await context.locate();
      const { branch, base } = context.options;
      const result = await context.send(changelogCheck, {
        repository,
        ...itemOf(context),
        ...(typeof branch === 'string' ? { branch } : {}),
        ...(typeof base === 'string' ? { base } : {}),
      });
      if (context.json) await context.output.json(result);
      else await printCheck(context, result);
      return result.problems.length > 0 || result.entry.state === 'missing' || result.entry.state === 'broken' ? 1 : 0;
    },
  },
  {
    domain: 'changelog',
    verb: 'assemble',
    usage: 'hearth changelog assemble [--version VERSION] [--dry-run] [--stage]',
    purpose: 'Move the change entries into the change log; what is in it stays byte for byte.',
    examples: ['hearth changelog assemble --dry-run', 'hearth changelog assemble --version 1.2.0 --stage'],
    options: {
      version: { type: 'string', value: 'VERSION', help: 'under this version of today, together with what is under Unreleased' },
      'dry-run': { type: 'boolean', help: 'only print what would be added' },
      stage: { type: 'boolean', help: 'add the changes to the index' },
    },
    run: async (context) => {
      noArguments(context);
      const { repository } = await context.locate();
      const { version, 'dry-run': dryRun, stage } = context.options;
      const result = await context.send(changelogAssemble, {
        repository,
        ...(typeof version === 'string' ? { version } : {}),
        dryRun: dryRun === true,
        stage: stage === true,
      });
      if (context.json) await context.output.json(result);
      else {
        if (dryRun === true) await context.output.write(plain(result.added));
        const done = dryRun === true ? 'would move' : 'moved';
        context.output.error(
          `${result.fragments.length} ${result.fragments.length === 1 ? 'file' : 'files'} ${done} into ${oneLine(result.file)}.`,
        );
        for (const { path, line, problem } of result.problems)
          context.output.error(`hearth: left ${oneLine(path)}:${line} ${oneLine(problem)}.`);
      }
      return result.problems.length > 0 ? 1 : 0;
    },
  },
];

function textOf(words: readonly string[]): string {
  const text = words.join(' ').trim();
  if (text === '') throw new UsageFailure('What is the text?');
  return text;
}

function itemOf({ options }: CommandContext): { item?: number } {
  const given = options['item'];
  if (typeof given !== 'string') return {};
  if (!/^#?[1-9]\d{0,14}$/.test(given)) throw new UsageFailure(`"${oneLine(given)}" is no number of a work item.`);
  return { item: Number(given.replace('#', '')) };
}

async function add(context: CommandContext, entry: NewEntry): Promise<number> {
  const { repository } = await context.locate();
  const stage = context.options['no-stage'] !== true;
  const { path, fragment } = await context.send(changelogAdd, { repository, ...itemOf(context), entry, stage });
  if (context.json) await context.output.json({ path, fragment });
  else await context.output.line(`${oneLine(path)} ${stage ? 'is written and staged' : 'is written'}.`);
  return 0;
}

async function printCheck(
  { output }: CommandContext,
  {
    item: id,
    entry,
    problems,
  }: {
    item?: number | undefined;
    entry: { state: string; path?: string | undefined; problems: string[] };
    problems: { path: string; line: number; problem: string }[];
  },
): Promise<void> {
  const whose = id === undefined ? 'The change' : `Item ${id}`;
  const sentences: Record<string, string> = {
    present: `${whose} has its entry: ${oneLine(entry.path ?? '')}.`,
    'none-needed': `${whose} needs no entry: ${oneLine(entry.path ?? '')} says why.`,
    'not-required': `${whose} needs no entry.`,
    missing: `${whose} has no change entry. \`hearth changelog add CATEGORY TEXT\` writes one.`,
    broken: `The entry of ${whose.toLowerCase()} cannot be used.`,
  };
  await output.line(sentences[entry.state] ?? entry.state);
  for (const { path, line, problem } of problems) output.error(`hearth: ${oneLine(path)}:${line} ${oneLine(problem)}.`);
}
