import type { Token } from './segments.ts';

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#x27;': "'" };

/**
 * Reads highlight.js's output back into plain text and tokens per line, so that nothing of it is ever set as HTML. It consists of
 * `<span class="…">`, `</span>` and escaped text; anything else is text. The innermost class wins.
 */
export function tokensOf(html: string): Token[][] {
  const lines: Token[][] = [[]];
  const scopes: string[] = [];
  let column = 0;
  for (const [piece, open, close] of html.matchAll(/<span class="([^"]*)">|(<\/span>)|&(?:amp|lt|gt|quot|#x27);|\n|[^<&\n]+|[<&]/g)) {
    if (open !== undefined) scopes.push(scopeOf(open));
    else if (close !== undefined) scopes.pop();
    else if (piece === '\n') {
      lines.push([]);
      column = 0;
    } else {
      const length = (entities[piece] ?? piece).length;
      const scope = scopes.findLast((each) => each !== '') ?? '';
      if (scope !== '') push(lines.at(-1) ?? [], column, column + length, scope);
      column += length;
    }
  }
  return lines;
}

function push(tokens: Token[], start: number, end: number, scope: string): void {
  const last = tokens.at(-1);
  if (last !== undefined && last.end === start && last.scope === scope) tokens[tokens.length - 1] = { ...last, end };
  else tokens.push({ start, end, scope });
}

/** `hljs-title function_` → `title-function`: only letters reach a class name. */
function scopeOf(classes: string): string {
  const [first = '', second = ''] = classes.split(' ');
  const name = first.replace(/^hljs-/, '');
  if (!/^[a-z-]+$/.test(name)) return '';
  return name === 'title' && second === 'class_' ? 'type' : name;
}
