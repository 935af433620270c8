import { deleteItem, reconcile, start } from '../protocol/workFlow.ts';
import type { Command } from './command.ts';
import { confirmedBy } from './replaceState.ts';
import { oneLine } from './text.ts';
import { noArguments, UsageFailure } from './usage.ts';
import { workCompleteCommand } from './workComplete.ts';
import { itemNamed, onlyArgument, optionOf } from './workItem.ts';

/** `hearth work start`, `delete`, `reconcile`: items and branches together. */

const startCommand: Command = {
  domain: 'work',
  verb: 'start',
  usage: 'hearth work start ID [--branch NAME] [--adopt] [--base REV] [--stash] [--no-switch]',
  purpose: 'Start work on an item: create its branch (or adopt one), switch to it, link it.',
  examples: ['hearth work start 12', 'hearth work start 12 --base v2.1', 'hearth work start 12 --branch login --adopt'],
  options: {
    branch: {
      type: 'string',
      short: 'b',
      value: 'NAME',
      help: 'the name of the branch (default: from the template, as work/12-faster-login)',
    },
    adopt: { type: 'boolean', help: 'that branch exists: make it the one of the item' },
    base: { type: 'string', value: 'REV', help: 'where it begins (default: the default branch of the repository)' },
    stash: { type: 'boolean', help: 'put uncommitted changes aside; they come along otherwise' },
    clean: { type: 'boolean', help: 'only when nothing is uncommitted' },
    'no-switch': { type: 'boolean', help: 'stay on the branch that is checked out' },
  },
  run: async (context) => {
    const { options, send, output, json, locate } = context;
    const id = itemNamed(onlyArgument(context));
    const [branch, base] = [optionOf(options, 'branch'), optionOf(options, 'base')];
    if (options['stash'] === true && options['clean'] === true) throw new UsageFailure('Say --stash or --clean, not both.');
    const done = await send(start, {
      repository: (await locate()).repository,
      id,
      ...(branch === undefined ? {} : { branch }),
      ...(base === undefined ? {} : { base }),
      adopt: options['adopt'] === true,
      changes: options['stash'] === true ? 'stash' : options['clean'] === true ? 'refuse' : 'carry',
      switch: options['no-switch'] !== true,
    });
    if (json) return output.json(done).then(() => 0);
    const what = done.created ? 'New branch' : 'Branch';
    await output.line(
      `${what} ${output.style('green', oneLine(done.branch))} of ${output.style('yellow', `#${id}`)} ${oneLine(done.item.title)}`,
    );
    if (done.stashed) await output.line('Uncommitted changes are stashed: `git stash pop` brings them back.');
    return 0;
  },
};

const deleteCommand: Command = {
  domain: 'work',
  verb: 'delete',
  usage: 'hearth work delete ID [--delete-branch|--delete-unmerged] --yes',
  purpose: 'Delete a work item with its notes, checklist and comments; its branch stays unless told.',
  examples: ['hearth work delete 12 --yes', 'hearth work delete 12 --delete-branch --yes'],
  options: {
    'delete-branch': { type: 'boolean', help: 'its branch too, unless commits are nowhere else' },
    'delete-unmerged': { type: 'boolean', help: 'its branch too, whatever it holds' },
    yes: { type: 'boolean', help: 'do it' },
  },
  run: async (context) => {
    const { options, send, output, json, locate } = context;
    const id = itemNamed(onlyArgument(context));
    const [merged, unmerged] = [options['delete-branch'] === true, options['delete-unmerged'] === true];
    if (merged && unmerged) throw new UsageFailure('Say --delete-branch or --delete-unmerged, not both.');
    const branch = unmerged ? 'delete-unmerged' : merged ? 'delete' : 'keep';
    const done = await send(deleteItem, confirmedBy(context, { repository: (await locate()).repository, id, branch } as const));
    if (json) return output.json(done).then(() => 0);
    await output.line(`Deleted #${id} ${oneLine(done.title)}`);
    if (done.branchDeleted !== undefined)
      await output.line(
        `Deleted branch ${oneLine(done.branchDeleted)}${done.undo === undefined ? '' : `; \`hearth undo\` brings it back`}`,
      );
    return 0;
  },
};

const reconcileCommand: Command = {
  domain: 'work',
  verb: 'reconcile',
  usage: 'hearth work reconcile',
  purpose: 'Bring branches and commits of the items up to date with git. Windows do it by themselves.',
  examples: ['hearth work reconcile'],
  options: {},
  run: async (context) => {
    noArguments(context);
    const { items } = await context.send(reconcile, { repository: (await context.locate()).repository });
    if (context.json) await context.output.json({ items });
    else
      await context.output.line(
        items.length === 0 ? 'Everything was up to date.' : `Brought up to date: ${items.map((id) => `#${id}`).join(', ')}`,
      );
    return 0;
  },
};

export const workFlowCommands: readonly Command[] = [startCommand, workCompleteCommand, deleteCommand, reconcileCommand];
