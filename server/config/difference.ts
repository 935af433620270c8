import { stringify } from 'yaml';
import { YamlText } from './yamlText.ts';

export interface Change {
  readonly key: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly from?: string;
  readonly to?: string;
}

/** How two texts of `hearth.yaml` differ in what they say: key by key, in the order of the new one, then what is gone. Comments are no difference. */
export function differenceOf(from: string | undefined, to: string | undefined): Change[] {
  const before = valuesOf(from);
  const after = valuesOf(to);
  const changes: Change[] = [];
  for (const [key, value] of after) {
    const old = before.get(key);
    if (old === undefined) changes.push({ key, kind: 'added', to: value });
    else if (old !== value) changes.push({ key, kind: 'changed', from: old, to: value });
  }
  for (const [key, value] of before) if (!after.has(key)) changes.push({ key, kind: 'removed', from: value });
  return changes;
}

function valuesOf(text: string | undefined): Map<string, string> {
  const values = new Map<string, string>();
  if (text !== undefined) collect(new YamlText(text).data, '', values);
  return values;
}

function collect(given: unknown, key: string, into: Map<string, string>): void {
  const value = namedLists.has(key) ? byName(given) : given;
  const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  if (entries.length === 0) {
    if (key !== '' && value !== undefined) into.set(key, yamlOf(value));
    return;
  }
  for (const [name, inside] of entries) collect(inside, key === '' ? name : `${key}.${name}`, into);
}

/** Lists whose entries have names: one that moves is no difference. */
const namedLists = new Set(['monitors', 'maintenance', 'notifications']);

/** The entries by name, without it; the list itself where one has none, or one that is taken. */
function byName(list: unknown): unknown {
  if (!Array.isArray(list)) return list;
  const named = list.map((entry: Record<string, unknown> | null) => {
    const { name = entry?.['to'], ...rest } = entry ?? {};
    return [String(name), rest] as const;
  });
  const names = new Set(named.map(([name]) => name));
  return names.size < named.length || names.has('undefined') ? list : Object.fromEntries(named);
}

/** A value as YAML writes it on one line. */
export function yamlOf(value: unknown): string {
  // JSON is YAML too, and has line ends as `\\n`.
  const json = JSON.stringify(value) ?? 'null';
  if (/\\[nrtu]/.test(json)) return json;
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim();
}
