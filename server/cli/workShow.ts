import type { InputOf } from '../protocol/message.ts';
import { type ItemRow, itemStates, list, show, templates } from '../protocol/work.ts';
import type { Command, CommandContext, OptionSpec } from './command.ts';
import { numberOf } from './gitRows.ts';
import { column, oneLine } from './text.ts';
import { noArguments, UsageFailure } from './usage.ts';
import { dateNamed, itemMeant, onlyArgument, optionOf, optionsOf, stateNamed, typeNamed } from './workItem.ts';
import { itemRows, itemText } from './workText.ts';

/** `hearth work list`, `show`, `templates`: what there is to do. */

const iso: OptionSpec = { iso: { type: 'boolean', help: 'exact times instead of "3 weeks ago"' } };

const listCommand: Command = {
  domain: 'work',
  verb: 'list',
  usage: 'hearth work list [--state STATE]… [--type TYPE] [--tag TAG]… [--mine] [--text TEXT] [--all]',
  purpose: 'List the work items of this repository, last changed first; those that are open unless told otherwise.',
  examples: [
    'hearth work list',
    'hearth work list --mine --state started',
    'hearth work list --all --text login',
    'hearth work list --json | jq .title',
  ],
  options: {
    state: { type: 'string', short: 's', multiple: true, value: 'STATE', help: `only these: ${itemStates.join(', ')}` },
    type: { type: 'string', short: 't', multiple: true, value: 'TYPE', help: 'only this type, or several' },
    tag: { type: 'string', multiple: true, value: 'TAG', help: 'only those with this tag; of several, with all of them' },
    mine: { type: 'boolean', short: 'm', help: 'only those assigned to you (user.name of git)' },
    assignee: { type: 'string', value: 'NAME', help: 'only those assigned to them; empty: to nobody' },
    text: { type: 'string', value: 'TEXT', help: 'only those with this text in title, notes or number' },
    branch: { type: 'string', value: 'BRANCH', help: 'only the one of this branch' },
    due: { type: 'string', value: 'DATE', help: 'only those due by then: 2026-01-31, today, 7d' },
    all: { type: 'boolean', short: 'a', help: 'also those that are done or canceled' },
    limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many' },
    ...iso,
  },
  run: async (context) => {
    noArguments(context);
    const { options, send, json, output } = context;
    const { repository } = await context.locate();
    const rows: ItemRow[] = [];
    const { total, counts } = await send(
      list,
      { repository, filter: filterOf(context), limit: numberOf(options, 'limit', 1) ?? 0 },
      ({ items }) => {
        if (json) return output.write(items.map((row) => `${JSON.stringify(row)}\n`).join(''));
        rows.push(...items);
        return undefined;
      },
    );
    if (json) return 0;
    if (rows.length === 0)
      output.error(
        nothing(
          Object.values(counts).some((count) => count > 0),
          options['all'] === true,
        ),
      );
    else {
      output.page();
      await output.write(`${itemRows(rows, context).join('\n')}\n`);
    }
    if (total > rows.length && rows.length > 0) output.error(`${total - rows.length} more.`);
    return 0;
  },
};

function nothing(some: boolean, all: boolean): string {
  if (!some) return 'There are no work items yet. `hearth work new TITLE` plans one.';
  return all ? 'No work item matches.' : 'No open work item matches. `--all` also shows those that are done or canceled.';
}

function filterOf({ options }: CommandContext): NonNullable<InputOf<typeof list>['filter']> {
  const states = optionsOf(options, 'state', true).map(stateNamed);
  const types = optionsOf(options, 'type', true).map(typeNamed);
  const tags = optionsOf(options, 'tag', true).map((tag) => tag.replace(/^\+/, ''));
  const [text, branch, due] = ['text', 'branch', 'due'].map((name) => optionOf(options, name));
  if (options['mine'] === true && options['assignee'] !== undefined) throw new UsageFailure('Say --mine or --assignee, not both.');
  if (options['all'] === true && states.length > 0) throw new UsageFailure('Say --all or --state, not both.');
  const assignee = options['mine'] === true ? 'me' : optionOf(options, 'assignee');
  return {
    ...(options['all'] === true ? {} : { states: states.length > 0 ? states : ['planned', 'started', 'review'] }),
    ...(types.length === 0 ? {} : { types }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(assignee === undefined ? {} : { assignee }),
    ...(text === undefined ? {} : { text }),
    ...(branch === undefined ? {} : { branch }),
    ...(due === undefined ? {} : { due: dateNamed(due) }),
  };
}

const showCommand: Command = {
  domain: 'work',
  verb: 'show',
  usage: 'hearth work show [ID]',
  purpose: 'Show a work item with notes, checklist, comments and commits: the one of the current branch when none is named.',
  examples: ['hearth work show', 'hearth work show 12', 'hearth work show 12 --json'],
  options: iso,
  run: async (context) => {
    const { repository } = await context.locate();
    const id = await itemMeant(context, repository, onlyArgument(context));
    const { item } = await context.send(show, { repository, id });
    if (context.json) await context.output.json(item);
    else {
      context.output.page();
      await context.output.write(itemText(item, context));
    }
    return 0;
  },
};

const templatesCommand: Command = {
  domain: 'work',
  verb: 'templates',
  usage: 'hearth work templates',
  purpose: 'Show what new work items begin with: `.hearth/templates/TYPE.md` of this repository, else what is built in.',
  examples: ['hearth work templates', 'hearth work templates --json'],
  options: {},
  run: async (context) => {
    noArguments(context);
    const { send, json, output, locate } = context;
    const found = await send(templates, { repository: (await locate()).repository });
    const wrong = [...found.templates.flatMap(({ problems }) => problems), ...found.problems];
    if (json) {
      for (const template of found.templates) await output.json(template);
    } else {
      for (const { type, path, notes, tags, checklist } of found.templates) {
        await output.line(
          `${output.style('cyan', column(type, 14))}  ${output.style('dim', path === undefined ? 'built in' : oneLine(path))}`,
        );
        if (tags.length > 0) await output.line(`  tags: ${tags.map(oneLine).join(', ')}`);
        if (notes !== '') await output.line(`  notes: ${oneLine(notes)}`);
        for (const text of checklist) await output.line(`  ☐ ${oneLine(text)}`);
      }
    }
    for (const { path, line, problem } of wrong) output.error(`${oneLine(path)}:${line}: ${oneLine(problem)}`);
    return wrong.length === 0 ? 0 : 1;
  },
};

export const workShowCommands: readonly Command[] = [listCommand, showCommand, templatesCommand];
