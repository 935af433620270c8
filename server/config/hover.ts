import { cursorAt } from './cursor.ts';
import { laterKeys } from './hearthSchema.ts';
import { schemasAt } from './jsonSchema.ts';

export interface HoverText {
  readonly markdown: string;
  /** Of the key, from 1. */
  readonly column: number;
  readonly endColumn: number;
}

/** What is said of the key at a place. All of it is our own text: nothing of the file becomes markup. */
export function hoverAt(text: string, line: number, column: number): HoverText | undefined {
  const own = text.split(/\r?\n/)[line - 1] ?? '';
  for (const { 0: name, index } of own.matchAll(/[A-Za-z_][\w-]*(?=\s*:(\s|$))/g)) {
    const [from, to] = [index + 1, index + 1 + name.length];
    if (column < from || column > to) continue;
    const cursor = cursorAt(text, line, from);
    if (cursor === undefined) return undefined;
    const said = describe([...cursor.path, name]);
    return said === undefined ? undefined : { markdown: said, column: from, endColumn: to };
  }
  return undefined;
}

function describe(path: readonly (string | number)[]): string | undefined {
  const place = path.slice(0, -1).map((part, index) => (index === 1 ? '*' : part));
  if (laterKeys[place.join('.')]?.includes(String(path.at(-1))) === true) return 'Not in this version of Hearth: it would have no effect.';
  const [schema] = schemasAt(path);
  if (schema?.description === undefined) return undefined;
  const expects = schema['x-expects'];
  const choices = schema.enum?.map((each) => `\`${String(each)}\``).join(', ');
  const form = expects ?? choices;
  return form === undefined ? schema.description : `${schema.description}\n\n*${form.charAt(0).toUpperCase()}${form.slice(1)}*`;
}
