import { createContext, type Script } from 'node:vm';
import { Overdue, runWithin } from '../../ownTime.ts';
import { Failure } from '../../rpc/failure.ts';

/** How long an expression may look at one page of lines, in milliseconds: some need for ever, and the hub has one thread. */
const patience = 250;

/** Which of some lines are wanted. Without regard to case unless the text has a capital letter. Throws `invalid` and `timeout`. */
export async function lineFilter(
  search: string | undefined,
  regex: boolean,
): Promise<<T extends { readonly text: string }>(lines: readonly T[]) => readonly T[]> {
  if (search === undefined) return (lines) => lines;
  const isExact = /\p{Lu}/u.test(regex ? search.replace(/\\./g, '') : search);
  if (!regex) {
    const needle = isExact ? search : search.toLowerCase();
    return (lines) => lines.filter(({ text }) => (isExact ? text : text.toLowerCase()).includes(needle));
  }
  const expression = parse(search, isExact ? 'u' : 'ui');
  const { Script: Program } = await import('node:vm');
  const script: Script = new Program('texts.map((text) => expression.test(text))');
  return (lines) => {
    const context = createContext({ expression, texts: lines.map(({ text }) => text) });
    try {
      const found = runWithin(script, context, patience) as boolean[];
      return lines.filter((_, index) => found[index]);
    } catch (error) {
      if (!(error instanceof Overdue)) throw error;
      throw new Failure('timeout', 'This regular expression takes too long.', {
        hint: 'Look for a plain text, or for less that can match in several ways.',
      });
    }
  };
}

function parse(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    try {
      // Escapes that Unicode mode refuses are common: `\-`.
      return new RegExp(source, flags.replace('u', ''));
    } catch (error) {
      throw new Failure('invalid', `This is no regular expression: ${error instanceof Error ? error.message : source}.`, {
        hint: 'Leave --regex out to look for the text itself.',
      });
    }
  }
}
