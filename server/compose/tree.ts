import type { ComposePlace } from './types.ts';

/** What YAML says, with its places: variables filled in, aliases and merge keys followed. Shared parts are one object: never changed. */
export type Tree = TextTree | ListTree | MapTree;

interface Common {
  readonly place: ComposePlace;
  /** The folder that relative paths in it start from. */
  readonly base: string;
  /** `!reset` takes away what earlier files have, `!override` replaces it whole. */
  readonly tag?: 'reset' | 'override';
}

/** Any scalar: numbers and truth values as they are written. */
export interface TextTree extends Common {
  readonly kind: 'text';
  /** Null: nothing is written. */
  readonly text: string | null;
  /** Names of variables in it that nothing gives a value. */
  readonly unresolved: readonly string[];
}

export interface ListTree extends Common {
  readonly kind: 'list';
  readonly items: readonly Tree[];
}

export interface MapTree extends Common {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  /** Of the key. */
  readonly place: ComposePlace;
  readonly value: Tree;
}

export function isNull(tree: Tree | undefined): boolean {
  return tree === undefined || (tree.kind === 'text' && tree.text === null);
}

/** What is under a key of a map; undefined when there is no map or no such key. */
export function valueAt(tree: Tree | undefined, key: string): Tree | undefined {
  return tree?.kind === 'map' ? tree.entries.get(key)?.value : undefined;
}

export function textOf(tree: Tree | undefined): string | undefined {
  return tree?.kind === 'text' ? (tree.text ?? undefined) : undefined;
}

/** The items of a list; a single text counts as a list of one. */
export function itemsOf(tree: Tree | undefined): readonly Tree[] {
  if (tree === undefined || isNull(tree) || tree.kind === 'map') return [];
  return tree.kind === 'list' ? tree.items : [tree];
}

/** A tree of the program's own, at the place of another. */
export function textAt(text: string | null, { place, base }: Tree, unresolved: readonly string[] = []): TextTree {
  return { kind: 'text', text, place, base, unresolved };
}
