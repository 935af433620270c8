import { readDotenv } from '../environment/dotenvText.ts';
import { interpolate, type Lookup } from './interpolate.ts';
import type { ComposeProblems } from './problems.ts';

/** What `.env` files and the caller give. A map: names are those of others. */
export type Variables = ReadonlyMap<string, string>;

export function lookupIn(variables: Variables): Lookup {
  return (name) => variables.get(name);
}

const mistakes = {
  'no-variable': 'This is no `NAME=value`.',
  name: 'This is no name of a variable.',
  'open-quote': 'The quotes that this line opens are not closed.',
  'after-quote': 'There is something behind the quotes.',
} as const;

/** The variables of a `.env` file. Its own earlier ones are filled in, after what `lookup` knows; not in single quotes. */
export function variablesOf(text: string, file: string, lookup: Lookup, problems: ComposeProblems): Map<string, string> {
  const { entries, mistakes: found } = readDotenv(text);
  for (const { line, kind } of found) problems.warning('env', { file, line }, mistakes[kind]);
  const values = new Map<string, string>();
  for (const { name, value, quote, line } of entries) {
    if (quote === "'") {
      values.set(name, value);
      continue;
    }
    const filled = interpolate(value, (each) => lookup(each) ?? values.get(each));
    for (const mistake of filled.mistakes) problems.warning('variable', { file, line }, mistake);
    values.set(name, filled.text);
  }
  return values;
}
