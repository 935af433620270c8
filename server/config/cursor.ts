import type { KeyPath } from './yamlText.ts';

/** What stands at a place of the text, as far as lines and brackets say it: it works while the YAML is being typed. */
export interface Cursor {
  /** A key is being written, or a value (or entry of a list). */
  readonly kind: 'key' | 'value';
  /** Of the map that the key belongs to; of the value itself. */
  readonly path: KeyPath;
  /** What of it stands before the place; it begins at `column` (from 1). */
  readonly word: string;
  readonly column: number;
  /** In `{ … }` or `[ … ]`: everything goes on one line. */
  readonly flow: boolean;
  /** Columns before the key. */
  readonly indent: number;
}

/** Lines and columns count from 1. Undefined in a comment. */
export function cursorAt(text: string, line: number, column: number): Cursor | undefined {
  const lines = text.split(/\r?\n/);
  const before = (lines[line - 1] ?? '').slice(0, column - 1);
  if (/(^|\s)#/.test(before.replaceAll(/"[^"]*"?|'[^']*'?/g, ''))) return undefined;
  const { path, indent } = blockAt(lines, line - 1, before);
  const lead = leadOf(before);
  const rest = before.slice(lead);
  const own = rest.match(/^("[^"]*"|'[^']*'|[^\s:,[\]{}"'][^:,[\]{}]*):(?:\s+|$)/);
  if (own === null && !/^[[{]/.test(rest)) {
    const inList = /-\s+$/.test(before.slice(0, lead)) || typeof path.at(-1) === 'number';
    // `- wo`: an entry that is text, unless the list holds maps; both are answered by the path.
    return { kind: inList ? 'value' : 'key', path, word: rest, column: lead + 1, flow: false, indent };
  }
  const key = own === null ? [] : [unquoted(own[1] ?? '')];
  const start = lead + (own?.[0].length ?? 0);
  return flowAt(before, start, [...path, ...key], indent);
}

/** The keys that a line stands below, by indentation; `- ` counts as an entry of a list. */
function blockAt(lines: readonly string[], index: number, before: string): { path: KeyPath; indent: number } {
  const path: (string | number)[] = [];
  let limit = leadOf(before);
  const indent = limit;
  const dash = before.slice(0, limit).lastIndexOf('-');
  if (dash >= 0) {
    path.unshift(0);
    limit = dash + 1;
  }
  // Where nothing was typed the indentation may be that of the block above.
  for (let at = index - 1; at >= 0 && limit > 0; at--) {
    const line = lines[at] ?? '';
    if (/^\s*(#.*)?$/.test(line)) continue;
    const lead = leadOf(line);
    const listMark = line.slice(0, lead).lastIndexOf('-');
    const name = line.slice(lead).match(/^("[^"]*"|'[^']*'|[^\s:#,[\]{}"'][^:#]*?)\s*:(\s|$)/)?.[1];
    if (listMark >= 0 && listMark < limit && lead >= limit) {
      if (path[0] !== 0) path.unshift(0);
      limit = listMark + 1;
      continue;
    }
    // A list may stand at the column of its key.
    const opens = lead < limit || (typeof path[0] === 'number' && lead === limit - 1 && listMark < 0);
    if (name === undefined || !opens || (lead === limit && typeof path[0] !== 'number')) continue;
    path.unshift(unquoted(name));
    limit = listMark >= 0 ? listMark + 1 : lead;
    if (listMark >= 0) path.unshift(0);
  }
  return { path, indent };
}

/** Inside of brackets that were opened on this line. */
function flowAt(before: string, from: number, base: KeyPath, indent: number): Cursor {
  const stack: { kind: 'map' | 'list'; path: KeyPath; key?: string }[] = [];
  let word = from;
  let current = base;
  for (let at = from; at < before.length; at++) {
    const character = before[at] ?? '';
    const inside = stack.at(-1);
    if (character === '"' || character === "'") {
      const end = before.indexOf(character, at + 1);
      if (end < 0) break;
      at = end;
    } else if (character === '{' || character === '[') {
      stack.push({ kind: character === '{' ? 'map' : 'list', path: current });
      current = character === '[' ? [...current, 0] : current;
      word = at + 1;
    } else if (character === '}' || character === ']') {
      current = stack.pop()?.path ?? base;
      word = at + 1;
    } else if (character === ',' && inside !== undefined) {
      delete inside.key;
      current = inside.kind === 'list' ? [...inside.path, 0] : inside.path;
      word = at + 1;
    } else if (character === ':' && inside?.kind === 'map' && /^(\s|$)/.test(before.slice(at + 1, at + 2))) {
      inside.key = unquoted(before.slice(word, at).trim());
      current = [...inside.path, inside.key];
      word = at + 1;
    }
  }
  const text = before.slice(word);
  const trimmed = text.trimStart();
  const top = stack.at(-1);
  const kind = top?.kind === 'map' && top.key === undefined ? 'key' : 'value';
  return { kind, path: current, word: trimmed, column: word + text.length - trimmed.length + 1, flow: top !== undefined, indent };
}

/** Columns of indentation and `- ` marks. */
function leadOf(line: string): number {
  return line.match(/^\s*(?:-\s+|-$)*/)?.[0].length ?? 0;
}

function unquoted(text: string): string {
  const trimmed = text.trim();
  return /^(".*"|'.*')$/.test(trimmed) ? trimmed.slice(1, -1) : trimmed;
}
