import { type Category, category, commit, commitPlan, type NewEntry } from '../protocol/workFlow.ts';
import type { Command, CommandContext, OptionValues } from './command.ts';
import { oneLine, plain } from './text.ts';
import { noArguments, UsageFailure } from './usage.ts';

/** `hearth commit`: what is staged, with the trailer of the work item, its change entry and the secret scan. */
export const commitCommand: Command = {
  domain: 'commit',
  verb: '',
  usage: 'hearth commit [-m MESSAGE]… [-a] [--amend] [--entry "Added: TEXT" | --no-entry REASON] [--allow FINGERPRINT]…',
  purpose: 'Commit what is staged: with the trailer and change entry of the work item of this branch, after a secret scan.',
  examples: [
    'hearth commit -m "Faster login"',
    'hearth commit -a --entry "Added: Login takes half the time."',
    'hearth commit --no-entry "Only tests change."',
    'hearth commit --plan',
  ],
  options: {
    message: { type: 'string', short: 'm', multiple: true, value: 'MESSAGE', help: 'a paragraph of the message (default: a suggestion)' },
    all: { type: 'boolean', short: 'a', help: 'stage all changes of tracked files first' },
    amend: { type: 'boolean', help: 'replace the last commit' },
    entry: { type: 'string', value: 'ENTRY', help: `the change entry, "CATEGORY: TEXT"; ${category.options.join(', ')}` },
    'no-entry': { type: 'string', value: 'REASON', help: 'no change entry is needed, and why' },
    allow: { type: 'string', multiple: true, value: 'FINGERPRINT', help: 'this finding of the scan is no secret' },
    plan: { type: 'boolean', help: 'only say what would be committed' },
  },
  run: async (context) => {
    noArguments(context);
    const { options } = context;
    const { repository } = await context.locate();
    const [all, amend] = [options['all'] === true, options['amend'] === true];
    if (options['plan'] === true) return printPlan(context, { repository, all, amend });
    const entry = entryOf(options);
    const message = textsOf(options['message']).join('\n\n') || (await suggestion(context, { repository, all, amend }));
    const allow = textsOf(options['allow']);
    const made = await context.send(commit, { repository, message, all, amend, allow, ...(entry === undefined ? {} : { entry }) });
    if (context.json) return context.output.json(made).then(() => 0);
    const { output } = context;
    if (made.output !== '') output.error(plain(made.output));
    const { files, additions, deletions } = made.totals;
    const item = made.item === undefined ? '' : ` (#${made.item})`;
    await output.line(`[${oneLine(made.branch ?? 'detached HEAD')} ${made.commit.slice(0, 10)}] ${oneLine(made.subject)}${item}`);
    await output.line(
      output.style('dim', `${files} ${files === 1 ? 'file' : 'files'}, +${additions} −${deletions} · undo: hearth undo ${made.undo}`),
    );
    return 0;
  },
};

interface Wanted {
  readonly repository: string;
  readonly all: boolean;
  readonly amend: boolean;
}

async function suggestion({ send }: CommandContext, wanted: Wanted): Promise<string> {
  const plan = await send(commitPlan, wanted);
  if (plan.suggestion !== '') return plan.suggestion;
  // Nothing staged: the server says so better than a missing message would.
  return plan.item === undefined ? 'Update' : `Update of #${plan.item.id}`;
}

function entryOf(options: OptionValues): NewEntry | undefined {
  const [entry, none] = [options['entry'], options['no-entry']];
  if (typeof entry === 'string' && typeof none === 'string') throw new UsageFailure('Either --entry or --no-entry.');
  if (typeof none === 'string') return { kind: 'none', reason: none };
  return typeof entry === 'string' ? parseEntry(entry) : undefined;
}

/** `Added: Login takes half the time.` */
function parseEntry(text: string): NewEntry {
  const colon = text.indexOf(':');
  const word = text.slice(0, Math.max(0, colon)).trim().toLowerCase();
  const found = category.options.find((each: Category) => each.toLowerCase() === word);
  if (found === undefined) {
    throw new UsageFailure('An entry begins with its category and a colon.', `Categories: ${category.options.join(', ')}.`);
  }
  return { kind: 'entry', category: found, text: text.slice(colon + 1).trim() };
}

function textsOf(value: OptionValues[string]): string[] {
  return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
}

async function printPlan({ send, json, output }: CommandContext, wanted: Wanted): Promise<number> {
  const plan = await send(commitPlan, wanted);
  if (json) return output.json(plan).then(() => 0);
  const { files, additions, deletions } = plan.staged;
  const rows: [string, string][] = [
    ['branch', plan.head.branch ?? plan.head.state],
    ...(plan.operation === undefined ? [] : [['operation', `${plan.operation} in progress`] as [string, string]]),
    ...(plan.item === undefined ? [] : [['item', `#${plan.item.id} ${plan.item.title}`] as [string, string]]),
    ['staged', `${files} ${files === 1 ? 'file' : 'files'}, +${additions} −${deletions}`],
    ...(plan.unmerged === 0 ? [] : [['conflicts', `${plan.unmerged}`] as [string, string]]),
    ['entry', entryText(plan.entry)],
    ['message', plan.suggestion.split('\n')[0] ?? ''],
    ['author', plan.identity === undefined ? 'unknown to git' : `${plan.identity.name} <${plan.identity.mail}>`],
    ['signing', plan.signing ? 'yes' : 'no'],
    ['hooks', plan.hooks.names.length === 0 ? 'none' : plan.hooks.names.join(', ')],
  ];
  for (const [key, value] of rows) await output.line(`${output.style('dim', key.padEnd(12))}${oneLine(value)}`);
  for (const { path, line, rule, message, fingerprint } of plan.findings) {
    await output.line(`${output.style('red', 'secret')}      ${oneLine(`${path}:${line}: ${message} (${rule}, ${fingerprint})`)}`);
  }
  for (const each of plan.warnings) output.error(oneLine(each));
  return 0;
}

function entryText({ state, path, problems }: { state: string; path?: string | undefined; problems: readonly string[] }): string {
  const where = path === undefined ? '' : ` (${path})`;
  return `${state.replace('-', ' ')}${where}${problems.length === 0 ? '' : `: ${problems.join(' ')}`}`;
}
