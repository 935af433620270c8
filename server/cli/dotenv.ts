import { readDotenv } from '../environment/dotenvText.ts';
import { UsageFailure } from './usage.ts';

/** The values of a `.env` file by name, the last one of each. Throws with the number of the first line that is no variable. */
export function parseDotenv(text: string): Record<string, string> {
  const { entries, mistakes } = readDotenv(text);
  const [mistake] = mistakes;
  if (mistake !== undefined) throw new UsageFailure(sentences[mistake.kind](mistake.line));
  const values: Record<string, string> = {};
  for (const { name, value } of entries) {
    Object.defineProperty(values, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return values;
}

const noVariable = (line: number) => `Line ${line} is no NAME=value.`;
const sentences = {
  'no-variable': noVariable,
  name: noVariable,
  'open-quote': (line: number) => `The quotes that line ${line} opens are not closed.`,
  'after-quote': (line: number) => `There is something behind the quotes of line ${line}.`,
} as const;
