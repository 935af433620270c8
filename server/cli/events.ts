import { appended, type Event, list, note } from '../protocol/events.ts';
import { gone } from '../protocol/hub.ts';
import type { InputOf } from '../protocol/message.ts';
import { ensure, list as listProjects } from '../protocol/project.ts';
import { cancelled } from '../rpc/failure.ts';
import type { Command, CommandContext, OptionSpec } from './command.ts';
import { eventRow } from './eventRow.ts';
import { numberOf } from './gitRows.ts';
import { momentOf } from './timeArgument.ts';
import { UsageFailure } from './usage.ts';

type Filter = Pick<InputOf<typeof list>, 'since' | 'until' | 'kind' | 'entity' | 'project' | 'actor' | 'text'>;

/** Events asked for at once; all of them is asked for page by page. */
const page = 500;

/** What `hearth events` and `hearth audit` filter by. */
export const filterOptions: OptionSpec = {
  since: { type: 'string', value: 'TIME', help: 'from this time on: 2h, 3d, 2026-01-31, "2026-01-31 14:30"' },
  until: { type: 'string', value: 'TIME', help: 'before this time' },
  kind: { type: 'string', value: 'KIND', help: 'what happened: created, noted, restored, …' },
  entity: { type: 'string', value: 'ENTITY', help: 'to what: project, note, store, …' },
  project: { type: 'string', value: 'PROJECT', help: 'name or id of a project' },
  actor: { type: 'string', value: 'ACTOR', help: 'who: window, cli, hub' },
  text: { type: 'string', value: 'TEXT', help: 'text anywhere in what it carries, whatever the case' },
};

const showOptions: OptionSpec = {
  limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many (default: 50)' },
  all: { type: 'boolean', help: 'everything, sealed segments included' },
  iso: { type: 'boolean', help: 'exact times instead of "3 weeks ago"' },
};

const listCommand: Command = {
  domain: 'events',
  verb: '',
  usage: 'hearth events [--follow] [--since TIME] [--kind KIND] [--text TEXT] [-n N] [--all]',
  purpose: 'List what happened, newest first; `--follow` shows the last ones and goes on with what happens now.',
  examples: [
    'hearth events',
    'hearth events --since 2d --follow',
    'hearth events --entity project --json',
    'hearth events --all --text checkout',
  ],
  options: { follow: { type: 'boolean', short: 'f', help: 'go on until Ctrl-C' }, ...filterOptions, ...showOptions },
  run: async (context) => {
    if (context.args.length + context.rest.length > 0) {
      throw new UsageFailure(`"hearth events" has no "${context.args[0] ?? context.rest[0]}".`, 'It has: note. `--text` searches.');
    }
    const filter = await filterOf(context);
    if (context.options['follow'] === true) return follow(context, filter);
    await printEvents(context, filter);
    return 0;
  },
};

const noteCommand: Command = {
  domain: 'events',
  verb: 'note',
  usage: 'hearth events note TEXT [--project]',
  purpose: 'Write a note of your own into the log; `--project` says that it belongs to this repository.',
  examples: ['hearth events note "restarted the router"', 'hearth events note --project "cache is too small"'],
  options: { project: { type: 'boolean', help: 'it belongs to the project of this repository' } },
  run: async (context) => {
    const { args, rest, options, send, json, output, locate } = context;
    const text = [...args, ...rest].join(' ').trim();
    if (text === '') throw new UsageFailure('What is the note?', 'Put the text in quotes.');
    const project = options['project'] === true ? (await send(ensure, { repository: (await locate()).repository })).project.id : undefined;
    const { event } = await send(note, { text, ...(project === undefined ? {} : { project }) });
    if (json) await output.json(event);
    else await output.line(eventRow(event, context));
    return 0;
  },
};

export const eventCommands: readonly Command[] = [listCommand, noteCommand];

/** Prints the matching events, newest first; answers how many. */
export async function printEvents(context: CommandContext, filter: Filter): Promise<number> {
  const { options, output, json, send } = context;
  const all = options['all'] === true;
  const most = numberOf(options, 'limit', 1) ?? (all ? Number.MAX_SAFE_INTEGER : 50);
  // Whoever names a time wants what was then, wherever it is kept.
  const sealed = all || filter.since !== undefined || filter.until !== undefined;
  if (!json) output.page();
  let before: number | undefined;
  let printed = 0;
  for (let more = true; more && printed < most && !output.closed; ) {
    const found = await send(list, {
      ...filter,
      sealed,
      limit: Math.min(page, most - printed),
      ...(before === undefined ? {} : { before }),
    });
    for (const { problem } of found.unreadable ?? []) output.error(`hearth: ${problem}`);
    for (const event of found.events) await print(context, event);
    printed += found.events.length;
    before = found.events.at(-1)?.sequence;
    more = found.more && before !== undefined;
  }
  if (printed === 0 && !json) output.error('Nothing happened that matches.');
  return printed;
}

/** Prints the last events, then each new one until Ctrl-C. */
async function follow(context: CommandContext, filter: Filter): Promise<number> {
  const { on, send, signal, options, output } = context;
  const news = new News(signal);
  // After a restore the log goes on from an earlier event: the hub then names one that seems old.
  on(appended, ({ last }) => news.tell(last));
  on(gone, () => news.tell(undefined));
  const most = numberOf(options, 'limit', 1);
  let seen = 0;
  /** When the last restore was that is printed. */
  let replaced: number | undefined;
  if (filter.since === undefined || most !== undefined) {
    const first = await send(list, { ...filter, limit: Math.min(most ?? 10, page) });
    for (const event of first.events.reverse()) await print(context, event);
    replaced = first.events.findLast(isReplacement)?.time;
    seen = first.last;
  } else news.tell(undefined);
  for (;;) {
    const lowest = await news.wait();
    if (output.closed) return 0;
    if (lowest !== undefined && lowest <= seen) {
      const event = await replacementAt(context, lowest);
      if (event !== undefined && event.time !== replaced) {
        replaced = event.time;
        seen = lowest - 1;
      }
    }
    for (let more = true; more; ) {
      const found = await send(list, { ...filter, after: seen, limit: page });
      if (found.last < seen) {
        // Replaced, and more happened since: of several the hub tells only the newest.
        seen = Math.min(lowest ?? found.last, found.last) - 1;
        continue;
      }
      replaced = found.events.findLast(isReplacement)?.time ?? replaced;
      for (const event of found.events) await print(context, event);
      more = found.more;
      seen = more ? (found.events.at(-1)?.sequence ?? found.last) : found.last;
    }
  }
}

/** The event with which the log goes on after it was replaced, when there is one of that sequence. */
async function replacementAt({ send }: CommandContext, sequence: number): Promise<Event | undefined> {
  return (await send(list, { after: sequence - 1, limit: 1 })).events.find(isReplacement);
}

function isReplacement({ entity, kind }: Event): boolean {
  return entity === 'store' && (kind === 'restored' || kind === 'imported');
}

/** Whether something happened since it was asked last. */
class News {
  #lowest: number | undefined;
  #some = false;
  #wake = () => {};
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake());
  }

  tell(last: number | undefined): void {
    if (last !== undefined) this.#lowest = Math.min(this.#lowest ?? last, last);
    this.#some = true;
    this.#wake();
  }

  /** Answers the lowest sequence that was told. */
  async wait(): Promise<number | undefined> {
    if (!this.#some && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#signal.aborted) throw cancelled();
    const lowest = this.#lowest;
    this.#lowest = undefined;
    this.#some = false;
    return lowest;
  }
}

async function print(context: CommandContext, event: Event): Promise<void> {
  if (context.json) await context.output.json(event);
  else await context.output.line(eventRow(event, context));
}

/** The options as the contract's filter. */
export async function filterOf({ options, send }: CommandContext): Promise<Filter> {
  const of = (name: string) => {
    const value = options[name];
    return typeof value === 'string' ? value : undefined;
  };
  const time = (name: 'since' | 'until') => {
    const given = of(name);
    return given === undefined ? {} : { [name]: momentOf(given, `--${name}`) };
  };
  const plain = (['kind', 'entity', 'actor', 'text'] as const).flatMap((name) => (of(name) === undefined ? [] : [[name, of(name)]]));
  const wanted = of('project');
  const filter: Filter = { ...time('since'), ...time('until'), ...Object.fromEntries(plain) };
  if (wanted === undefined) return filter;
  const { projects } = await send(listProjects, {});
  return { ...filter, project: projects.find(({ id, name }) => id === wanted || name === wanted)?.id ?? wanted };
}
