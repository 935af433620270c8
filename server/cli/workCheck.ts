import type { InputOf } from '../protocol/message.ts';
import { checkItem, type Item, show } from '../protocol/work.ts';
import { Failure } from '../rpc/failure.ts';
import type { Command, CommandContext } from './command.ts';
import { UsageFailure } from './usage.ts';
import { itemNamed, optionOf } from './workItem.ts';
import { checklistLines } from './workText.ts';

type Action = InputOf<typeof checkItem>['action'];

/** `hearth work check`: the checklist of an item, by the numbers that it is shown with. */
export const workCheckCommand: Command = {
  domain: 'work',
  verb: 'check',
  usage: 'hearth work check ID [N|TEXT [--undo]] [--add TEXT [--after N]] [--remove N] [--move N --after M]',
  purpose: 'Tick a check of a work item, by number or part of its text; add, remove or move checks. Without either: show them.',
  examples: [
    'hearth work check 12',
    'hearth work check 12 3',
    'hearth work check 12 tests --undo',
    'hearth work check 12 --add "Ask the operators"',
    'hearth work check 12 --move 4 --after 0',
  ],
  options: {
    undo: { type: 'boolean', short: 'u', help: 'it is not done' },
    add: { type: 'string', value: 'TEXT', help: 'a new check, at the end unless --after' },
    remove: { type: 'string', value: 'N', help: 'remove this one' },
    move: { type: 'string', value: 'N', help: 'move this one behind --after' },
    after: { type: 'string', value: 'N', help: 'behind which one; 0 is the top' },
  },
  run: async (context) => {
    const { args, rest, send, json, output, locate } = context;
    const [word, ...text] = [...args, ...rest];
    const id = itemNamed(word);
    const wanted = text.join(' ').trim();
    const chosen = ['add', 'remove', 'move'].filter((name) => optionOf(context.options, name) !== undefined);
    if (chosen.length + (wanted === '' ? 0 : 1) > 1) throw new UsageFailure('One change of the checklist at a time.');
    refuseAlone(context, chosen[0], wanted);
    const { repository } = await locate();
    const { item } = await send(show, { repository, id });
    const action = actionOf(context, item, wanted);
    const after = action === undefined ? item : (await send(checkItem, { repository, id, action })).item;
    if (json) await output.json(after);
    else for (const line of checklistLines(after, output)) await output.line(line);
    if (!json && after.checklist.length === 0) output.error(`#${id} has no checks. \`--add TEXT\` adds one.`);
    return 0;
  },
};

/** Options that mean something only beside another one. */
function refuseAlone({ options }: CommandContext, chosen: string | undefined, wanted: string): void {
  if (options['undo'] === true && wanted === '') throw new UsageFailure('Which check is not done?', 'Its number or part of its text.');
  if (options['after'] !== undefined && chosen !== 'add' && chosen !== 'move') throw new UsageFailure('--after goes with --add or --move.');
  if (chosen === 'move' && options['after'] === undefined) throw new UsageFailure('Behind which one?', '--after N; 0 is the top.');
}

function actionOf({ options }: CommandContext, item: Item, wanted: string): Action | undefined {
  const [added, removed, moved, behind] = ['add', 'remove', 'move', 'after'].map((name) => optionOf(options, name));
  const after = behind === undefined ? undefined : behind === '0' ? null : checkOf(item, behind);
  if (added !== undefined) return { kind: 'add', text: added, ...(after === undefined ? {} : { after }) };
  if (removed !== undefined) return { kind: 'remove', check: checkOf(item, removed) };
  if (moved !== undefined) return { kind: 'move', check: checkOf(item, moved), after: after ?? null };
  return wanted === '' ? undefined : { kind: 'tick', check: checkOf(item, wanted), done: options['undo'] !== true };
}

/** A check by its number, or by a part of its text that no other one has. */
function checkOf({ id, checklist }: Item, wanted: string): string {
  const hint = `\`hearth work check ${id}\` shows them.`;
  if (/^\d+$/.test(wanted)) {
    const check = checklist[Number(wanted) - 1];
    if (check !== undefined) return check.id;
    throw new Failure('not-found', `#${id} has no check ${wanted}: it has ${checklist.length}.`, { hint });
  }
  const part = wanted.toLowerCase();
  const same = checklist.filter(({ text }) => text.toLowerCase() === part);
  const found = same.length > 0 ? same : checklist.filter(({ text }) => text.toLowerCase().includes(part));
  const [first, ...others] = found;
  if (first === undefined) throw new Failure('not-found', `No check of #${id} has "${wanted}" in it.`, { hint });
  if (others.length > 0)
    throw new Failure('conflict', `${found.length} checks of #${id} have "${wanted}" in them.`, { hint: `Name its number. ${hint}` });
  return first.id;
}
