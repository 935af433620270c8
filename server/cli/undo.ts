import { redo, type UndoEntry, undo, undoList } from '../protocol/gitActions.ts';
import { reconcile } from '../protocol/workFlow.ts';
import { asFailure } from '../rpc/failure.ts';
import { shownTime } from '../time.ts';
import type { Command, CommandContext } from './command.ts';
import { numberOf } from './gitRows.ts';
import { column, oneLine } from './text.ts';
import { UsageFailure } from './usage.ts';

/** `hearth undo` and `hearth redo`: take back what Hearth did to the repository, and do it again. */
export const undoCommands: readonly Command[] = [
  {
    domain: 'undo',
    verb: '',
    usage: 'hearth undo [ID] [--redo] | hearth undo --list [-n N]',
    purpose: 'Undo what Hearth did last (or the action ID): refs, index and files as before it. Repeated, it goes further back.',
    examples: ['hearth undo', 'hearth undo --list', 'hearth undo 20260131-120000000-00', 'hearth undo --redo'],
    options: {
      list: { type: 'boolean', help: 'list what can be undone, newest first' },
      redo: { type: 'boolean', help: 'the other way: do again what was undone, as `hearth redo`' },
      limit: { type: 'string', short: 'n', value: 'N', help: 'list at most so many (default 20)' },
      iso: { type: 'boolean', help: 'exact times instead of "3 weeks ago"' },
    },
    run: async (context) => {
      const { options } = context;
      if (options['list'] !== true) return move(context, options['redo'] === true ? 'redo' : 'undo');
      if (options['redo'] === true || context.args.length + context.rest.length > 0) {
        throw new UsageFailure('--list goes without an id and without --redo.');
      }
      return list(context);
    },
  },
  {
    domain: 'redo',
    verb: '',
    usage: 'hearth redo [ID]',
    purpose: 'Do again what was undone last (or the action ID).',
    examples: ['hearth redo', 'hearth redo 20260131-120000000-00 --json'],
    options: {},
    run: (context) => move(context, 'redo'),
  },
];

async function move(context: CommandContext, what: 'undo' | 'redo'): Promise<number> {
  const { args, rest, json, output } = context;
  const [id, ...more] = [...args, ...rest];
  if (more.length > 0) throw new UsageFailure('One action at a time.');
  const { repository } = await context.locate();
  const params = { repository, ...(id === undefined ? {} : { id }) };
  const done = what === 'undo' ? await context.send(undo, params) : await context.send(redo, params);
  const { entry, files, kept } = done;
  if (entry.item !== undefined) await tellItems(context, repository);
  if (json) return output.json(done).then(() => 0);
  await output.line(`${what === 'undo' ? 'Undone' : 'Done again'}: ${titleOf(entry)}`);
  for (const { name, before, after } of entry.refs) {
    const [from, to] = what === 'undo' ? [after, before] : [before, after];
    await output.line(`  ${oneLine(name.replace(/^refs\/heads\//, ''))}: ${idOf(from)} → ${idOf(to)}`);
  }
  if (files > 0) await output.line(`  ${files} ${files === 1 ? 'file' : 'files'} of the work tree changed`);
  for (const path of kept) await output.line(`  kept, because it changed since: ${oneLine(path)}`);
  await output.line(`\`hearth ${what === 'undo' ? 'redo' : 'undo'} ${entry.id}\` ${what === 'undo' ? 'does it again' : 'takes it back'}.`);
  return 0;
}

/** An item whose Merge & Complete was undone is open again, and done when that was done again. Git has moved whatever becomes of this. */
async function tellItems({ send, output }: CommandContext, repository: string): Promise<void> {
  try {
    await send(reconcile, { repository });
  } catch (error) {
    output.error(`The items were not brought up to date (${asFailure(error).message}) \`hearth work reconcile\` does it.`);
  }
}

async function list(context: CommandContext): Promise<number> {
  const { json, options, output } = context;
  const { repository } = await context.locate();
  const { entries } = await context.send(undoList, { repository, limit: numberOf(options, 'limit', 1) ?? 20 });
  if (json) {
    for (const entry of entries) await output.json(entry);
    return 0;
  }
  const iso = options['iso'] === true;
  for (const entry of entries) {
    const { id, time, kind, state } = entry;
    const shownState = column(state, 11);
    await output.line(
      [
        output.style('yellow', id),
        output.style('green', column(shownTime(time, iso), iso ? 20 : 14)),
        output.style('cyan', column(kind, 13)),
        state === 'done' ? shownState : output.style(state === 'interrupted' ? 'red' : 'dim', shownState),
        oneLine(entry.label),
      ].join('  '),
    );
  }
  if (entries.length === 0) output.error('Hearth has done nothing to this repository yet that could be undone.');
  return 0;
}

/** The caller's words; the kind where they do not say it. */
function titleOf({ kind, label }: UndoEntry): string {
  const words = kind.replace('-', ' ');
  return label.toLowerCase().startsWith(words.split(' ')[0] ?? '') ? oneLine(label) : `${words}: ${oneLine(label)}`;
}

function idOf(commit: string | null): string {
  return commit === null ? 'none' : commit.slice(0, 10);
}
