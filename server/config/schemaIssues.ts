import type * as z from 'zod/mini';
import { asLabel } from '../project/projectName.ts';
import { laterKeys, laterValues } from './hearthSchema.ts';
import { type JsonSchema, schemasAt } from './jsonSchema.ts';
import type { Problems } from './problems.ts';
import { durationText } from './schemaParts.ts';
import type { KeyPath } from './yamlText.ts';

type Issue = z.core.$ZodIssue;

/** Turns what the schema refuses into problems that a person can act on. `data` is what was checked. */
export function addIssues(problems: Problems, data: unknown, issues: readonly Issue[], base: KeyPath = []): void {
  for (const issue of issues) addIssue(problems, data, issue, [...base, ...(issue.path as KeyPath)]);
}

function addIssue(problems: Problems, data: unknown, issue: Issue, path: KeyPath): void {
  const value = valueAt(data, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      for (const key of issue.keys) addUnknownKey(problems, data, [...path, key]);
      return;
    case 'invalid_key': {
      const name = String(path.at(-1));
      const fix = path.length === 2 ? problems.replaceKey(path, `Change to \`${asLabel(name)}\``, asLabel(name)) : undefined;
      problems.add(path, { at: 'key', code: 'name', message: `${named(name)} ${issue.issues[0]?.message ?? 'is no name'}.`, fixes: [fix] });
      return;
    }
    case 'invalid_union': {
      const fitting = issue.errors.filter(
        (errors) => !errors.some(({ path: inside, code }) => inside.length === 0 && code === 'invalid_type'),
      );
      if (fitting.length === 1) addIssues(problems, data, fitting[0] ?? [], path);
      else addWrongType(problems, path, value);
      return;
    }
    case 'invalid_value':
      addWrongValue(problems, data, path, issue.values.map(String));
      return;
    case 'invalid_type':
      if (value === undefined && path.length > 0) addMissing(problems, data, path);
      else addWrongType(problems, path, value);
      return;
    default:
      addWrongForm(problems, issue, path, value);
  }
}

function addUnknownKey(problems: Problems, data: unknown, path: KeyPath): void {
  const place = path.slice(0, -1);
  const name = String(path.at(-1));
  const remove = problems.remove(path);
  if (laterKeys[patternOf(place)]?.includes(name) === true) {
    const message = `\`${name}\` is not in this version of Hearth: it would have no effect.`;
    problems.add(path, { at: 'key', code: 'not-in-this-version', message, fixes: [remove] });
    return;
  }
  const known = schemasAt(place).flatMap(({ properties }) => Object.keys(properties ?? {}));
  const where = place.length === 0 ? 'at the top' : `in ${placeText(data, place)}`;
  const near = problems.near(path, known, 'key');
  const hint =
    near[0] === undefined ? `Known are ${known.map((key) => `\`${key}\``).join(', ')}.` : `Did you mean \`${near[0].edits[0]?.text}\`?`;
  problems.add(path, {
    at: 'key',
    code: 'unknown-key',
    message: `There is no key ${named(name)} ${where}. ${hint}`,
    fixes: [...near, remove],
  });
}

function addMissing(problems: Problems, data: unknown, path: KeyPath): void {
  const place = path.slice(0, -1);
  const { examples } = schemasAt(path)[0] ?? {};
  const example = path.at(-1) === 'version' ? '1' : examples?.[0];
  // Only at the top is it plain where a line can be put.
  const fix =
    place.length === 0 && example !== undefined
      ? { title: `Add \`${path[0]}: ${example}\``, edits: [{ ...top, text: `${path[0]}: ${example}\n` }] }
      : undefined;
  problems.add(place, {
    at: 'key',
    code: 'missing',
    message: `${place.length === 0 ? 'The file' : placeText(data, place)} needs \`${path.at(-1)}\`.`,
    fixes: [fix],
  });
}

const top = { line: 1, column: 1, endLine: 1, endColumn: 1 };

function addWrongType(problems: Problems, path: KeyPath, value: unknown): void {
  const takesText = schemasAt(path).some(({ type }) => type === 'string');
  const message = `${subject(path)} must be ${expected(path)}.${value === null && takesText ? " Write `''` for an empty text." : ''}`;
  problems.add(path, { code: 'type', message, fixes: conversions(problems, path, value) });
}

function addWrongValue(problems: Problems, data: unknown, path: KeyPath, values: readonly string[]): void {
  const value = valueAt(data, path);
  if (value === undefined && path.length > 0) {
    addMissing(problems, data, path);
    return;
  }
  if (laterValues[patternOf(path)]?.includes(value as string) === true) {
    problems.add(path, { code: 'not-in-this-version', message: `${named(value)} is not in this version of Hearth.` });
    return;
  }
  const choice = values.map((each) => `\`${each}\``).join(', ');
  const near = problems.near(path, values, 'value');
  const only = values.length === 1 ? [problems.replaceValue(path, `Change to \`${values[0]}\``, values[0] ?? '')] : [];
  const message = `${subject(path)} must be ${values.length === 1 ? '' : 'one of '}${choice}.`;
  problems.add(path, { code: 'value', message, fixes: near.length > 0 ? near : only });
}

function addWrongForm(problems: Problems, issue: Issue, path: KeyPath, value: unknown): void {
  const says = issue.message.startsWith('must ') ? issue.message : `must be ${expected(path)}`;
  const text =
    issue.code === 'too_small' && value === ''
      ? 'must not be empty'
      : issue.code === 'too_big' && typeof value === 'string'
        ? 'is too long'
        : says;
  problems.add(path, { code: 'value', message: `${subject(path)} ${text}.`, fixes: conversions(problems, path, value) });
}

/** The same value, written as what is expected. */
function conversions(problems: Problems, path: KeyPath, value: unknown): ReturnType<Problems['replaceValue']>[] {
  const schemas = schemasAt(path);
  const source = problems.yaml.source(path) ?? '';
  const as = (text: string) => problems.replaceValue(path, `Change to \`${text}\``, text);
  const takes = (type: string) => schemas.some((schema) => schema.type === type);
  const amount = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.match(/^\d+(\.\d+)?$/)?.[0] : undefined;
  if (schemas[0]?.['x-expects'] === durationText) return amount === undefined ? [] : [as(`${amount}s`), as(`${amount}ms`)];
  if (schemas[0]?.['x-expects']?.startsWith('a size') === true) return amount === undefined ? [] : [as(`${amount}m`)];
  if (path.length === 1 && path[0] === 'project' && typeof value === 'string') return [as(asLabel(value))];
  if (takes('array') && typeof value === 'string') return [as(`[${source}]`)];
  if ((takes('integer') || takes('number')) && typeof value === 'string' && amount !== undefined) return [as(amount)];
  if (takes('string') && (typeof value === 'number' || typeof value === 'boolean')) return [as(`"${source}"`)];
  return [];
}

function expected(path: KeyPath): string {
  const schemas = schemasAt(path);
  const said = schemas[0]?.['x-expects'];
  if (said !== undefined) return said;
  const [{ examples } = {}] = schemas;
  const types = [...new Set(schemas.map(typeName))].join(' or ');
  return examples?.[0] === undefined || typeof examples[0] === 'object' ? types : `${types} such as \`${String(examples[0])}\``;
}

function typeName({ type, enum: values }: JsonSchema): string {
  if (values !== undefined) return `one of ${values.map((value) => `\`${String(value)}\``).join(', ')}`;
  switch (type) {
    case 'string':
      return 'text';
    case 'array':
      return 'a list';
    case 'object':
      return 'keys with values';
    case 'integer':
      return 'a whole number';
    case 'boolean':
      return '`true` or `false`';
    default:
      return type === 'number' ? 'a number' : 'something else';
  }
}

/** A path of keys with `*` for what people name. */
function patternOf(path: KeyPath): string {
  return path.map((part, index) => (index === 1 ? '*' : part)).join('.');
}

function subject(path: KeyPath): string {
  const last = path.at(-1);
  if (last === undefined) return 'The file';
  return typeof last === 'number' ? `Each entry of ${named(path.filter((part) => typeof part === 'string').at(-1))}` : named(last);
}

/** Entries of lists are called by their names, where they have some. */
function placeText(data: unknown, path: KeyPath): string {
  const shown = path.map((part, index) => {
    const name = typeof part === 'number' ? valueAt(data, [...path.slice(0, index + 1), 'name']) : part;
    return typeof name === 'string' ? name : part;
  });
  const last = shown.at(-1);
  return typeof last === 'number' ? `Entry ${last + 1} of ${named(shown.slice(0, -1).join('.'))}` : named(shown.join('.'));
}

/** A name from the file as it can stand in a sentence. */
export function named(name: unknown): string {
  const text = String(name).replaceAll(/[\p{C}`]/gu, '�');
  return `\`${text.length > 60 ? `${text.slice(0, 60)}…` : text}\``;
}

function valueAt(data: unknown, path: KeyPath): unknown {
  let value = data;
  for (const part of path) value = (value as Record<string | number, unknown> | null | undefined)?.[part];
  return value;
}
