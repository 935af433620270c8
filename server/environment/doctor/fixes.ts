import type { DoctorFinding } from '../../protocol/environment.ts';
import type { DotenvEntry, DotenvText } from '../dotenvText.ts';
import type { Example } from './example.ts';
import { shown } from './fileNames.ts';

type Fix = DoctorFinding['fixes'][number];

/** A new line for a name, in the order that the example has: behind the nearest one before it, else before the nearest one after it. */
export function addition(file: string, text: DotenvText, { asked }: Example, name: string): Fix {
  const value = asked.get(name)?.usable ?? '';
  return {
    title: `Add \`${name}\``,
    file,
    line: placeFor(text, [...asked.keys()], name),
    lines: 1,
    insert: true,
    text: `${name}=${value}`,
  };
}

/** The name for the example, without its value: it may be a secret. */
export function exampleAddition(file: string, text: DotenvText, order: readonly string[], name: string): Fix {
  return { title: `Add \`${name}\` to ${shown(file)}`, file, line: placeFor(text, order, name), lines: 1, insert: true, text: `${name}=` };
}

export function removal(file: string, { line, lines, name }: DotenvEntry): Fix {
  return { title: `Remove \`${name}\``, file, line, lines, insert: false };
}

export function lineRemoval(file: string, line: number): Fix {
  return { title: 'Remove this line', file, line, lines: 1, insert: false };
}

/** The same line with another value; what stands around it stays. */
export function replacement(file: string, { line, lines, before, after }: DotenvEntry, title: string, value: string): Fix {
  return { title, file, line, lines, insert: false, text: `${before}${value}${after}` };
}

function placeFor({ entries, lines }: DotenvText, order: readonly string[], name: string): number {
  const at = order.indexOf(name);
  const before = at < 0 ? [] : order.slice(0, at).reverse();
  const previous = before.map((each) => entries.findLast((entry) => entry.name === each)).find((each) => each !== undefined);
  if (previous !== undefined) return previous.line + previous.lines - 1;
  const after = at < 0 ? [] : order.slice(at + 1);
  const next = after.map((each) => entries.find((entry) => entry.name === each)).find((each) => each !== undefined);
  return next === undefined ? lines : next.line - 1;
}
