import { isAlias, isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import type { Problem } from '../protocol/config.ts';
import { schemasAt } from './jsonSchema.ts';

export type KeyPath = readonly (string | number)[];
export type Place = Pick<Problem, 'line' | 'column' | 'endLine' | 'endColumn'>;

/** Where something is in the text: its key (absent in a list) and its value (absent when empty). */
interface Spot {
  readonly key: readonly [number, number] | undefined;
  readonly value: readonly [number, number] | undefined;
  /** What stands for the value: of an alias what it points to. */
  readonly source?: readonly [number, number] | undefined;
}

interface Mistake {
  readonly code: 'yaml' | 'unknown-key' | 'too-large';
  readonly message: string;
  readonly at: readonly [number, number];
}

/** Far more than anybody writes, and little to look at: aliases of aliases end here. */
const mostValues = 20_000;
const deepest = 40;
export const longestText = 256_000;

/**
 * YAML as plain data (maps without a prototype), with the place of everything. `data` is undefined where the text is no YAML or empty. A key
 * that holds a list or map and stands there empty counts as left out; keys beginning with `x-` at the top are the user's own, for anchors.
 */
export class YamlText {
  readonly text: string;
  readonly data: unknown;
  readonly mistakes: Mistake[] = [];
  /** Where each line begins. */
  readonly #lines: readonly number[];
  readonly #spots = new Map<string, Spot>();
  /** The last node of each name so far, as YAML has it. */
  readonly #anchors = new Map<string, Node>();
  #values = 0;

  constructor(text: string) {
    this.text = text;
    this.#lines = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
    if (text.length > longestText) {
      this.#mistake('too-large', `The file is longer than ${longestText / 1000} kB.`, [0, 0]);
      return;
    }
    const document = parseDocument(text, { prettyErrors: false, stringKeys: true, merge: false, logLevel: 'error' });
    for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
      this.#mistake(
        'yaml',
        code === 'MULTIPLE_DOCS' ? 'The file must be one YAML document: `---` begins another one.' : sentence(message),
        pos,
      );
    }
    // Also of a text with a mistake: what is known of it helps while it is typed.
    if (document.contents !== null) this.data = this.#read(document.contents, [], []);
  }

  /** It is no YAML, or too much of it: nothing can be said of its keys. */
  get broken(): boolean {
    return this.mistakes.some(({ code }) => code !== 'unknown-key');
  }

  has(path: KeyPath): boolean {
    return this.#spots.has(nameOf(path));
  }

  isMap(path: KeyPath): boolean {
    const value = this.valueAt(path);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  }

  /** The value as it is read. */
  valueAt(path: KeyPath): unknown {
    let value = this.data;
    for (const part of path) value = (value as Record<string | number, unknown> | null | undefined)?.[part];
    return value;
  }

  /** The texts that entries of a list have under a key such as `name`; under the next one where they lack it. */
  textsOf(list: KeyPath, ...keys: readonly string[]): string[] {
    const entries = this.valueAt(list);
    if (!Array.isArray(entries)) return [];
    return entries.flatMap((entry: Record<string, unknown> | null) => {
      const value = typeof entry === 'object' ? keys.map((key) => entry?.[key]).find((each) => each !== undefined) : undefined;
      return typeof value === 'string' ? [value] : [];
    });
  }

  /** The keys of a map; none where there is no map. */
  keysOf(path: KeyPath): string[] {
    return this.isMap(path) ? Object.keys(this.valueAt(path) as object) : [];
  }

  /** Where a key is; of an entry of a list, and of the file itself, where its value is. */
  keyPlace(path: KeyPath): Place {
    const spot = this.#nearest(path);
    return this.placeOf(spot?.key ?? spot?.value ?? [0, 0]);
  }

  /** Where a value is; its key when there is none. */
  valuePlace(path: KeyPath): Place {
    const spot = this.#nearest(path);
    return this.placeOf(spot?.value ?? spot?.key ?? [0, 0]);
  }

  /** Where a text goes on after so many characters; the whole value when it is not written as it is read (escapes, several lines). */
  placeInside(path: KeyPath, characters: number): Place {
    const place = this.valuePlace(path);
    const spot = this.#spots.get(nameOf(path));
    const source = spot?.value === undefined ? '' : this.text.slice(...spot.value);
    const quoted = /^["']/.test(source) ? 1 : 0;
    const isPlain = source.slice(quoted, source.length - quoted) === this.valueAt(path);
    if (characters === 0 || !isPlain) return place;
    // Behind the last character something is missing: the last one is marked.
    const from = Math.min(quoted + characters, source.length - quoted - 1);
    return { ...place, column: place.column + from, endColumn: place.endColumn - quoted };
  }

  /** The value as it is written; of an alias, where its anchor is. */
  source(path: KeyPath): string | undefined {
    const source = this.#spots.get(nameOf(path))?.source;
    return source === undefined ? undefined : this.text.slice(...source);
  }

  /** Lines from the key to the end of its value, when it stands in a block of its own lines: what can be taken out whole. */
  lines(path: KeyPath): Place | undefined {
    const spot = this.#spots.get(nameOf(path));
    if (spot?.key === undefined) return undefined;
    const from = this.placeOf(spot.key);
    const start = spot.key[0] - from.column + 1;
    if (this.text.slice(start, spot.key[0]).trim() !== '') return undefined;
    const to = this.placeOf([spot.key[0], Math.max(spot.key[1], spot.value?.[1] ?? 0)]);
    const rest = this.text.slice(this.#offset(to.endLine, to.endColumn)).match(/^[^\n]*/)?.[0] ?? '';
    if (!/^\s*:?\s*(#.*)?$/.test(rest)) return undefined;
    return { line: from.line, column: 1, endLine: to.endLine + 1, endColumn: 1 };
  }

  placeOf([from, to]: readonly [number, number]): Place {
    const start = this.#position(from);
    const end = this.#position(Math.max(from, to));
    return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
  }

  #position(offset: number): { line: number; column: number } {
    const at = Math.min(Math.max(0, offset), this.text.length);
    let [low, high] = [0, this.#lines.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lines[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - (this.#lines[low] ?? 0) + 1 };
  }

  /** The spot of a path, else of the key that should hold it. */
  #nearest(path: KeyPath): Spot | undefined {
    for (let length = path.length; length >= 0; length--) {
      const spot = this.#spots.get(nameOf(path.slice(0, length)));
      if (spot !== undefined) return length === 0 && path.length > 0 ? { key: [0, 0], value: undefined } : spot;
    }
    return undefined;
  }

  #offset(line: number, column: number): number {
    return (this.#lines[line - 1] ?? 0) + column - 1;
  }

  /** Without the empty lines that a block takes with it. */
  #rangeOf(node: Node | null | undefined): readonly [number, number] | undefined {
    const [from = 0, to = 0] = node?.range ?? [];
    const length = this.text.slice(from, to).trimEnd().length;
    return length === 0 ? undefined : [from, from + length];
  }

  #mistake(code: Mistake['code'], message: string, at: readonly [number, number]): undefined {
    this.mistakes.push({ code, message, at });
    return undefined;
  }

  #read(given: Node, path: KeyPath, passed: readonly Node[], key?: Node): unknown {
    const node = isAlias(given) ? this.#anchors.get(given.source) : given;
    const keyRange = this.#rangeOf(key);
    if (node === undefined) return this.#mistake('yaml', 'There is no such anchor before this alias.', this.#rangeOf(given) ?? [0, 0]);
    if (passed.includes(node) || passed.length > deepest || ++this.#values > mostValues) {
      if (this.mistakes.length === 0)
        this.#mistake('too-large', 'This is nested too deeply, or its aliases stand for too much.', this.#rangeOf(given) ?? [0, 0]);
      return undefined;
    }
    this.#spots.set(nameOf(path), { key: keyRange, value: this.#rangeOf(given), source: this.#rangeOf(node) });
    if ('anchor' in given && given.anchor !== undefined) this.#anchors.set(given.anchor, given);
    if (isScalar(node)) return typeof node.value === 'symbol' ? '<<' : node.value;
    const inside = [...passed, node];
    if (isSeq(node)) return node.items.map((each, index) => this.#read(each as Node, [...path, index], inside));
    return isMap(node) ? this.#readMap(node.items as never, path, inside) : undefined;
  }

  #readMap(pairs: readonly { key: Node; value: Node | null }[], path: KeyPath, passed: readonly Node[]): unknown {
    const values = Object.create(null) as Record<string, unknown>;
    for (const { key, value } of pairs) {
      const name = isScalar(key) ? String(key.value) : '';
      const at = this.#rangeOf(key) ?? [0, 0];
      // Nothing of ours, but others may stand for it.
      if (path.length === 0 && name.startsWith('x-')) this.#read(value ?? key, [...path, name], passed, key);
      else if (name === '<<')
        this.#mistake('unknown-key', 'Merge keys (`<<`) are not part of YAML 1.2: write the keys, or an alias for a whole value.', at);
      else if (name === '__proto__') this.#mistake('unknown-key', 'There is no key `__proto__`.', at);
      else {
        const own = [...path, name];
        const read = value === null ? null : this.#read(value, own, passed, key);
        if (value === null) this.#spots.set(nameOf(own), { key: at, value: undefined });
        if (read !== null || !mayBeEmpty(own)) values[name] = read;
      }
    }
    return values;
  }
}

function nameOf(path: KeyPath): string {
  return path.join('\0');
}

/** Whether nothing after a key is as good as no key: it holds a list or a map. Services and environments are there by their name. */
function mayBeEmpty(path: KeyPath): boolean {
  if (path.length === 2 && ['services', 'environments', 'catalog'].includes(String(path[0]))) return false;
  return schemasAt(path).some(({ type }) => type === 'object' || type === 'array');
}

function sentence(message: string): string {
  const text = (message.split('\n')[0] ?? '').trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
