import path from 'node:path';
import { give, list, revoke } from '../protocol/trust.ts';
import type { Command } from './command.ts';
import { oneLine } from './text.ts';
import { noArguments, UsageFailure } from './usage.ts';

/** `hearth trust …`: which repositories' configuration Hearth may run by itself. */
export const trustCommands: readonly Command[] = [
  {
    domain: 'trust',
    verb: 'list',
    usage: 'hearth trust list',
    purpose: 'List the repositories whose configuration Hearth may run by itself, when no window and no terminal asks.',
    examples: ['hearth trust list', 'hearth trust list --json'],
    options: {},
    run: async (context) => {
      noArguments(context);
      const { grants } = await context.send(list, {});
      if (context.json) return context.output.json({ grants }).then(() => 0);
      if (grants.length === 0) await context.output.line('None. `hearth trust grant` adds the repository you are in.');
      for (const { repository } of grants) await context.output.line(oneLine(repository));
      return 0;
    },
  },
  {
    domain: 'trust',
    verb: 'grant',
    usage: 'hearth trust grant',
    purpose: 'Let Hearth by itself run what this repository configures (filters, hooks, commands of its files).',
    examples: ['hearth trust grant', 'hearth trust grant --repo ../shop'],
    options: {},
    run: async (context) => {
      noArguments(context);
      const { repository } = await context.locate();
      const answer = await context.send(give, { repository });
      if (context.json) return context.output.json(answer).then(() => 0);
      const where = oneLine(answer.grant.repository);
      await context.output.line(answer.changed ? `Hearth may run what ${where} configures.` : `${where} was trusted already.`);
      return 0;
    },
  },
  {
    domain: 'trust',
    verb: 'revoke',
    usage: 'hearth trust revoke [DIR]',
    purpose: 'Take that back, for this repository or one of the list (also one that is gone).',
    examples: ['hearth trust revoke', 'hearth trust revoke /old/shop/.git'],
    options: {},
    run: async (context) => {
      const [named, ...more] = context.args;
      if (more.length > 0) throw new UsageFailure('One repository at a time.');
      const repository = named === undefined ? (await context.locate()).repository : path.resolve(context.cwd, named);
      const { changed } = await context.send(revoke, { repository });
      if (context.json) await context.output.json({ changed });
      else await context.output.line(changed ? 'Taken back.' : `${oneLine(repository)} was not trusted.`);
      return changed ? 0 : 1;
    },
  },
];
