import { assertionSubjects } from './assertion.ts';
import { type Cursor, cursorAt } from './cursor.ts';
import { type JsonSchema, schemasAt } from './jsonSchema.ts';
import type { KeyPath, YamlText } from './yamlText.ts';

/** One thing that can stand at a place. Columns count from 1. */
export interface Suggestion {
  readonly label: string;
  readonly kind: 'key' | 'value';
  readonly detail?: string;
  readonly description?: string;
  readonly text: string;
  /** Replaces what stands from here to the place. */
  readonly column: number;
}

/** What a person could write at a place of `hearth.yaml`. `yaml` is the text as last read; it may be the one with a hole in it. */
export function suggestionsAt(text: string, yaml: YamlText, line: number, column: number, files: readonly string[]): Suggestion[] {
  const cursor = cursorAt(text, line, column);
  if (cursor === undefined) return [];
  const schemas = schemasAt(cursor.path);
  const keys = cursor.kind === 'key' || (typeof cursor.path.at(-1) === 'number' && !cursor.word.includes(' '));
  const values = cursor.kind === 'value' ? valuesOf(cursor, schemas, yaml, files) : [];
  return [...(keys ? keysOf(cursor, schemas, siblings(text, line, cursor)) : []), ...values];
}

function keysOf(cursor: Cursor, schemas: readonly JsonSchema[], taken: ReadonlySet<string>): Suggestion[] {
  const properties = schemas.flatMap((schema) => Object.entries(schema.properties ?? {}));
  return properties
    .filter(([name]) => !taken.has(name))
    .map(([label, schema]) => {
      const inside = schemasAt([...cursor.path, label]);
      const block = !cursor.flow && inside.length > 0 && inside.every(({ type }) => type === 'object');
      const only = inside.length === 1 ? inside[0]?.const : undefined;
      return {
        label,
        kind: 'key' as const,
        ...about(schema),
        text: block ? `${label}:\n${' '.repeat(cursor.indent + 2)}` : `${label}: ${only === undefined ? '' : String(only)}`,
        column: cursor.column,
      };
    });
}

function valuesOf(cursor: Cursor, schemas: readonly JsonSchema[], yaml: YamlText, files: readonly string[]): Suggestion[] {
  const { path, column } = cursor;
  const named = namesFor(path, yaml, files).map((label) => ({ label, kind: 'value' as const, text: label, column }));
  const known = schemas.flatMap((schema) => {
    const choices = schema.enum ?? (schema.const === undefined ? (schema.type === 'boolean' ? [true, false] : []) : [schema.const]);
    const examples = choices.length > 0 || named.length > 0 ? [] : (schema.examples ?? []).filter((each) => typeof each !== 'object');
    return [...choices, ...examples].map((value) => ({
      label: String(value),
      kind: 'value' as const,
      ...about(schema),
      text: String(value),
      column,
    }));
  });
  return [...named, ...known].filter(({ label }, index, all) => all.findIndex((other) => other.label === label) === index);
}

/** Names that the file or the folder has. */
function namesFor(path: KeyPath, yaml: YamlText, files: readonly string[]): string[] {
  const [top, own, key, inside] = path;
  if (top === 'environments' && key === 'extends') return yaml.keysOf(['environments']).filter((name) => name !== own);
  const services = [...yaml.keysOf(['services']), ...yaml.keysOf(['catalog'])];
  if ((top === 'services' || top === 'catalog') && key === 'depends_on') return services.filter((name) => name !== own);
  if (top === 'monitors' || top === 'maintenance' || top === 'notifications') {
    if (key === 'service') return services;
    if (key === 'environment') return yaml.keysOf(['environments']);
    if (key === 'notify') return yaml.textsOf(['notifications'], 'name', 'to');
    if (key === 'monitors') return yaml.textsOf(['monitors'], 'name');
    if (key === 'assert') return Object.values(assertionSubjects).map(({ example }) => `'${example}'`);
    return [];
  }
  if (top !== 'services' || key !== 'build') return [];
  const folders = files.map((file) => (file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.'));
  if (inside === undefined || inside === 'context') return [...new Set(folders)];
  return inside === 'dockerfile' ? [...files] : [];
}

/** Keys that the same map has on other lines, or in the same brackets. */
function siblings(text: string, line: number, cursor: Cursor): ReadonlySet<string> {
  const lines = text.split(/\r?\n/);
  if (cursor.flow) {
    const own = lines[line - 1] ?? '';
    const [before, after] = [own.slice(0, cursor.column - 1), own.slice(cursor.column - 1)];
    const inside = before.slice(Math.max(before.lastIndexOf('{'), before.lastIndexOf('}')) + 1) + (after.match(/^[^{}]*/)?.[0] ?? '');
    return new Set([...inside.matchAll(/([\w.-]+)\s*:/g)].map(([, name = '']) => name));
  }
  const keyOf = (each: string) => each.match(/^\s*(?:-\s+)*([\w.-]+)\s*:/)?.[1];
  const indentOf = (each: string) => each.match(/^\s*(?:-\s+)*/)?.[0].length ?? 0;
  const found = new Set<string>();
  const collect = (step: 1 | -1) => {
    for (let at = line - 1 + step; at >= 0 && at < lines.length; at += step) {
      const each = lines[at] ?? '';
      if (/^\s*(#.*)?$/.test(each)) continue;
      if (indentOf(each) < cursor.indent) return;
      const key = keyOf(each);
      if (indentOf(each) === cursor.indent && key !== undefined) found.add(key);
      if (step === -1 && /^\s*-\s/.test(each) && indentOf(each) === cursor.indent) return;
    }
  };
  collect(-1);
  collect(1);
  return found;
}

function about(schema: JsonSchema): { detail?: string; description?: string } {
  const expects = schema['x-expects'];
  return {
    ...(expects === undefined ? {} : { detail: expects.replaceAll('`', '') }),
    ...(schema.description === undefined ? {} : { description: schema.description }),
  };
}
