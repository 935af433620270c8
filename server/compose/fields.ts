import { closest } from '../config/closest.ts';
import { pairsOf } from './merge.ts';
import { type ComposeProblems, named } from './problems.ts';
import { isNull, itemsOf, type MapTree, type Tree, textOf } from './tree.ts';
import type { ComposePlace } from './types.ts';
import { durationOf, sizeOf, wordsOf } from './units.ts';

/** What is found while a service (a network, …) is read. */
export interface Findings {
  readonly problems: ComposeProblems;
  readonly places: Record<string, ComposePlace>;
  readonly unknown: string[];
  readonly others: string[];
}

const mostUnknown = 50;

/**
 * The keys of one map, read by name. What has the wrong form is a problem and counts as left out. `done` says which keys nobody asked for.
 */
export class Fields {
  readonly tree: MapTree | undefined;
  /** Where it is inside the service: `deploy.update_config`, empty for the service itself. */
  readonly path: string;
  readonly findings: Findings;
  readonly #asked = new Set<string>();

  constructor(tree: Tree | undefined, path: string, findings: Findings) {
    this.path = path;
    this.findings = findings;
    if (tree !== undefined && !isNull(tree) && tree.kind !== 'map')
      findings.problems.error('value', tree.place, `${named(path)} must be a map of keys.`);
    this.tree = tree?.kind === 'map' ? tree : undefined;
    for (const [name, { place }] of this.tree?.entries ?? []) findings.places[this.#pathOf(name)] = place;
  }

  get names(): string[] {
    return [...(this.tree?.entries.keys() ?? [])];
  }

  has(name: string): boolean {
    return !isNull(this.tree?.entries.get(name)?.value);
  }

  /** Where the value is; its key where that is known better. */
  placeAt(name: string): ComposePlace | undefined {
    return this.tree?.entries.get(name)?.place;
  }

  raw(name: string): Tree | undefined {
    this.#asked.add(name);
    const value = this.tree?.entries.get(name)?.value;
    return isNull(value) ? undefined : value;
  }

  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value !== undefined && value.kind !== 'text') return this.#wrong(name, 'one value');
    return textOf(value);
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const text = this.text(name);
    const found = allowed.find((each) => each === text);
    return text === undefined || found !== undefined
      ? found
      : this.#wrong(name, `one of ${allowed.map((each) => `\`${each}\``).join(', ')}`);
  }

  flag(name: string): boolean | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^(true|yes|on|y|1|t)$/i.test(text)) return true;
    return /^(false|no|off|n|0|f)$/i.test(text) ? false : this.#wrong(name, '`true` or `false`');
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : this.#wrong(name, 'a number');
  }

  whole(name: string): number | undefined {
    const number = this.number(name);
    return number === undefined || Number.isSafeInteger(number) ? number : this.#wrong(name, 'a whole number');
  }

  /** As YAML 1.1 and people have it: `0440` and `0o440` are octal. */
  mode(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const [, octal, decimal] = text.match(/^(?:0o?([0-7]+)|([1-9]\d*|0))$/) ?? [];
    if (octal !== undefined) return Number.parseInt(octal, 8);
    return decimal === undefined ? this.#wrong(name, 'a mode such as `0440`') : Number(decimal);
  }

  /** Milliseconds. */
  duration(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : (durationOf(text) ?? this.#wrong(name, 'a duration such as `1m30s`'));
  }

  /** Bytes. */
  size(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : (sizeOf(text) ?? this.#wrong(name, 'a size such as `512m`'));
  }

  /** The texts of a list, each once; one text alone counts as a list. */
  texts(name: string): string[] {
    const found = new Set<string>();
    for (const item of this.items(name)) {
      const text = textOf(item);
      if (text === undefined) this.findings.problems.error('value', item.place, `${named(name)} must be a list of texts.`);
      else found.add(text);
    }
    return [...found];
  }

  /** As a command is written: a list of arguments, or a text that is split as a shell would. */
  words(name: string): string[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (value.kind === 'text') return wordsOf(value.text ?? '') ?? this.#wrong(name, 'a command whose quotes are closed');
    if (value.kind === 'map' || value.items.some(({ kind }) => kind !== 'text'))
      return this.#wrong(name, 'a command, or a list of its words');
    return value.items.map((item) => textOf(item) ?? '');
  }

  /** Says where an entry of a list stands, by its place in the result. */
  placeItem(name: string, index: number, { place }: Tree): void {
    this.findings.places[`${this.#pathOf(name)}.${index}`] = place;
  }

  items(name: string): readonly Tree[] {
    const value = this.raw(name);
    if (value?.kind === 'map') this.#wrong(name, 'a list');
    return itemsOf(value);
  }

  /** Values by name, from a map or a list of `NAME=value`; null where there is none. */
  pairs(name: string): Map<string, { readonly value: string | null; readonly place: ComposePlace }> {
    const value = this.raw(name);
    const map = value === undefined ? undefined : pairsOf(value);
    const found = new Map<string, { value: string | null; place: ComposePlace }>();
    if (map !== undefined && map.kind !== 'map') this.#wrong(name, 'a map, or a list of `NAME=value`');
    for (const [key, { place, value: each }] of map?.kind === 'map' ? map.entries : []) {
      this.findings.places[`${this.#pathOf(name)}.${key}`] = place;
      if (each.kind === 'text') found.set(key, { value: each.text, place });
      else this.findings.problems.error('value', place, `${named(key)} must have one value.`);
    }
    return found;
  }

  /** The same as texts; no value is an empty one. */
  labels(name: string): Record<string, string> {
    return Object.fromEntries([...this.pairs(name)].map(([key, { value }]) => [key, value ?? '']));
  }

  inside(name: string): Fields {
    return new Fields(this.raw(name), this.#pathOf(name), this.findings);
  }

  /** Keys of the specification that nothing here has a use for. */
  others(...names: readonly string[]): void {
    for (const name of names) {
      if (this.has(name)) this.findings.others.push(this.#pathOf(name));
      this.#asked.add(name);
    }
  }

  /** What nobody asked for is not known; keys beginning with `x-` are the user's own. */
  done(): void {
    for (const [name, { place }] of this.tree?.entries ?? []) {
      if (this.#asked.has(name) || name.startsWith('x-')) continue;
      this.findings.unknown.push(this.#pathOf(name));
      // Who has so many has something else in mind.
      const [near] = this.findings.unknown.length > mostUnknown ? [] : closest(name, [...this.#asked]);
      const meant = near === undefined ? '' : ` Is \`${near}\` meant?`;
      const where = this.path === '' ? '' : ` in \`${this.path}\``;
      this.findings.problems.error('unknown-key', place, `The Compose specification has no key ${named(name)}${where}.${meant}`);
    }
  }

  wrong(name: string, what: string): undefined {
    return this.#wrong(name, what);
  }

  #pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  #wrong(name: string, what: string): undefined {
    const entry = this.tree?.entries.get(name);
    if (entry !== undefined) this.findings.problems.error('value', entry.value.place, `${named(name)} must be ${what}.`);
    return undefined;
  }
}

/** Without the keys that have no value. */
export function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
