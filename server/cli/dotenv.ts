import { UsageFailure } from './usage.ts';

const line = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/;

/**
 * `NAME=value` lines as `.env` files have them: comments, `export`, 'single quotes' (as they are), "double quotes" (with \n, \t, \", \\,
 * also over several lines), ` #` ends a value without quotes. Nothing is filled in. Throws with the number of a line that is none.
 */
export function parseDotenv(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  let rest = text.replace(/^\ufeff/, '').replace(/\r\n/g, '\n');
  let number = 1;
  while (rest !== '') {
    const end = rest.indexOf('\n') < 0 ? rest.length : rest.indexOf('\n');
    const first = rest.slice(0, end).trim();
    if (first === '' || first.startsWith('#')) {
      rest = rest.slice(end + 1);
      number++;
      continue;
    }
    const start = rest.length - rest.trimStart().length;
    const match = line.exec(rest.slice(start));
    if (match === null) throw new UsageFailure(`Line ${number} is no NAME=value.`);
    const [begin, name = ''] = match;
    const { value, length } = valueAt(rest.slice(start + begin.length), number);
    Object.defineProperty(values, name, { value, enumerable: true, configurable: true, writable: true });
    const used = rest.slice(0, start + begin.length + length);
    number += used.split('\n').length;
    rest = rest.slice(used.length + 1);
  }
  return values;
}

/** A value and how much of the text it takes, to the end of its line. */
function valueAt(text: string, number: number): { value: string; length: number } {
  const quoted = /^'([^']*)'|^"((?:[^"\\]|\\[\s\S])*)"/.exec(text);
  const end = (from: number) => (text.indexOf('\n', from) < 0 ? text.length : text.indexOf('\n', from));
  if (quoted === null) {
    if (/^['"]/.test(text)) throw new UsageFailure(`The quotes that line ${number} opens are not closed.`);
    return {
      value: text
        .slice(0, end(0))
        .replace(/(^|[ \t])#.*$/, '')
        .trim(),
      length: end(0),
    };
  }
  const [whole, single, double = ''] = quoted;
  const behind = text.slice(whole.length, end(whole.length)).trim();
  if (behind !== '' && !behind.startsWith('#')) throw new UsageFailure(`There is something behind the quotes of line ${number}.`);
  return { value: single ?? double.replace(/\\([\s\S])/g, (_, each: string) => escapes[each] ?? each), length: end(whole.length) };
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
