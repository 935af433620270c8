import type { InputOf } from '../protocol/message.ts';
import { commentItem, create, edit, type Item, type ItemState, itemTypes, move, show } from '../protocol/work.ts';
import type { Command, CommandContext } from './command.ts';
import { oneLine, plain } from './text.ts';
import { UsageFailure } from './usage.ts';
import { dateNamed, itemMeant, itemNamed, onlyArgument, optionOf, optionsOf, stateNamed, textOf, typeNamed } from './workItem.ts';
import { itemRows } from './workText.ts';

/** `hearth work new`, `edit`, `note`, `comment`, `move`: what a person writes down of an item. */

const newCommand: Command = {
  domain: 'work',
  verb: 'new',
  usage: 'hearth work new TITLE [--type TYPE] [--tag TAG]… [--assignee NAME|me] [--due DATE] [--notes TEXT|-] [--check TEXT]…',
  purpose: 'Plan a change: make a work item, with the checklist of its type unless another is given.',
  examples: [
    'hearth work new "Faster login"',
    'hearth work new "Login hangs" --type fix --tag auth --assignee me --due 2026-02-01',
    'git log -1 --format=%b | hearth work new "Follow up" --notes -',
  ],
  options: {
    type: { type: 'string', short: 't', value: 'TYPE', help: `${itemTypes.join(', ')} (default: feature)` },
    tag: { type: 'string', multiple: true, value: 'TAG', help: 'a tag; may be given several times' },
    assignee: { type: 'string', value: 'NAME', help: 'who does it; `me` is user.name of git' },
    due: { type: 'string', value: 'DATE', help: 'until when: 2026-01-31, today, tomorrow, 7d' },
    notes: { type: 'string', value: 'TEXT', help: 'what and why, at most 2000 characters; `-` reads standard input' },
    check: { type: 'string', multiple: true, value: 'TEXT', help: 'a check, instead of those of the template; may be given several times' },
    'no-checks': { type: 'boolean', help: 'an empty checklist' },
  },
  run: async (context) => {
    const { options, send, output, locate } = context;
    const title = words(context);
    if (title === '') throw new UsageFailure('What is it called?', 'A title in quotes.');
    const checks = optionsOf(options, 'check');
    if (checks.length > 0 && options['no-checks'] === true) throw new UsageFailure('Say --check or --no-checks, not both.');
    const tags = optionsOf(options, 'tag', true).map((tag) => tag.replace(/^\+/, ''));
    const [type, notes, assignee, due] = ['type', 'notes', 'assignee', 'due'].map((name) => optionOf(options, name));
    const params: InputOf<typeof create> = {
      repository: (await locate()).repository,
      title,
      ...(type === undefined ? {} : { type: typeNamed(type) }),
      ...(tags.length === 0 ? {} : { tags }),
      ...(notes === undefined ? {} : { notes: await textOf(notes) }),
      ...(assignee === undefined ? {} : { assignee }),
      ...(due === undefined ? {} : { due: dateNamed(due) }),
      ...(checks.length > 0 || options['no-checks'] === true ? { checklist: checks } : {}),
    };
    const { item, warnings } = await send(create, params);
    for (const warning of warnings) output.error(`hearth: ${oneLine(warning)}`);
    if (context.json) await output.json(item);
    else await output.line(`Planned ${output.style('yellow', `#${item.id}`)} ${oneLine(item.title)}`);
    return 0;
  },
};

const editCommand: Command = {
  domain: 'work',
  verb: 'edit',
  usage: 'hearth work edit ID [--title TEXT] [--type TYPE] [--notes TEXT|-] [--tag TAG]… [--untag TAG]… [--assignee NAME|me] [--due DATE]',
  purpose: 'Change fields of a work item; an empty value clears assignee and due date.',
  examples: [
    'hearth work edit 12 --title "Much faster login"',
    'hearth work edit 12 --tag urgent --untag later',
    'hearth work edit 12 --due ""',
  ],
  options: {
    title: { type: 'string', value: 'TEXT', help: 'what it is called' },
    type: { type: 'string', short: 't', value: 'TYPE', help: itemTypes.join(', ') },
    notes: { type: 'string', value: 'TEXT', help: 'the whole notes; `-` reads standard input' },
    tag: { type: 'string', multiple: true, value: 'TAG', help: 'add a tag (`+TAG` too); `--tag=-TAG` removes it' },
    untag: { type: 'string', multiple: true, value: 'TAG', help: 'remove a tag' },
    assignee: { type: 'string', value: 'NAME', help: 'who does it; `me` is user.name of git' },
    due: { type: 'string', value: 'DATE', help: 'until when: 2026-01-31, today, tomorrow, 7d' },
  },
  run: async (context) => {
    const { options, send, locate } = context;
    const id = itemNamed(onlyArgument(context));
    const { repository } = await locate();
    const [title, type, notes, assignee, due] = ['title', 'type', 'notes', 'assignee', 'due'].map((name) => optionOf(options, name));
    const given = optionsOf(options, 'tag', true);
    const add = given.filter((tag) => !tag.startsWith('-')).map((tag) => tag.replace(/^\+/, ''));
    const remove = [...given.filter((tag) => tag.startsWith('-')).map((tag) => tag.slice(1)), ...optionsOf(options, 'untag', true)];
    if (add.length + remove.length === 0 && [title, type, notes, assignee, due].every((value) => value === undefined)) {
      throw new UsageFailure('What shall be changed?', '`hearth work edit --help` shows the options.');
    }
    const text = notes === undefined ? undefined : await textOf(notes);
    // What it was just now: a change that comes in between is a conflict, not lost.
    const { item: before } = await send(show, { repository, id });
    const { item } = await send(edit, {
      repository,
      id,
      ...(title === undefined ? {} : { title: { from: before.title, to: title } }),
      ...(type === undefined ? {} : { type: { from: before.type, to: typeNamed(type) } }),
      ...(text === undefined ? {} : { notes: { from: before.notes, to: text } }),
      ...(assignee === undefined ? {} : { assignee: { from: before.assignee, to: assignee === '' ? null : assignee } }),
      ...(due === undefined ? {} : { due: { from: before.due, to: due === '' ? null : dateNamed(due) } }),
      ...(add.length + remove.length === 0 ? {} : { tags: { add, remove } }),
    });
    return printRow(context, item);
  },
};

const noteCommand: Command = {
  domain: 'work',
  verb: 'note',
  usage: 'hearth work note ID [TEXT|-] [--append]',
  purpose: 'Replace the notes of a work item, or add to them; without a text they are printed.',
  examples: [
    'hearth work note 12 "The cache was never asked."',
    'hearth work note 12 --append "Measured: 3 ms."',
    'hearth work note 12 - < notes.md',
  ],
  options: { append: { type: 'boolean', help: 'as a paragraph behind what is there' } },
  run: async (context) => {
    const { args, rest, options, send, json, output, locate } = context;
    const [word, ...text] = [...args, ...rest];
    const id = itemNamed(word);
    const { repository } = await locate();
    const written = text.length === 0 ? undefined : await textOf(text.join(' '));
    if (written === undefined && options['append'] === true)
      throw new UsageFailure('What shall be added?', 'Put the text in quotes, or `-`.');
    const { item: before } = await send(show, { repository, id });
    if (written === undefined) {
      if (json) await output.json({ id, notes: before.notes });
      else if (before.notes !== '') await output.line(plain(before.notes));
      return 0;
    }
    const to = options['append'] === true && before.notes !== '' ? `${before.notes}\n\n${written}` : written;
    const { item } = await send(edit, { repository, id, notes: { from: before.notes, to } });
    if (json) await output.json(item);
    else await output.line(`Notes of #${id}: ${item.notes.length} of 2000 characters.`);
    return 0;
  },
};

const commentCommand: Command = {
  domain: 'work',
  verb: 'comment',
  usage: 'hearth work comment ID TEXT|-',
  purpose: 'Add a comment to a work item.',
  examples: ['hearth work comment 12 "Looks good, only the name is odd."', 'make report | hearth work comment 12 -'],
  options: {},
  run: async (context) => {
    const [word, ...text] = [...context.args, ...context.rest];
    const id = itemNamed(word);
    if (text.length === 0) throw new UsageFailure('What is the comment?', 'Put the text in quotes, or `-` for standard input.');
    const written = await textOf(text.join(' '));
    if (written.trim() === '') throw new UsageFailure('The comment is empty.');
    const { repository } = await context.locate();
    const { item } = await context.send(commentItem, { repository, id, action: { kind: 'add', text: written } });
    if (context.json) await context.output.json(item);
    else await context.output.line(`#${id} has ${item.comments === 1 ? 'one comment' : `${item.comments} comments`}.`);
    return 0;
  },
};

const moveCommand: Command = {
  domain: 'work',
  verb: 'move',
  usage: 'hearth work move ID STATE',
  purpose: 'Move a work item to another state: planned, started, review, canceled; done when it needs no branch.',
  examples: ['hearth work move 12 review', 'hearth work move 9 done'],
  options: {},
  run: async (context) => {
    const [word, state, ...more] = [...context.args, ...context.rest];
    const id = itemNamed(word);
    if (state === undefined || more.length > 0) throw new UsageFailure('Where to?', 'One of planned, started, review, done, canceled.');
    return moveTo(context, id, stateNamed(state));
  },
};

/** The states that people move items to most have words of their own. */
const shortMoves: readonly Command[] = (
  [
    ['review', 'review', 'Say that a work item waits for review: the one of the current branch when none is named.'],
    ['cancel', 'canceled', 'Cancel a work item; its branch stays.'],
    ['reopen', 'planned', 'Open a work item again that is done or canceled.'],
  ] as const
).map(
  ([verb, to, purpose]): Command => ({
    domain: 'work',
    verb,
    usage: `hearth work ${verb} ${verb === 'review' ? '[ID]' : 'ID'}`,
    purpose,
    examples: [`hearth work ${verb} 12`],
    options: {},
    run: async (context) => {
      const word = onlyArgument(context);
      if (verb === 'review') return moveTo(context, await itemMeant(context, (await context.locate()).repository, word), to);
      return moveTo(context, itemNamed(word), to);
    },
  }),
);

export const workEditCommands: readonly Command[] = [newCommand, editCommand, noteCommand, commentCommand, moveCommand, ...shortMoves];

async function moveTo(context: CommandContext, id: number, to: ItemState): Promise<number> {
  const { item } = await context.send(move, { repository: (await context.locate()).repository, id, to });
  return printRow(context, item);
}

/** The item as it is now, in one line. */
export async function printRow(context: CommandContext, item: Item): Promise<number> {
  if (context.json) await context.output.json(item);
  else for (const row of itemRows([item], context)) await context.output.line(row);
  return 0;
}

function words({ args, rest }: CommandContext): string {
  return [...args, ...rest].join(' ').trim();
}
