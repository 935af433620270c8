import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseAllDocuments, type YAMLMap } from 'yaml';
import { interpolate, type Lookup } from './interpolate.ts';
import { type ComposeProblems, named } from './problems.ts';
import type { Entry, Tree } from './tree.ts';
import type { ComposePlace } from './types.ts';

/** With aliases written out: far more than anybody writes. */
const mostValues = 200_000;
const mostAliases = 10_000;
const deepest = 60;
const mostBrackets = 1000;
const mostDocuments = 100;

interface ReadOptions {
  readonly file: string;
  /** The folder that relative paths start from. */
  readonly base: string;
  /** Absent: texts stay as they are written. */
  readonly lookup: Lookup | undefined;
  readonly problems: ComposeProblems;
  /** Characters that are left for texts, of all files together. */
  readonly budget: { left: number };
}

/** The documents of a file: maps, each with what stands in it. None where it cannot be read; the problems say why. */
export function readTrees(text: string, options: ReadOptions): Tree[] {
  const place = { file: options.file, line: 1 };
  if (bracketsIn(text) > mostBrackets) {
    options.problems.error('too-large', place, 'This is nested too deeply.');
    return [];
  }
  if ((text.match(/^---/gm)?.length ?? 0) > mostDocuments) {
    options.problems.error('too-large', place, `A file has at most ${mostDocuments} documents.`);
    return [];
  }
  try {
    return new TreeReader(text, options).documents();
  } catch (error) {
    // The parser goes as deep as the text does.
    if (!(error instanceof RangeError)) throw error;
    options.problems.error('too-large', place, 'This is nested too deeply.');
    return [];
  }
}

/** How many brackets are open at once at most, in texts and comments too: the parser is slow where there are many. */
function bracketsIn(text: string): number {
  let [open, found] = [0, 0];
  for (const bracket of text.match(/[[\]{}]/g) ?? []) {
    open = bracket === '[' || bracket === '{' ? open + 1 : Math.max(0, open - 1);
    found = Math.max(found, open);
  }
  return found;
}

/** A tree and how many values it stands for. */
interface Sized {
  readonly tree: Tree;
  readonly size: number;
}

class Stop extends Error {}

class TreeReader {
  readonly #text: string;
  readonly #options: ReadOptions;
  readonly #lines: readonly number[];
  #anchors = new Map<string, Sized | 'open'>();
  #aliases = 0;

  constructor(text: string, options: ReadOptions) {
    this.#text = text;
    this.#options = options;
    this.#lines = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  documents(): Tree[] {
    const parsed = parseAllDocuments(this.#text, {
      prettyErrors: false,
      uniqueKeys: false,
      merge: false,
      logLevel: 'silent',
    });
    if (!Array.isArray(parsed)) return [];
    const { problems } = this.#options;
    const trees: Tree[] = [];
    for (const document of parsed) {
      for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
        const at = this.#placeAt(pos[0]);
        if (code === 'TAG_RESOLVE_FAILED') {
          if (!/!(reset|override)$/.test(message)) problems.warning('yaml', at, sentence(message));
        } else if (/call stack|stack overflow/i.test(message)) problems.error('too-large', at, 'This is nested too deeply.');
        else problems.error('yaml', at, sentence(message));
      }
      if (document.errors.some(({ code }) => code !== 'TAG_RESOLVE_FAILED') || document.contents === null) continue;
      this.#anchors = new Map();
      try {
        trees.push(this.#read(document.contents as Node, 0).tree);
      } catch (error) {
        if (!(error instanceof Stop)) throw error;
      }
    }
    return trees;
  }

  #read(node: Node, depth: number): Sized {
    const place = this.#placeAt(node.range?.[0] ?? 0);
    if (depth > deepest) return this.#stop('too-large', place, 'This is nested too deeply.');
    if (isAlias(node)) return this.#follow(node.source, place);
    const anchor = 'anchor' in node ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const sized = this.#build(node, place, depth);
    if (sized.size > mostValues) return this.#stop('aliases', place, 'Its aliases stand for too much.');
    if (anchor !== undefined) this.#anchors.set(anchor, sized);
    return sized;
  }

  #follow(name: string, place: ComposePlace): Sized {
    if (++this.#aliases > mostAliases) return this.#stop('aliases', place, 'There are too many aliases.');
    const found = this.#anchors.get(name);
    if (found === undefined) return this.#stop('yaml', place, `There is no anchor ${named(name)} before this alias.`);
    if (found === 'open') return this.#stop('cycle', place, `The alias ${named(name)} is inside of what it stands for.`);
    return found;
  }

  #build(node: Node, place: ComposePlace, depth: number): Sized {
    const common = { place, base: this.#options.base, ...tagOf(node) };
    if (isMap(node)) return this.#map(node as YAMLMap<Node, Node | null>, common, depth);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#read(item as Node, depth + 1));
      return { tree: { ...common, kind: 'list', items: items.map(({ tree }) => tree) }, size: sum(items) };
    }
    const { text, unresolved } = this.#scalar(node, place);
    return { tree: { ...common, kind: 'text', text, unresolved }, size: 1 };
  }

  #scalar(node: Node, place: ComposePlace): { text: string | null; unresolved: readonly string[] } {
    if (!isScalar(node) || node.value === null || node.value === undefined) return { text: null, unresolved: [] };
    // Numbers as they are written: `0440`, `1.10`.
    const written = typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
    if (this.#options.lookup === undefined) return { text: written, unresolved: [] };
    const { text, unresolved, mistakes } = interpolate(written, this.#options.lookup);
    this.#options.budget.left -= text.length;
    if (this.#options.budget.left < 0) return this.#stop('too-large', place, 'With their variables filled in these files are too long.');
    for (const mistake of mistakes) this.#options.problems.error('variable', place, mistake);
    for (const name of unresolved) this.#options.problems.warning('variable', place, `The variable ${named(name)} has no value.`);
    return { text, unresolved };
  }

  #map(node: YAMLMap<Node, Node | null>, common: Pick<Tree, 'place' | 'base' | 'tag'>, depth: number): Sized {
    const own = new Map<string, Entry>();
    const merged = new Map<string, Entry>();
    let size = 1;
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      const place = this.#placeAt(key.range?.[0] ?? 0);
      if (!isScalar(key)) {
        this.#options.problems.error('yaml', place, 'A key must be a text.');
        continue;
      }
      const name = typeof key.value === 'string' ? key.value : (key.source ?? '');
      const read: Sized =
        value === null
          ? { tree: { kind: 'text', text: null, unresolved: [], place, base: common.base }, size: 1 }
          : this.#read(value, depth + 1);
      size += read.size;
      if (name === '<<' && key.type === 'PLAIN') this.#merge(merged, read.tree);
      else if (name === '__proto__') this.#options.problems.error('unknown-key', place, 'There is no key `__proto__`.');
      else if (own.has(name)) this.#options.problems.error('yaml', place, `The key ${named(name)} is there twice.`);
      else own.set(name, { place, value: read.tree });
    }
    const entries = merged.size === 0 ? own : new Map([...[...merged].filter(([name]) => !own.has(name)), ...own]);
    return { tree: { ...common, kind: 'map', entries }, size };
  }

  /** `<<`: keys of one map or several, earlier ones first. */
  #merge(merged: Map<string, Entry>, from: Tree): void {
    const sources = from.kind === 'list' ? from.items : [from];
    for (const source of sources) {
      if (source.kind !== 'map') {
        this.#options.problems.error('yaml', source.place, 'Behind `<<` there must be a map, or a list of maps.');
        continue;
      }
      for (const [name, entry] of source.entries) if (!merged.has(name)) merged.set(name, entry);
    }
  }

  #placeAt(offset: number): ComposePlace {
    let [low, high] = [0, this.#lines.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lines[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { file: this.#options.file, line: low + 1 };
  }

  #stop(code: string, place: ComposePlace, message: string): never {
    this.#options.problems.error(code, place, message);
    throw new Stop();
  }
}

function tagOf(node: Node): Pick<Tree, 'tag'> {
  const tag = 'tag' in node ? node.tag : undefined;
  return tag === '!reset' ? { tag: 'reset' } : tag === '!override' ? { tag: 'override' } : {};
}

function sum(parts: readonly Sized[]): number {
  return parts.reduce((total, { size }) => total + size, 1);
}

function sentence(message: string): string {
  const text = (message.split('\n')[0] ?? '').trim().replaceAll(/\p{C}/gu, '\ufffd').slice(0, 200);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
