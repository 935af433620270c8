/**
 * Values of variables in `hearth.yaml` are templates: `${NAME}`, `${NAME:-default}` (also when it is empty), `${NAME-default}`,
 * `${NAME:?message}`, and `$$` for one `$`. A `$` before anything else stands for itself. What was stored or given is never a template.
 */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'reference';
      readonly name: string;
      /** What stands in where the name is not set. */
      readonly otherwise?: { readonly kind: 'default' | 'message'; readonly text: string; readonly whenEmpty: boolean };
    };

const piece = /\$\$|\$\{([^}]*)(\}?)/g;
const reference = /^([A-Za-z_][A-Za-z0-9_]{0,199})(?:(:?)([-?])([\s\S]*))?$/;

/** The parts of a template, or what is wrong with it, in a sentence. */
export function parseTemplate(text: string): { parts: TemplatePart[] } | { problem: string } {
  const parts: TemplatePart[] = [];
  let at = 0;
  const add = (literal: string) => {
    if (literal !== '') parts.push({ kind: 'text', text: literal });
  };
  for (const match of text.matchAll(piece)) {
    add(text.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[0] === '$$') {
      add('$');
      continue;
    }
    const [, inside = '', closing] = match;
    if (closing === '') return { problem: `"\${${inside.slice(0, 40)}" is not closed with "}"; a "$" before "{" is written "$$".` };
    const found = reference.exec(inside);
    if (found === null) return { problem: `"\${${inside.slice(0, 40)}}" names no variable; a "$" before "{" is written "$$".` };
    const [, name = '', colon, sign, rest = ''] = found;
    if (sign === undefined) parts.push({ kind: 'reference', name });
    else {
      const kind = sign === '-' ? 'default' : 'message';
      parts.push({ kind: 'reference', name, otherwise: { kind, text: rest, whenEmpty: colon === ':' } });
    }
  }
  add(text.slice(at));
  return { parts };
}

/** What is wrong with a template, in a sentence; undefined when nothing is. Whether its names are set, only an environment can tell. */
export function templateProblem(text: string): string | undefined {
  const parsed = parseTemplate(text);
  return 'problem' in parsed ? parsed.problem : undefined;
}
