import type { Problem } from '../protocol/config.ts';
import { closest } from './closest.ts';
import { hearthPath } from './hearthPath.ts';
import type { KeyPath, Place, YamlText } from './yamlText.ts';

export type Fix = NonNullable<Problem['fixes']>[number];

interface Found {
  readonly code: string;
  readonly message: string;
  /** Whether the key is meant, or its value. */
  readonly at?: 'key' | 'value';
  /** Offset in a value that is text: what stands from there on is meant, as long as it stands as it is written. */
  readonly from?: number;
  readonly severity?: Problem['severity'];
  readonly fixes?: readonly (Fix | undefined)[];
}

/** The problems of one text, with their places, each once. */
export class Problems {
  readonly yaml: YamlText;
  readonly list: Problem[] = [];
  readonly #seen = new Set<string>();

  constructor(yaml: YamlText) {
    this.yaml = yaml;
    for (const { code, message, at } of yaml.mistakes) this.#add({ code, message, place: yaml.placeOf(at) });
  }

  get failed(): boolean {
    return this.list.some(({ severity }) => severity === 'error');
  }

  add(path: KeyPath, { at = 'value', from, ...found }: Found): void {
    const place = at === 'key' ? this.yaml.keyPlace(path) : this.yaml.placeInside(path, from ?? 0);
    this.#add({ ...found, place, key: path.join('.').replaceAll(/\p{C}/gu, '�') });
  }

  /** Puts something else where the value is. */
  replaceValue(path: KeyPath, title: string, text: string): Fix {
    return { title, edits: [{ ...this.yaml.valuePlace(path), text }] };
  }

  replaceKey(path: KeyPath, title: string, text: string): Fix {
    return { title, edits: [{ ...this.yaml.keyPlace(path), text }] };
  }

  /** Takes the key with its value out, where it has lines of its own. */
  remove(path: KeyPath): Fix | undefined {
    const lines = this.yaml.lines(path);
    return lines === undefined ? undefined : { title: `Remove \`${path.at(-1)}\``, edits: [{ ...lines, text: '' }] };
  }

  /** Puts a line above a key that has one of its own. */
  insertAbove(path: KeyPath, title: string, text: string): Fix | undefined {
    if (this.yaml.lines(path) === undefined) return undefined;
    const { line, column } = this.yaml.keyPlace(path);
    return { title, edits: [{ line, column, endLine: line, endColumn: column, text: `${text}\n${' '.repeat(column - 1)}` }] };
  }

  /** Names like the one that is not known, as fixes. */
  near(path: KeyPath, known: readonly string[], at: 'key' | 'value'): Fix[] {
    const written = String(at === 'key' ? path.at(-1) : (this.yaml.source(path) ?? ''));
    return closest(written, known).map((name) =>
      at === 'key' ? this.replaceKey(path, `Change to \`${name}\``, name) : this.replaceValue(path, `Change to \`${name}\``, name),
    );
  }

  #add({ place, fixes, severity = 'error', ...found }: Omit<Found, 'at' | 'from'> & { place: Place; key?: string }): void {
    const name = `${place.line}:${place.column} ${found.message}`;
    if (this.#seen.has(name)) return;
    this.#seen.add(name);
    const usable = fixes?.flatMap((fix) => fix ?? []) ?? [];
    this.list.push({ path: hearthPath, ...place, severity, ...found, ...(usable.length === 0 ? {} : { fixes: usable }) });
  }
}

/** In the order of the text. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}
