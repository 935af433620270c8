import { secretName } from '../../config/secretName.ts';
import type { DotenvEntry, DotenvText } from '../dotenvText.ts';
import { isPlaceholder, looksRandom } from '../secretRules.ts';
import { type Expected, typeOfExample } from './valueType.ts';

/** What an example says of one variable. */
export interface Asked {
  readonly entry: DotenvEntry;
  readonly optional: boolean;
  readonly expected: Expected | undefined;
  /** Its value, where it may be taken over as it is: no secret, nothing to be filled in. */
  readonly usable: string | undefined;
  /** Its value says that another one belongs there. */
  readonly placeholder: boolean;
}

/** An example as the doctor reads it; `offered`: names in comments, which may be set. */
export interface Example {
  readonly file: string;
  readonly asked: ReadonlyMap<string, Asked>;
  readonly offered: ReadonlySet<string>;
}

const toBeReplaced = /change[-_ ]?(?:me|it|this)|replace[-_ ]?(?:me|this)|^your[-_ ]|placeholder|^<.*>$|^x{3,}$|^todo\b/i;
const optionalAbove = /^#+\s*[([]?@?optional\b/i;
const optionalBehind = /#.*\boptional\b/i;
const disabled = /^#+\s*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=/;

export function exampleFrom(file: string, { entries, comments }: DotenvText): Example {
  const asked = new Map<string, Asked>();
  for (const entry of entries) {
    const above = commentsAbove(entry.line, comments);
    asked.set(entry.name, {
      entry,
      optional: above.some((each) => optionalAbove.test(each)) || optionalBehind.test(entry.after),
      expected: typeOfExample(entry, [entry.after, ...above]),
      usable: isUsable(entry) ? entry.value : undefined,
      placeholder: toBeReplaced.test(entry.value),
    });
  }
  return { file, asked, offered: new Set([...comments.values()].flatMap((each) => disabled.exec(each)?.[1] ?? [])) };
}

/** Comment lines directly above a line, the nearest first. */
function commentsAbove(line: number, comments: ReadonlyMap<number, string>): string[] {
  const found: string[] = [];
  for (let at = line - 1; ; at--) {
    const comment = comments.get(at);
    // A variable that is switched off has its own comments.
    if (comment === undefined || disabled.test(comment)) return found;
    found.push(comment);
  }
}

/** Plain enough to be written without quotes, and meant for everybody. */
function isUsable({ name, value }: DotenvEntry): boolean {
  if (/^(?:true|false|-?\d{1,9}(?:\.\d{1,9})?)$/i.test(value)) return !secretName.test(name);
  const plain = /^[\w./:,@+-]{1,200}$/.test(value) && !/:\/\/[^/\s]*@/.test(value);
  return plain && !secretName.test(name) && !isPlaceholder(value) && !looksRandom(value);
}
