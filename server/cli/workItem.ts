import { type ItemState, type ItemType, itemStates, itemTypes } from '../protocol/work.ts';
import { current } from '../protocol/workFlow.ts';
import { Failure } from '../rpc/failure.ts';
import type { CommandContext, OptionValues } from './command.ts';
import { UsageFailure } from './usage.ts';

/** What the commands of `hearth work` have in common: which item is meant, values of options, text from standard input. */

/** `12` or `#12`; undefined when it is no number. */
export function numberIn(word: string | undefined): number | undefined {
  const found = /^#?([1-9]\d{0,14})$/.exec(word ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}

/** The item that the first argument names. */
export function itemNamed(word: string | undefined): number {
  const id = numberIn(word);
  if (id !== undefined) return id;
  if (word === undefined) throw new UsageFailure('Which work item?', 'Its number, as `hearth work list` shows it.');
  throw new UsageFailure(`"${word}" is no number of a work item.`, 'A number like 12 or "#12".');
}

/** The item named, or that of the branch that is checked out. */
export async function itemMeant({ send }: CommandContext, repository: string, word: string | undefined): Promise<number> {
  if (word !== undefined) return itemNamed(word);
  const found = await send(current, { repository });
  if (found.item !== undefined) return found.item.id;
  if (found.unknown !== undefined) {
    throw new Failure('not-found', `The branch is of work item #${found.unknown}, which is not known here.`, {
      hint: 'Name another one: `hearth work list` shows them.',
    });
  }
  throw new Failure('not-found', 'The branch that is checked out has no work item.', {
    hint: 'Name one (`hearth work list`), or start one: `hearth work start ID`.',
  });
}

/** One argument at most. */
export function onlyArgument({ args, rest }: CommandContext): string | undefined {
  const [first, ...more] = [...args, ...rest];
  if (more.length > 0) throw new UsageFailure('One work item at a time.');
  return first;
}

/** The value of an option that takes one. */
export function optionOf(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The values of an option that may be given several times; commas separate, too, where `split` says so. */
export function optionsOf(options: OptionValues, name: string, split = false): string[] {
  const value = options[name];
  const all = (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
  return split ? all.flatMap((each) => each.split(',').map((part) => part.trim())).filter((each) => each !== '') : all;
}

export function typeNamed(name: string): ItemType {
  return oneOf(itemTypes, name, 'type');
}

export function stateNamed(name: string): ItemState {
  return oneOf(itemStates, name === 'cancelled' ? 'canceled' : name, 'state');
}

function oneOf<T extends string>(known: readonly T[], name: string, what: string): T {
  const found = known.find((each) => each === name.toLowerCase());
  if (found !== undefined) return found;
  throw new UsageFailure(`There is no ${what} "${name}".`, `There are: ${known.join(', ')}.`);
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

/** A date, or how many days from now (`3d`, `today`, `tomorrow`). */
export function dateNamed(text: string, now = new Date()): string {
  if (isDate(text)) return text;
  const days = text === 'today' ? 0 : text === 'tomorrow' ? 1 : Number(/^(\d{1,4})d$/.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(days)) throw new UsageFailure(`"${text}" is no date.`, 'A date like 2026-01-31, or 3d, today, tomorrow.');
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}

/** A text, or what standard input holds when it is `-`. */
export async function textOf(given: string): Promise<string> {
  if (given !== '-') return given;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    size += (chunk as Buffer).length;
    if (size > 1_000_000) throw new UsageFailure('Standard input is longer than 1 MB.');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8').replace(/\r\n/g, '\n').replace(/\n+$/, '');
}
