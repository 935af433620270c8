import * as z from 'zod/mini';

import { hearthFile } from './hearthSchema.ts';

export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly 'x-expects'?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

let made: JsonSchema | undefined;

/** The JSON schema of the file, for editors and for what is said of its keys. */
export function hearthJsonSchema(): JsonSchema {
  made ??= { ...(z.toJSONSchema(hearthFile, { io: 'input' }) as JsonSchema & object), title: 'hearth.yaml' } as JsonSchema;
  return made;
}

/** What may stand at a path of keys; each alternative of a union is one. Empty: nothing known. */
export function schemasAt(path: readonly (string | number)[]): readonly JsonSchema[] {
  // Names of people's own are all alike.
  const key = path.map((part, index) => ((index === 1 && named.has(path[0])) || typeof part === 'number' ? '*' : part)).join('\0');
  const known = looked.get(key);
  if (known !== undefined) return known;
  let found = alternatives(hearthJsonSchema());
  for (const part of path) found = found.flatMap((each) => alternatives(inside(each, part)));
  // Paths with names of variables are without number.
  if (looked.size < 1000) looked.set(key, found);
  return found;
}

/** Maps by names that people choose. */
const named = new Set<string | number | undefined>(['services', 'environments', 'catalog']);
const looked = new Map<string, readonly JsonSchema[]>();

/** The description and expectation belong to the union, not to its alternatives: they are handed down. */
function alternatives(schema: JsonSchema | undefined): JsonSchema[] {
  if (schema === undefined) return [];
  if (schema.anyOf === undefined) return [schema];
  const { anyOf, ...own } = schema;
  return anyOf.filter(({ type }) => type !== 'null').flatMap((each) => alternatives({ ...own, ...each }));
}

function inside(schema: JsonSchema, part: string | number): JsonSchema | undefined {
  if (typeof part === 'number') return schema.items;
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, part)) return schema.properties[part];
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}
