import type { Json } from './assertion.ts';

/** A mistake in an assertion and where it is, as an offset in the text. */
export class AssertionSyntaxError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const flagsKnown = /^[imsu]*$/;

/** Walks through the text of one assertion, from left to right. */
export class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** What a sticky expression finds here. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** Goes behind blanks; the place it has come to. */
  blanks(): number {
    this.take(/\s+/y);
    return this.at;
  }

  /** Nothing may follow. */
  end(): void {
    const at = this.blanks();
    if (at < this.text.length) {
      throw new AssertionSyntaxError(`Nothing belongs behind the value; what has blanks is written in quotes.`, at);
    }
  }

  /** A JSON path: ends at the first blank outside of its brackets. */
  path(): string {
    const start = this.at;
    if (this.text[start] !== '$') throw new AssertionSyntaxError('A JSON path begins with $: `json $.ok == true`.', start);
    const open: string[] = [];
    while (this.at < this.text.length) {
      const character = this.text[this.at] ?? '';
      if (/\s/.test(character) && open.length === 0) break;
      if (character === '"' || character === "'") {
        this.#quoted(character);
        continue;
      }
      if (open.length === 0 && /[=!<>]/.test(character)) break;
      if (character === '[' || character === '(') open.push(character === '[' ? ']' : ')');
      else if ((character === ']' || character === ')') && open.pop() !== character) {
        throw new AssertionSyntaxError(`This ${character} closes nothing.`, this.at);
      }
      this.at++;
    }
    if (open.length > 0) throw new AssertionSyntaxError(`The path is not closed: ${open.at(-1)} is missing.`, this.at);
    return this.text.slice(start, this.at);
  }

  /** `/…/flags`, or the expression in quotes. */
  pattern(): { pattern: string; flags: string } {
    const at = this.blanks();
    const written = this.take(/\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//y);
    const pattern = written === undefined ? this.literal(false) : written.slice(1, -1);
    const flagsAt = this.at;
    const flags = written === undefined ? '' : (this.take(/[A-Za-z]*/y) ?? '');
    if (!flagsKnown.test(flags)) throw new AssertionSyntaxError('Of flags there are i, m, s and u.', flagsAt);
    try {
      new RegExp(String(pattern), flags);
    } catch (error) {
      throw new AssertionSyntaxError(`The expression cannot be read: ${(error as Error).message.replace(/^.*?: /, '')}.`, at);
    }
    return { pattern: String(pattern), flags };
  }

  /** A value: in quotes, a number, a word; with `json` also true, false, null, lists and objects. In a list a word ends at a comma. */
  literal(json: boolean, list = false): Json {
    const at = this.blanks();
    const first = this.text[at];
    if (first === undefined) throw new AssertionSyntaxError('Here belongs a value.', at);
    if (first === '"' || first === "'") return this.#quoted(first);
    if (json && (first === '[' || first === '{')) return this.#json();
    const word = this.take(list ? /[^\s,]+/y : /\S+/y) ?? '';
    if (word === '') throw new AssertionSyntaxError('Here belongs a value.', at);
    if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(word)) return Number(word);
    if (!json) return word;
    if (word === 'true' || word === 'false') return word === 'true';
    return word === 'null' ? null : word;
  }

  #json(): Json {
    const at = this.at;
    try {
      const value = JSON.parse(this.text.slice(at)) as Json;
      this.at = this.text.length;
      return value;
    } catch {
      throw new AssertionSyntaxError('This list or object is not JSON.', at);
    }
  }

  #quoted(quote: string): string {
    const start = this.at;
    const raw = this.take(quote === '"' ? /"(?:[^"\\]|\\.)*"/sy : /'(?:[^'\\]|\\.)*'/sy);
    if (raw === undefined) throw new AssertionSyntaxError('The quotes are not closed.', start);
    const inner = quote === '"' ? raw.slice(1, -1) : raw.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"');
    try {
      return JSON.parse(`"${inner.replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`) as string;
    } catch {
      throw new AssertionSyntaxError('Inside quotes \\ stands before ", \\, /, b, f, n, r, t or uXXXX.', start);
    }
  }
}
