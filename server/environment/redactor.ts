/** Shorter values are in too many words to be masked. */
const shortest = 6;
const mask = '***';
/** Needles are looked up by so many characters of their beginning. */
const prefix = 4;

/**
 * Masks secrets in what is logged: the values, their lines, and how they look in base64, in URLs and in JSON. Values under 6 characters are
 * left alone. What is left of one that somebody has cut with an ellipsis is masked too, when it is 6 characters of its beginning or more.
 */
export class Redactor {
  /** Which pairs of characters a needle begins with: most places of a text are passed by with one look. */
  readonly #pairs = new Uint8Array(65_536);
  /** By the first characters; the longest first, so that of two that begin alike the whole one goes. */
  readonly #needles = new Map<string, string[]>();
  readonly #longest: number;
  /** How many it has masked so far. */
  count = 0;

  constructor(values: readonly string[]) {
    const needles = [...new Set(values.flatMap(formsOf))].sort((a, b) => b.length - a.length);
    this.#longest = needles[0]?.length ?? 0;
    for (const needle of needles) {
      this.#pairs[pairAt(needle, 0)] = 1;
      const start = needle.slice(0, prefix);
      this.#needles.set(start, [...(this.#needles.get(start) ?? []), needle]);
    }
  }

  /** For whole lines. */
  redact(text: string): string {
    return this.#masked(text, text.length).text;
  }

  /** For pieces of a stream, which may cut a secret in two: keeps back what may be the beginning of one until more has come. */
  stream(): { push(chunk: string): string; end(): string } {
    let kept = '';
    return {
      push: (chunk) => {
        kept += chunk;
        const { text, end } = this.#masked(kept, Math.max(0, kept.length - Math.max(0, this.#longest - 1)));
        kept = kept.slice(end);
        return text;
      },
      end: () => {
        const rest = this.redact(kept);
        kept = '';
        return rest;
      },
    };
  }

  /** Where what may be the beginning of a secret begins, at the end of a text; the length of the text when nothing there may be one. */
  begunAt(text: string): number {
    const all = [...this.#needles.values()].flat();
    for (let at = Math.max(0, text.length - this.#longest + 1); at < text.length; at++) {
      const rest = text.slice(at);
      if (all.some((needle) => needle.startsWith(rest))) return at;
    }
    return text.length;
  }

  /** The text up to `until`, or to the end of a secret that begins before it. */
  #masked(text: string, until: number): { text: string; end: number } {
    if (this.#needles.size === 0) return { text: text.slice(0, until), end: until };
    let result = '';
    let done = 0;
    for (let at = 0; at < until && at <= text.length - shortest; at++) {
      if (this.#pairs[pairAt(text, at)] === 0) continue;
      const length = this.#lengthAt(text, at);
      if (length === 0) continue;
      this.count++;
      result += text.slice(done, at) + mask;
      done = at + length;
      at = done - 1;
    }
    const end = Math.max(until, done);
    return { text: result + text.slice(done, end), end };
  }

  /** Of the secret that begins there, or of as much as is left of it before an ellipsis; 0 for none. */
  #lengthAt(text: string, at: number): number {
    const needles = this.#needles.get(text.slice(at, at + prefix));
    if (needles === undefined) return 0;
    const whole = needles.find((needle) => text.startsWith(needle, at));
    if (whole !== undefined) return whole.length;
    const rest = text.slice(at, at + this.#longest);
    const left = /^[^…]*?(?= ?…)/.exec(rest)?.[0] ?? '';
    return left.length >= shortest && needles.some((needle) => needle.startsWith(left)) ? left.length : 0;
  }
}

function pairAt(text: string, at: number): number {
  return (text.charCodeAt(at) * 251 + text.charCodeAt(at + 1)) & 0xffff;
}

/** How a value may show in a log. */
function formsOf(value: string): string[] {
  const pieces = value.includes('\n') ? [value, ...value.split('\n')] : [value];
  return pieces
    .map((piece) => piece.trim())
    .filter((piece) => piece.length >= shortest)
    .flatMap((piece) => [piece, ...jsonForms(piece), ...base64Forms(piece), ...urlForms(piece)])
    .filter((form) => form.length >= shortest);
}

function jsonForms(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  return [json, json.replaceAll('/', '\\/')];
}

/**
 * In base64 bytes go in threes: behind 0, 1 or 2 other ones a value looks different. What its own bytes alone decide is the same wherever it
 * stands, so `user:password` is found, too. Long ones come in lines.
 */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  const inner = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // A character that is shared with what stands before or behind is left out.
    return text.slice(Math.ceil((before * 8) / 6), (before + bytes.length) % 3 === 0 ? undefined : -1);
  });
  const whole = bytes.toString('base64');
  const lines = [64, 76].flatMap((width) => (whole.length > width ? (whole.match(new RegExp(`.{1,${width}}`, 'g')) ?? []) : []));
  return [whole, ...inner, ...lines].flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
}

function urlForms(value: string): string[] {
  // Half of a surrogate pair has no such form.
  const component = encodeURIComponent(Buffer.from(value).toString());
  const strict = component.replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [component, strict, strict.replaceAll('%20', '+')];
  return [...forms, ...forms.map((text) => text.replace(/%[0-9A-F]{2}/g, (each) => each.toLowerCase()))];
}
