import { named } from './problems.ts';

/** Gives the value of a variable; undefined when it has none. */
export type Lookup = (name: string) => string | undefined;

export interface Interpolated {
  readonly text: string;
  /** Names without a value: nothing stands for them. */
  readonly unresolved: readonly string[];
  /** What is wrong with it, in sentences: a form that is none, a value that must be there. */
  readonly mistakes: readonly string[];
}

const longest = 1_000_000;
const deepest = 20;
const mostMistakes = 10;
const nameAt = /[A-Za-z_][A-Za-z0-9_]*/y;
const plainAt = /[^${}]*/y;

/**
 * Fills in `$A`, `${A}`, `${A:-b}`, `${A-b}`, `${A:?m}`, `${A?m}`, `${A:+b}`, `${A+b}` as Compose does: what stands behind the sign may have
 * variables of its own, `$$` is one `$`, and values are not looked into again.
 */
export function interpolate(text: string, lookup: Lookup): Interpolated {
  if (!text.includes('$')) return { text, unresolved: [], mistakes: [] };
  const run = new Run(text, lookup);
  const filled = run.upTo(undefined, 0);
  return { text: filled, unresolved: [...run.unresolved], mistakes: [...run.mistakes] };
}

class Run {
  readonly unresolved = new Set<string>();
  readonly mistakes = new Set<string>();
  readonly #text: string;
  readonly #lookup: Lookup;
  #at = 0;
  /** Inside of what does not count: nothing there is missing. */
  #quiet = 0;
  #length = 0;

  constructor(text: string, lookup: Lookup) {
    this.#text = text;
    this.#lookup = lookup;
  }

  /** Reads to the closing brace of what is open, which it leaves, or to the end. */
  upTo(end: '}' | undefined, depth: number): string {
    const parts: string[] = [];
    // Braces that are text, as in `${A:-{"a":1}}`.
    let open = 0;
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] as string;
      if (end !== undefined && character === '}' && open === 0) break;
      if (character === '$') parts.push(this.#dollar(depth));
      else {
        if (character === '{') open++;
        if (character === '}') open--;
        plainAt.lastIndex = this.#at + 1;
        const rest = plainAt.exec(this.#text)?.[0] ?? '';
        parts.push(this.#kept(character + rest));
        this.#at += 1 + rest.length;
      }
    }
    return parts.join('');
  }

  #dollar(depth: number): string {
    const start = this.#at;
    this.#at++;
    if (this.#text[this.#at] === '$') {
      this.#at++;
      return '$';
    }
    const braced = this.#text[this.#at] === '{';
    if (braced) this.#at++;
    nameAt.lastIndex = this.#at;
    const name = nameAt.exec(this.#text)?.[0];
    if (name === undefined) return braced ? this.#wrong(start) : '$';
    this.#at += name.length;
    if (!braced) return this.#plain(name);
    const [sign = ''] = /^:?[-?+]/.exec(this.#text.slice(this.#at, this.#at + 2)) ?? [];
    this.#at += sign.length;
    if (depth >= deepest) return this.#wrong(start);
    const value = this.#lookup(name);
    const isThere = value !== undefined && !(sign.startsWith(':') && value === '');
    const kind = sign.at(-1);
    const counts = kind === '+' ? isThere : kind !== undefined && !isThere;
    if (!counts) this.#quiet++;
    const more = sign === '' ? '' : this.upTo('}', depth + 1);
    if (!counts) this.#quiet--;
    if (this.#text[this.#at] !== '}') return this.#wrong(start);
    this.#at++;
    if (kind === undefined) return this.#plain(name);
    if (kind === '+') return isThere ? more : '';
    if (isThere) return this.#kept(value);
    if (kind === '-') return more;
    if (this.#quiet === 0) this.mistakes.add(`The variable \`${name}\` must have a value${more === '' ? '' : `: ${more}`}.`);
    return '';
  }

  #plain(name: string): string {
    const value = this.#lookup(name);
    if (value === undefined && this.#quiet === 0) this.unresolved.add(name);
    return this.#kept(value ?? '');
  }

  #kept(text: string): string {
    this.#length += text.length;
    if (this.#length <= longest) return text;
    this.mistakes.add('With its variables filled in this is too long.');
    return '';
  }

  /** What is behind it is read on: whoever made the mistake does not get the value anyway. */
  #wrong(start: number): string {
    const written = named(this.#text.slice(start, start + 20));
    if (this.#quiet === 0 && this.mistakes.size < mostMistakes)
      this.mistakes.add(`${written} is no variable; a \`$\` that stands for itself is written \`$$\`.`);
    return '';
  }
}
