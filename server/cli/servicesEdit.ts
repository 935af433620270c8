import { lifecycle, linkKinds, type ServiceFacts, saveService, serviceTypes, showService } from '../protocol/catalog.ts';
import type { Command, CommandContext, OptionSpec } from './command.ts';
import { oneLine } from './text.ts';
import { UsageFailure } from './usage.ts';
import { optionOf, optionsOf } from './workItem.ts';

/** `hearth services add` and `edit`: what a person writes of a service that is not in hearth.yaml. */

const factOptions: OptionSpec = {
  change: { type: 'string', short: 'm', value: 'TEXT', help: 'what changes and why, in a sentence; it is kept' },
  type: { type: 'string', short: 't', value: 'TYPE', help: serviceTypes.join(', ') },
  owner: { type: 'string', value: 'NAME', help: 'who answers for it' },
  lifecycle: { type: 'string', value: 'STATE', help: lifecycle.options.join(', ') },
  description: { type: 'string', value: 'TEXT', help: 'what it is for' },
  runbook: { type: 'string', value: 'ADDRESS', help: 'what to do when it fails: an address, or a path in the repository' },
  link: {
    type: 'string',
    multiple: true,
    value: '[KIND:]TITLE=URL',
    help: `a link, in the place of one of that title; KIND is one of ${linkKinds.join(', ')}`,
  },
  needs: { type: 'string', multiple: true, value: 'SERVICE', help: 'a service that it needs; may be given several times' },
};

const addCommand: Command = {
  domain: 'services',
  verb: 'add',
  usage: 'hearth services add NAME -m CHANGE [--type TYPE] [--owner NAME] [--link [KIND:]TITLE=URL]… [--needs SERVICE]… …',
  purpose: 'Add a service to the catalog that is not in hearth.yaml.',
  examples: [
    'hearth services add payments -m "We pay through it since May" --type external --owner "team shop"',
    'hearth services add payments -m "Beside it" --link "dashboard:Status=https://status.example.test" --needs web',
  ],
  options: factOptions,
  run: async (context) => {
    const name = serviceNamed(context);
    const { repository } = await context.locate();
    const facts = factsFrom(context, {});
    return saved(context, await context.send(saveService, { repository, name, facts, change: changeIn(context), seen: null }), 'Added');
  },
};

const editCommand: Command = {
  domain: 'services',
  verb: 'edit',
  usage: 'hearth services edit NAME -m CHANGE [--type TYPE] [--owner NAME] [--link [KIND:]TITLE=URL]… [--unlink TITLE]… …',
  purpose: 'Change what the catalog says of a service that was added by hand; an empty value clears it.',
  examples: ['hearth services edit payments -m "Moved to the platform team" --owner "team platform" --needs-not web'],
  options: {
    ...factOptions,
    unlink: { type: 'string', multiple: true, value: 'TITLE', help: 'remove a link' },
    'needs-not': { type: 'string', multiple: true, value: 'SERVICE', help: 'a service that it does not need any more' },
  },
  run: async (context) => {
    const name = serviceNamed(context);
    const change = changeIn(context);
    const { repository } = await context.locate();
    const { entry } = await context.send(showService, { repository, name });
    const { type, owner, lifecycle: state, description, links, runbook, dependsOn } = entry;
    const before = present({ type, lifecycle: state, owner, description, runbook });
    const facts = factsFrom(context, { ...before, links, dependsOn });
    return saved(context, await context.send(saveService, { repository, name, facts, change, seen: entry.updated }), 'Changed');
  },
};

export const servicesEditCommands: readonly Command[] = [addCommand, editCommand];

export function serviceNamed({ args, rest }: CommandContext): string {
  const [name, ...more] = [...args, ...rest];
  if (name === undefined) throw new UsageFailure('Which service?', '`hearth services list` shows them.');
  if (more.length > 0) throw new UsageFailure('One service at a time.');
  return name;
}

/** What changed, in the words of whoever did it. */
export function changeIn({ options }: CommandContext): string {
  const change = optionOf(options, 'change');
  if (change === undefined || change.trim() === '') {
    throw new UsageFailure('What changes, and why?', '`-m "We pay through it since May"`: it is kept in the history of the service.');
  }
  return change.trim();
}

async function saved({ json, output }: CommandContext, { entry }: { entry: { name: string } }, word: string): Promise<number> {
  if (json) await output.json(entry);
  else await output.line(`${word} ${oneLine(entry.name)}.`);
  return 0;
}

/** The facts with what the options change of them. */
function factsFrom({ options }: CommandContext, before: ServiceFacts): ServiceFacts {
  const given = (name: string) => optionOf(options, name);
  const kept = <T>(name: string, old: T | undefined, read: (text: string) => T): T | undefined => {
    const text = given(name);
    return text === undefined ? old : text === '' ? undefined : read(text);
  };
  const added = optionsOf(options, 'link').map(linkIn);
  const gone = new Set([...optionsOf(options, 'unlink'), ...added.map(({ title }) => title)]);
  const needsNot = new Set(optionsOf(options, 'needs-not'));
  return present({
    type: kept('type', before.type, (text) => oneOf(serviceTypes, text, 'type')),
    owner: kept('owner', before.owner, String),
    lifecycle: kept('lifecycle', before.lifecycle, (text) => oneOf(lifecycle.options, text, 'life cycle')),
    description: kept('description', before.description, String),
    runbook: kept('runbook', before.runbook, String),
    links: [...(before.links ?? []).filter(({ title }) => !gone.has(title)), ...added],
    dependsOn: [...new Set([...(before.dependsOn ?? []), ...optionsOf(options, 'needs')])].filter((name) => !needsNot.has(name)),
  });
}

/** `dashboard:Grafana=https://…`; the title may hold anything but `=`. */
function linkIn(text: string): NonNullable<ServiceFacts['links']>[number] {
  const [, before = '', url] = text.match(/^([^=]+)=(.+)$/) ?? [];
  if (url === undefined) throw new UsageFailure(`"${oneLine(text)}" is no link.`, 'Links are written TITLE=URL.');
  const kind = linkKinds.find((each) => before.startsWith(`${each}:`));
  return { title: kind === undefined ? before : before.slice(kind.length + 1), url, kind: kind ?? 'other' };
}

function oneOf<T extends string>(known: readonly T[], name: string, what: string): T {
  const found = known.find((each) => each === name.toLowerCase());
  if (found === undefined) throw new UsageFailure(`There is no ${what} "${oneLine(name)}".`, `There are: ${known.join(', ')}.`);
  return found;
}

type Present<T> = { [K in keyof T]?: NonNullable<T[K]> };

/** Without what there is nothing of. */
function present<T extends object>(values: T): Present<T> {
  const isThere = (value: unknown) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(values).filter(([, value]) => isThere(value))) as Present<T>;
}
